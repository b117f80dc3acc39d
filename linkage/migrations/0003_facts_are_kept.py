"""Facts are kept: the database itself refuses to change or delete them."""

from django.db import migrations

from core.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("linkage", "0002_initial")]

    operations = [
        append_only("linkage_spendentry"),
    ]
