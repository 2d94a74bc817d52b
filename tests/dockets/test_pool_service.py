"""Check-ins, hours and what they add up to; projects from their start to their result; reminders before an end."""

from __future__ import annotations

import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import load_workbook

from huying.dockets.enums import ProjectState, RecordState
from huying.dockets.models import CheckIn, Project, ServiceRecord
from huying.dockets.pool import check_ins, reminders
from huying.dockets.pool.projects import Content, owners, save
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.models import Delivery
from huying.people.contacts import Person
from tests.cases.desk import at_desk, many, text_of
from tests.factories.district import District
from tests.factories.pool import need, of_water, offer

pytestmark = pytest.mark.django_db

POOL = "/desk/pool/"


def content(district: District, **values: object) -> check_ins.Content:
    said: dict[str, object] = {
        "community": district.places["community0"].pk,
        "unit": "区城市管理执法局",
        "services": ("repair",),
        "person": Person("李志强", "13800005555"),
    }
    return check_ins.Content(**(said | values))  # type: ignore[arg-type]


def served(district: District, one: CheckIn, by: str, hours: str = "2") -> ServiceRecord:
    return check_ins.record(
        one.pk,
        service="repair",
        day=timezone.localdate(),
        hours=Decimal(hours),
        text="修水龙头",
        by=district.actor(by),
    )


def test_somebody_checks_in_serves_and_is_confirmed_by_the_community(district: District) -> None:
    desk = at_desk(district, "handler")
    form = {
        "community": district.places["community0"].code,
        "unit": "区城市管理执法局",
        "person_name": "李志强",
        "person_phone": "13800005555",
        "services": ["repair"],
        "kind": "member",
    }
    assert "等社区确认" in text_of(desk.post(f"{POOL}mine/check-in/", form, follow=True))
    one = CheckIn.objects.get()
    with pytest.raises(Conflict, match="社区确认报到以后"):
        served(district, one, "handler")
    clerk = at_desk(district, "community_clerk")
    assert "李**" in text_of(clerk.get(f"{POOL}check-ins/"))
    assert "确认报到已办好" in text_of(clerk.post(f"{POOL}check-ins/{one.pk}/confirm/", follow=True))
    record = {
        "check_in": str(one.pk),
        "service": "repair",
        "day": str(timezone.localdate()),
        "hours": "2.5",
        "text": "修灯",
    }
    assert "等社区确认后计时长" in text_of(desk.post(f"{POOL}mine/records/", record, follow=True))
    row = ServiceRecord.objects.get()
    assert row.state == RecordState.PROPOSED
    with pytest.raises(Forbidden):
        check_ins.decide_record(row.pk, "confirm", by=district.actor("handler"))
    clerk.post(f"{POOL}records/{row.pk}/confirm/")
    assert "已确认 2.5 小时" in text_of(desk.get(f"{POOL}mine/"))
    assert at_desk(district, "handler2").get(f"{POOL}check-ins/{one.pk}/").status_code == 403


def test_nobody_serves_more_than_a_day_has_or_confirms_his_own(district: District) -> None:
    own = check_ins.check_in(content(district), by=district.actor("community_clerk"), own=True)
    with pytest.raises(Forbidden):
        check_ins.decide(own.pk, "confirm", by=district.actor("community_clerk"))
    check_ins.decide(own.pk, "confirm", by=district.actor("street_clerk"))
    assert served(district, own, "community_clerk").state == RecordState.PROPOSED
    with pytest.raises(Invalid, match="有误") as refused:
        served(district, own, "community_clerk", "23")
    assert "hours" in refused.value.fields
    with pytest.raises(Conflict, match="已经在这个社区报到过"):
        check_ins.check_in(content(district), by=district.actor("community_clerk"), own=True)


def test_tallies_count_those_who_have_not_served_too(district: District) -> None:
    clerk = district.actor("community_clerk")
    people = [Person(f"王{n}", f"1380000600{n}") for n in range(4)]
    made = [check_ins.check_in(content(district, person=one), by=clerk, own=False) for one in people]
    served(district, made[0], "community_clerk", "3")
    served(district, made[0], "community_clerk", "1")
    found = check_ins.tallies(check_ins.check_ins_for(clerk), "community_id", timezone.localdate())
    assert [(one.check_ins, one.serving, one.share, one.hours, one.mean) for one in found] == [
        (4, 1, "1/4，25%", Decimal(4), "1.0")
    ]
    html = text_of(at_desk(district, "street_clerk").get(f"{POOL}check-ins/?list=units"))
    assert "1/4，25%" in html


def test_a_project_runs_and_ends_with_a_result(district: District) -> None:
    wanted, of = need(district), offer(district)
    desk = at_desk(district, "street_clerk")
    form = {
        "title": "暖冬助老行动",
        "detail": "为独居老人检修水电。",
        "owner": str(district.organisations["street"].pk),
        "place": str(district.places["street"].pk),
        "begins_on": "2026-11-01",
        "ends_on": "2026-12-31",
        "needs": wanted.number,
        "offers": of.number,
        "budget": "20000",
    }
    assert desk.post(f"{POOL}projects/new/", form | {"ends_on": "2026-10-01"}).status_code == 422
    html = text_of(desk.post(f"{POOL}projects/new/", form, follow=True))
    assert wanted.title in html
    assert of.title in html
    made = Project.objects.get()
    note = {"progress": "40", "text": "走访了二十户。"}
    assert "进度 40%" in text_of(desk.post(f"{POOL}projects/{made.pk}/notes/", note, follow=True))
    assert desk.post(f"{POOL}projects/{made.pk}/notes/", note | {"progress": "10"}).status_code == 422
    assert desk.post(f"{POOL}projects/{made.pk}/end/done/", {"result": ""}).status_code == 422
    desk.post(f"{POOL}projects/{made.pk}/end/done/", {"result": "走访老人一百户。"})
    made.refresh_from_db()
    assert (made.state, made.progress) == (ProjectState.DONE, 100)
    assert at_desk(district, "handler").post(f"{POOL}projects/{made.pk}/notes/", note).status_code == 403
    assert "走访老人一百户" in text_of(at_desk(district, "leader").get(f"{POOL}projects/{made.pk}/"))


def test_an_offer_that_ends_soon_is_reminded_of_once(district: District) -> None:
    offer(district, valid_to=timezone.localdate() + dt.timedelta(days=5))
    assert reminders.remind(timezone.now()) == 1
    assert reminders.remind(timezone.now()) == 0
    assert Delivery.objects.filter(message__key="offer.ends", user=district.users["community_clerk"]).count() == 1


def test_beside_a_case_the_way_to_resources_and_to_a_need(district: District) -> None:
    [case] = many(district, 1, text="独居老人家里水管漏水，请上门维修。")
    offer(district, "supervisor", places=())
    desk = at_desk(district, "community_clerk")
    html = text_of(desk.get(f"{POOL}matched/{case.number}/"))
    assert "上门修水龙头" in html
    assert "提出需求" in html
    assert case.number in text_of(desk.get(f"{POOL}needs/new/?from={case.number}"))


def test_an_exported_list_of_projects_comes_back_as_changes(district: District) -> None:
    desk = at_desk(district, "dispatcher")
    by = district.actor("dispatcher")
    day = timezone.localdate()
    owner = int(owners(by)[0][0])
    made = save(
        None, Content("暖冬助老行动", "逐户走访独居老人。", day, day, owner, offers=(of_water(district).number,)), by=by
    )
    book = load_workbook(io.BytesIO(b"".join(desk.get(f"{POOL}projects/?export=.xlsx").streaming_content)))
    sheet = book.active
    assert [cell.value for cell in sheet[1]][:2] == ["编号", "项目名称"]
    sheet["B2"] = "暖冬助老行动二期"
    sheet.append(["XM99999999999999999999", *[cell.value for cell in sheet[2]][1:]])
    stream = io.BytesIO()
    book.save(stream)
    upload = SimpleUploadedFile("项目.xlsx", stream.getvalue())
    checked = text_of(desk.post(f"{POOL}projects/import/", {"file": upload}))
    assert "没有编号为“XM99999999999999999999”的项目" in checked
    ticket = re.search(r'name="ticket" value="([^"]+)"', checked)
    assert ticket is not None
    desk.post(f"{POOL}projects/import/", {"ticket": ticket[1]})
    assert list(Project.objects.values_list("pk", "title")) == [(made.pk, "暖冬助老行动二期")]
    assert made.offers.count() == 1, "what the list does not say stays"
