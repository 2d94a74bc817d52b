"""Replies to public boards: the centre reads them first, mends them with a trace, publishes without telling who."""

from __future__ import annotations

import pytest
from django.test import Client

from huying.cases.flow import CASES
from huying.cases.models import PublicReply
from huying.cases.options import checklist_items
from huying.cases.portal.story import plain_story
from huying.cases.public_findings import findings
from huying.kernel import outbox
from huying.kernel.errors import Forbidden, Invalid
from huying.matters.engine import move_one
from huying.matters.models import Clock, Delivery, Matter
from huying.people.actors import visitor
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.api import program, told
from tests.factories.cases import MAIN_WAY, advance, receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

PUBLISH = {
    "public_reply": "您好，门口三盏路灯已于当晚更换，请您再看看。",
    "public": True,
    "title": "小区门口路灯不亮",
    "question": "小区门口路灯坏了三天，老人出门不安全，请尽快维修。",
}


def approved(district: District, n: int = 1, channel: str = "city_board", **values: object) -> Matter:
    matter = receive(district, channel=channel, external_number=f"CS-{n}", **values)
    return advance(district, matter, "reply_review")


def take(district: District, matter: Matter, step: str, data: dict[str, object], by: str = "dispatcher") -> Matter:
    return move_one(CASES, step, matter.pk, by=district.actor(by), data=data)


def test_a_public_reply_waits_for_the_centre_and_so_does_the_reporter(district: District) -> None:
    matter = approved(district)
    handle = Clock.objects.get(matter=matter, kind="handle")
    assert handle.met is True  # the unit was done when its chief said so
    reader = visitor(matter_id=matter.pk)
    story = plain_story(matter, reader)
    assert (story.state, story.reply) == ("已经办好，正在核对给您的答复", "")
    assert "路灯已更换" not in str(story.entries)
    outbox.drain()
    assert not Delivery.objects.filter(message__key="case.resolved").exists()
    client = at_desk(district, "dispatcher")
    assert matter.number in text_of(client.get("/desk/cases/reply-review/"))
    other = advance(district, receive(district, channel="hotline", external_number="RX-1"), "resolved")
    assert other.state == "resolved"  # nobody publishes that one
    with pytest.raises(Forbidden):
        take(district, matter, "publish_reply", PUBLISH, by="chief")


def test_it_is_mended_and_both_versions_are_kept(district: District) -> None:
    matter = approved(district)
    client = at_desk(district, "dispatcher")
    url = f"/desk/cases/{matter.number}/steps/publish_reply/"
    page = text_of(client.get(url))
    assert page.index("请审核公开答复") < page.index("您好，门口三盏路灯已更换，请您再看看。")
    data = {key: "true" if value is True else value for key, value in PUBLISH.items()}
    done = text_of(client.post(url, {"version": matter.version, **data}, follow=True))
    assert "答复已审核通过" in done
    assert "三盏路灯已更换" in done and "三盏路灯已于当晚更换" in done
    matter.refresh_from_db()
    assert (matter.state, set(matter.aspects)) == ("resolved", {"published"})
    story = plain_story(matter, visitor(matter_id=matter.pk))
    assert story.reply == PUBLISH["public_reply"]
    outbox.drain()
    told_to = Delivery.objects.filter(message__key="case.reply_passed").values_list("user", flat=True)
    assert list(told_to) == [district.users["handler"].pk]
    closed = advance(district, matter, "closed")
    assert closed.state == "closed"


def test_what_was_published_everybody_reads_and_finds(district: District, client: HouseClient) -> None:
    assert "还没有公开的答复" in text_of(client.get("/open/"))
    take(district, approved(district), "publish_reply", PUBLISH)
    take(
        district,
        approved(district, 2),
        "publish_reply",
        PUBLISH | {"title": "树枝挡住窗户", "question": "请修剪树枝。"},
    )
    page = text_of(client.get("/open/"))
    assert "小区门口路灯不亮" in page and "树枝挡住窗户" in page
    assert "王秀英" not in page and "CS-1" not in page and "WC20" not in page
    found = text_of(client.get("/open/?q=树枝"))
    assert "树枝挡住窗户" in found and "小区门口路灯不亮" not in found
    assert "没有找到" in text_of(client.get("/open/?q=游泳池"))
    few = len(statements(client, "/open/"))
    for n in range(3, 8):
        take(district, approved(district, n), "publish_reply", PUBLISH)
    assert len(statements(client, "/open/")) == few <= 12


@pytest.mark.parametrize("name", ["question", "public_reply", "title"])
@pytest.mark.parametrize("telling", ["我是王秀英", "请打13971112222"])
def test_nothing_that_tells_who_it_was_is_published(district: District, name: str, telling: str) -> None:
    matter = approved(district)
    with pytest.raises(Invalid) as refused:
        take(district, matter, "publish_reply", PUBLISH | {name: f"{PUBLISH[name]}{telling}"})
    assert name in refused.value.fields
    assert not PublicReply.objects.exists()


def test_a_confidential_one_is_answered_and_not_published(district: District, client: HouseClient) -> None:
    matter = receive(district, channel="city_board", external_number="CS-1", confidential=True)
    matter = advance_confidential(district, matter)
    with pytest.raises(Invalid):
        take(district, matter, "publish_reply", PUBLISH)
    matter = take(district, matter, "publish_reply", {"public_reply": "已更换路灯。", "public": False})
    assert (matter.state, matter.aspects) == ("resolved", [])
    assert "还没有公开的答复" in text_of(client.get("/open/"))


def advance_confidential(district: District, matter: Matter) -> Matter:
    matter = advance(district, matter, "acknowledged")
    contact = {"means": "phone", "reached": True, "outcome": "已了解情况。", "at": matter.moved_at.isoformat()}
    matter = move_one(CASES, "contact", matter.pk, by=district.actor("call_taker"), data=contact)
    ways = {step: dict(data) for step, _, data in MAIN_WAY}
    proposal = ways["propose"] | {"checklist": [key for key, _, _, required in checklist_items() if required]}
    take(district, matter, "propose", proposal, by="handler")
    return take(district, matter, "approve", {}, by="chief")


def test_the_question_begins_without_whoever_asked(district: District) -> None:
    matter = approved(district, text="我是王秀英，电话13971112222，门口路灯坏了。", title="王秀英反映路灯")
    form = at_desk(district, "dispatcher").get(f"/desk/cases/{matter.number}/steps/publish_reply/").context["form"]
    assert form.initial["title"] == "某某反映路灯"
    assert "王秀英" not in form.initial["question"] and "13971112222" not in form.initial["question"]


def test_what_is_not_good_enough_goes_back_with_a_limit_of_its_own(district: District) -> None:
    matter = take(district, approved(district), "return_reply", {"reason": "请写明更换的时间和地点。"})
    assert (matter.state, matter.aspects, matter.rework_count) == ("handling", ["reply_returned"], 0)
    running = {clock.kind for clock in Clock.objects.filter(matter=matter, stopped_at=None)}
    assert running == {"revise"}
    form = text_of(at_desk(district, "handler").get(f"/desk/cases/{matter.number}/steps/propose/"))
    assert "请写明更换的时间和地点。" in form and "上次提交的内容已经填好" in form
    matter = advance(district, matter, "reply_review")
    assert Clock.objects.filter(matter=matter, kind="handle").count() == 1  # its verdict stays
    matter = take(district, matter, "publish_reply", PUBLISH)
    assert matter.aspects == ["published"]


def test_what_was_wrong_is_taken_down_and_a_later_answer_replaces_an_earlier(
    district: District, client: HouseClient
) -> None:
    matter = take(district, approved(district), "publish_reply", PUBLISH)
    matter = advance(district, matter, "closed")
    matter = take(district, matter, "rework", {"reason": "又坏了"}, by="call_taker")
    matter = advance(district, matter, "reply_review")
    take(district, matter, "publish_reply", PUBLISH | {"title": "小区门口路灯又不亮"})
    page = text_of(client.get("/open/"))
    assert "路灯又不亮" in page and "路灯不亮" not in page.replace("路灯又不亮", "")
    matter = take(district, matter, "take_down_reply", {"reason": "问题里写了门牌号"})
    assert "published" not in matter.aspects
    assert "还没有公开的答复" in text_of(client.get("/open/"))
    assert PublicReply.objects.count() == 2


def test_a_board_of_its_own_reads_the_answer_only_when_it_is_out(district: District) -> None:
    machine = program(channel="city_board")
    matter = approved(district)
    before = told(machine.get(f"/cases/{matter.number}"))
    assert "路灯已更换" not in str(before["history"])
    take(district, matter, "publish_reply", PUBLISH)
    after = told(machine.get(f"/cases/{matter.number}"))
    assert [line["words"] for line in after["history"] if line["words"]][-1] == {
        "public_reply": PUBLISH["public_reply"]
    }
    assert "三盏路灯已更换" not in str(after["history"])


def test_the_centre_is_shown_numbers_and_promises() -> None:
    told_of = findings("请致电13971112222，我们将在12月5日前修好，5个工作日内回复。")
    assert [(one.what, one.found) for one in told_of] == [
        ("电话", "13971112222"),
        ("承诺时间", "12月5日"),
        ("承诺时间", "5个工作日内"),
    ]
    assert findings("已经修好，欢迎监督。") == []


def test_nobody_needs_an_account_to_read(district: District) -> None:
    take(district, approved(district), "publish_reply", PUBLISH)
    assert Client().get("/open/").status_code == 200


def test_who_takes_it_back_reads_no_answer(district: District) -> None:
    said = {"means": "phone", "reason": "诉求人来电，说不用办了。"}
    matter = take(district, approved(district), "withdraw", said, by="call_taker")
    assert (matter.state, matter.aspects) == ("closed", ["withdrawn"])
    assert "路灯已更换" not in str(plain_story(matter, visitor(matter_id=matter.pk)).entries)
    assert matter.number not in text_of(at_desk(district, "dispatcher").get("/desk/cases/reply-review/"))
