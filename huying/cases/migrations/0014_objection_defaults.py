"""Why a case is not accepted and where it belongs, and the limits of objecting, ruling and rejecting."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.cases import defaults


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.load_rejections(apps)
    defaults.add_limits(apps, "objection", "ruling", "rejection")


def unload(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for model in ("RejectionReason", "OutsideBody"):
        apps.get_model("cases", model).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0013_objections"), ("matters", "0012_aspects")]

    operations = [migrations.RunPython(load, unload)]
