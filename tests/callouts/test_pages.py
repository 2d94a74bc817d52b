"""Call-outs at the desk: lists, one call-out with all who were called, one response, and their steps."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook

from huying.callouts.models import Callout
from huying.matters.models import Matter
from tests.callouts.test_way import state
from tests.cases.desk import at_desk, many, statements, text_of, written
from tests.factories.callouts import (
    CALLER_RATING,
    RATING,
    TITLE,
    WANTED,
    advance,
    call,
    do,
    response_of,
    responses,
    take,
)
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def page(callout: Matter) -> str:
    return f"/desk/callouts/{callout.number}/"


def page_of(response: Matter) -> str:
    return f"/desk/callouts/responses/{response.number}/"


def buttons(html: str, of: str = "step-buttons no-print") -> list[str]:
    found = re.findall(rf'<div class="{of}">(.*?)</div>', html, re.S)
    return re.findall(r"<a [^>]*>([^<>]+)<", " ".join(found))


# --- lists -----------------------------------------------------------------------------------------------------------


def test_each_list_holds_what_it_says(district: District) -> None:
    going = call(district, "URBAN", "HOUSING")
    hard = call(district, purpose="hard", title="三方都说不归自己管的围墙")

    def listed(who: str, which: str) -> str:
        return text_of(at_desk(district, who).get(f"/desk/callouts/?list={which}"))

    assert going.number in listed("community_clerk", "mine")
    assert going.number in listed("handler", "running")
    assert hard.number in listed("dispatcher", "turn")
    assert hard.number in listed("dispatcher", "analyse")
    assert hard.number not in listed("handler", "all")  # it has not gone out
    assert "0／2" in listed("supervisor", "running")
    advance(district, response_of(going, "URBAN"), "responded")
    assert "1／2" in listed("supervisor", "running")

    def answers(who: str, which: str) -> str:
        return text_of(at_desk(district, who).get(f"/desk/callouts/responses/?list={which}"))

    urban, housing = responses(going)
    assert urban.number in answers("handler", "working")
    assert housing.number in answers("community_clerk", "waiting")
    assert housing.number not in answers("handler", "waiting")  # another unit's


def test_a_list_is_narrowed_and_searched(district: District) -> None:
    one = call(district)
    other = call(district, "HOUSING", purpose="joint", title="夜市占道经营联合整治")
    client = at_desk(district, "supervisor")
    where = "/desk/callouts/?list=all"
    for query, there in (
        ("purpose=emergency", one),
        ("purpose=joint", other),
        ("unit=HOUSING", other),
        ("level=community&unit=URBAN", one),
        ("q=占道经营", other),
        ("state=issued", one),
    ):
        html = text_of(client.get(f"{where}&{query}"))
        assert there.number in html, query
        assert (other if there == one else one).number not in html, query
    assert client.get(f"{where}&q={one.number}")["Location"] == page(one)
    assert "没有符合条件的呼叫" in text_of(client.get(f"{where}&overdue=late"))
    found = text_of(client.get("/desk/callouts/responses/?list=waiting&q=路面塌陷"))
    assert responses(one)[0].number in found, "responses are found by the words of their call"
    assert one.title in text_of(client.get("/desk/search/?q=路面塌陷"))


def test_lists_cost_as_much_with_many_rows_and_write_nothing(district: District) -> None:
    call(district)
    client = at_desk(district, "supervisor")
    urls = ("/desk/callouts/?list=all", "/desk/callouts/responses/?list=waiting")
    few = [len(statements(client, url)) for url in urls]
    for n in range(8):
        call(district, "URBAN", "HOUSING", title=f"第{n}处完全不同的事情")
    for url, n in zip(urls, few, strict=True):
        sql = statements(client, url)
        assert len(sql) == n <= 12
        assert written(sql) <= {"people_session", "django_session"}


def test_a_list_as_a_sheet(district: District) -> None:
    callout = call(district, text="联系人电话13971112222，路面塌了。", title="塌陷，请打13971112222")
    client = at_desk(district, "supervisor")
    answer = client.get("/desk/callouts/export/calls/?list=all")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content)), read_only=True).active  # type: ignore[attr-defined]
    assert sheet is not None
    told = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert told[0][0] == "编号"
    assert told[1][0] == callout.number
    assert "13971112222" not in str(told)
    assert at_desk(district, "handler").get("/desk/callouts/export/calls/").status_code == 403
    responses_too = client.get("/desk/callouts/export/responses/?list=waiting")
    assert responses_too.status_code == 200
    list(responses_too.streaming_content)  # type: ignore[attr-defined]


def test_ticked_responses_are_pressed_together(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    urban, housing = responses(callout)
    advance(district, housing, "accepted", "handler2")
    client = at_desk(district, "community_clerk")
    answer = client.post("/desk/callouts/press/", {"number": [urban.number, housing.number]}, follow=True)
    html = text_of(answer)
    assert "已催办 1 件" in html
    assert "1 件没有催办" in html
    assert response_of(callout, "URBAN").response.presses == 1


# --- one call-out ----------------------------------------------------------------------------------------------------


def test_the_whole_loop_is_one_line(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    do(district, response_of(callout, "URBAN"), "press", "community_clerk")
    html = text_of(at_desk(district, "community_clerk").get(page(callout)))
    line = re.search(r'<ol class="loop".*?</ol>', html, re.S)
    assert line is not None
    assert re.findall(r"<strong>(.*?)</strong>", line[0]) == [
        "问题发现",
        "平台受理",
        "分析研判",
        "呼应办理",
        "全程监督",
        "评价反馈",
    ]
    assert re.findall(r'data-how="(\w+)"', line[0]) == ["done", "done", "done", "now", "now", "ahead"]
    assert "自动研判" in line[0]
    assert "2 个单位，响应 0 个，验收 0 个" in line[0]
    assert "催办 1 次" in line[0]


def test_every_unit_has_its_row_for_all_concerned(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    advance(district, response_of(callout, "URBAN"), "arrived")
    mine = text_of(at_desk(district, "community_clerk").get(page(callout)))
    assert all(word in mine for word in ("已到场", "待响应", "值班电话", WANTED))
    assert buttons(mine, "called-acts no-print") == ["催办", "催办", "增加单位", "提级"]
    called = text_of(at_desk(district, "handler2").get(page(callout)))
    assert "已到场" in called, "those called see each other's state"
    assert page_of(response_of(callout, "URBAN")) not in called, "and cannot open each other's response"
    assert at_desk(district, "assistance").get(page(callout)).status_code == 404


def test_pages_cost_few_queries_and_write_nothing(district: District) -> None:
    cases = many(district, 2)
    small = call(district, "URBAN", numbers=[cases[0].number], by="street_clerk")
    large = call(
        district,
        "URBAN",
        "HOUSING",
        "WATER",
        by="street_clerk",
        title="几个单位一起看的下沉",
        numbers=[c.number for c in cases],
    )
    client = at_desk(district, "supervisor")
    costs = [statements(client, page(one)) for one in (small, large)]
    assert len(costs[0]) == len(costs[1])
    response = statements(client, page_of(responses(large)[0]))
    assert all(written(sql) <= {"people_session", "django_session"} for sql in (*costs, response))
    assert max(len(costs[0]), len(response)) <= 12


def test_linked_cases_are_shown_as_far_as_the_reader_sees_them(district: District) -> None:
    (case,) = many(district, 1)
    callout = call(district, numbers=[case.number])
    seen = text_of(at_desk(district, "supervisor").get(page(callout)))
    assert case.number in seen
    html = text_of(at_desk(district, "handler").get(page(callout)))
    assert case.number not in html
    assert "1 件不在您的查看范围" in html
    panel = text_of(at_desk(district, "community_clerk").get(f"/desk/cases/{case.number}/"))
    assert callout.title in panel
    assert f"/desk/callouts/new/?number={case.number}" in panel


def test_what_may_be_pressed_in_every_state(district: District) -> None:
    def offered(callout: Matter, who: str) -> list[str]:
        return buttons(text_of(at_desk(district, who).get(page(callout))))

    draft = call(district, purpose="hard", title="先存着的一件事情", submit=False)
    assert offered(draft, "community_clerk") == ["提交", "修改"]
    hard = call(district, purpose="hard", title="三方都说不归自己管的围墙")
    assert offered(hard, "dispatcher") == ["研判通过", "退回修改"]
    take(district, hard, "analyse", "dispatcher", {"purpose": "hard", "units": ["URBAN"]})
    assert offered(hard, "street_chief") == ["同意并发出", "不同意"]
    assert offered(hard, "community_clerk") == []


# --- one response ----------------------------------------------------------------------------------------------------


def test_a_response_from_the_call_to_both_ratings_at_the_desk(district: District) -> None:
    callout = call(district)
    urban = response_of(callout, "URBAN")
    handler = at_desk(district, "handler")
    html = text_of(handler.get(page_of(urban)))
    assert all(word in html for word in (TITLE, WANTED, "值班电话"))
    assert buttons(html) == ["响应"]
    steps = f"{page_of(urban)}steps/"
    assert handler.post(f"{steps}respond/", {"who": "李工", "minutes": "20"})["Location"] == page_of(urban)
    assert "撤回响应" in text_of(handler.get(page_of(urban)))
    handler.post(f"{steps}take_back/")
    assert state(urban) == "waiting"
    handler.post(f"{steps}respond/", {"who": "李工"})
    handler.post(f"{steps}arrive/", {"note": "到了"})
    assert handler.post(f"{steps}feed_back/", {"done": ""}).status_code == 422
    handler.post(f"{steps}feed_back/", {"done": "已围挡回填，照片见附件。"})
    clerk = at_desk(district, "community_clerk")
    assert "已围挡回填" in text_of(clerk.get(f"{steps}accept/"))
    clerk.post(f"{steps}accept/", {})
    clerk.post(f"{steps}rate/", {**RATING, "comment": "来得快"})
    handler.post(f"{steps}rate_caller/", {**CALLER_RATING, "right_address": "on", "comment": "说得清楚"})
    assert state(urban) == "rated"
    told = text_of(clerk.get(page_of(urban)))
    assert all(word in told for word in ("来得快", "说得清楚", "已解决", "确有必要", "地点准确"))
    assert "确有必要" in text_of(handler.get(page(callout)))


def test_the_centre_rules_with_the_history_before_it(district: District) -> None:
    why = {"cause": "not_ours", "reason": "小区内部道路不归城管。"}
    for n, verdict in enumerate(("bound", "released")):
        earlier = response_of(call(district, title=("东边桥下积水", "西门井盖下沉了")[n]), "URBAN")
        do(district, earlier, "decline", "handler", why)
        do(district, earlier, "rule", "dispatcher", {"verdict": verdict, "reason": f"第{n}次的裁定理由。"})
    urban = response_of(call(district, title="这一次的路面破损"), "URBAN")
    do(district, urban, "decline", "handler", why)
    html = text_of(at_desk(district, "dispatcher").get(f"{page_of(urban)}steps/rule/"))
    assert "另外申请退出过 2 次：同意退出 1 次，裁定应当响应 1 次" in html
    assert "第1次的裁定理由。" in html
    assert "小区内部道路不归城管" in html
    assert '<option value="HOUSING"' in html
    assert '<option value="URBAN"' not in html, "nobody is called instead of itself"


# --- masked ----------------------------------------------------------------------------------------------------------


def test_a_phone_number_is_masked_for_a_leader(district: District) -> None:
    callout = call(district, text="居民王女士（13971112222）说路面塌了。")
    for url in (page(callout), page_of(responses(callout)[0])):
        assert "13971112222" not in text_of(at_desk(district, "leader").get(url))
        assert "13971112222" in text_of(at_desk(district, "handler").get(url))
    assert Callout.objects.count() == 1
