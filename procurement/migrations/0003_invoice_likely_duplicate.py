"""Likely duplicates (same supplier, same amount) are looked for at every match."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("procurement", "0002_facts_are_kept")]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["supplier", "gross_total"], name="invoice_likely_duplicate"),
        ),
    ]
