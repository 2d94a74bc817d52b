"""The standard with which a new district starts; data afterwards."""

from __future__ import annotations

import datetime as dt

from django.apps.registry import Apps

SINCE = dt.date(2000, 1, 1)  # before whatever may be imported
STRENGTH, LEAST, RESIDENTS = 10, 5, 50
# key: name, weight in per cent, edges of five, four, three and two stars
DIMENSIONS: dict[str, tuple[str, int, tuple[float, float, float, float]]] = {
    "speed": ("响应速度", 20, (50, 75, 100, 200)),
    "on_time": ("办理时效", 20, (100, 125, 150, 200)),
    "solved": ("解决程度", 30, (90, 70, 50, 25)),
    "satisfaction": ("满意程度", 30, (4.5, 3.5, 2.5, 1.5)),
    "justified": ("呼叫必要", 40, (90, 70, 50, 25)),
    "clear": ("情况清楚", 30, (4.5, 3.5, 2.5, 1.5)),
    "address": ("地点准确", 30, (90, 70, 50, 25)),
}


def load(apps: Apps) -> None:
    """Store it, through the models of `apps` (a migration's or the running ones)."""
    standard = apps.get_model("callouts", "StarStandard").objects.create(
        since=SINCE, strength=STRENGTH, least=LEAST, residents=RESIDENTS, note="初始标准"
    )
    dimension = apps.get_model("callouts", "StarDimension")
    dimension.objects.bulk_create(
        dimension(standard=standard, key=key, name=name, weight=weight, five=five, four=four, three=three, two=two)
        for key, (name, weight, (five, four, three, two)) in DIMENSIONS.items()
    )
