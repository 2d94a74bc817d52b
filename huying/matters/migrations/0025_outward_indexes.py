from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the indexes are built while others write

    dependencies = [("matters", "0024_outward")]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("next_try_at__isnull", False), ("status", "sent")),
                fields=["next_try_at"],
                name="delivery_to_ask",
            ),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(
                    models.Q(("external_id", ""), _negated=True), ("status__in", ["sending", "sent", "unknown"])
                ),
                fields=["channel", "external_id"],
                name="delivery_by_receipt",
            ),
        ),
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("decided_at", None), ("status__in", ["unknown", "failed"])),
                fields=["-id"],
                name="delivery_undelivered",
            ),
        ),
    ]
