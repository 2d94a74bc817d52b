"""Until when somebody from outside judges, for districts that began without it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.cases import defaults


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.add_limits(apps, "review")


class Migration(migrations.Migration):
    dependencies = [("cases", "0020_reviews"), ("matters", "0021_reviewers")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
