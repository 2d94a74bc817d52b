from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("matters", "0015_concealed_and_cleared")]

    operations = [
        ValidateConstraint(model_name="words", name="words_concealed_signed"),
        AddIndexConcurrently(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("cleared__lt", 2), ("closed_at__isnull", False)),
                fields=["cleared", "closed_at"],
                name="matter_to_clear",
            ),
        ),
    ]
