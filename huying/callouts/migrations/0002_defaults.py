"""Limits and calling rules of call-outs, and the sequences of their numbers."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.callouts import defaults
from huying.kernel.numbers import create_number_sequence


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.load(apps)


def unload(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("matters", "Limit").objects.filter(matter_kind__in=defaults.KINDS).delete()
    apps.get_model("callouts", "CallingRule").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("callouts", "0001_initial")]

    operations = [
        create_number_sequence("callout"),
        create_number_sequence("callout_response"),
        migrations.RunPython(load, unload),
    ]
