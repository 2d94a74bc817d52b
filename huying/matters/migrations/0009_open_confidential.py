from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("matters", "0008_number_ends")]

    operations = [
        AddIndexConcurrently(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("closed_at", None), ("confidential", True)),
                fields=["state"],
                name="matter_open_confidential",
            ),
        ),
    ]
