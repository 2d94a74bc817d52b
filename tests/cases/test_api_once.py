"""Requests that come again, with real threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.http import HttpResponse

from huying.matters.models import LedgerLine, Matter
from huying.people import bearer
from tests.factories.api import program, told
from tests.factories.cases import TEXT, receive
from tests.factories.district import District

TRIAGE = {"kind": "help", "category": "02.02.01"}


@pytest.fixture(autouse=True)
def full_buckets() -> None:
    bearer.throttle.forget()


@pytest.mark.django_db
def test_a_case_sent_again_is_the_same_case(district: District) -> None:
    here = program()
    data = {"channel": "hotline", "text": TEXT, "external_number": "H-1"}
    first = here.post("/cases", data, once="one")
    again = here.post("/cases", data, once="one")
    assert told(first, 201) == told(again, 201)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert Matter.objects.count() == 1
    assert told(here.post("/cases", data, once="two"), 409)["code"] == "already_received"
    assert told(here.post("/cases", data | {"text": "另一件事"}, once="one"), 422)["code"] == "idempotency_key_reused"
    assert told(program().post("/cases", data, once="one"), 409)["code"] == "already_received"  # another key's "one"


@pytest.mark.django_db
def test_a_step_sent_again_is_done_once_and_a_refused_one_may_be_mended(district: District) -> None:
    here, case = program(), receive(district)
    told(here.post(f"/cases/{case.number}/steps/triage", {"kind": "help"}, once="t"), 422)
    first = told(here.post(f"/cases/{case.number}/steps/triage?version=1", TRIAGE, once="t"))
    assert told(here.post(f"/cases/{case.number}/steps/triage?version=1", TRIAGE, once="t")) == first
    told(here.post(f"/cases/{case.number}/steps/triage?version=2", TRIAGE, once="t"), 422)
    assert LedgerLine.objects.filter(matter=case).count() == 2


@pytest.mark.django_db(transaction=True)
def test_twins_at_once_make_one_case(district: District) -> None:
    here = program()
    data = {"channel": "hotline", "text": TEXT}
    together = threading.Barrier(6)

    def send(_: int) -> HttpResponse:
        together.wait()
        try:
            return here.post("/cases", data, once="twin")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))
    assert len({told(answer, 201)["number"] for answer in answers}) == 1
    assert len({answer.content for answer in answers}) == 1
    assert Matter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_external_number_at_once_makes_one_case(district: District) -> None:
    here = program()
    data = {"channel": "hotline", "text": TEXT, "external_number": "H-1"}
    together = threading.Barrier(6)

    def send(n: int) -> HttpResponse:
        together.wait()
        try:
            return here.post("/cases", data, once=f"own-{n}")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    number = next(told(answer, 201)["number"] for answer in answers if answer.status_code == 201)
    assert {told(answer, 409)["number"] for answer in answers if answer.status_code == 409} == {number}
