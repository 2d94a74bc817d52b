"""Motions and proposals taken to any state by the real flow."""

from __future__ import annotations

from huying.cases.flow import CASES
from huying.cases.options import checklist_items
from huying.matters.engine import move_one
from huying.matters.models import Matter
from tests.factories.cases import receive
from tests.factories.district import District

PAPER: dict[str, object] = {"body": "congress", "term": 16, "session": 6, "serial": 86, "disclosed": True}
PROPOSER = {"name": "赵明德", "phone": "13871115566"}
TEXT = "建议把徐东片区闲置厂房改造为社区食堂和托育点，分两期实施。"
ANSWER: dict[str, object] = {
    "answer_class": "B",
    "done": "已列入年度民生项目，一期今年开工。",
    "by_whom": "市政科",
    "public_reply": "一期改造已列入年度民生项目，今年开工。\n二期方案明年报批。",
    "letter_number": "武城管函〔2026〕12号",
    "copies": "武昌区人大常委会代表工作委员会，武昌区人民政府办公室",
}
MET = {"means": "meeting", "reached": True, "outcome": "已上门当面沟通，代表同意分期实施。"}


def motion(district: District, until: str = "received", **paper: object) -> Matter:
    matter = receive(
        district,
        channel="proposal",
        text=TEXT,
        title="关于改造闲置厂房的建议",
        reporter=PROPOSER,
        motion={**PAPER, **paper},
    )
    return onward(district, matter, until)


def onward(district: District, matter: Matter, until: str, **answer: object) -> Matter:
    """Along its way until it is in state `until`."""
    must = [key for key, _, _, required in checklist_items() if required]
    way: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("triage", "call_taker", {"kind": "motion", "category": "02.02.01"}),
        ("dispatch", "dispatcher", {"lead": "URBAN"}),
        ("acknowledge", "handler", {"officer": "李工"}),
        ("contact", "handler", MET | {"at": matter.opened_at.isoformat()}),
        ("propose", "handler", ANSWER | {"checklist": must} | answer),
        ("approve", "chief", {}),
    )
    for step, who, data in way:
        if matter.state == until:
            return matter
        if matter.state not in CASES.step[step].sources:
            continue
        if step == "contact" and matter.state == "handling" and not matter.rework_count:
            continue  # talked over already
        matter = move_one(CASES, step, matter.pk, by=district.actor(who), data=data)
    assert matter.state == until, f"{matter.state} instead of {until}"
    return matter
