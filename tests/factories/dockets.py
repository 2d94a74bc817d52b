"""Dockets and their work taken to any state by the real flow. The city management leads, a leader is in charge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.utils import timezone

from huying.dockets.flow import DOCKETS
from huying.dockets.work import WORK
from huying.matters.engine import move_one, open_one
from huying.matters.models import Matter
from tests.factories.district import District

TITLE = "徐东大街沿线路灯连片不亮"
TEXT = "三个月来沿线路灯反复熄灭，涉及城管、房管和街道，单件办理治标不治本。"
WORK_TEXT = "十二月十日前更换水岸星城段全部老化电缆，拍照留存。"


def draft(district: District, *matters: Matter, by: str = "supervisor", **values: object) -> Matter:
    data = {"kind": "leader", "title": TITLE, "text": TEXT, "numbers": [m.number for m in matters]}
    return open_one(DOCKETS, "draft", by=district.actor(by), data=data | values)


def opening(district: District) -> dict[str, object]:
    return {"lead": "URBAN", "leader": str(district.users["leader"].pk), "members": ["HOUSING", "STREET"], "days": 20}


def take(district: District, docket: Matter, step: str, by: str, data: Mapping[str, object] | None = None) -> Matter:
    return move_one(DOCKETS, step, docket.pk, by=district.actor(by), data=data or {})


def advance(district: District, docket: Matter, until: str) -> Matter:
    """Along the main way; no meeting is held and nothing is decided."""
    way: Sequence[tuple[str, str, Mapping[str, object]]] = (
        ("open", "supervisor", opening(district)),
        ("take_up", "handler", {"officer": "李工"}),
        ("propose_result", "handler", {"result": "沿线路灯全部更换，连续一个月没有新的反映。"}),
        ("accept", "leader", {}),
    )
    for step, by, data in way:
        if docket.state == until:
            return docket
        if docket.state in DOCKETS.step[step].sources:
            docket = take(district, docket, step, by, data)
    assert docket.state == until, f"{docket.state} instead of {until}"
    return docket


def in_progress(district: District, *matters: Matter) -> Matter:
    return advance(district, draft(district, *matters), "in_progress")


def plan_meeting(district: District, docket: Matter, **values: object) -> Matter:
    data = {
        "at": (timezone.now() + timedelta(days=2)).isoformat(),
        "place": "区政府三楼会议室",
        "agenda": "一、通报情况\n二、研究分工",
        "invited": ["HOUSING", "STREET"],
    }
    return take(district, docket, "plan_meeting", "handler", data | values)


def hold_meeting(district: District, docket: Matter, **values: object) -> Matter:
    data = {
        "at": timezone.now().isoformat(),
        "chair": "何致远副区长",
        "attended": ["URBAN", "HOUSING"],
        "minutes": "会议听取了情况汇报。\n会议认为，应当整段更换电缆。",
    }
    return take(district, docket, "hold_meeting", "handler", data | values)


def decide(district: District, docket: Matter, owner: str = "HOUSING", **values: object) -> Matter:
    """The work that a decision has become."""
    take(district, docket, "decide", "handler", {"text": WORK_TEXT, "owner": owner} | values)
    return Matter.objects.filter(kind=WORK.kind).order_by("-pk")[0]


def do(district: District, work: Matter, step: str, by: str, data: Mapping[str, object] | None = None) -> Matter:
    return move_one(WORK, step, work.pk, by=district.actor(by), data=data or {})


def fed_back(district: District, work: Matter) -> Matter:
    return do(district, work, "feed_back", "handler2", {"done": "电缆已全部更换，照片见附件。"})
