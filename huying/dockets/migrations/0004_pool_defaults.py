"""Categories of service, limits of needs, and the sequence of their numbers."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.dockets.pool import defaults
from huying.kernel.numbers import create_number_sequence


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.load(apps)


def unload(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("matters", "Limit").objects.filter(matter_kind="need").delete()


class Migration(migrations.Migration):
    dependencies = [("dockets", "0003_pool")]

    operations = [
        create_number_sequence("need"),
        migrations.RunPython(load, unload),
    ]
