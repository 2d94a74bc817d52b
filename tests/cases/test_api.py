"""The API as an outside system uses it."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import ChecklistItem
from huying.cases.options import checklist_items
from huying.kernel.generation import bump, forget_all
from huying.matters.ledger import verify
from huying.matters.models import LedgerLine, Matter, Words
from huying.people import bearer
from huying.people.keys import create_key, revoke_key
from huying.people.models import ApiKey
from huying.people.roles import PERSONAL
from tests.factories.api import Program, program, told
from tests.factories.cases import MAIN_WAY, TEXT, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def full_buckets() -> None:
    bearer.throttle.forget()


def appeal(district: District, **more: object) -> dict[str, object]:
    lon, lat = district.point(0)
    reporter = {"name": "王秀英", "phone": "13971112222"}
    return {"channel": "hotline", "text": TEXT, "lon": lon, "lat": lat, "reporter": reporter} | more


def test_a_case_comes_in_and_is_read_back(district: District) -> None:
    here = program()
    answer = here.post("/cases", appeal(district, external_number="H-1"))
    made = told(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/cases/{made['number']}"
    assert (made["state"], made["state_name"]) == ("received", "待研判")
    assert made["grid"]["code"] == district.places["grid0"].code
    assert made["due_at"] is not None
    assert len(made["follow_code"]) == 8
    full = told(here.get(f"/cases/{made['number']}"))
    assert full["text"] == TEXT
    assert full["external_number"] == "H-1"
    assert [line["step"] for line in full["history"]] == ["receive"]
    assert [clock["kind"] for clock in full["clocks"]] == ["triage"]
    assert "follow_code" not in full
    line = LedgerLine.objects.get(matter__number=made["number"])
    assert line.via == f"api:{here.key[3:11]}"
    assert verify().holds


def test_the_whole_way_by_programs(district: District) -> None:
    centre, unit, chief = program(), program(organisation="URBAN"), program(organisation="URBAN")
    number = told(centre.post("/cases", appeal(district)), 201)["number"]
    who = {"handler": unit, "chief": chief}
    for step, role, data in MAIN_WAY:
        if step == "contact":
            data = {**data, "at": timezone.now().isoformat()}
        if step == "propose":
            from huying.cases.options import checklist_items

            data = {**data, "checklist": [key for key, _, _, required in checklist_items() if required]}
        moved = told(who.get(role, centre).post(f"/cases/{number}/steps/{step}", data))
    assert moved["state"] == "closed"
    full = told(centre.get(f"/cases/{number}"))
    assert full["satisfaction"] == 5
    assert [line["by"] for line in full["history"]].count(None) == len(full["history"])  # machines hold no post
    assert verify().holds


def test_personal_data_are_masked(district: District) -> None:
    here = program()
    data = appeal(district, text="我家电话13971112222，身份证11010519491231002X，路灯坏了。")
    number = told(here.post("/cases", data), 201)["number"]
    body = here.get(f"/cases/{number}").content.decode() + here.get("/cases").content.decode()
    assert "13971112222" not in body
    assert "11010519491231002X" not in body
    assert "王秀英" not in body
    assert told(here.get(f"/cases/{number}"))["reporter"]["phone"] == "139****2222"


def test_a_confidential_reporter_is_not_told(district: District) -> None:
    here = program()
    number = told(here.post("/cases", appeal(district, confidential=True)), 201)["number"]
    assert told(here.get(f"/cases/{number}"))["reporter"] is None


def test_the_same_external_number_arrives_once(district: District) -> None:
    here = program()
    first = told(here.post("/cases", appeal(district, external_number="H-7")), 201)
    again = told(here.post("/cases", appeal(district, external_number="H-7")), 409)
    assert again["code"] == "already_received"
    assert again["number"] == first["number"]
    assert first["number"] in again["detail"]
    assert Matter.objects.count() == 1


# --- who sees what ---------------------------------------------------------------------------------------------------


def test_a_unit_sees_only_what_was_given_to_it(district: District) -> None:
    theirs = advance(district, receive(district), "dispatched")
    others = receive(district)
    unit = program(organisation="URBAN")
    assert [case["number"] for case in told(unit.get("/cases"))["cases"]] == [theirs.number]
    told(unit.get(f"/cases/{theirs.number}"))
    missing = told(unit.get(f"/cases/{others.number}"), 404)
    nowhere = told(unit.get("/cases/WC20260101999999"), 404)
    assert missing | {"request_id": ""} == nowhere | {"request_id": ""}
    told(unit.post(f"/cases/{others.number}/steps/triage", {"kind": "help", "category": "02.02.01"}), 404)
    assert Matter.objects.get(pk=others.pk).state == "received"
    assert told(unit.get("/cases?q=路灯"))["cases"][0]["number"] == theirs.number


def test_a_channel_sees_and_sends_only_its_own(district: District) -> None:
    other = receive(district)
    board = program(channel="hotline")
    told(board.post("/cases", appeal(district, channel="phone")), 403)
    mine = told(board.post("/cases", appeal(district)), 201)
    assert [case["number"] for case in told(board.get("/cases"))["cases"]] == [mine["number"]]
    told(board.get(f"/cases/{other.number}"), 404)
    told(board.post(f"/cases/{other.number}/steps/triage", {"kind": "help", "category": "02.02.01"}), 404)


def test_a_channel_reads_what_the_reporter_said_and_was_told_and_nothing_else(district: District) -> None:
    board, centre = program(channel="hotline"), program()
    number = told(board.post("/cases", appeal(district, who="路灯管理所", cause="雷雨之后")), 201)["number"]
    triage = {"kind": "help", "category": "02.02.01", "note": "内部：上次也是他们", "title": "内部改过的标题"}
    told(centre.post(f"/cases/{number}/steps/triage", triage))
    told(centre.post(f"/cases/{number}/steps/dispatch", {"lead": "URBAN", "note": "内部：限三天"}))

    def read_by_board() -> dict[str, dict[str, str]]:
        history = told(board.get(f"/cases/{number}"))["history"]
        return {line["step"]: line["words"] for line in history if line["words"]}

    first = {"receive": {"text": TEXT, "who": "路灯管理所", "cause": "雷雨之后"}}
    assert read_by_board() == first
    advance(district, Matter.objects.get(number=number), "awaiting_approval")
    assert read_by_board() == first  # not yet approved
    told(centre.post(f"/cases/{number}/steps/send_back", {"reason": "内部：写得太简单"}))
    assert read_by_board() == first
    advance(district, Matter.objects.get(number=number), "closed")
    reply = next(data["public_reply"] for step, _, data in MAIN_WAY if step == "propose")
    assert read_by_board() == first | {"propose": {"public_reply": reply}}
    told(board.post(f"/cases/{number}/steps/rework", {"reason": "又不亮了"}))
    assert read_by_board()["rework"] == {"reason": "又不亮了"}
    inside = json.dumps(told(centre.get(f"/cases/{number}"))["history"], ensure_ascii=False)
    assert all(words in inside for words in ("上次也是他们", "限三天", "写得太简单"))


def test_a_proposal_that_was_sent_back_is_never_told_to_a_channel(district: District) -> None:
    board = program(channel="phone")
    matter = advance(district, receive(district), "awaiting_approval")
    centre = program()
    told(centre.post(f"/cases/{matter.number}/steps/send_back", {"reason": "请写明更换时间"}))
    better = next(data for step, _, data in MAIN_WAY if step == "propose") | {
        "public_reply": "您好，三盏路灯已于昨晚更换。",
        "checklist": [key for key, _, _, required in checklist_items() if required],
    }
    told(centre.post(f"/cases/{matter.number}/steps/propose", better))
    told(program().post(f"/cases/{matter.number}/steps/approve"))
    replies = [
        line["words"].get("public_reply")
        for line in told(board.get(f"/cases/{matter.number}"))["history"]
        if line["step"] == "propose"
    ]
    assert replies == [None, "您好，三盏路灯已于昨晚更换。"]


def test_triage_without_urgency_keeps_it(district: District) -> None:
    here = program()
    number = told(here.post("/cases", appeal(district, urgency="emergency")), 201)["number"]
    triaged = told(here.post(f"/cases/{number}/steps/triage", {"kind": "help", "category": "02.02.01"}))
    assert triaged["urgency"] == "emergency"
    line = LedgerLine.objects.get(matter__number=number, step="triage")
    assert json.loads(line.facts)["urgency"] == "emergency"
    number = told(here.post("/cases", appeal(district, urgency="emergency")), 201)["number"]
    data = {"kind": "help", "category": "02.02.01", "urgency": "normal"}
    assert told(here.post(f"/cases/{number}/steps/triage", data))["urgency"] == "normal"


def test_the_codes_that_a_program_must_send_are_told(district: District) -> None:
    here = program(["cases.receive"])
    told_options = told(here.get("/options"))
    codes = {
        name: [one["code"] for one in told_options[name]] for name in ("units", "categories", "communities", "channels")
    }
    assert "URBAN" in codes["units"]
    assert "02.02.01" in codes["categories"]
    assert codes["communities"] == ["420106003001", "420106003002"]
    assert "hotline" in codes["channels"]
    must = [point["id"] for point in told_options["checklist"] if point["required"]]
    assert must == [key for key, _, _, required in checklist_items() if required]


def test_a_narrowed_key_is_told_what_concerns_it(district: District) -> None:
    for name in ("urban", "housing"):
        ChecklistItem.objects.create(organisation=district.organisations[name], text=f"{name} 的要求")
    bump("checklist")
    narrow, all_of_it = program(organisation="URBAN", channel="hotline"), program()
    seen = told(narrow.get("/options"))
    assert [channel["code"] for channel in seen["channels"]] == ["hotline"]
    own = {point["organisation"]["code"] for point in seen["checklist"] if point["organisation"]}
    assert own == {"URBAN"}
    everybodys = {p["organisation"]["code"] for p in told(all_of_it.get("/options"))["checklist"] if p["organisation"]}
    assert everybodys == {"URBAN", "HOUSING"}


def test_nonsense_numbers_are_missing(district: District) -> None:
    here = program()
    for number in ("%00", "WC%27%3B--", "../me", "' OR 1=1", "WC" + "9" * 60, "网格", "%ff%fe"):
        assert here.get(f"/cases/{number}").status_code == 404
        assert here.post(f"/cases/{number}/steps/approve").status_code == 404


# --- keys ------------------------------------------------------------------------------------------------------------


def test_without_a_good_key_nothing(district: District) -> None:
    good = program().key
    for key in ("", "nonsense", good[:-1], good[:-1] + ("A" if good[-1] != "A" else "B"), "hy_22222222_" + "x" * 43):
        answer = Program(key).get("/cases")
        told(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_only_a_hash_of_the_key_is_kept(district: District) -> None:
    key, text = create_key(name="热线", scopes=["cases.view"])
    row = ApiKey.objects.filter(pk=key.pk).values().get()
    assert text.split("_", 2)[2] not in str(row)
    assert row["prefix"] == text.split("_")[1]


def test_a_revoked_key_is_refused_at_once(district: District) -> None:
    here = program()
    told(here.get("/me"))
    revoke_key(here.key[3:11])
    told(here.get("/me"), 401)


def test_an_expired_key_is_refused(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    here = program(expires_at=timezone.now() + dt.timedelta(hours=1))
    told(here.get("/me"))
    later = timezone.now() + dt.timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    told(here.get("/me"), 401)


def test_a_dissolved_units_key_is_refused(district: District) -> None:
    from huying.people.actions import dissolve

    unit = program(organisation="URBAN")
    told(unit.get("/me"))
    dissolve(district.organisations["urban"], on=timezone.localdate())
    told(unit.get("/me"), 401)


def test_a_key_says_what_it_may(district: District) -> None:
    me = told(program(["cases.view"], organisation="URBAN").get("/me"))
    assert [scope["code"] for scope in me["scopes"]] == ["cases.view"]
    assert me["organisation"]["code"] == "URBAN"
    assert me["channel"] is None


def test_the_last_use_is_noted(district: District) -> None:
    here = program()
    told(here.get("/me"))
    noted = ApiKey.objects.get().last_used_at
    assert noted is not None
    told(here.get("/me"))
    assert ApiKey.objects.get().last_used_at == noted


def test_too_many_requests_are_told_when_to_come_back(district: District) -> None:
    slow, other = program(per_minute=3), program()
    for _ in range(3):
        told(slow.get("/me"))
    answer = slow.get("/me")
    assert told(answer, 429)["code"] == "too_many"
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    told(other.get("/me"))


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_are_paged_filtered_and_searched(district: District) -> None:
    here = program()
    numbers = [told(here.post("/cases", appeal(district, external_number=f"H-{n}")), 201)["number"] for n in range(5)]
    told(here.post(f"/cases/{numbers[0]}/steps/triage", {"kind": "help", "category": "02.02.01"}))

    def listed(query: str) -> list[str]:
        return [case["number"] for case in told(here.get(f"/cases?{query}"))["cases"]]

    first = told(here.get("/cases?size=2"))
    second = told(here.get(f"/cases?size=2&cursor={first['next']}"))
    assert [case["number"] for page in (first, second) for case in page["cases"]] == numbers[:0:-1]
    assert told(here.get(f"/cases?size=2&cursor={second['previous']}"))["cases"] == first["cases"]
    assert listed("state=triaged") == numbers[:1]
    assert len(listed("state=triaged&state=received")) == 5
    assert listed("category=02.02") == numbers[:1]
    assert listed("kind=complaint") == []
    assert listed("external_number=H-3") == [numbers[3]]
    assert len(listed("q=%E8%B7%AF%E7%81%AF")) == 5
    assert listed(f"q={numbers[2]}") == [numbers[2]]
    assert len(listed("place=420106003&open=true&holder=CENTRE")) == 5
    assert listed("opened_to=2020-01-01T00:00:00%2B08:00") == []


WRONG_FILTERS = [
    ("state=nowhere", "state"),
    ("category=99", "category"),
    ("holder=NOBODY", "holder"),
    ("place=1", "place"),
    ("size=0", "size"),
    ("size=100000", "size"),
    ("sise=5", "sise"),
    ("kind=x", "kind"),
    ("opened_from=yesterday", "opened_from"),
    ("opened_from=2026-01-01T00:00:00", "opened_from"),
    ("q=%00", "q"),
    ("urgency=%00", "urgency"),
    ("channel=a%00b", "channel"),
]


def test_a_wrong_filter_is_named(district: District, subtests: pytest.Subtests) -> None:
    here = program()
    for query, field in WRONG_FILTERS:
        with subtests.test(query):
            assert field in told(here.get(f"/cases?{query}"), 422)["errors"]


def test_a_forged_cursor_is_refused(district: District) -> None:
    for cursor in ("x", "%00", "WyJuZXh0Il0:abc:def"):
        assert told(program().get(f"/cases?cursor={cursor}"), 422)["code"] == "cursor"


# --- steps -----------------------------------------------------------------------------------------------------------


def test_every_step_of_the_flow_has_its_own_operation(district: District) -> None:
    from huying.web.api import api

    listed = {path.rpartition("/")[2] for path in api.document["paths"] if "/cases/{number}/steps/" in path}
    pressed = [step for step in CASES.steps if not step.opens and not step.by_system]
    assert listed == {step.key for step in pressed if step.permission not in PERSONAL}  # no machine names a person
    told(program().post(f"/cases/{receive(district).number}/steps/no_answer"), 404)


def test_who_comes_second_is_told(district: District) -> None:
    here = program()
    case = receive(district)
    triage = {"kind": "help", "category": "02.02.01"}
    told(here.post(f"/cases/{case.number}/steps/triage?version=1", triage))
    late = told(here.post(f"/cases/{case.number}/steps/triage?version=1", triage), 409)
    assert late["code"] == "already_moved"
    assert "待派单" in late["detail"]
    misspelt = told(here.post(f"/cases/{case.number}/steps/dispatch?verson=1", {"lead": "URBAN"}), 422)
    assert misspelt["errors"].keys() == {"verson"}
    told(here.post(f"/cases/{case.number}/steps/dispatch?version=1", {"lead": "URBAN"}), 409)
    told(here.post(f"/cases/{case.number}/steps/dispatch?version=2", {"lead": "URBAN"}))


def test_what_is_missing_is_listed_by_field(district: District) -> None:
    case = receive(district)
    problem = told(program().post(f"/cases/{case.number}/steps/triage", {"category": "99.99", "kind": "x"}), 422)
    assert problem["errors"].keys() == {"kind"}
    problem = told(program().post("/cases", {"channel": "hotline", "text": "灯坏了", "reporter": {"phone": "12"}}), 422)
    assert problem["errors"].keys() == {"reporter.phone"}


def test_one_of_two_fresh_processes_sees_the_others_key(district: District) -> None:
    here = program()
    forget_all()
    told(here.get("/me"))


def test_texts_are_stored_as_they_were_written(district: District) -> None:
    here = program()
    nasty = "'; DROP TABLE matters_matter; -- <script>alert(1)</script>\n${7*7} {{7*7}} 😀👨‍👩‍👧🏻 =1+1"
    made = told(here.post("/cases", appeal(district, text=nasty, title="<b>标题</b>\r\nX-Evil: 1")), 201)
    assert Words.objects.get(matter__number=made["number"], field="text").text == nasty
    assert made["title"] == "<b>标题</b> X-Evil: 1"
    assert told(here.get(f"/cases/{made['number']}"))["text"] == nasty
    assert json.loads(LedgerLine.objects.get(matter__number=made["number"]).facts)["channel"] == "hotline"
