"""What a new district starts with: the limits of supervisions and instructions. They are data afterwards."""

from __future__ import annotations

import csv
from importlib.resources import files

from django.apps.registry import Apps

KINDS = ("supervision", "instruction")


def load(apps: Apps) -> None:
    """Through the models of `apps` (a migration's or the running ones)."""
    text = (files("huying.supervision") / "data/limits.csv").read_text(encoding="utf-8")
    limit = apps.get_model("matters", "Limit")
    limit.objects.bulk_create(
        limit(
            matter_kind=row["kind"],
            clock=row["clock"],
            subkind=row["subkind"],
            amount=float(row["amount"]),
            unit=row["unit"],
            priority=int(row["priority"]),
            note=row["note"],
        )
        for row in csv.DictReader(text.splitlines())
    )
