# The first two migrations as one: a new database is made in half the time. Databases made before count it as applied.

import core.history
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('linkage', '0001_initial'), ('linkage', '0002_initial')]

    dependencies = [
        ('cmms', '0002_initial'),
        ('core', '0001_initial'),
        ('procurement', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BuyerTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('NEED_CANCELLED', 'The need was cancelled')], max_length=14)),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=14)),
                ('text', models.CharField(max_length=300)),
                ('status', models.CharField(choices=[('OPEN', 'Open'), ('DONE', 'Done')], default='OPEN', max_length=4)),
                ('created_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('resolution', models.CharField(blank=True, max_length=300)),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order_line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procurement.purchaseorderline')),
                ('request_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmms.partsrequestline')),
                ('requisition_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procurement.requisitionline')),
            ],
        ),
        migrations.CreateModel(
            name='HistoricalAllocation',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_request_id', models.CharField(blank=True, default=core.history.current_request_id, editable=False, max_length=64)),
                ('target', models.CharField(choices=[('WORK_ORDER', 'Work order'), ('STOCK', 'Stock'), ('COST_CENTRE', 'Cost centre')], max_length=11)),
                ('weight', models.DecimalField(decimal_places=6, max_digits=18)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('operation', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cmms.operation')),
                ('order_line', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='procurement.purchaseorderline')),
                ('request_line', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cmms.partsrequestline')),
                ('work_order', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cmms.workorder')),
            ],
            options={
                'verbose_name': 'historical allocation',
                'verbose_name_plural': 'historical allocations',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalBuyerTask',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_request_id', models.CharField(blank=True, default=core.history.current_request_id, editable=False, max_length=64)),
                ('kind', models.CharField(choices=[('NEED_CANCELLED', 'The need was cancelled')], max_length=14)),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=14)),
                ('text', models.CharField(max_length=300)),
                ('status', models.CharField(choices=[('OPEN', 'Open'), ('DONE', 'Done')], default='OPEN', max_length=4)),
                ('created_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('resolution', models.CharField(blank=True, max_length=300)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('done_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order_line', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='procurement.purchaseorderline')),
                ('request_line', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cmms.partsrequestline')),
                ('requisition_line', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='procurement.requisitionline')),
            ],
            options={
                'verbose_name': 'historical buyer task',
                'verbose_name_plural': 'historical buyer tasks',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSupplyLink',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_request_id', models.CharField(blank=True, default=core.history.current_request_id, editable=False, max_length=64)),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=14)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request_line', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cmms.partsrequestline')),
                ('requisition_line', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='procurement.requisitionline')),
            ],
            options={
                'verbose_name': 'historical supply link',
                'verbose_name_plural': 'historical supply links',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Allocation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target', models.CharField(choices=[('WORK_ORDER', 'Work order'), ('STOCK', 'Stock'), ('COST_CENTRE', 'Cost centre')], max_length=11)),
                ('weight', models.DecimalField(decimal_places=6, max_digits=18)),
                ('operation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmms.operation')),
                ('order_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procurement.purchaseorderline')),
                ('request_line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmms.partsrequestline')),
                ('work_order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmms.workorder')),
            ],
            options={
                'permissions': [('change_allocations', 'Can change who bears an order line')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('target', 'WORK_ORDER'), ('work_order__isnull', False)), models.Q(models.Q(('target', 'WORK_ORDER'), _negated=True), ('work_order__isnull', True)), _connector='OR'), name='allocation_work_order_named', violation_error_message='An allocation to a work order names it.'), models.CheckConstraint(condition=models.Q(('weight__gte', 0)), name='allocation_weight_not_negative', violation_error_message='A share cannot be negative.')],
            },
        ),
        migrations.CreateModel(
            name='SpendEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(choices=[('STOCK', 'Stock'), ('COST_CENTRE', 'Cost centre'), ('PRICE_VARIANCE', 'Purchase price variance'), ('RATE_VARIANCE', 'Exchange rate variance')], max_length=14)),
                ('stage', models.CharField(choices=[('COMMITTED', 'Committed'), ('ACCRUED', 'Accrued'), ('ACTUAL', 'Actual')], max_length=9)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=16)),
                ('source_key', models.CharField(max_length=80)),
                ('occurred_on', models.DateField()),
                ('posted_at', models.DateTimeField()),
                ('cost_centre', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.costcentre')),
                ('order_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procurement.purchaseorderline')),
                ('posted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['source_key'], name='linkage_spe_source__e7328b_idx'), models.Index(fields=['account', 'stage'], name='linkage_spe_account_c181e9_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='spendentry_says_something')],
            },
        ),
        migrations.CreateModel(
            name='SupplyLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.DecimalField(decimal_places=4, max_digits=14)),
                ('request_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmms.partsrequestline')),
                ('requisition_line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='procurement.requisitionline')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('request_line', 'requisition_line'), name='supplylink_unique'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='supplylink_quantity_positive')],
            },
        ),
    ]
