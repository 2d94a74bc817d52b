"""One case on the desk: what each role reads, whom it may call, what it may press."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from huying.cases.flow import CASES
from huying.matters.engine import move_one
from huying.people.models import Reveal
from tests.cases.desk import at_desk, outline_of, statements, text_of, written
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

STAFF = (
    "call_taker",
    "dispatcher",
    "supervisor",
    "analyst",
    "leader",
    "third_party",
    "administrator",
    "handler",
    "handler2",
    "chief",
    "assistance",
    "street_clerk",
    "community_clerk",
    "grid_worker",
)
SEEING = {
    "call_taker",
    "dispatcher",
    "supervisor",
    "analyst",
    "leader",
    "handler",
    "chief",
    "street_clerk",
    "community_clerk",
    "grid_worker",
}
PAGES = ("", "work-order/", "area.geojson", "steps/propose/")


@pytest.mark.parametrize("name", STAFF)
def test_who_may_see_a_case_sees_it_and_nobody_else_learns_that_it_exists(district: District, name: str) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, name)
    seen = client.get(f"/desk/cases/{matter.number}/")
    if name in SEEING:
        assert seen.status_code == 200
        return
    for page in PAGES:
        answer = client.get(f"/desk/cases/{matter.number}/{page}")
        guessed = client.get(f"/desk/cases/WC20990101000001/{page}")
        assert answer.status_code == guessed.status_code == (403 if name == "administrator" else 404)
        assert _without_tokens(answer) == _without_tokens(guessed)


def _without_tokens(answer: HttpResponse) -> str:
    """A page but for what is another one each time it is drawn."""
    return re.sub(r"[A-Za-z0-9]{64}", "", text_of(answer))


@pytest.mark.parametrize("name", ["resident", "enterprise"])
def test_a_reporter_has_no_desk(district: District, name: str) -> None:
    matter = receive(district, by=district.actor(name), channel="portal", reporter=None)
    assert at_desk(district, name).get(f"/desk/cases/{matter.number}/").status_code == 403


def test_the_story_place_clocks_and_turn_are_told_in_words(district: District) -> None:
    start = timezone.now() - timedelta(hours=8)
    elements = {"happened_at": "2026-01-05T09:30:00+08:00", "cause": "灯头老化", "address": "水岸星城正门"}
    matter = receive(district, at=start, **elements)
    advance(district, matter, "handling", start=start + timedelta(minutes=5))
    page = text_of(at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/"))
    for words in (
        "门口路灯坏了三天",
        "灯头老化",
        "2026年1月5日 09:30",
        "徐家棚街道 水岸星城社区 第1网格",
        "水岸星城正门",
        "区城市管理执法局（承办单位经办人甲），办理中",
        "研判 → 待派单",
        "派单 → 待签收",
        "武昌区社会管理网格服务中心 派单审核员 派单审核员甲",
        "已电话了解情况，当晚到场查看。",
        "按时",
        "时限 5 个工作日",
        "data-map",
    ):
        assert words in page, words
    assert "{" not in page.partition("<main")[2].partition("</main>")[0]  # no raw facts


def test_without_a_point_there_is_no_map(district: District) -> None:
    matter = receive(district, lon=None, lat=None)
    assert "data-map" not in text_of(at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/"))


def test_the_area_is_the_grid_of_the_case_among_the_communities_of_its_street(district: District) -> None:
    matter = receive(district)
    outline_of(district, "community0")
    answer = at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/area.geojson")
    features = json.loads(answer.content)["features"]
    [own] = [feature for feature in features if feature["properties"]["own"]]
    assert own["properties"]["name"] == "第1网格"
    assert own["geometry"]["type"] == "Polygon"
    around = [feature["properties"]["name"] for feature in features if not feature["properties"]["own"]]
    assert "水岸星城社区" in around


def test_paused_late_and_provisional_clocks_say_so(district: District) -> None:
    paused = receive(district)
    move_one(CASES, "return_to_reporter", paused.pk, by=district.actor("call_taker"), data={"question": "哪一栋？"})
    client = at_desk(district, "call_taker")
    page = text_of(client.get(f"/desk/cases/{paused.number}/"))
    assert "已暂停" in page
    assert "等诉求人补充" in page
    late = receive(district, at=timezone.now() - timedelta(days=9))
    assert "红牌 超 " in text_of(client.get(f"/desk/cases/{late.number}/"))
    upcoming = advance(district, receive(district), "dispatched")
    upcoming.clocks.filter(stopped_at=None).update(provisional=True)
    assert "（暂定）" in text_of(client.get(f"/desk/cases/{upcoming.number}/"))


def test_exactly_the_steps_of_the_post_are_offered_and_one_is_primary(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    offered = {}
    for name in ("handler", "chief", "call_taker", "supervisor", "street_clerk", "leader"):
        page = text_of(at_desk(district, name).get(f"/desk/cases/{matter.number}/"))
        steps = [key for key in CASES.step if f'href="/desk/cases/{matter.number}/steps/{key}/"' in page]
        offered[name] = {key for key in steps if not CASES.step[key].side}  # side ways are folded
        primary = page.count(f'btn-primary" href="/desk/cases/{matter.number}/steps/')
        assert primary == (1 if name == "handler" else 0)  # the centre only looks on
        fresh = CASES.available(matter, district.actor(name))
        assert {step.key for step in fresh} == set(steps)
    assert offered["handler"] == {"propose", "contact", "return_to_reporter"}
    assert offered["chief"] == offered["leader"] == offered["street_clerk"] == set()
    assert offered["supervisor"] == {"remind", "open_batch"}


def test_the_reporter_is_masked_for_everybody(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    for name in ("call_taker", "handler", "chief", "leader", "supervisor", "grid_worker"):
        for page in ("", "work-order/"):
            text = text_of(at_desk(district, name).get(f"/desk/cases/{matter.number}/{page}"))
            assert "王秀英" not in text
            assert "13971112222" not in text
            assert "139****2222" in text


def test_de_identified_roles_are_told_nothing_of_the_reporter(district: District) -> None:
    matter = receive(district, text="我叫王秀英，电话13971112222，小区门口路灯不亮。", address="水岸星城3栋")
    for name in ("analyst",):
        text = text_of(at_desk(district, name).get(f"/desk/cases/{matter.number}/"))
        assert "13971112222" not in text
        assert "王**" not in text
        assert "contact-title" not in text
        assert "查看联系方式" not in text


def test_revealing_needs_a_purpose_and_is_logged_once_each(district: District) -> None:
    matter = advance(district, receive(district), "acknowledged")
    client = at_desk(district, "handler")
    address = f"/desk/cases/{matter.number}/contact/"
    for said in ({"purpose": " "}, {"purpose": "1"}, {"purpose": "其他用途"}, {"purpose": "其他用途", "words": "看看"}):
        refused = client.post(address, said)
        assert refused.status_code == 422
        assert "13971112222" not in text_of(refused)
    assert "至少 10 个字" in text_of(refused)
    assert not Reveal.objects.exists()
    told = client.post(address, {"purpose": "办前沟通"})
    assert told.status_code == 200
    assert "13971112222" in text_of(told)
    assert "王秀英" in text_of(told)
    assert "no-store" in told["Cache-Control"]
    [reveal] = Reveal.objects.all()
    assert (reveal.by, reveal.purpose, reveal.about) == (district.users["handler"], "办前沟通", matter.number)
    assert reveal.post is not None
    assert "13971112222" not in text_of(client.get(f"/desk/cases/{matter.number}/"))  # only once
    assert client.get(address).status_code == 405


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("leader", 403),
        ("grid_worker", 403),
        ("analyst", 403),
        ("administrator", 403),
        ("street_clerk", 403),  # sees it on its ground, but it was not given to the street
        ("handler2", 404),
    ],
)
def test_who_need_not_call_cannot_reveal(district: District, name: str, status: int) -> None:
    matter = advance(district, receive(district), "acknowledged")
    answer = at_desk(district, name).post(f"/desk/cases/{matter.number}/contact/", {"purpose": "想看看是谁反映的"})
    assert answer.status_code == status
    assert "13971112222" not in text_of(answer)
    assert not Reveal.objects.exists()


def test_a_confidential_reporter_is_known_to_the_centre_only(district: District) -> None:
    matter = receive(district, confidential=True, text="请回电话13971112222，楼上有人赌博。")
    advance(district, matter, "acknowledged")
    for name in ("handler", "chief", "street_clerk"):
        client = at_desk(district, name)
        page = text_of(client.get(f"/desk/cases/{matter.number}/"))
        assert "要求保密" in page
        assert "139****2222" not in page.partition("contact-title")[2]
        assert "13971112222" not in page  # not in the text either
        assert client.post(f"/desk/cases/{matter.number}/contact/", {"purpose": "办前沟通"}).status_code == 403
    centre = at_desk(district, "call_taker")
    assert "13971112222" in text_of(centre.post(f"/desk/cases/{matter.number}/contact/", {"purpose": "代为联系"}))


def test_an_anonymous_case_says_so(district: District) -> None:
    matter = receive(district, anonymous=True, reporter=None)
    page = text_of(at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/"))
    assert "匿名诉求" in page
    assert "查看联系方式" not in page


def test_other_cases_of_the_same_person_as_far_as_one_may_see_them(district: District) -> None:
    mine = advance(district, receive(district), "acknowledged")
    other = receive(district, text="楼道里堆放杂物，请清理。")
    hidden = receive(district, text="要求保密的另一件诉求。", confidential=True)
    centre = text_of(at_desk(district, "call_taker").get(f"/desk/cases/{mine.number}/"))
    assert other.number in centre
    assert hidden.number in centre
    unit = text_of(at_desk(district, "handler").get(f"/desk/cases/{mine.number}/"))
    assert other.number not in unit
    assert hidden.number not in unit


def test_a_page_costs_few_queries_and_writes_nothing(district: District) -> None:
    short = receive(district)
    long = advance(district, receive(district), "closed")
    move_one(CASES, "rework", long.pk, by=district.actor("call_taker"), data={"reason": "又不亮了"})
    client = at_desk(district, "call_taker")
    few = statements(client, f"/desk/cases/{short.number}/")
    lots = statements(client, f"/desk/cases/{long.number}/")
    assert len(few) == len(lots) <= 12
    assert written(lots) <= {"people_session"}
    said = {"at": timezone.now().isoformat(), "means": "phone", "reached": True, "outcome": "已了解情况，马上再去。"}
    move_one(CASES, "contact", long.pk, by=district.actor("handler"), data=said)
    handler = at_desk(district, "handler")
    assert len(statements(handler, f"/desk/cases/{long.number}/")) <= 12
    assert len(statements(handler, f"/desk/cases/{long.number}/work-order/")) <= 12
    assert len(statements(handler, f"/desk/cases/{long.number}/steps/propose/")) <= 12


def test_an_erased_text_stays_erased(district: District) -> None:
    matter = receive(district)
    matter.words.filter(field="text").update(text="", salt=None, erased_at=timezone.now())
    assert "已按规定抹除" in text_of(at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/"))


def test_the_page_listens_for_its_own_case(district: District) -> None:
    matter = receive(district)
    page = text_of(at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/"))
    assert f'data-live="matter:{matter.pk}" data-live-ask' in page


def test_a_higher_room_adds_its_panel(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    from huying.kernel.registry import DetailPanel, EntryRegistry
    from huying.matters import detail

    panels: EntryRegistry[DetailPanel] = EntryRegistry("panels")
    words = {"title": "督办单一件", "what": "", "url": "", "action": ""}
    panels.declare(
        DetailPanel(key="a", label="督办", template="ui/parts/empty.html", context=lambda request, matter: words),
        DetailPanel(key="b", label="空的", template="ui/parts/empty.html", context=lambda request, matter: None),
        DetailPanel(
            key="c",
            label="别人的",
            template="ui/parts/empty.html",
            context=lambda request, matter: words,
            permission="people.manage",
        ),
    )
    monkeypatch.setattr(detail, "detail_panels", panels)
    matter = receive(district)
    page = text_of(at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/"))
    assert "督办单一件" in page
    assert "空的" not in page
    assert "别人的" not in page
