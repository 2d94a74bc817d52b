from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("matters", "0012_aspects")]

    operations = [
        AddIndexConcurrently(
            model_name="words",
            index=models.Index(
                condition=models.Q(("document__isnull", False)), fields=["matter"], name="words_of_matter"
            ),
        ),
    ]
