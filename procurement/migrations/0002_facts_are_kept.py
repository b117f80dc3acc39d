"""Facts are kept: the database itself refuses to change or delete them."""

from django.db import migrations

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("procurement", "0001_initial")]

    operations = [
        append_only("procurement_approval"),
        append_only("procurement_orderrevision"),
        append_only("procurement_goodsreceipt"),
        append_only("procurement_goodsreceiptline"),
    ]
