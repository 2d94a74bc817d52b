"""Sequences of numbers, and the limits that a new district starts with."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.kernel.numbers import create_number_sequence
from huying.supervision import defaults


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.load(apps)


def unload(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("matters", "Limit").objects.filter(matter_kind__in=defaults.KINDS).delete()


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_initial"), ("matters", "0007_of_subkind")]

    operations = [
        create_number_sequence("supervision"),
        create_number_sequence("instruction"),
        migrations.RunPython(load, unload),
    ]
