from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("matters", "0011_pressing")]

    operations = [
        migrations.AddField(
            model_name="matter",
            name="aspects",
            field=ArrayField(base_field=models.CharField(max_length=20), default=list, size=None, verbose_name="情形"),
        ),
        AddIndexConcurrently(
            model_name="matter",
            index=GinIndex(
                condition=models.Q(("aspects", []), _negated=True), fields=["aspects"], name="matter_aspects"
            ),
        ),
    ]
