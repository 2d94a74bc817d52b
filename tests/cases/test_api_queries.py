"""How many statements an operation sends to the database. Journeys are most of what a request costs."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.options import checklist_items
from huying.cases.steps import sorting
from huying.matters.engine import move_one
from huying.matters.models import Matter
from huying.people import bearer
from huying.people.roles import PERSONAL
from tests.factories.api import Program, program, told
from tests.factories.cases import TEXT, advance, receive
from tests.factories.district import District
from tests.factories.motions import PAPER, motion
from tests.factories.requests import COMPLEX, EXTENSION, deferral, take, unreasonable

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
EVENT = {
    "name": "路灯成片不亮",
    "words": "路灯",
    "begins_at": "2026-01-05T10:00:00+08:00",
    "announcement": "正在抢修。",
}
OBJECTION = {"cause": "not_ours", "explanation": "应由房管部门办理", "basis": "职责分工"}
BACK = {"reason": "not_ours", "explanation": "应由房管部门办理"}
STEPS: dict[str, tuple[str, dict[str, object]]] = {
    "triage": ("received", {"kind": "help", "category": "02.02.01"}),
    "answer": ("received", {"reply": "已答复您。", "basis": "知识库", "kind": "consult", "category": "02.02.01"}),
    "spot_check": ("answered", {"right": True}),
    "return_to_reporter": ("handling", {"question": "请问在几号门？"}),
    "add_information": ("waiting", {"text": "在三号门。"}),
    "join": ("received", {}),
    "unjoin": ("joined", {"reason": "不是同一件事"}),
    "merge": ("dispatched", {}),
    "repeat": ("handling", {"text": "灯还是不亮。"}),
    "mark_repeat": ("received", {}),
    "open_batch": ("handling", EVENT),
    "change_batch": ("batch", EVENT),
    "announce": ("batch", {"text": "今晚八点前恢复。"}),
    "stop_batch": ("batch", {}),
    "dispatch": ("triaged", {"lead": "URBAN", "co_handlers": ["WATER"]}),
    "hand_back": ("dispatched", {"reason": "not_ours", "explanation": "应由房管部门办理"}),
    "object": ("dispatched", OBJECTION),
    "endorse_objection": ("objecting", {}),
    "decline_objection": ("objecting", {"reason": "属本单位职责"}),
    "withdraw_objection": ("objecting", {}),
    "rule": ("objected", {"upheld": True, "reason": "不属其职责"}),
    "assign_by_ruling": ("disputed", {"lead": "HOUSING", "reason": "按职责分工裁定"}),
    "propose_rejection": ("received", {"reason": "outside"}),
    "approve_rejection": ("rejecting", {}),
    "decline_rejection": ("rejecting", {"reason": "应当受理"}),
    "hand_over": ("rejected", {"target": "outside.court", "means": "phone"}),
    "withdraw": ("handling", {"means": "phone", "reason": "来电说不用办了"}),
    "remind": ("dispatched", {"note": "请尽快联系诉求人。"}),
    "acknowledge": ("dispatched", {"officer": "李工"}),
    "contact": ("acknowledged", {"means": "phone", "reached": True, "outcome": "已了解情况。"}),
    "propose": ("handling", PROPOSAL),
    "send_back": ("awaiting_approval", {"reason": "请写明更换时间"}),
    "approve": ("awaiting_approval", {}),
    "callback": ("resolved", ENDS),
    "rework": ("closed", {"reason": "灯又坏了"}),
    "set_motion": ("motion received", PAPER),
    "record_opinion": ("motion resolved", {"returned": True, "attitude": "content", "result": "content"}),
    "close_without_callback": ("resolved", {"reason": "no_reply_wanted"}),
    "rate": ("closed", {"satisfied": 5}),
    "ask_extension": ("handling", EXTENSION),
    "ask_complex": ("handling", COMPLEX),
    "ask_deferral": ("handling", deferral()),
    "propose_unreasonable": ("handling", {"ground": "un-beyond", "times": 3, "explanation": "三次说明依据。"}),
    "endorse_request": ("extension asked", {}),
    "grant_extension": ("extension endorsed", {}),
    "refuse_request": ("extension endorsed", {"refusal": "理由不充分。"}),
    "withdraw_request": ("extension endorsed", {}),
    "grant_complex": ("complex endorsed", {}),
    "defer": ("deferral endorsed", {}),
    "review_deferral": ("deferred", {"still": True, "finding": "还在等资金下达。"}),
    "resume": ("deferred", {"reason": "资金已经下达。"}),
    "approve_unreasonable": ("unreasonable endorsed", {}),
    "revoke_unreasonable": ("unreasonable", {"reason": "有了新的事实。"}),
    "take_part": ("helped", {"officer": "陈工"}),
    "report_part": ("helped", {"opinion": "管道完好。"}),
    "decline_part": ("helped", {"reason": "不是自来水管。"}),
    "ask_parts": ("helped", {"units": ["HOUSING"], "task": "请查明产权。"}),
    "accept_part": ("helped", {"unit": "WATER"}),
    "return_part": ("helped", {"unit": "WATER", "reason": "请附检测记录。"}),
    "pass_down": ("street", {"to": "COMMUNITY0", "task": "请到现场处理。"}),
    "pass_up": ("community", {"reason": "本级办不了。"}),
    "take_on": ("street", {"officer": "小王"}),
    "give_back": ("street", {"result": "已经办好。"}),
    "take_back": ("street", {"reason": "街道自己去办。"}),
    "send_to_grid": ("community", {"grid": "420106003001001", "task": "看看灯亮不亮。"}),
    "call_off_check": ("community", {"reason": "不用看了。"}),
    "reassign": ("street", {}),
    "set_manager": ("street", {}),
    "drop_part": ("helped", {"unit": "WATER", "reason": "不再需要。"}),
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

# Steps about co-handlers' parts: what the co-handler has done before with its part
PARTS: dict[str, tuple[str, ...]] = {
    "take_part": (),
    "report_part": ("take_part",),
    "decline_part": (),
    "ask_parts": (),
    "accept_part": ("take_part", "report_part"),
    "return_part": ("take_part", "report_part"),
    "drop_part": (),
}

# Steps that pass a case on: what has been done before
PASSING: dict[str, tuple[str, ...]] = {
    "pass_down": (),
    "pass_up": (),
    "take_on": ("pass_down",),
    "give_back": ("pass_down", "take_on"),
    "take_back": ("pass_down", "take_on"),
    "send_to_grid": (),
    "call_off_check": ("send_to_grid",),
    "reassign": (),
    "set_manager": (),
}
# What needs a person, or a file: by whom it is pressed and not by a program
BY_PEOPLE = {"propose_unreasonable", "approve_unreasonable"}

# What takes a step back: where the case stands before, and the step
TAKING_BACK: dict[str, tuple[str, str]] = {
    "recall_triage": ("received", "triage"),
    "recall_dispatch": ("triaged", "dispatch"),
    "recall_acknowledge": ("dispatched", "acknowledge"),
    "recall_merge": ("dispatched", "merge"),
    "recall_question": ("handling", "return_to_reporter"),
    "withdraw_proposal": ("handling", "propose"),
}

# States beside the main way: where it leaves that, and who takes which steps to it.
BESIDE: dict[str, tuple[str, tuple[tuple[str, str, Mapping[str, object]], ...]]] = {
    "joined": ("received", ()),
    "answered": ("received", (("answer", "call_taker", STEPS["answer"][1]),)),
    "batch": ("handling", (("open_batch", "dispatcher", EVENT),)),
    "published": ("reply_review", (("publish_reply", "dispatcher", STEPS["publish_reply"][1]),)),
    "waiting": ("handling", (("return_to_reporter", "handler", {"question": "请问在几号门？"}),)),
    "objecting": ("dispatched", (("object", "handler", OBJECTION),)),
    "objected": ("dispatched", (("object", "handler", OBJECTION), ("endorse_objection", "chief", {}))),
    "disputed": (
        "dispatched",
        (
            ("hand_back", "handler", BACK),
            ("dispatch", "dispatcher", {"lead": "URBAN"}),
            ("hand_back", "handler", BACK),
        ),
    ),
    "rejecting": ("received", (("propose_rejection", "call_taker", {"reason": "outside"}),)),
    "rejected": ("received", (("propose_rejection", "call_taker", {"reason": "police"}),)),
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
    } - {"report_check", "note_service"}  # of whoever walks the grid; of whoever was named
    assert STEPS.keys() | TAKING_BACK.keys() == pressed


ASKING: dict[str, dict[str, object]] = {"extension": EXTENSION, "complex": COMPLEX, "deferral": deferral()}
ASKED_FOR = {state for state, _ in STEPS.values() if state.split()[0] in ("unreasonable", "deferred", *ASKING)}


def asked_for(district: District, matter: Matter, state: str) -> Matter:
    """With a request so far on its way, or granted."""
    kind, _, far = state.partition(" ")
    matter = advance(district, matter, "handling")
    if kind == "unreasonable":
        matter = take(district, matter, "propose_unreasonable", "handler", **unreasonable(district))
    else:
        kind = "deferral" if kind == "deferred" else kind
        matter = take(district, matter, f"ask_{kind}", "handler", **ASKING[kind])
    if far == "asked":
        return matter
    matter = take(district, matter, "endorse_request", "chief")
    if state == "deferred":
        return take(district, matter, "defer", "dispatcher")
    if state == "unreasonable":
        take(district, matter, "approve_unreasonable", "dispatcher")
        return take(district, matter, "approve_unreasonable", "supervisor")
    return matter


@pytest.mark.parametrize("step", sorted(STEPS.keys() - BY_PEOPLE))
def test_a_step(district: District, here: Program, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "SAMPLED", 1)
    state, data = STEPS[step]
    helper = program(organisation="WATER") if step in PARTS else here
    street = program(organisation="STREET") if step == "take_back" else here
    if step in ("reassign", "set_manager"):
        data = {"post": str(district.actor("street_clerk").post_id)}
    cases = []
    for n in range(2):
        tags = ["营商环境"] if step == "set_manager" else []
        above = {"channel": "hotline", "external_number": f"RX-{n}"} if "above" in step else {}
        if state in ("reply_review", "published"):
            above = {"channel": "city_board", "external_number": f"CS-{n}"}
        if state.startswith("motion "):
            cases.append(motion(district, state.split()[1], serial=n + 1))
            continue
        matter = receive(district, wants_reply=step != "close_without_callback", tags=tags, **above)
        leaves, before = BESIDE.get(state, (state, ()))
        if state in ("helped", "street", "community"):
            case = advance(district, matter, "triaged")
        else:
            case = asked_for(district, matter, state) if state in ASKED_FOR else advance(district, matter, leaves)
        if state == "joined":
            told(here.post(f"/cases/{case.number}/steps/join", {"main": receive(district).number}))
        if state == "helped":
            told(here.post(f"/cases/{case.number}/steps/dispatch", STEPS["dispatch"][1]))
            for earlier in PARTS[step]:
                told(helper.post(f"/cases/{case.number}/steps/{earlier}", STEPS[earlier][1]))
        if step in PASSING:
            lead = {"street": "STREET", "community": "COMMUNITY0"}[state]
            told(here.post(f"/cases/{case.number}/steps/dispatch", {"lead": lead}))
            for earlier in ("acknowledge", *PASSING[step]):
                told(here.post(f"/cases/{case.number}/steps/{earlier}", STEPS[earlier][1]))
        for key, who, said in before:
            move_one(CASES, key, case.pk, by=district.actor(who), data=said)
        cases.append(case)
    if step in ("join", "merge"):
        data = data | {"main": receive(district).number}
    if step == "mark_repeat":
        data = data | {"earlier": receive(district).number}
    if step == "contact":
        data = data | {"at": timezone.now().isoformat()}
    if step == "propose":
        data = data | {"checklist": [key for key, _, _, required in checklist_items() if required]}
    presser = helper if step in ("take_part", "report_part", "decline_part") else street
    told(presser.post(f"/cases/{cases[0].number}/steps/{step}", data, once="first"))  # fills the caches
    with CaptureQueriesContext(connection) as asked:
        again = {"serial": 1234} if step == "set_motion" else {}
        told(presser.post(f"/cases/{cases[1].number}/steps/{step}", data | again, once="second"))
    most = STEP + (1 if step in PARTS or step in PASSING else 0)  # the parts or passings there are, who works there
    most += step == "set_manager"  # who is replaced
    most += 3 if step == "set_motion" else step == "record_opinion"  # what stands, who has the number; the answer
    assert len(statements(asked)) <= most, statements(asked)


@pytest.mark.parametrize("step", TAKING_BACK)
def test_taking_a_step_back(district: District, here: Program, step: str) -> None:
    state, before = TAKING_BACK[step]
    data = STEPS[before][1]
    if before == "propose":
        data = data | {"checklist": [key for key, _, _, required in checklist_items() if required]}
    if before == "merge":
        data = {"main": receive(district).number}
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
