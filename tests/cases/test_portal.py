"""A resident without an account, on a phone, and one with an account."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from huying.cases.flow import CASES
from huying.cases.options import checklist_items
from huying.matters.engine import move_one
from huying.matters.models import LedgerLine, Matter
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db


def told(client: HouseClient) -> tuple[str, str]:
    page = client.get(reverse("portal:reported")).content.decode()
    found = re.findall(r"data-verbatim>([^<]+)</dd>", page)
    return found[0], found[1]


def report(client: HouseClient, **values: str) -> Matter:
    data = {"text": "小区门口路灯坏了三天", "address": "徐家棚街道水岸星城社区", "reporter.phone": "13971112222"}
    answer = client.post(reverse("portal:report"), data | values)
    assert answer.status_code == 302, answer.content.decode()
    return Matter.objects.latest("pk")


def test_somebody_reports_without_an_account_and_follows_by_number_and_code(
    district: District, client: HouseClient
) -> None:
    assert client.get("/").status_code == 200
    assert client.get(reverse("portal:report")).status_code == 200
    matter = report(client)
    number, code = told(client)
    assert number == matter.number
    page = client.get(reverse("portal:case", args=[number])).content.decode()
    assert "我们收到了" in page
    other = HouseClient()
    assert other.get(reverse("portal:case", args=[number])).status_code == 302
    assert other.post(reverse("portal:follow"), {"number": number, "code": "AAAAAAAA"}).status_code == 422
    opened = other.post(reverse("portal:follow"), {"number": number.lower(), "code": f" {code.lower()} "})
    assert opened.status_code == 302
    assert "小区门口路灯坏了三天" in other.get(reverse("portal:case", args=[number])).content.decode()


def test_a_wrong_number_and_a_wrong_code_sound_the_same(district: District, client: HouseClient) -> None:
    matter = report(client)
    other = HouseClient()
    wrong_code = other.post(reverse("portal:follow"), {"number": matter.number, "code": "ABCDEFGH"}).content.decode()
    wrong_number = other.post(reverse("portal:follow"), {"number": "WC1", "code": "ABCDEFGH"}).content.decode()
    for page in (wrong_code, wrong_number):
        assert "编号或查询码不对" in page


def test_input_is_kept_and_errors_stand_beside_the_fields(district: District, client: HouseClient) -> None:
    answer = client.post(reverse("portal:report"), {"text": "", "address": "水岸星城", "reporter.phone": "不告诉你"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写这一项" in page
    assert "有效的电话号码" in page
    assert "水岸星城" in page
    assert not Matter.objects.exists()


def test_a_visitor_cannot_choose_urgency_or_channel(district: District, client: HouseClient) -> None:
    matter = report(client, urgency="emergency", channel="mayor", external_number="9", upper_due_at="2026-01-01")
    assert (matter.urgency, matter.channel, matter.external_number) == ("normal", "portal", "")


def test_the_reporter_answers_a_question_rates_and_asks_again(district: District, client: HouseClient) -> None:
    matter = report(client)
    matter = move_one(
        CASES,
        "return_to_reporter",
        matter.pk,
        by=district.actor("call_taker"),
        data={"question": "请问是几号门？"},
    )
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "请问是几号门" in page
    answer = client.post(reverse("portal:step", args=[matter.number, "add-information"]), {"text": "三号门"})
    assert answer.status_code == 302
    matter = advance(district, Matter.objects.get(pk=matter.pk), "closed")
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "三盏路灯已更换" in page
    assert client.post(reverse("portal:step", args=[matter.number, "rate"]), {"satisfied": "5"}).status_code == 302
    again = client.post(reverse("portal:step", args=[matter.number, "rate"]), {"satisfied": "1"})
    assert again.status_code == 409
    assert "已经评价过" in again.content.decode()
    rework = client.post(reverse("portal:step", args=[matter.number, "rework"]), {"reason": "又不亮了"})
    assert rework.status_code == 302
    matter.refresh_from_db()
    assert (matter.state, matter.rework_count) == ("handling", 1)


def test_what_is_internal_stays_inside(district: District, client: HouseClient) -> None:
    matter = advance(district, report(client), "handling")
    data = {
        "true": True,
        "solved": True,
        "done": "内部经过不外传",
        "by_whom": "市政所张工",
        "public_reply": "第一稿答复不合格",
        "internal_note": "诉求人情绪激动",
        "checklist": [key for key, *_ in checklist_items()],
    }
    matter = move_one(CASES, "propose", matter.pk, by=district.actor("handler"), data=data)
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "第一稿" not in page  # not approved yet
    matter = move_one(CASES, "send_back", matter.pk, by=district.actor("chief"), data={"reason": "写得不清楚"})
    better = data | {"public_reply": "第二稿答复"}
    matter = move_one(CASES, "propose", matter.pk, by=district.actor("handler"), data=better)
    move_one(CASES, "approve", matter.pk, by=district.actor("chief"), data={})
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "第二稿答复" in page
    for hidden in ("第一稿", "内部经过", "情绪激动", "写得不清楚", "张工", "李工"):
        assert hidden not in page


def test_an_account_sees_its_own_cases_only(district: District, client: HouseClient) -> None:
    own = receive(district, district.actor("resident"), channel="portal", reporter=None)
    other = receive(district)
    client.force_login(district.users["resident"])
    page = client.get(reverse("portal:mine")).content.decode()
    assert own.title in page
    assert client.get(reverse("portal:case", args=[own.number])).status_code == 200
    assert client.get(reverse("portal:case", args=[other.number])).status_code == 302
    assert LedgerLine.objects.get(matter=own).actor == district.users["resident"]
