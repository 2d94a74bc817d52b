"""A call is made at the desk and on a phone; the duty page; the analysis; the rules of calling."""

from __future__ import annotations

import re

import pytest

from huying.callouts.models import CallingRule
from huying.matters.models import Matter
from tests.callouts.test_way import state
from tests.cases.desk import at_desk, many, statements, text_of
from tests.factories.callouts import TEXT, TITLE, WANTED, advance, call, responses
from tests.factories.district import District

pytestmark = pytest.mark.django_db

NEW = "/desk/callouts/new/"
FILLED = {"purpose": "hard", "title": TITLE, "text": TEXT, "wanted": WANTED, "units": ["URBAN"]}


def newest() -> Matter:
    return Matter.objects.filter(kind="callout").order_by("-pk")[0]


def test_a_call_from_a_case_begins_with_what_the_case_says(district: District) -> None:
    (case,) = many(district, 1)
    client = at_desk(district, "community_clerk")
    html = text_of(client.get(f"{NEW}?number={case.number}"))
    assert case.number in html
    assert case.title in html
    refused = client.post(NEW, FILLED | {"title": "", "numbers": case.number})
    assert refused.status_code == 422
    made = client.post(NEW, FILLED | {"numbers": case.number})
    assert made["Location"] == f"/desk/callouts/{newest().number}/"
    assert newest().state == "analysing"
    assert case.number in text_of(client.get(made["Location"]))
    assert at_desk(district, "dispatcher").get(NEW).status_code == 403


def test_departments_come_first_and_only_those_who_may_be_called(district: District) -> None:
    html = text_of(at_desk(district, "community_clerk").get(NEW))
    groups = re.findall(r'<optgroup label="(.*?)">', re.sub(r"(?s).*name=\"units\"", "", html))
    assert groups[0] == "部门"
    assert "社区" not in groups


def test_a_draft_is_kept_revised_and_submitted(district: District) -> None:
    client = at_desk(district, "community_clerk")
    client.post(NEW, FILLED | {"keep": "1"})
    draft = newest()
    assert draft.state == "drafted"
    assert draft.title in text_of(client.get(NEW)), "drafts of the own unit are offered"
    step = f"/desk/callouts/{draft.number}/steps/"
    assert TEXT in text_of(client.get(f"{step}revise/"))
    client.post(f"{step}revise/", FILLED | {"units": ["URBAN", "HOUSING"]})
    client.post(f"{step}submit/")
    assert state(draft) == "analysing"


def test_what_it_may_repeat_is_shown_before_it_is_sent(district: District) -> None:
    there = call(district)
    client = at_desk(district, "community_clerk")
    asked = client.post(NEW, FILLED | {"purpose": "emergency", "title": f"{TITLE}了"})
    assert asked.status_code == 200
    html = text_of(asked)
    assert "可能重复呼叫" in html
    assert there.number in html
    assert newest() == there
    client.post(NEW, FILLED | {"purpose": "emergency", "title": f"{TITLE}了", "knows": "1"})
    again = newest()
    assert again.state == "analysing", "the centre looks at it"
    beside = text_of(client.post("/desk/callouts/new/look/", {"title": TITLE, "purpose": "emergency"}))
    assert there.number in beside
    centre = text_of(at_desk(district, "dispatcher").get(f"/desk/callouts/{again.number}/steps/analyse/"))
    assert "研判参考" in centre
    assert there.number in centre
    assert "相近" in centre


def test_who_answered_such_calls_before_is_proposed(district: District) -> None:
    done = call(district, "HOUSING", purpose="emergency", title="完全不同的旧事一件")
    advance(district, responses(done)[0], "rated", "handler2")
    emergency = call(district, title="刚刚发生的紧急事情")
    again = call(district, title="刚刚发生的紧急事情啊")
    assert (emergency.state, again.state) == ("issued", "analysing")
    html = text_of(at_desk(district, "dispatcher").get(f"/desk/callouts/{again.number}/steps/analyse/"))
    assert "本街道同类呼叫由它办过 1 次" in html
    assert "没有依据的：区城市管理执法局" in html


def test_an_emergency_takes_three_taps(district: District) -> None:
    client = at_desk(district, "community_clerk")
    home = text_of(client.get("/desk/callouts/"))
    assert 'href="/desk/callouts/emergency/"' in home
    kinds = text_of(client.get("/desk/callouts/emergency/"))
    assert 'href="?what=road"' in kinds
    url = "/desk/callouts/emergency/?what=road"
    html = text_of(client.get(url))
    fields = dict(re.findall(r'<input[^>]*name="(title)"[^>]*value="(.*?)"', html))
    fields |= dict(re.findall(r'<textarea[^>]*name="(text|wanted)"[^>]*>\s*(.*?)</textarea>', html, re.S))
    units = re.findall(r'<option value="(\w+)"[^>]* selected', html)
    assert units == ["STREET"], "its own street is ticked"
    client.post(url, {**fields, "units": units})
    assert newest().state == "issued"
    assert newest().subkind == "emergency"
    refused = client.post(url, {**fields, "units": []})
    assert refused.status_code == 422


def test_the_duty_page_answers_with_one_tap(district: District) -> None:
    (response,) = responses(call(district))
    handler = at_desk(district, "handler")
    duty = "/desk/callouts/duty/"
    html = text_of(handler.get(duty))
    assert "正在呼叫我们" in html
    assert WANTED in html
    steps = f"/desk/callouts/responses/{response.number}/steps/"
    assert handler.post(f"{steps}respond/", {"duty": "1", "version": "1"})["Location"] == duty
    assert "点错了，撤回响应" in text_of(handler.get(duty))
    assert handler.post(f"{steps}take_back/", {"duty": "1"})["Location"] == duty
    assert state(response) == "waiting"
    handler.post(f"{steps}respond/", {"duty": "1"})
    handler.post(f"{steps}arrive/", {"duty": "1"})
    assert "反馈结果" in text_of(handler.get(duty))
    handler.post(f"{steps}feed_back/", {"duty": "1", "done": "已经处置完毕。"})
    assert state(response) == "fed_back"
    assert "等我们验收和等裁定的" in text_of(at_desk(district, "community_clerk").get(duty))
    assert at_desk(district, "leader").get(duty).status_code == 403


def test_nobody_is_wanted_at_a_time_that_is_past(district: District) -> None:
    client = at_desk(district, "community_clerk")
    refused = client.post(NEW, FILLED | {"keep": "1", "wanted_at": "2020-01-01T08:00"})
    assert refused.status_code == 422
    assert "希望到场的时间已经过去" in text_of(refused)
    assert not Matter.objects.filter(kind="callout").exists()


def test_a_call_out_says_for_whom_it_waits(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    client = at_desk(district, "community_clerk")
    page = f"/desk/callouts/{callout.number}/"
    assert "等区城市管理执法局等 2 个单位响应" in text_of(client.get(page))
    assert "还没有响应、评价，还没有星级" in text_of(client.get(page))
    advance(district, responses(callout)[0], "fed_back")
    html = text_of(client.get(page))
    assert "等区住房保障和房屋管理局响应" in html
    assert "验收区城市管理执法局的结果" in html


def test_each_unit_reads_what_is_wanted_of_it_now(district: District) -> None:
    client = at_desk(district, "community_clerk")
    client.post(NEW, FILLED | {"keep": "1", "purpose": "emergency"})
    steps = f"/desk/callouts/{newest().number}/steps/"
    client.post(f"{steps}revise/", FILLED | {"purpose": "emergency", "wanted": "请改带抽水泵来。"})
    client.post(f"{steps}submit/")
    client.post(f"{steps}add_units/", {"units": ["HOUSING"], "wanted": "请核对产权。"})
    urban, housing = responses(newest())
    for user, one, wanted, other in (
        ("handler", urban, "请改带抽水泵来。", "请核对产权。"),
        ("handler2", housing, "请核对产权。", WANTED),
    ):
        reader = at_desk(district, user)
        for page in ("/desk/callouts/duty/", f"/desk/callouts/responses/{one.number}/"):
            html = text_of(reader.get(page))
            assert wanted in html, page
            assert other not in html, page


def test_the_duty_page_costs_as_much_with_many(district: District) -> None:
    call(district)
    client = at_desk(district, "handler")
    few = len(statements(client, "/desk/callouts/duty/"))
    for n in range(5):
        call(district, title=f"第{n}处全然两样的情况")
    assert len(statements(client, "/desk/callouts/duty/")) == few <= 12


def test_only_the_one_who_tapped_takes_it_back(district: District) -> None:
    (response,) = responses(call(district))
    at_desk(district, "handler").post(f"/desk/callouts/responses/{response.number}/steps/respond/")
    chief = at_desk(district, "chief")
    answer = chief.post(f"/desk/callouts/responses/{response.number}/steps/take_back/")
    assert answer.status_code == 403
    assert state(response) == "responded"


def test_calling_rules_are_changed_on_a_page(district: District) -> None:
    client = at_desk(district, "administrator")
    html = text_of(client.get("/desk/settings/calling-rules/"))
    assert all(word in html for word in ("社区呼叫", "联合执法", "没有疑点的自动研判"))
    assert "呼叫：研判" in text_of(client.get("/desk/settings/limits/"))
    rule = CallingRule.objects.get(level="community", purpose="hard")
    client.post(f"/desk/settings/calling-rules/{rule.pk}/", {"automatic": "on"})
    at_desk(district, "community_clerk").post(NEW, FILLED)
    assert newest().state == "issued", "neither analysed nor approved any more"
    assert at_desk(district, "supervisor").get("/desk/settings/calling-rules/").status_code == 403


def test_the_home_page_counts_what_its_lists_hold(district: District) -> None:
    call(district)
    for who, url in (
        ("handler", "/desk/callouts/responses/?list=turn"),
        ("community_clerk", "/desk/callouts/?list=mine"),
        ("supervisor", "/desk/callouts/?list=running"),
        ("leader", "/desk/callouts/responses/?list=waiting"),
    ):
        client = at_desk(district, who)
        assert url.replace("&", "&amp;") in text_of(client.get("/desk/"))
        assert "1 " in text_of(client.get(url))
