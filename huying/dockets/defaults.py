"""What a new district starts with: limits of dockets and of their work. All of it is data afterwards."""

from __future__ import annotations

import csv
from importlib.resources import files

from django.apps.registry import Apps

DATA = files("huying.dockets") / "data"


def load(apps: Apps) -> None:
    """Store all defaults, through the models of `apps` (a migration's or the running ones)."""
    limit = apps.get_model("matters", "Limit")
    rows = csv.DictReader((DATA / "limits.csv").read_text(encoding="utf-8").splitlines())
    limit.objects.bulk_create(
        limit(
            matter_kind=row["matter_kind"],
            clock=row["clock"],
            urgency=row["urgency"],
            amount=float(row["amount"]),
            unit=row["unit"],
            priority=int(row["priority"]),
            note=row["note"],
        )
        for row in rows
    )
