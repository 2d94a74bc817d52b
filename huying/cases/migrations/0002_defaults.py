"""Channels, categories, limits, the checklist and danger words that a new district starts with."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.cases import defaults
from huying.kernel.numbers import create_number_sequence


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.load(apps)


def unload(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for app, model in (
        ("matters", "AlarmWord"),
        ("cases", "ChecklistItem"),
        ("matters", "Limit"),
        ("matters", "Category"),
        ("matters", "Channel"),
    ):
        apps.get_model(app, model).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("matters", "0002_guards")]

    operations = [create_number_sequence("case"), migrations.RunPython(load, unload)]
