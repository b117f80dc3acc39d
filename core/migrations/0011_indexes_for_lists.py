"""Parts are found by any part of their code or name without reading the whole catalogue."""

from django.db import migrations

from core.migrations_support import text_index


class Migration(migrations.Migration):
    dependencies = [("core", "0010_outbox")]

    operations = [text_index("core_item", "code", "name", "manufacturer_part_number")]
