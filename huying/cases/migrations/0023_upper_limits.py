"""Until when the upper level is answered, for districts that began without it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.cases import defaults


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.add_limits(apps, "upper")


class Migration(migrations.Migration):
    dependencies = [("cases", "0022_upper_level")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
