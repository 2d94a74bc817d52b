"""The log of exports keeps no words that were looked for."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LOOKED_FOR = "按内容查找"


def leave_out(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    runs = apps.get_model("cases", "ExportRun").objects
    for run in runs.filter(query__has_key="q"):
        run.what = f"{run.what.partition('，')[0]}，{LOOKED_FOR}"  # the words may hold what parts the filters
        if run.finished_at is not None:
            del run.query["q"]
        run.save(update_fields=["what", "query"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_case_links")]

    operations = [migrations.RunPython(leave_out, migrations.RunPython.noop, elidable=True)]
