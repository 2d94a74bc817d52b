from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("matters", "0020_clocks_aside")]

    operations = [
        migrations.AddField(
            model_name="matter",
            name="reviewers",
            field=ArrayField(base_field=models.BigIntegerField(), default=list, size=None, verbose_name="第三方评价员"),
        ),
        AddIndexConcurrently(
            model_name="matter",
            index=GinIndex(
                condition=models.Q(("reviewers", []), _negated=True), fields=["reviewers"], name="matter_reviewers"
            ),
        ),
    ]
