"""Limits of dockets and of their work, and the sequences of their numbers."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.dockets import defaults
from huying.kernel.numbers import create_number_sequence


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.load(apps)


def unload(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("matters", "Limit").objects.filter(matter_kind__in=("docket", "docket_work")).delete()


class Migration(migrations.Migration):
    dependencies = [("dockets", "0001_initial"), ("matters", "0007_of_subkind"), ("cases", "0002_defaults")]

    operations = [
        create_number_sequence("docket"),
        create_number_sequence("docket_work"),
        migrations.RunPython(load, unload),
    ]
