"""Grounds of requests, and the limits of what is granted, for districts that exist already and for new ones."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.cases import defaults


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.load_requests(apps)


def unload(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("cases", "Ground").objects.all().delete()
    limits = apps.get_model("matters", "Limit").objects.filter(matter_kind="case")
    limits.filter(clock__in=("deferral_review", "deferral")).delete()
    limits.filter(aspect="complex").delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_requests"), ("matters", "0019_limit_aspects")]

    operations = [migrations.RunPython(load, unload)]
