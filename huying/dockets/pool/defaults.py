"""What a new district starts with: categories of service and the limits of needs. All of it is data afterwards."""

from __future__ import annotations

import csv
from importlib.resources import files

from django.apps.registry import Apps

DATA = files("huying.dockets") / "data"


def load(apps: Apps) -> None:
    """Store all defaults, through the models of `apps` (a migration's or the running ones)."""
    limit = apps.get_model("matters", "Limit")
    rows = csv.DictReader((DATA / "pool_limits.csv").read_text(encoding="utf-8").splitlines())
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
    service = apps.get_model("dockets", "Service")
    rows = csv.DictReader((DATA / "services.csv").read_text(encoding="utf-8").splitlines())
    service.objects.bulk_create(
        service(key=row["key"], name=row["name"], words=row["words"].split(), order=int(row["order"])) for row in rows
    )
