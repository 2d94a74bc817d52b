"""Cases taken to any state by the real flow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from huying.cases.flow import CASES
from huying.matters.engine import move_one, open_one
from huying.matters.models import Matter
from huying.people.actors import Actor
from tests.factories.district import District

TEXT = "徐东大街水岸星城小区门口路灯坏了三天，晚上很黑，老人出门不安全，请尽快维修。"


def receive(district: District, by: Actor | None = None, *, at: datetime | None = None, **values: object) -> Matter:
    lon, lat = district.point(0)
    data: dict[str, object] = {
        "channel": "phone",
        "text": TEXT,
        "lon": lon,
        "lat": lat,
        "reporter": {"name": "王秀英", "phone": "13971112222"},
    }
    return open_one(CASES, "receive", by=by or district.actor("call_taker"), data=data | values, at=at)


# step -> (who, input); enough to reach every state of the main way
MAIN_WAY: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    ("triage", "call_taker", {"kind": "help", "category": "02.02.01"}),
    ("dispatch", "dispatcher", {"lead": "URBAN"}),
    ("acknowledge", "handler", {"officer": "李工"}),
    (
        "contact",
        "handler",
        {
            "at": "2026-01-05T10:00:00+08:00",
            "means": "phone",
            "reached": True,
            "outcome": "已电话了解情况，当晚到场查看。",
        },
    ),
    (
        "propose",
        "handler",
        {
            "true": True,
            "solved": True,
            "done": "当日更换灯头三盏，现场已恢复照明。",
            "by_whom": "市政所李工",
            "public_reply": "您好，门口三盏路灯已更换，请您再看看。",
        },
    ),
    ("approve", "chief", {}),
    ("callback", "call_taker", {"reached": True, "solved": True, "satisfied": 5}),
)


def advance(district: District, matter: Matter, until: str, *, start: datetime | None = None) -> Matter:
    """Take a case along the main way until it is in state `until`; one step an hour from `start` when given."""
    at = start
    for step, who, data in MAIN_WAY:
        if matter.state == until:
            return matter
        if matter.state not in CASES.step[step].sources:
            continue
        if step == "contact":
            data = {**data, "at": (at or matter.moved_at).isoformat()}
        if step == "propose":
            from huying.cases.options import checklist_items

            data = {**data, "checklist": [key for key, _, _, required in checklist_items() if required]}
        matter = move_one(CASES, step, matter.pk, by=district.actor(who), data=data, at=at)
        at = at + timedelta(hours=1) if at else None
    assert matter.state == until, f"{matter.state} instead of {until}"
    return matter
