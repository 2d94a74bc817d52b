"""A resident without an account, on a phone, and one with an account."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.options import checklist_items
from huying.kernel.models import StoredFile
from huying.matters import shown
from huying.matters.engine import move_one, open_one
from huying.matters.messages import Draft, Recipients, send
from huying.matters.models import Delivery, LedgerLine, Matter
from huying.people.actors import IMPORT
from huying.people.models import Organisation, SignInGuard
from tests.cases.desk import settled, statements
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
    data |= {"wants_reply": "on"}  # ticked as the page comes
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
    assert again.status_code == 302
    assert "已经评价过" in client.get(again["Location"]).content.decode()
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


def fetched(client: HouseClient, address: str) -> int:
    """The status of a file's address; what it streams is closed."""
    answer = client.get(address)
    answer.close()
    return answer.status_code


# --- reporting -------------------------------------------------------------------------------------------------------


def picture(name: str = "路灯.jpg") -> SimpleUploadedFile:
    kept = BytesIO()
    Image.new("RGB", (60, 40), "grey").save(kept, "JPEG")
    return SimpleUploadedFile(name, kept.getvalue(), "image/jpeg")


def test_a_photo_alone_will_do(district: District, client: HouseClient) -> None:
    lon, lat = district.point(0)
    data = {"text": "", "lon": str(lon), "lat": str(lat), "attachments": [picture(), picture("远处.jpg")]}
    assert client.post(reverse("portal:report"), data).status_code == 302
    matter = Matter.objects.get()
    assert matter.grid == district.places["grid0"]
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "只上传了照片" in page
    files = re.findall(r'href="([^"]+/files/[^"]+)"', page)
    assert len(files) == 2
    assert fetched(client, files[0]) == 200
    assert HouseClient().get(files[0]).status_code == 404


def test_photos_are_sent_while_one_still_writes(district: District, client: HouseClient) -> None:
    sent = client.post(reverse("portal:photo"), {"file": picture()}).json()
    assert client.post(reverse("portal:report"), {"text": "", "attachments.kept": sent["id"]}).status_code == 302
    assert StoredFile.objects.get(pk=sent["id"]).state == StoredFile.State.ATTACHED
    other = HouseClient().post(reverse("portal:report"), {"text": "别人的照片", "attachments.kept": sent["id"]})
    assert other.status_code == 422
    refused = client.post(reverse("portal:photo"), {"file": SimpleUploadedFile("a.jpg", b"#!/bin/sh")})
    assert refused.status_code == 422
    assert refused.json()["message"]


def test_what_was_uploaded_survives_a_mistake(district: District, client: HouseClient) -> None:
    data = {"text": "路灯坏了", "reporter.phone": "不告诉你", "attachments": picture()}
    answer = client.post(reverse("portal:report"), data)
    assert answer.status_code == 422
    kept = re.findall(r'name="attachments.kept" value="([^"]+)"', answer.content.decode())
    again = client.post(reverse("portal:report"), {"text": "路灯坏了", "attachments.kept": kept})
    assert again.status_code == 302, again.content.decode()


def test_a_chosen_community_tells_where_it_is(district: District, client: HouseClient) -> None:
    settled()
    code = district.places["community1"].code
    matter = report(client, address="西门口", community=code)
    assert matter.community == district.places["community1"]
    assert Case.objects.get(matter=matter).address == "徐家棚街道湖北大学社区西门口"


def test_a_place_in_words(district: District, client: HouseClient) -> None:
    settled()
    lon, lat = district.point(0)
    there = client.post(reverse("portal:place"), {"lon": str(lon), "lat": str(lat)}).json()
    assert there == {"words": "徐家棚街道水岸星城社区第1网格", "street": "420106003", "found": True}
    named = client.post(reverse("portal:place"), {"address": "湖北大学社区西门"}).json()
    assert (named["words"], named["found"]) == ("徐家棚街道湖北大学社区", True)
    away = client.post(reverse("portal:place"), {"lon": "116.4", "lat": "39.9"}).json()
    assert "不在本区" in away["words"]
    assert client.post(reverse("portal:place"), {"lon": "x", "lat": "1"}).status_code == 422


def test_outlines_to_put_a_pin_on(district: District, client: HouseClient) -> None:
    settled()
    streets = client.get(reverse("portal:areas")).json()["features"]
    assert [area["properties"]["name"] for area in streets] == ["徐家棚街道"]
    inside = client.get(reverse("portal:areas"), {"street": "420106003"}).json()["features"]
    assert {area["properties"]["name"] for area in inside} == {"水岸星城社区", "湖北大学社区"}


def test_an_enterprise_reads_its_own_words(district: District, client: HouseClient) -> None:
    client.force_login(district.users["enterprise"])
    assert "反映企业诉求" in client.get(reverse("portal:report")).content.decode()
    assert report(client).channel == "enterprise"


def test_the_front_page_names_the_centres_phone(district: District, client: HouseClient) -> None:
    Organisation.objects.filter(pk=district.organisations["centre"].pk).update(duty_phone="027-88936000")
    settled()
    page = client.get("/").content.decode()
    assert 'href="tel:027-88936000"' in page
    assert "09:00–12:00、14:00–17:30" in page


# --- what it costs --------------------------------------------------------------------------------------------------


def test_pages_cost_few_queries(district: District, client: HouseClient) -> None:
    client.force_login(district.users["resident"])
    matter = advance(district, report(client), "closed")
    for address in ("/", reverse("portal:mine"), reverse("portal:messages"), reverse("portal:report")):
        assert len(statements(client, address)) <= 12, address
    assert len(statements(client, reverse("portal:case", args=[matter.number]))) <= 12


# --- following -------------------------------------------------------------------------------------------------------

STATES = ["received", "triaged", "dispatched", "acknowledged", "handling", "awaiting_approval", "resolved", "closed"]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_state_in_plain_words(district: District, client: HouseClient, state: str, signed_in: bool) -> None:
    if signed_in:
        client.force_login(district.users["resident"])
    matter = advance(district, report(client), state)
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert CASES.state[state].plain in page
    promised = {
        "received": "前看完",
        "triaged": "前交给负责的单位",
        "dispatched": "前接手",
        "acknowledged": "前联系您",
        "handling": "前办好",
        "awaiting_approval": "前办好",
        "resolved": "前打电话问您",
        "closed": "前都可以在这里要求重新办理",
    }[state]
    assert promised in page
    assert ("区城市管理执法局</strong>负责" in page) == (state in STATES[2:6])
    assert ("还没有解决</a>" in page) == (state in ("resolved", "closed"))
    assert ("评价一下</a>" in page) == (state == "closed")


def test_whoever_left_no_number_is_promised_no_call(district: District, client: HouseClient) -> None:
    matter = report(client, **{"reporter.phone": "", "reporter.name": ""})
    matter = advance(district, matter, "acknowledged")
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "联系您。" not in page
    assert "前办好" in page


def way(client: HouseClient, matter: Matter) -> list[str]:
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    return re.findall(r'<li data-when="(?:done|now|next)"[^>]*><span>([^<]+)</span>', page)


WHOLE_WAY = ["收到了", "找单位", "联系您", "正在办", "办好了"]


def test_the_way_has_a_call_only_where_there_was_one(district: District, client: HouseClient) -> None:
    matter = advance(district, report(client), "acknowledged")
    assert way(client, matter) == WHOLE_WAY
    said = {"at": timezone.now().isoformat(), "means": "phone", "reached": False, "outcome": "关机"}
    for _ in range(3):
        matter = move_one(CASES, "contact", matter.pk, by=district.actor("handler"), data=said)
    matter = move_one(
        CASES, "contact", matter.pk, by=district.actor("handler"), data=said | {"exemption": "unreachable"}
    )
    assert matter.state == "handling"
    assert "联系您" not in way(client, matter)
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert page.count("联系您，没有联系上") == 3
    assert "几次都没有联系上您" in page
    reached = advance(district, report(client, text="别处的路灯也坏了"), "handling")
    assert way(client, reached) == WHOLE_WAY


def test_whoever_left_no_number_sees_a_way_without_a_call(district: District, client: HouseClient) -> None:
    matter = report(client, **{"reporter.phone": "", "reporter.name": ""})
    assert "联系您" not in way(client, matter)
    matter = advance(district, matter, "acknowledged")
    assert "联系您" not in way(client, matter)
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert 'aria-current="step"><span>正在办' in page


def test_a_promise_that_was_not_kept_is_said(district: District, client: HouseClient) -> None:
    matter = advance(district, report(client), "handling")
    matter.clocks.filter(kind="handle").update(due_at=timezone.now() - timedelta(days=1))
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "已经超过了，我们正在催办" in page


def test_what_is_handled_with_another_says_who_is_at_it(district: District, client: HouseClient) -> None:
    main = advance(district, receive(district), "handling")
    matter = report(client, text="门口又黑了，请尽快修")
    move_one(CASES, "join", matter.pk, by=district.actor("call_taker"), data={"main": main.number})
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "一起办" in page
    assert "区城市管理执法局</strong>负责" in page
    assert "前办好" in page
    assert main.number not in page  # somebody else's


def test_too_late_to_ask_again_is_said(district: District, client: HouseClient) -> None:
    matter = advance(district, report(client), "closed")
    Matter.objects.filter(pk=matter.pk).update(closed_at=timezone.now() - timedelta(days=16))
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "已经超过 15 天" in page
    assert "还没有解决</a>" not in page
    assert ">评价一下</a>" in page
    assert "解决了" not in page  # who is not content can say so without saying that it is solved
    late = client.post(reverse("portal:step", args=[matter.number, "rework"]), {"reason": "又坏了"})
    assert late.status_code == 302
    assert "不能再要求重办；问题还在的请重新提出" in client.get(late["Location"]).content.decode()


def test_what_is_sent_twice_or_too_late_is_answered_in_plain_words(district: District, client: HouseClient) -> None:
    matter = report(client)
    asked = {"question": "请问是几号门？"}
    move_one(CASES, "return_to_reporter", matter.pk, by=district.actor("call_taker"), data=asked)
    address = reverse("portal:step", args=[matter.number, "add-information"])
    assert "我们继续办理" in client.get(client.post(address, {"text": "三号门"})["Location"]).content.decode()
    for typed in ("三号门", ""):
        again = client.get(client.post(address, {"text": typed})["Location"]).content.decode()
        assert "您已经告诉过我们了" in again
        assert "已经过时" not in again
    advance(district, Matter.objects.get(pk=matter.pk), "dispatched")
    late = client.get(client.post(address, {"text": "三号门"})["Location"]).content.decode()
    assert "这件事刚刚有了新进展" in late
    assert "待签收" not in late


def test_answered_at_once(district: District, client: HouseClient) -> None:
    matter = report(client)
    reply = {"reply": "可以到街道办事大厅办理。", "basis": "办事指南", "kind": "consult", "category": "02.02.01"}
    move_one(CASES, "answer", matter.pk, by=district.actor("call_taker"), data=reply)
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "可以到街道办事大厅办理" in page
    assert "给您的答复" in page
    assert "还没有解决</a>" in page


def test_history_is_read_but_not_done_over(district: District, client: HouseClient) -> None:
    then = timezone.now() - timedelta(days=3)
    data = {
        "channel": "hotline",
        "text": "去年的事",
        "closed_at": (then + timedelta(days=1)).isoformat(),
        "reply": "已经办好。",
        "reporter": {"name": "周晓兰", "phone": "13800001111"},
    }
    matter = open_one(CASES, "import_history", by=IMPORT, data=data, at=then)
    client.force_login(district.users["resident"])
    page = client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert "已经办好。" in page
    assert "不能在这里评价或重办" in page
    assert "还没有解决</a>" not in page


def test_photos_of_an_answer_only_when_they_are_meant_for_the_reporter(district: District, client: HouseClient) -> None:
    from huying.kernel.files import accept
    from huying.matters.attachments import uploader

    matter = advance(district, report(client), "handling")
    handler = district.actor("handler")

    def stored() -> str:
        return str(accept(picture(), uploader=uploader(handler)).pk)

    data = {
        "true": True,
        "solved": True,
        "done": "当日更换灯头三盏。",
        "by_whom": "李工",
        "public_reply": "路灯修好了。",
        "checklist": [key for key, *_ in checklist_items()],
        "attachments": [stored()],
        "show_files": True,
    }
    move_one(CASES, "propose", matter.pk, by=handler, data=data)
    address = reverse("portal:file", args=[matter.number, data["attachments"][0]])  # type: ignore[index]
    assert client.get(address).status_code == 404  # nobody has approved it yet
    move_one(CASES, "approve", matter.pk, by=district.actor("chief"), data={})
    assert address in client.get(reverse("portal:case", args=[matter.number])).content.decode()
    assert fetched(client, address) == 200


def test_guesses_are_counted_for_all_processes(district: District, client: HouseClient) -> None:
    matter = report(client)
    number, code = told(client)
    other = HouseClient()
    statuses = [
        other.post(reverse("portal:follow"), {"number": number, "code": "ABCDEFGH"}).status_code for _ in range(6)
    ]
    assert statuses == [422] * 5 + [429]
    refused = other.post(reverse("portal:follow"), {"number": number, "code": code})
    assert refused.status_code == 429  # also the right one: nothing must tell it from a wrong one
    assert "分钟后再试" in refused.content.decode()
    SignInGuard.objects.update(locked_until=None)
    assert other.post(reverse("portal:follow"), {"number": number, "code": code}).status_code == 302
    assert other.get(reverse("portal:case", args=[matter.number])).status_code == 200


def test_the_code_is_told_for_a_quarter_of_an_hour_and_kept_nowhere(district: District, client: HouseClient) -> None:
    report(client)
    _, code = told(client)
    assert code not in str(dict(client.session))
    cookie = client.cookies["told"]
    assert (cookie["max-age"], cookie["path"], cookie["httponly"]) == (900, reverse("portal:reported"), True)


def test_a_phone_remembers_only_when_asked(
    district: District, client: HouseClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    matter = report(client)
    address = reverse("portal:case", args=[matter.number])
    monkeypatch.setattr(shown, "SHOWN_FOR", timedelta(seconds=-1))
    client.post(reverse("portal:follow"), {"number": matter.number, "code": told(client)[1]})
    assert client.get(address).status_code == 302  # open for two hours only
    assert HouseClient().post(reverse("portal:keep", args=[matter.number])).status_code == 404
    monkeypatch.setattr(shown, "SHOWN_FOR", timedelta(hours=2))
    client.post(reverse("portal:follow"), {"number": matter.number, "code": told(client)[1]})
    client.post(reverse("portal:keep", args=[matter.number]))
    del client.cookies["sessionid"]
    assert client.get(address).status_code == 200
    assert matter.title in client.get(reverse("portal:follow")).content.decode()
    client.post(reverse("portal:leave"))
    assert client.get(address).status_code == 302


def test_a_forged_cookie_opens_nothing(district: District) -> None:
    matter = receive(district)
    client = HouseClient()
    client.cookies[shown.COOKIE] = f"{matter.pk}:x:y"
    assert client.get(reverse("portal:case", args=[matter.number])).status_code == 302


def test_messages_lead_to_the_residents_own_page(district: District, client: HouseClient) -> None:
    own = receive(district, district.actor("resident"), channel="portal", reporter=None)
    send([Draft("case.received", own, Recipients(set(), own.raised_by_id), {})])
    client.force_login(district.users["resident"])
    assert "新消息" in client.get(reverse("portal:mine")).content.decode()
    [delivery] = Delivery.objects.filter(user=district.users["resident"])
    page = client.get(reverse("portal:messages")).content.decode()
    assert "已受理" in page
    assert "/desk/" not in page
    opened = client.post(reverse("portal:open-message", args=[delivery.pk]))
    assert opened["Location"] == reverse("portal:case", args=[own.number])
    assert "新消息" not in client.get(reverse("portal:mine")).content.decode()
    stranger = HouseClient()
    stranger.force_login(district.users["enterprise"])
    assert stranger.post(reverse("portal:open-message", args=[delivery.pk])).status_code == 404
