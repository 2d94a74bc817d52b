"""A form that is sent again, at the desk and by residents: one appeal, one case."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.http import HttpResponse
from django.urls import reverse

from huying.matters.models import Matter
from tests.cases.desk import at_desk, text_of
from tests.cases.test_desk_intake import CALL, NEW
from tests.cases.test_desk_steps import picture
from tests.factories.district import District
from tests.ui.house import HouseClient

REPORT = {"text": "小区门口路灯坏了三天", "address": "徐家棚街道水岸星城社区", "reporter.phone": "13971112222"}


def token(answer: HttpResponse) -> str:
    found = re.search(r'name="once" value="([\w\-]{16,})"', text_of(answer))
    assert found
    return found.group(1)


@pytest.mark.django_db
def test_back_and_register_again_shows_the_case_there_is(district: District) -> None:
    client = at_desk(district, "call_taker")
    data = CALL | {"once": token(client.get(NEW))}
    first = client.post(NEW, data, follow=True)
    again = client.post(NEW, data, follow=True)
    matter = Matter.objects.get()
    assert again.redirect_chain == first.redirect_chain == [(f"/desk/cases/{matter.number}/received/", 302)]
    code = r"<span data-verbatim>([2-9A-Z]{8})</span>"
    assert re.findall(code, text_of(again)) == re.findall(code, text_of(first)) != []


@pytest.mark.django_db
def test_another_appeal_written_over_the_first_is_not_lost(district: District) -> None:
    client = at_desk(district, "call_taker")
    data = CALL | {"once": token(client.get(NEW))}
    client.post(NEW, data)
    client.post(NEW, data | {"text": "五号楼漏水，要派人来修。"})
    client.post(NEW, CALL | {"once": token(client.get(NEW))})  # and another form may say the same
    assert Matter.objects.count() == 3


@pytest.mark.django_db
def test_a_refused_form_keeps_its_token(district: District) -> None:
    client = at_desk(district, "call_taker")
    once = token(client.get(NEW))
    assert token(client.post(NEW, CALL | {"once": once, "text": ""})) == once
    assert token(client.post(NEW, CALL | {"once": once, "look": "1"})) == once
    assert token(client.post(NEW, CALL | {"once": "<b>", "text": ""})) != "<b>"
    for _ in range(2):
        assert client.post(NEW, CALL | {"once": once}).status_code == 302
    assert Matter.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "resident"])
def test_a_resident_who_sends_again_is_told_the_same(district: District, name: str) -> None:
    client = at_desk(district, name) if name else HouseClient()
    page = reverse("portal:report")
    data = (REPORT if not name else {k: v for k, v in REPORT.items() if k != "reporter.phone"}) | {
        "once": token(client.get(page))
    }
    first = client.post(page, data, follow=True)
    again = client.post(page, data, follow=True)
    matter = Matter.objects.get()
    assert matter.number in text_of(again)
    found = [re.findall(r"data-verbatim>([^<]+)</dd>", text_of(answer)) for answer in (first, again)]
    assert found[0] == found[1] != []
    stranger = HouseClient()  # with the same words, from another browser
    stranger.get(page)
    assert stranger.post(page, REPORT | {"once": data["once"]}).status_code == 302
    assert Matter.objects.count() == 2


@pytest.mark.django_db
def test_photos_that_are_taken_do_not_stop_a_form_sent_again(district: District, client: HouseClient) -> None:
    page = reverse("portal:report")
    once = token(client.get(page))
    photo = client.post(reverse("portal:photo"), {"file": picture()}).json()["id"]
    data = REPORT | {"once": once, "attachments.kept": photo}
    assert client.post(page, data).status_code == 302
    assert client.post(page, data).status_code == 302
    assert Matter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_makes_one_case_without_a_session(district: District) -> None:
    page = reverse("portal:report")
    opened = HouseClient()
    data = REPORT | {"once": token(opened.get(page))}
    together = threading.Barrier(4)

    def send(_: int) -> HttpResponse:
        here = HouseClient()
        here.cookies.update(opened.cookies)
        together.wait()
        try:
            return here.post(page, data, follow=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, range(4)))
    matter = Matter.objects.get()
    assert all(matter.number in text_of(answer) for answer in answers)
