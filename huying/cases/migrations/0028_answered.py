"""Replies in the order in which they were approved, for the reply check."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0027_objections_counted")]

    operations = [
        migrations.AddIndex(
            model_name="resolution",
            index=models.Index(
                condition=models.Q(("approved_at", None), _negated=True),
                fields=["approved_at"],
                name="resolution_approved",
            ),
        ),
    ]
