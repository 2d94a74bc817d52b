"""Supervisions and instructions taken to any state by the real flow."""

from __future__ import annotations

from collections.abc import Mapping

from huying.matters.engine import move_one, open_one
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS
from tests.factories.district import District

REQUIREMENT = "请立即修复门口路灯，查明超时原因，并向诉求人当面说明。"


def issue(district: District, by: Actor | None = None, **values: object) -> Matter:
    data: dict[str, object] = {
        "kind": "overdue",
        "title": "水岸星城小区路灯超时未修",
        "lead": "URBAN",
        "requirement": REQUIREMENT,
    }
    return open_one(SUPERVISIONS, "issue", by=by or district.actor("supervisor"), data=data | values)


# step -> (who, input); enough to reach every state of the main way
WAY: tuple[tuple[str, str, Mapping[str, object]], ...] = (
    ("acknowledge", "handler", {"officer": "李工"}),
    (
        "feedback",
        "handler",
        {"solved": True, "done": "三盏路灯已全部更换，当面向诉求人说明。", "cause": "配件缺货。"},
    ),
    ("endorse", "chief", {}),
    ("accept", "supervisor", {"note": "同意。"}),
)


def advance(district: District, matter: Matter, until: str) -> Matter:
    """Take a supervision of the city management along the main way until it is in state `until`."""
    matter.refresh_from_db()
    for step, who, data in WAY:
        if matter.state == until:
            return matter
        if matter.state in SUPERVISIONS.step[step].sources:
            matter = move_one(SUPERVISIONS, step, matter.pk, by=district.actor(who), data=data)
    assert matter.state == until, f"{matter.state} instead of {until}"
    return matter


def step(district: District, matter: Matter, key: str, who: str, **data: object) -> Matter:
    """One step of a supervision."""
    return move_one(SUPERVISIONS, key, matter.pk, by=district.actor(who), data=data)


def record(district: District, who: str = "supervisor", **values: object) -> Matter:
    data: dict[str, object] = {
        "kind": "leader",
        "title": "加快老旧小区路灯维修",
        "source": "区委书记陈某",
        "dated": "2026-01-05T09:00:00+08:00",
        "text": "请城管、房管部门一周内拿出办法，结果报我。",
    }
    return open_one(INSTRUCTIONS, "record", by=district.actor(who), data=data | values)


def assign(district: District, matter: Matter, *leads: str, who: str = "supervisor", **values: object) -> Matter:
    units = list(leads or ("URBAN", "HOUSING"))
    data: dict[str, object] = {"leads": units, "requirement": "一周内报来办法并先修急的。"}
    return move_one(INSTRUCTIONS, "assign", matter.pk, by=district.actor(who), data=data | values)
