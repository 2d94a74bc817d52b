"""What a new district starts with: limits of call-outs, and which calls go out without analysis or approval. All of it
is data afterwards."""

from __future__ import annotations

import csv
from importlib.resources import files

from django.apps.registry import Apps

from huying.callouts.enums import Level, Purpose

DATA = files("huying.callouts") / "data"
KINDS = ("callout", "callout_response")
# An emergency cannot wait for a signature; the chief reads of it at once and may call it back.
UNAPPROVED = {Purpose.EMERGENCY}
AUTOMATIC = {Purpose.EMERGENCY, Purpose.JOINT, Purpose.ASSISTANCE, Purpose.SAFETY}


def load(apps: Apps) -> None:
    """Store all defaults, through the models of `apps` (a migration's or the running ones)."""
    limit = apps.get_model("matters", "Limit")
    rows = csv.DictReader((DATA / "limits.csv").read_text(encoding="utf-8").splitlines())
    limit.objects.bulk_create(
        limit(
            matter_kind=row["matter_kind"],
            clock=row["clock"],
            subkind=row["subkind"],
            amount=float(row["amount"]),
            unit=row["unit"],
            priority=int(row["priority"]),
            note=row["note"],
        )
        for row in rows
    )
    rule = apps.get_model("callouts", "CallingRule")
    rule.objects.bulk_create(
        rule(level=level, purpose=purpose, automatic=purpose in AUTOMATIC, approval=purpose not in UNAPPROVED)
        for level in Level.values
        for purpose in Purpose
    )
