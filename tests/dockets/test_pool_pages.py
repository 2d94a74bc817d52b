"""The pool at the desk: the lists, offers and needs, who may read and press what."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from huying.dockets.enums import OfferState
from huying.dockets.models import Offer, Provider
from huying.dockets.pool import offers
from huying.dockets.pool.matching import resources_for, services
from huying.matters.models import Matter
from huying.people.models import Reveal
from tests.cases.desk import at_desk, settled, statements, text_of
from tests.factories.district import District
from tests.factories.pool import claimed, finished, need, of_water, offer, provider, take

pytestmark = pytest.mark.django_db

POOL, NEEDS = "/desk/pool/", "/desk/pool/needs/"


def buttons(html: str) -> list[str]:
    found = re.search(r'<div class="step-buttons no-print">(.*?)</div>', html, re.S)
    return re.findall(r">([^<>]+)</a>", found[1]) if found else []


def form_of(district: District, **values: object) -> dict[str, object]:
    return {
        "provider": str(provider(district).pk),
        "service": str(services()["repair"].pk),
        "title": "上门修水龙头",
        "places": [str(district.places["community0"].pk)],
        "weekdays": ["3", "6"],
        "opens": "09:00",
        "closes": "17:00",
        "per_day": "4",
    } | values


# --- offers ----------------------------------------------------------------------------------------------------------


def test_a_community_registers_a_team_and_what_it_does(district: District) -> None:
    desk = at_desk(district, "community_clerk")
    made = desk.post(
        f"{POOL}providers/new/",
        {
            "kind": "volunteers",
            "name": "水岸志愿服务队",
            "place": str(district.places["community0"].pk),
            "active": "on",
        },
    )
    assert made.status_code == 302
    answer = desk.post(
        f"{POOL}offers/new/", form_of(district, person_name="王师傅", person_phone="13800004444"), follow=True
    )
    html = text_of(answer)
    assert "周三、周六 9:00–17:00" in html
    assert "可用" in html  # whoever answers for the place confirms by registering
    assert "王师傅" not in html
    assert "13800004444" not in html
    one = Offer.objects.get()
    shown = desk.post(f"{POOL}offers/{one.pk}/contact/", {"purpose": "代为联系", "words": ""})
    assert "13800004444" in text_of(shown)
    assert Reveal.objects.get().about == one.number
    assert "王师傅" not in text_of(at_desk(district, "leader").get(f"{POOL}offers/{one.pk}/"))


def test_a_department_proposes_and_the_centre_confirms(district: District) -> None:
    handler = at_desk(district, "handler")
    answer = handler.post(f"{POOL}offers/new/", form_of(district, provider="own", places=[]), follow=True)
    assert "待确认" in text_of(answer)
    one = Offer.objects.get()
    assert one.provider.organisation_id == district.organisations["urban"].pk
    assert handler.post(f"{POOL}offers/{one.pk}/confirm/").status_code == 403
    assert at_desk(district, "handler2").get(f"{POOL}offers/{one.pk}/").status_code == 404  # nobody's business yet
    centre = at_desk(district, "supervisor")
    assert "确认这项资源？" in text_of(centre.get(f"{POOL}offers/{one.pk}/"))
    assert "资源已确认" in text_of(centre.post(f"{POOL}offers/{one.pk}/confirm/", follow=True))
    assert at_desk(district, "handler2").get(f"{POOL}offers/{one.pk}/").status_code == 200
    edited = handler.post(f"{POOL}offers/{one.pk}/edit/", form_of(district, provider=str(one.provider_id), places=[]))
    assert edited.status_code == 302
    one.refresh_from_db()
    assert one.state == OfferState.PROPOSED  # what was changed is confirmed anew
    html = text_of(centre.get(f"{POOL}offers/{one.pk}/"))
    assert "登记和修改" in html


def test_bad_input_is_told_beside_the_field_and_nothing_is_stored(district: District) -> None:
    desk = at_desk(district, "community_clerk")
    bad = form_of(district, opens="17:00", closes="09:00", valid_to="2020-01-01", per_day="0", person_phone="12")
    answer = desk.post(f"{POOL}offers/new/", bad)
    assert answer.status_code == 422
    bad |= {"per_day": "4"}
    html = text_of(desk.post(f"{POOL}offers/new/", bad))
    assert "结束时间要晚于开始时间" in html
    assert "有效期结束不能早于开始" in html
    bad |= {"opens": "09:00", "closes": "17:00", "valid_to": ""}
    assert "电话" in text_of(desk.post(f"{POOL}offers/new/", bad))
    assert not Offer.objects.exists()


def test_who_answers_for_another_place_may_not_confirm_pause_or_change(district: District) -> None:
    there = district.places["community1"]
    one = offer(district, "supervisor", provider(district, name="湖大志愿队", place=there), places=(there.pk,))
    mine = at_desk(district, "community_clerk")
    assert mine.get(f"{POOL}offers/{one.pk}/").status_code == 200
    assert mine.post(f"{POOL}offers/{one.pk}/pause/", {"reason": "暂时不来。"}).status_code == 403
    assert (
        at_desk(district, "handler").post(f"{POOL}offers/{one.pk}/withdraw/", {"reason": "不要了"}).status_code == 403
    )
    assert at_desk(district, "handler").get(f"{POOL}offers/{one.pk}/edit/").status_code == 403


def test_pausing_needs_a_reason_and_takes_it_out_of_what_is_recommended(district: District) -> None:
    one = offer(district)
    desk = at_desk(district, "community_clerk")
    assert desk.post(f"{POOL}offers/{one.pk}/pause/", {"reason": ""}).status_code == 422
    desk.post(f"{POOL}offers/{one.pk}/pause/", {"reason": "队长请假。"})
    settled()
    assert not resources_for(district.places["community0"].pk, service=["repair"]).matches
    stale = desk.post(f"{POOL}offers/{one.pk}/pause/", {"reason": "队长请假。"}, follow=True)
    assert "请刷新后再看" in text_of(stale)
    desk.post(f"{POOL}offers/{one.pk}/resume/")
    settled()
    assert resources_for(district.places["community0"].pk, service=["repair"]).matches


def test_offers_begin_and_end_by_the_calendar(district: District) -> None:
    today = timezone.localdate()
    later = offer(district, valid_from=today + dt.timedelta(days=2))
    ending = offer(district, title="开锁", valid_to=today)
    assert later.state == OfferState.CONFIRMED
    assert offers.turn(today + dt.timedelta(days=3)) == 2
    later.refresh_from_db()
    ending.refresh_from_db()
    assert (later.state, ending.state) == (OfferState.ACTIVE, OfferState.EXPIRED)


def test_what_is_asked_from_elsewhere_is_ranked_and_says_why(district: District) -> None:
    near, far = offer(district), of_water(district)
    found = resources_for(district.places["community0"].pk, words="老人家里水龙头要维修")
    assert found.services[0] == "便民维修"
    assert [line.id for line in found.matches] == [near.pk, far.pk]
    assert "就在本社区" in [reason.words for reason in found.matches[0].match.reasons]
    elsewhere = resources_for(district.places["community1"].pk, words="水龙头要维修")
    assert [line.id for line in elsewhere.matches] == [far.pk]
    assert not resources_for(district.places["community0"].pk, words="天气很好")


# --- lists -----------------------------------------------------------------------------------------------------------


def test_the_lists_narrow_count_and_cost_the_same_at_any_length(district: District) -> None:
    of_water(district)
    for n in range(3):
        offer(district, title=f"修锁{n}")
        need(district)
    desk = at_desk(district, "community_clerk")
    few = {url: len(statements(desk, url)) for url in (POOL, NEEDS)}
    for n in range(12):
        offer(district, title=f"开锁{n}")
        need(district)
    assert {url: len(statements(desk, url)) for url in (POOL, NEEDS)} == few
    assert max(few.values()) <= 12
    html = text_of(desk.get(f"{POOL}?kind=department"))
    assert "城管维修班" in html
    assert "修锁" not in html
    assert "没有符合条件的资源" in text_of(desk.get(f"{POOL}?q=没有这个"))
    street = district.places["street"].pk
    assert "修锁" in text_of(desk.get(f"{POOL}?street={street}&day=2026-12-01"))


def test_the_list_of_offers_goes_out_and_comes_in_again(district: District) -> None:
    offer(district, per_day=3)
    desk = at_desk(district, "street_clerk")
    out = desk.get(f"{POOL}?export=.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(out.streaming_content))).active
    headers, row = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert dict(zip(headers, row, strict=True))["资源名称"] == "上门修水龙头"
    book = Workbook()
    rows = [
        headers[:-1],
        [
            "",
            "志愿者队伍",
            "湖大志愿队",
            "湖北大学社区",
            "助老服务",
            "陪诊",
            "",
            "湖北大学社区",
            "周二、四",
            "9:00",
            "11:30",
        ],
        ["", "志愿者队伍", "湖大志愿队", "不知道社区", "没有这类", "陪诊", "", "", "八", "9点", ""],
    ]
    for line in rows:
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    upload = SimpleUploadedFile("资源.xlsx", stream.getvalue())
    checked = text_of(desk.post(f"{POOL}offers/import/", {"file": upload}))
    assert "没有“不知道社区”" in checked
    assert "没有“没有这类”" in checked
    ticket = re.search(r'name="ticket" value="([^"]+)"', checked)
    assert ticket is not None
    assert Offer.objects.count() == 1
    desk.post(f"{POOL}offers/import/", {"ticket": ticket[1]})
    made = Offer.objects.latest("pk")
    assert (made.title, made.weekdays, made.closes) == ("陪诊", [2, 4], dt.time(11, 30))
    assert Provider.objects.filter(name="湖大志愿队").count() == 1


def test_needs_come_in_by_file(district: District) -> None:
    book = Workbook()
    for line in (
        ["社区", "服务类别", "需要什么", "具体情况", "数量"],
        ["水岸星城社区", "便民维修", "楼道灯不亮要换", "三号楼二单元楼道灯不亮。", "2"],
        ["湖北大学社区", "便民维修", "短", "三号楼二单元楼道灯不亮。", "2"],
    ):
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    desk = at_desk(district, "street_clerk")
    checked = text_of(desk.post(f"{NEEDS}import/", {"file": SimpleUploadedFile("需求.xlsx", stream.getvalue())}))
    assert "至少 4 个字" in checked
    ticket = re.search(r'name="ticket" value="([^"]+)"', checked)
    assert ticket is not None
    desk.post(f"{NEEDS}import/", {"ticket": ticket[1]})
    assert list(Matter.objects.filter(kind="need").values_list("title", flat=True)) == ["楼道灯不亮要换"]


# --- needs -----------------------------------------------------------------------------------------------------------


def test_what_may_be_pressed_in_every_state(district: District) -> None:
    of = of_water(district)
    raised, asked = need(district), take(district, need(district), "ask", "community_clerk", {"offer": str(of.pk)})
    doing, done = claimed(district, need(district), of), finished(district, claimed(district, need(district), of))

    def offered(matter: Matter, who: str) -> list[str]:
        return buttons(text_of(at_desk(district, who).get(f"{NEEDS}{matter.number}/")))

    assert offered(raised, "community_clerk") == ["请人认领", "修改需求", "未能满足", "撤销需求"]
    assert offered(raised, "handler") == ["认领"]
    assert offered(asked, "handler") == ["认领", "不能承接"]
    assert offered(asked, "community_clerk") == ["撤销需求"]
    assert offered(doing, "handler") == ["报告完成", "不能承接", "反馈进展"]
    assert offered(done, "community_clerk") == ["确认并评价", "退回重做"]
    assert offered(done, "handler") == []
    assert offered(done, "leader") == []
    assert at_desk(district, "handler2").get(f"{NEEDS}{raised.number}/").status_code == 404


def test_a_need_is_raised_matched_and_taken_on_at_the_desk(district: District) -> None:
    of = of_water(district)
    desk = at_desk(district, "community_clerk")
    now = timezone.localtime()
    data = {
        "service": "repair",
        "community": district.places["community0"].code,
        "title": "独居老人家里水管漏水",
        "text": "厨房水管漏水。",
        "wanted_from": f"{now:%Y-%m-%dT%H:%M}",
        "wanted_until": f"{now + dt.timedelta(days=2):%Y-%m-%dT%H:%M}",
        "quantity": "1",
        "urgency": "normal",
        "person_name": "李奶奶",
        "person_phone": "13800003333",
    }
    html = text_of(desk.post(f"{NEEDS}new/", data, follow=True))
    assert "已告诉 1 家能做的单位" in html
    assert "城管维修班" in html  # recommended, with reasons
    assert "13800003333" not in html
    wanted = Matter.objects.get(kind="need")
    url = f"{NEEDS}{wanted.number}/"
    ask = desk.get(f"{url}steps/ask/")
    assert "城管维修班" in text_of(ask)
    handler = at_desk(district, "handler")
    assert "李奶奶" not in text_of(handler.get(url))
    assert handler.post(f"{url}contact/", {"purpose": "代为联系"}).status_code == 403  # not his yet
    claim = {"offer": str(of.pk), "planned_on": timezone.localdate().isoformat(), "who": "李工"}
    assert handler.post(f"{url}steps/claim/", claim).status_code == 302
    assert "13800003333" in text_of(handler.post(f"{url}contact/", {"purpose": "代为联系"}))
    bad = desk.post(f"{NEEDS}new/", data | {"wanted_until": data["wanted_from"], "title": "短"})
    assert bad.status_code == 422
    assert Matter.objects.filter(kind="need").count() == 1
