"""Objections of the last months, whichever unit raised them: what dispatch rules are measured by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0029_tags")]

    operations = [
        migrations.AddIndex(
            model_name="objection",
            index=models.Index(fields=["at"], name="objection_lately"),
        ),
    ]
