"""How many statements an operation sends to the database. Journeys are most of what a request costs."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.options import checklist_items
from huying.cases.steps import sorting
from huying.matters.engine import move_one
from huying.people import bearer
from huying.people.roles import PERSONAL
from tests.factories.api import Program, program, told
from tests.factories.cases import TEXT, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

# What was kept under the key; who has that number already; who raised it, known and new; number; everything else
RECEIVE = 6
# What was kept under the key; the case; its clocks; its particulars; everything else; and what one step needs more
STEP = 6
TAKE_BACK = STEP + 6  # the line that is taken back, its clocks, its words, its messages
READ = 5

ENDS = {"reached": True, "solved": True, "satisfied": 5}
PROPOSAL = {
    "true": True,
    "solved": True,
    "done": "当日更换灯头三盏。",
    "by_whom": "市政所",
    "public_reply": "路灯已更换。",
}
STEPS: dict[str, tuple[str, dict[str, object]]] = {
    "triage": ("received", {"kind": "help", "category": "02.02.01"}),
    "answer": ("received", {"reply": "已答复您。", "basis": "知识库", "kind": "consult", "category": "02.02.01"}),
    "spot_check": ("answered", {"right": True}),
    "return_to_reporter": ("handling", {"question": "请问在几号门？"}),
    "add_information": ("waiting", {"text": "在三号门。"}),
    "join": ("received", {}),
    "unjoin": ("joined", {"reason": "不是同一件事"}),
    "dispatch": ("triaged", {"lead": "URBAN", "co_handlers": ["WATER"]}),
    "hand_back": ("dispatched", {"reason": "not_ours", "explanation": "应由房管部门办理"}),
    "remind": ("dispatched", {"note": "请尽快联系诉求人。"}),
    "acknowledge": ("dispatched", {"officer": "李工"}),
    "contact": ("acknowledged", {"means": "phone", "reached": True, "outcome": "已了解情况。"}),
    "propose": ("handling", PROPOSAL),
    "send_back": ("awaiting_approval", {"reason": "请写明更换时间"}),
    "approve": ("awaiting_approval", {}),
    "callback": ("resolved", ENDS),
    "rework": ("closed", {"reason": "灯又坏了"}),
    "close_without_callback": ("resolved", {"reason": "no_reply_wanted"}),
    "rate": ("closed", {"satisfied": 5}),
    "publish_reply": (
        "reply_review",
        {"public_reply": "路灯已更换。", "public": True, "title": "路灯不亮", "question": "路灯何时修好？"},
    ),
    "return_reply": ("reply_review", {"reason": "请写明更换时间"}),
    "take_down_reply": ("published", {"reason": "照片里有住户"}),
    "urge_from_above": ("handling", {"item": "CB-1", "words": "请尽快办"}),
    "answer_above": ("handling", {"text": "已联系诉求人。"}),
    "callback_from_above": ("closed", {"item": "HF-1", "solved": False, "satisfied": 2}),
    "rework_from_above": ("closed", {"item": "CZ-1", "reason": "请重新办理"}),
    "ruling_from_above": ("closed", {"item": "SH-1", "accepted": False, "reason": "没有照片"}),
}

# What takes a step back: where the case stands before, and the step
TAKING_BACK: dict[str, tuple[str, str]] = {
    "recall_triage": ("received", "triage"),
    "recall_dispatch": ("triaged", "dispatch"),
    "recall_acknowledge": ("dispatched", "acknowledge"),
    "recall_question": ("handling", "return_to_reporter"),
    "withdraw_proposal": ("handling", "propose"),
}


@pytest.fixture
def here(district: District) -> Program:
    bearer.throttle.forget()
    made = program()
    connection.run_on_commit.clear()  # as if the district and the key had been committed: caches keep what they load
    return made


def statements(asked: CaptureQueriesContext) -> list[str]:
    """Without the savepoints that only a test's own transaction makes of a transaction, and without the one question
    every two seconds whether the caches still hold."""
    apart = ("SAVEPOINT", "kernel_generation")
    return [query["sql"] for query in asked if not any(words in query["sql"] for words in apart)]


def appeal(district: District, n: int) -> dict[str, object]:
    lon, lat = district.point(n % 4)
    reporter = {"name": "王秀英", "phone": f"1397111{n:04}"}
    return {
        "channel": "hotline",
        "external_number": f"Q-{n}",
        "text": TEXT,
        "lon": lon,
        "lat": lat,
        "reporter": reporter,
    }


def test_taking_in(district: District, here: Program) -> None:
    told(here.post("/cases", appeal(district, 0), once="0"), 201)  # fills the caches
    with CaptureQueriesContext(connection) as asked:
        told(here.post("/cases", appeal(district, 1), once="1"), 201)
    assert len(statements(asked)) <= RECEIVE, statements(asked)


def test_every_step_is_counted() -> None:
    pressed = {
        step.key
        for step in CASES.steps
        if not step.opens and not step.by_system and step.permission not in PERSONAL  # those have no API
    }
    assert STEPS.keys() | TAKING_BACK.keys() == pressed


@pytest.mark.parametrize("step", STEPS)
def test_a_step(district: District, here: Program, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "SAMPLED", 1)
    state, data = STEPS[step]
    cases = []
    for n in range(2):
        above = {"channel": "hotline", "external_number": f"RX-{n}"} if "above" in step else {}
        if state in ("reply_review", "published"):
            above = {"channel": "city_board", "external_number": f"CS-{n}"}
        matter = receive(district, wants_reply=step != "close_without_callback", **above)
        case = (
            matter
            if state in ("joined", "answered")
            else advance(district, matter, {"waiting": "handling", "published": "reply_review"}.get(state, state))
        )
        if state == "joined":
            told(here.post(f"/cases/{case.number}/steps/join", {"main": receive(district).number}))
        if state == "waiting":
            told(here.post(f"/cases/{case.number}/steps/return_to_reporter", {"question": "请问在几号门？"}))
        if state == "published":
            told(here.post(f"/cases/{case.number}/steps/publish_reply", STEPS["publish_reply"][1]))
        if state == "answered":
            move_one(CASES, "answer", case.pk, by=district.actor("call_taker"), data=STEPS["answer"][1])
        cases.append(case)
    if step == "join":
        data = data | {"main": receive(district).number}
    if step == "contact":
        data = data | {"at": timezone.now().isoformat()}
    if step == "propose":
        data = data | {"checklist": [key for key, _, _, required in checklist_items() if required]}
    told(here.post(f"/cases/{cases[0].number}/steps/{step}", data, once="first"))  # fills the caches
    with CaptureQueriesContext(connection) as asked:
        told(here.post(f"/cases/{cases[1].number}/steps/{step}", data, once="second"))
    assert len(statements(asked)) <= STEP, statements(asked)


@pytest.mark.parametrize("step", TAKING_BACK)
def test_taking_a_step_back(district: District, here: Program, step: str) -> None:
    state, before = TAKING_BACK[step]
    data = STEPS[before][1]
    if before == "propose":
        data = data | {"checklist": [key for key, _, _, required in checklist_items() if required]}
    cases = [advance(district, receive(district), state) for _ in range(2)]
    for case in cases:
        told(here.post(f"/cases/{case.number}/steps/{before}", data))
    told(here.post(f"/cases/{cases[0].number}/steps/{step}", {}, once="first"))  # fills the caches
    with CaptureQueriesContext(connection) as asked:
        told(here.post(f"/cases/{cases[1].number}/steps/{step}", {}, once="second"))
    assert len(statements(asked)) <= TAKE_BACK, statements(asked)


def test_reading_and_listing_do_not_grow(district: District, here: Program) -> None:
    case = advance(district, receive(district), "closed")
    told(here.get("/cases?size=200"))
    with CaptureQueriesContext(connection) as reading:
        told(here.get(f"/cases/{case.number}"))
    assert len(statements(reading)) <= READ, statements(reading)
    with CaptureQueriesContext(connection) as few:
        told(here.get("/cases?size=200"))
    assert len(statements(few)) == 1
    for n in range(40):
        told(here.post("/cases", appeal(district, n)), 201)
    with CaptureQueriesContext(connection) as many:
        assert len(told(here.get("/cases?size=200"))["cases"]) == 41
    assert len(statements(many)) == 1


def test_options_come_from_memory(here: Program) -> None:
    told(here.get("/options"))  # fills the caches
    with CaptureQueriesContext(connection) as asked:
        told(here.get("/options"))
    assert statements(asked) == []


def test_a_request_with_a_known_key_asks_nothing_about_it(district: District, here: Program) -> None:
    told(here.get("/me"))
    with CaptureQueriesContext(connection) as asked:
        told(here.get("/me"))
    assert statements(asked) == []


def test_an_answer_that_was_kept_costs_one(district: District, here: Program) -> None:
    body = json.dumps(appeal(district, 0))
    told(here.request("POST", "/cases", body, once="again"), 201)
    with CaptureQueriesContext(connection) as asked:
        told(here.request("POST", "/cases", body, once="again"), 201)
    assert len(statements(asked)) == 1
