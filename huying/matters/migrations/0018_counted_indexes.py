from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the indexes are built while others write

    dependencies = [("matters", "0017_counted")]

    operations = [
        AddIndexConcurrently(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("lead__isnull", False)), fields=["lead", "kind", "due_at"], name="clock_counted"
            ),
        ),
        AddIndexConcurrently(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False), ("lead__isnull", False)),
                fields=["lead", "closed_at"],
                name="matter_closed_by_lead",
            ),
        ),
    ]
