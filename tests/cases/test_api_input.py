"""Bad input: a clear answer, nothing half stored."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from huying.kernel.models import StoredFile
from huying.matters.models import LedgerLine, Matter, Words
from huying.people import bearer
from huying.people.models import Contact
from tests.factories.api import ROOT, Program, program, told
from tests.factories.cases import TEXT, advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def full_buckets() -> None:
    bearer.throttle.forget()


@pytest.fixture
def here(district: District) -> Program:
    return program()


def nothing_stored() -> bool:
    return not (Matter.objects.exists() or LedgerLine.objects.exists() or Words.objects.exists())


def body(**more: object) -> dict[str, object]:
    return {"channel": "hotline", "text": TEXT} | more


UNREADABLE = [
    (b"", 422),
    (b"{", 400),
    (b"nonsense", 400),
    (b"\xff\xfe", 400),
    (b'{"channel": "hotline", "text": "\xff"}', 400),
    (b'{"channel": "hotline", "text": "\\ud800"}', 400),
    (b"[" * 100_000, 400),
    (b'{"a":' * 50_000, 400),
    (b'{"channel": "hotline", "text": ' + b"[" * 500 + b"]" * 500 + b"}", 400),
    (b"[]", 422),
    (b"null", 422),
    (b'"text"', 422),
    (b"1" * 4000, 422),
    (b"1" * 5000, 400),
    (b'{"channel": "hotline", "text": "abc", "lon": NaN, "lat": NaN}', 422),
    (b'{"channel": "hotline", "text": "abc", "lon": 1e999, "lat": -1e999}', 422),
    (b'{"channel": "hotline", "text": "abc", "lon": ' + b"9" * 400 + b', "lat": 1}', 422),
]
WRONG: list[tuple[dict[str, object], str]] = [
    ({"text": 5}, "text"),
    ({"text": None}, "text"),
    ({"text": ["a"]}, "text"),
    ({"text": ""}, "text"),
    ({"text": " \n\t "}, "text"),
    ({"text": "长" * 20_001}, "text"),
    ({"text": "a\u0000b"}, "text"),
    ({"channel": "nowhere"}, "channel"),
    ({"channel": "热线"}, "channel"),
    ({"category": "99"}, "category"),
    ({"kind": "Help"}, "kind"),
    ({"urgency": 1}, "urgency"),
    ({"lon": "114.3", "lat": 30.5}, "lon"),
    ({"lon": True, "lat": 30.5}, "lon"),
    ({"lon": 500, "lat": 30.5}, "lon"),
    ({"lon": 114.3}, ""),
    ({"lon": 30.55, "lat": 114.3}, "lat"),
    ({"wants_reply": "yes"}, "wants_reply"),
    ({"wants_reply": 1}, "wants_reply"),
    ({"happened_at": "2026-01-01"}, "happened_at"),
    ({"happened_at": "2026-01-01T10:00:00"}, "happened_at"),
    ({"happened_at": 1767225600}, "happened_at"),
    ({"happened_at": "1767225600"}, "happened_at"),
    ({"happened_at": "2049-01-01T00:00:00+08:00"}, "happened_at"),
    ({"text": "\u200b\u200d\u2060\ufeff"}, "text"),
    ({"happened_at": ""}, "happened_at"),
    ({"tags": "路灯"}, "tags"),
    ({"tags": ["a" * 21]}, "tags.0"),
    ({"tags": ["a"] * 11}, "tags"),
    ({"attachments": ["x"]}, "attachments.0"),
    ({"attachments": ["6f9619ff-8b86-d011-b42d-00c04fc964ff"]}, "attachments"),
    ({"reporter": "王秀英"}, "reporter"),
    ({"reporter": {"phone": "not a phone"}}, "reporter.phone"),
    ({"reporter": {"identity": "123"}}, "reporter.identity"),
    ({"reporter": {"name": "a" * 61}}, "reporter.name"),
    ({"anonymous": True, "reporter": {"name": "王秀英"}}, ""),
    ({"staet": "x"}, "staet"),
    ({"number": "WC1"}, "number"),
    ({"upper_due_at": "9999-99-99T00:00:00Z"}, "upper_due_at"),
]


def test_unreadable_bodies(here: Program, subtests: pytest.Subtests) -> None:
    for raw, status in UNREADABLE:
        with subtests.test(raw[:60]):
            assert here.request("POST", "/cases", raw).status_code == status
    assert nothing_stored()


def test_each_wrong_field_is_named(here: Program, subtests: pytest.Subtests) -> None:
    for wrong, field in WRONG:
        with subtests.test(str(wrong)[:80]):
            assert field in told(here.post("/cases", body(**wrong)), 422)["errors"]
    assert nothing_stored()
    assert not Contact.objects.filter(matters__isnull=False).exists()


def test_a_number_of_seconds_is_no_time_in_a_query(here: Program) -> None:
    assert "opened_from" in told(here.get("/cases?opened_from=1700000000"), 422)["errors"]


def test_an_odd_time_zone_is_understood(here: Program) -> None:
    number = told(here.post("/cases", body(happened_at="2026-03-01T23:59:00+23:49")), 201)["number"]
    assert told(here.get(f"/cases/{number}"))["happened_at"] == "2026-03-01T00:10:00Z"
    told(here.get("/cases?opened_from=2026-03-01T23:59:00%2B23:49"))


def test_ten_megabytes_are_refused_before_they_are_read(here: Program) -> None:
    problem = told(here.request("POST", "/cases", json.dumps(body(text="长" * 3_500_000))), 413)
    assert problem["code"] == "too_large"
    assert nothing_stored()


def test_four_megabytes_are_read_and_refused_by_field(here: Program) -> None:
    told(here.post("/cases", body(text="a" * 3_900_000)), 422)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_other_types_of_body_are_refused(here: Program, content_type: str) -> None:
    assert here.request("POST", "/cases", json.dumps(body()), content_type=content_type).status_code == 415


def test_letters_outside_the_first_plane_are_stored_right(here: Program) -> None:
    text = "😀𠮷野家👨‍👩‍👧：噪音扰民。"
    number = told(here.post("/cases", body(text=text)), 201)["number"]
    assert Words.objects.get(matter__number=number, field="text").text == text


@pytest.mark.parametrize("header", ["a\r\nX-Evil: 1", "键", "x" * 201, "a b"])
def test_a_bad_idempotency_key_is_refused(here: Program, header: str) -> None:
    answer = here.request("POST", "/cases", json.dumps(body()), once=header)
    assert answer.status_code in {400, 422}
    assert "X-Evil" not in answer.headers
    assert nothing_stored()


def test_bad_authorization_is_refused(district: District) -> None:
    for authorization in ("Bearer", "Bearer \0", "Basic abc", "Bearer a b c", "bearer 键", "x" * 8000):
        assert Program().request("GET", "/me", Authorization=authorization).status_code == 401


@pytest.mark.parametrize("version", ["0", "-1", "x", "1.5", "9" * 30, "%00", ""])
def test_a_bad_version_is_refused(here: Program, district: District, version: str) -> None:
    case = receive(district)
    told(
        here.post(f"/cases/{case.number}/steps/triage?version={version}", {"kind": "help", "category": "02.02.01"}), 422
    )


def test_a_huge_number_in_a_list_is_refused(here: Program, district: District) -> None:
    case = advance(district, receive(district), "handling")
    unit = program(organisation="URBAN")
    data = {"true": True, "solved": True, "done": "已处理好了", "by_whom": "李工", "public_reply": "已处理好了"}
    told(unit.post(f"/cases/{case.number}/steps/propose", data | {"checklist": [10**30]}), 422)


# --- attachments -----------------------------------------------------------------------------------------------------


def upload(here: Program, name: str, content: bytes, once: str = "") -> tuple[int, dict[str, object]]:
    headers = {"Authorization": f"Bearer {here.key}"} | ({"Idempotency-Key": once} if once else {})
    answer = Client().post(f"{ROOT}/attachments", {"file": SimpleUploadedFile(name, content)}, headers=headers)
    return answer.status_code, json.loads(answer.content)


def test_a_file_goes_up_with_a_case_and_comes_down_again(here: Program, district: District) -> None:
    status, made = upload(here, "照片说明.txt", "路灯编号 17".encode())
    assert status == 201
    number = told(here.post("/cases", body(attachments=[made["id"]])), 201)["number"]
    (listed,) = told(here.get(f"/cases/{number}"))["attachments"]
    assert (listed["id"], listed["name"]) == (made["id"], "照片说明.txt")
    answer = Client().get(
        f"{ROOT}/cases/{number}/attachments/{made['id']}", headers={"Authorization": f"Bearer {here.key}"}
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).decode() == "路灯编号 17"  # type: ignore[attr-defined]
    told(here.post("/cases", body(attachments=[made["id"]])), 422)  # belongs to one line only


def test_a_file_of_another_key_or_case_is_missing(here: Program, district: District) -> None:
    _, made = upload(here, "说明.txt", b"abc")
    other = program()
    told(other.post("/cases", body(attachments=[made["id"]])), 422)
    mine = told(here.post("/cases", body(attachments=[made["id"]])), 201)["number"]
    elsewhere = told(here.post("/cases", body()), 201)["number"]
    unit = program(organisation="URBAN")
    told(unit.get(f"/cases/{mine}/attachments/{made['id']}"), 404)
    told(here.get(f"/cases/{elsewhere}/attachments/{made['id']}"), 404)
    told(here.get(f"/cases/{mine}/attachments/6f9619ff-8b86-d011-b42d-00c04fc964ff"), 404)
    told(here.get(f"/cases/{mine}/attachments/x"), 422)


def test_what_is_no_proper_file_is_refused(here: Program, settings: object) -> None:
    assert upload(here, "a.jpg", b"MZ\x90\x00" + b"\0" * 100)[0] == 422
    assert upload(here, "a.txt", b"")[0] == 422
    settings.MAX_ATTACHMENT_BYTES = 1000  # type: ignore[attr-defined]
    assert upload(here, "a.txt", b"a" * 1001)[0] == 413
    assert upload(here, "a.txt", b"a" * 200_000)[0] == 413
    told(here.request("POST", "/attachments", b"{}"), 415)
    told(here.request("POST", "/attachments", b"x", content_type="multipart/form-data"), 400)
    told(here.request("POST", "/attachments", b"x", content_type="multipart/form-data; boundary=b"), 422)
    assert not StoredFile.objects.exists()


def test_the_same_upload_under_one_key_is_one_file(here: Program) -> None:
    first = upload(here, "a.txt", b"abc", once="up-1")
    assert upload(here, "a.txt", b"abc", once="up-1") == first
    assert upload(here, "a.txt", b"abd", once="up-1")[0] == 422
    assert StoredFile.objects.count() == 1
