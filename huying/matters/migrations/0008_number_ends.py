from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Right


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("matters", "0007_of_subkind")]

    operations = [
        AddIndexConcurrently(
            model_name="matter",
            index=models.Index(Right("number", 4), name="matter_number_end"),
        ),
    ]
