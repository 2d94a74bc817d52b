"""Channels, categories, limits, the checklist and danger words that a new district starts with."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from huying.cases import defaults
from huying.kernel.numbers import create_number_sequence


def load(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    channel = apps.get_model("matters", "Channel")
    channel.objects.bulk_create(
        channel(
            key=row["key"],
            name=row["name"],
            external=row["external"] == "1",
            published=row["published"] == "1",
            order=int(row["order"]),
        )
        for row in defaults.rows("channels.csv")
    )
    category = apps.get_model("matters", "Category")
    category.objects.bulk_create(
        category(code=c.code, name=c.name, parent_id=c.parent, level=c.level, second_eyes=c.second_eyes)
        for c in defaults.categories()
    )
    limit = apps.get_model("matters", "Limit")
    limit.objects.bulk_create(
        limit(
            matter_kind="case",
            clock=row["clock"],
            subkind=row["subkind"],
            category=row["category"],
            urgency=row["urgency"],
            channel=row["channel"],
            amount=float(row["amount"]),
            unit=row["unit"],
            priority=int(row["priority"]),
            note=row["note"],
        )
        for row in defaults.rows("limits.csv")
    )
    item = apps.get_model("cases", "ChecklistItem")
    item.objects.bulk_create(
        item(text=row["text"], required=row["required"] == "1", order=int(row["order"]))
        for row in defaults.rows("checklist.csv")
    )
    word = apps.get_model("matters", "AlarmWord")
    word.objects.bulk_create(
        word(group=row["group"], word=row["word"], unless=row["unless"].split("|") if row["unless"] else [])
        for row in defaults.rows("alarm_words.csv")
    )


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
