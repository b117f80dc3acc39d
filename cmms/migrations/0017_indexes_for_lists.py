"""Long lists stay as fast as short ones: words anywhere in a text, due dates, costs of assets."""

from django.db import migrations, models

from core.migrations_support import text_index, together


class Migration(migrations.Migration):
    dependencies = [("cmms", "0016_assets_and_requests"), ("core", "0011_indexes_for_lists")]

    operations = together([
        text_index("cmms_workorder", "number", "title"),
        text_index("cmms_workrequest", "number", "description"),
        text_index("cmms_partsrequest", "number"),
        text_index("cmms_asset", "code", "name", "serial_number", "manufacturer"),
        text_index("cmms_stockmovement", "document_number"),
        text_index("cmms_costentry", "document_number", "description", "source_key"),
        migrations.AddIndex(
            model_name="workorder", index=models.Index(fields=["due_at"], name="workorder_by_due")
        ),
        migrations.AddIndex(
            model_name="workorder", index=models.Index(fields=["title"], name="workorder_by_title")
        ),
        migrations.RemoveIndex(model_name="costentry", name="cmms_costen_asset_i_cb9943_idx"),
        migrations.AddIndex(
            model_name="costentry",
            index=models.Index(fields=["asset", "stage"], include=("amount",), name="costentry_of_asset"),
        ),
    ])
