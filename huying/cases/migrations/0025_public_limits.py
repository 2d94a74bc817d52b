"""Until when a public reply is reviewed and mended, for districts that began without it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.cases import defaults


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    defaults.add_limits(apps, "reply_review", "revise")


class Migration(migrations.Migration):
    dependencies = [("cases", "0024_public_replies")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
