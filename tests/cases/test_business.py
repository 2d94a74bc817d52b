"""Business environment (营商环境): an enterprise has somebody by name who serves it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.business import name_managers
from huying.cases.flow import CASES
from huying.cases.models import CaseService, ServiceManager
from huying.cases.portal.story import plain_story
from huying.cases.queues import QUEUES, in_queue
from huying.kernel import outbox
from huying.kernel.errors import Forbidden, Invalid
from huying.matters.engine import move_one
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.people.models import Post, User
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

ENTERPRISE = {"reporter": {"kind": "enterprise", "name": "某某科技公司", "phone": "02788880001"}}
NOTE = {"means": "phone", "reached": True, "note": "已电话了解企业的困难，答应三天内回话。"}


def take(district: District, matter: Matter, step: str, who: str, **data: object) -> Matter:
    return move_one(CASES, step, matter.pk, by=district.actor(who), data=data)


def rule(district: District, who: str, **more: object) -> ServiceManager:
    post = Post.objects.get(user=district.users[who])
    return ServiceManager.objects.create(post=post, phone="027-88886666", **more)


def told(user: User) -> list[str]:
    return list(Delivery.objects.filter(user=user).order_by("pk").values_list("message__key", flat=True))


def served(district: District, who: str = "handler", until: str = "dispatched") -> Matter:
    rule(district, who)
    matter = advance(district, receive(district, **ENTERPRISE), until)
    assert name_managers() == 1
    matter.refresh_from_db()
    return matter


def test_what_it_is_about_is_marked(district: District) -> None:
    assert receive(district, **ENTERPRISE).aspects == ["business"]
    assert receive(district, tags=["营商环境"]).aspects == ["business"]
    assert receive(district, district.actor("enterprise"), channel="enterprise", reporter=None).aspects == ["business"]
    plain = receive(district)
    assert plain.aspects == []
    data = {"kind": "help", "category": "02.02.01", "tags": ["营商环境"]}
    assert take(district, plain, "triage", "call_taker", **data).aspects == ["business"]
    assert take(district, plain, "recall_triage", "call_taker").aspects == []


def test_somebody_is_named_once_a_unit_leads(district: District) -> None:
    rule(district, "handler")
    matter = advance(district, receive(district, **ENTERPRISE), "triaged")
    assert name_managers() == 0
    matter = advance(district, matter, "dispatched")
    assert (name_managers(), name_managers()) == (1, 0)
    service = CaseService.objects.get(case=matter.pk)
    assert service.post is not None
    assert (service.post.user, service.phone) == (district.users["handler"], "027-88886666")
    clock = Clock.objects.get(matter=matter, kind="service")
    assert (clock.aside, clock.organisation_id) == (True, district.organisations["urban"].pk)
    facts = json.loads(LedgerLine.objects.get(matter=matter, step="name_manager").facts)
    assert (facts["handler"], facts["manager_unit"]) == ("URBAN", "URBAN")


def test_the_most_telling_rule_wins_and_units_serve_what_they_lead(district: District) -> None:
    rule(district, "handler2")
    rule(district, "call_taker")
    lamps = rule(district, "dispatcher", category="02.02")
    matter = advance(district, receive(district, **ENTERPRISE), "dispatched")
    name_managers()
    assert CaseService.objects.get(case=matter.pk).post_id == lamps.post_id
    lamps.active = False
    lamps.save()
    other = advance(district, receive(district, **ENTERPRISE), "dispatched")
    name_managers()
    assert CaseService.objects.get(case=other.pk).post == Post.objects.get(user=district.users["call_taker"])


def test_where_nobody_fits_the_supervisors_are_told_and_the_centre_names(district: District) -> None:
    matter = advance(district, receive(district, **ENTERPRISE), "dispatched")
    assert (name_managers(), name_managers()) == (1, 0)
    assert CaseService.objects.get(case=matter.pk).post is None
    outbox.drain()
    assert "case.no_manager" in told(district.users["supervisor"])
    wrong = str(Post.objects.get(user=district.users["handler2"]).pk)
    with pytest.raises(Invalid, match="主办单位或区中心"):
        take(district, matter, "set_manager", "supervisor", post=wrong)
    right = str(Post.objects.get(user=district.users["handler"]).pk)
    take(district, matter, "set_manager", "dispatcher", post=right, phone="027-1")
    assert Clock.objects.filter(matter=matter, kind="service", stopped_at=None).count() == 1
    client = at_desk(district, "dispatcher")
    form = text_of(client.get(f"/desk/cases/{matter.number}/steps/set_manager/"))
    assert "承办单位经办人甲" in form


def test_the_manager_hears_of_each_step_and_notes_what_was_done(district: District) -> None:
    matter = served(district, "call_taker")
    outbox.drain()
    before = told(district.users["call_taker"]).count("case.service_step")
    matter = take(district, matter, "acknowledge", "handler", officer="李工")
    outbox.drain()
    assert told(district.users["call_taker"]).count("case.service_step") == before + 1
    with pytest.raises(Forbidden):
        take(district, matter, "note_service", "handler", at=timezone.now().isoformat(), **NOTE)
    missed = NOTE | {"reached": False}
    take(district, matter, "note_service", "call_taker", at=timezone.now().isoformat(), **missed)
    assert Clock.objects.filter(matter=matter, kind="service", stopped_at=None).exists()
    with pytest.raises(Invalid, match="不能晚于现在"):
        later = timezone.now() + timedelta(hours=2)
        take(district, matter, "note_service", "call_taker", at=later.isoformat(), **NOTE)
    take(district, matter, "note_service", "call_taker", at=timezone.now().isoformat(), **NOTE)
    assert Clock.objects.get(matter=matter, kind="service").met is True
    assert CaseService.objects.get(case=matter.pk).contacted_at is not None


def test_a_new_lead_has_its_own_manager(district: District) -> None:
    rule(district, "handler")
    own = rule(district, "handler2")
    matter = advance(district, receive(district, **ENTERPRISE), "dispatched")
    name_managers()
    take(district, matter, "hand_back", "handler", reason="not_ours", explanation="应由区住房局办理。")
    assert not Clock.objects.filter(matter=matter, kind="service", stopped_at=None).exists()
    take(district, matter, "dispatch", "dispatcher", lead="HOUSING")
    assert name_managers() == 1
    assert CaseService.objects.get(case=matter.pk).post_id == own.post_id


def test_pages_of_the_manager_and_of_the_enterprise(district: District) -> None:
    matter = served(district)
    client = at_desk(district, "handler")
    url = f"/desk/cases/{matter.number}/"
    assert matter in in_queue(QUEUES["served"], district.actor("handler"), timezone.now())
    assert matter.number in text_of(client.get("/desk/cases/served/"))
    page = text_of(client.get(url))
    assert "服务专员：承办单位经办人甲" in page
    assert len(statements(client, url)) <= 12
    typed = {"at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "means": "phone", "reached": "true"}
    answer = client.post(f"{url}steps/note_service/", typed | {"note": "已电话了解企业困难。"}, follow=True)
    assert "服务记录已登记" in text_of(answer)
    story = plain_story(matter, district.actor("call_taker"))
    assert story.manager is not None
    assert (story.manager.name, story.manager.phone) == ("承办单位经办人甲", "027-88886666")
    assert story.entries[0].what == "服务专员联系了您"


def test_the_table_is_a_setting(district: District) -> None:
    client = at_desk(district, "administrator")
    url = "/desk/settings/service-managers/"
    assert "还没有服务专员" in text_of(client.get(url))
    assert "承办单位经办人甲（" in text_of(client.get(f"{url}new/"))
    post = Post.objects.get(user=district.users["handler"])
    typed = {"post": str(post.pk), "phone": "027-88886666", "category": "02.02", "active": "on"}
    answer = client.post(f"{url}new/", typed, follow=True)
    assert "已新增" in text_of(answer)
    made = ServiceManager.objects.get()
    assert (made.post, made.category) == (post, "02.02")
    answer = client.post(f"{url}{made.pk}/", {"post": str(post.pk), "phone": "", "active": "on"})
    assert answer.status_code == 422
    assert "承办单位经办人甲" in text_of(client.get(f"{url}{made.pk}/"))
