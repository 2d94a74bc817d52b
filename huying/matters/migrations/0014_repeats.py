from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # the index is built while others write

    dependencies = [("matters", "0013_words_of_matter")]

    operations = [
        migrations.AddField(
            model_name="matter",
            name="repeat_count",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="0: once, as most are.", verbose_name="反映次数"
            ),
        ),
        AddIndexConcurrently(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("repeat_count__gt", 0)),
                fields=["-repeat_count", "-opened_at", "-id"],
                name="matter_repeated",
            ),
        ),
    ]
