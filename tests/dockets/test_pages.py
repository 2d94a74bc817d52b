"""Dockets at the desk: lists, one docket, its work, its steps, the panel on a case, the minutes as a Word file."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.utils import timezone
from docx import Document
from docx.shared import Length

from huying.dockets.flow import DOCKETS
from huying.dockets.minutes import numeral
from huying.dockets.models import Docket, DocketMatter, Meeting
from huying.dockets.work import WORK
from huying.matters.models import Matter
from tests.cases.desk import at_desk, dispatched, many, statements, text_of, written
from tests.factories.district import District
from tests.factories.dockets import (
    TEXT,
    TITLE,
    WORK_TEXT,
    advance,
    decide,
    do,
    draft,
    fed_back,
    hold_meeting,
    in_progress,
    opening,
    plan_meeting,
    take,
)

pytestmark = pytest.mark.django_db


def page(docket: Matter) -> str:
    return f"/desk/dockets/{docket.number}/"


def buttons(html: str) -> list[str]:
    found = re.search(r'<div class="step-buttons no-print">(.*?)</div>', html, re.S)
    return re.findall(r">([^<>]+)</a>", found[1]) if found else []


# --- one docket ------------------------------------------------------------------------------------------------------


def test_what_may_be_pressed_in_every_state(district: District) -> None:
    def offered(state: str, who: str) -> list[str]:
        return buttons(text_of(at_desk(district, who).get(page(dockets[state]))))

    dockets = {state: advance(district, draft(district), state) for state in
               ("drafted", "open", "in_progress", "awaiting_acceptance", "closed")}  # fmt: skip
    assert offered("drafted", "supervisor") == ["立项", "修改草稿", "加入事项", "撤销议题"]
    assert offered("drafted", "dispatcher") == ["修改草稿", "加入事项", "撤销议题"]
    assert offered("open", "handler") == ["启动办理", "加入事项"]
    assert offered("open", "handler2") == []
    assert offered("in_progress", "handler") == ["提请验收", "安排联席会议", "登记议定事项", "加入事项"]
    assert offered("awaiting_acceptance", "leader") == ["验收办结", "调整分工", "退回续办"]
    assert offered("awaiting_acceptance", "supervisor") == ["调整分工"]
    assert offered("closed", "supervisor") == []


def test_the_page_tells_the_whole_story(district: District) -> None:
    case, other = many(district, 2)
    docket = in_progress(district, case, other)
    plan_meeting(district, docket)
    take(district, docket, "answer_invitation", "handler2", {"attending": True, "who": "房管局王科长"})
    html = text_of(at_desk(district, "handler").get(page(docket)))
    assert buttons(html) == ["登记会议纪要", "登记议定事项", "取消会议", "加入事项"]
    assert "还有一次联席会议待开" in html
    assert all(word in html for word in (TITLE, TEXT, "区政府三楼会议室", "房管局王科长", "还没有回复", "推进中"))
    assert "2 件不在您的查看范围" in html  # counted, not named
    assert case.number not in html
    seen = text_of(at_desk(district, "supervisor").get(page(docket)))
    assert case.number in seen
    assert "不在您的查看范围" not in seen


def test_members_see_the_docket_and_name_only_what_they_may(district: District) -> None:
    mine, others = many(district, 2)
    dispatched(district, [mine])
    docket = in_progress(district, mine, others)
    decide(district, docket, "STREET")
    html = text_of(at_desk(district, "handler").get(page(docket)))
    assert mine.number in html
    assert others.number not in html
    assert "1 件不在您的查看范围" in html
    member = at_desk(district, "handler2").get(page(docket))
    assert WORK_TEXT in text_of(member)  # what was decided is read by all members, whoever owns it
    assert at_desk(district, "assistance").get(page(docket)).status_code == 404
    assert at_desk(district, "analyst").get(page(docket)).status_code == 403


def test_a_phone_number_is_masked_for_a_leader(district: District) -> None:
    docket = draft(district, text="居民王女士（13971112222）等多人反映路灯不亮。")
    assert "13971112222" not in text_of(at_desk(district, "leader").get(page(docket)))
    assert "13971112222" in text_of(at_desk(district, "supervisor").get(page(docket)))


def test_a_page_costs_as_much_with_many_matters_and_writes_nothing(district: District) -> None:
    few, lots = in_progress(district, *many(district, 1)), in_progress(district, *many(district, 60))
    for docket in (few, lots):
        decide(district, docket)
    for _ in range(4):
        decide(district, lots)
    client = at_desk(district, "supervisor")
    sql = statements(client, page(lots))
    assert len(sql) == len(statements(client, page(few)))
    assert written(sql) <= {"people_session", "django_session"}
    whole = text_of(client.get(f"{page(lots)}matters/"))
    assert whole.count('class="number"') == 50
    assert "全部 60 件" in text_of(client.get(page(lots)))


# --- steps -----------------------------------------------------------------------------------------------------------


def test_a_docket_is_drafted_opened_and_run_at_the_desk(district: District) -> None:
    (case,) = many(district, 1)
    client = at_desk(district, "supervisor")
    assert case.number in text_of(client.get(f"/desk/dockets/new/?number={case.number}"))
    refused = client.post("/desk/dockets/new/", {"kind": "leader", "title": "路灯", "text": "", "numbers": "WC1"})
    assert refused.status_code == 422
    wrong = {"kind": "leader", "title": TITLE, "text": TEXT, "numbers": f"{case.number} WC20200101000001"}
    assert "没有这些编号" in text_of(client.post("/desk/dockets/new/", wrong))
    assert not Docket.objects.exists()
    made = client.post("/desk/dockets/new/", wrong | {"numbers": case.number})
    docket = Matter.objects.get(kind=DOCKETS.kind)
    assert made["Location"] == page(docket)
    form = client.get(f"{page(docket)}steps/open/")
    assert "包案领导" in text_of(form)
    assert client.post(f"{page(docket)}steps/open/", opening(district) | {"leader": ""}).status_code == 422
    answer = client.post(f"{page(docket)}steps/open/", opening(district) | {"version": "1"})
    assert answer["Location"] == page(docket)
    handler = at_desk(district, "handler")
    assert handler.post(f"{page(docket)}steps/take_up/", {"officer": "李工", "version": "1"}).status_code == 409
    handler.post(f"{page(docket)}steps/take_up/", {"officer": "李工", "version": "2"})
    at = timezone.localtime() + timedelta(days=1)
    planned = {"at": f"{at:%Y-%m-%dT%H:%M}", "place": "三楼会议室", "agenda": "研究分工", "invited": ["HOUSING"]}
    offered = text_of(handler.get(f"{page(docket)}steps/plan_meeting/"))
    assert offered.count('name="invited"') == 2
    handler.post(f"{page(docket)}steps/plan_meeting/", planned)
    assert Meeting.objects.get().place == "三楼会议室"
    asked = text_of(at_desk(district, "handler2").get("/desk/dockets/?list=asked"))
    assert docket.number in asked
    at_desk(district, "handler2").post(
        f"{page(docket)}steps/answer_invitation/", {"attending": "true", "who": "王科长"}
    )
    held = {"at": f"{timezone.localtime():%Y-%m-%dT%H:%M}", "chair": "何致远副区长", "attended": ["URBAN", "HOUSING"],
            "minutes": "会议听取了汇报，研究了分工。"}  # fmt: skip
    handler.post(f"{page(docket)}steps/hold_meeting/", held)
    decided = {"meeting": str(Meeting.objects.get().pk), "text": WORK_TEXT, "owner": "HOUSING", "days": "3"}
    handler.post(f"{page(docket)}steps/decide/", decided)
    work = Matter.objects.get(kind=WORK.kind)
    owner = at_desk(district, "handler2")
    assert work.number in text_of(owner.get("/desk/dockets/work/"))
    owner.post(f"/desk/dockets/work/{work.number}/steps/feed_back/", {"done": "电缆全部更换。"})
    handler.post(f"/desk/dockets/work/{work.number}/steps/accept/", {"note": ""})
    work.refresh_from_db()
    assert work.state == "accepted"
    handler.post(f"{page(docket)}steps/propose_result/", {"result": "沿线路灯全部更换，没有新的反映。"})
    judging = text_of(at_desk(district, "leader").get(f"{page(docket)}steps/accept/"))
    assert "没有新的反映" in judging
    at_desk(district, "leader").post(f"{page(docket)}steps/accept/", {"note": "同意办结。"})
    docket.refresh_from_db()
    assert docket.state == "closed"


def test_a_step_that_is_not_there_any_more(district: District) -> None:
    docket = advance(district, draft(district), "open")
    client = at_desk(district, "supervisor")
    assert client.get(f"{page(docket)}steps/open/").status_code == 409
    assert client.get(f"{page(docket)}steps/nothing/").status_code == 404
    assert client.get(f"{page(docket)}steps/draft/").status_code == 404
    assert at_desk(district, "handler").get(f"{page(docket)}steps/open/").status_code == 403


def test_a_matter_is_taken_out_from_its_row(district: District) -> None:
    (case,) = many(district, 1)
    docket = in_progress(district, case)
    client = at_desk(district, "supervisor")
    address = f"{page(docket)}steps/remove_matters/?number={case.number}"
    assert address in text_of(client.get(page(docket)))
    assert f'value="{case.number}"' in text_of(client.get(address))
    client.post(address, {"numbers": case.number, "reason": "不是同一个问题。"})
    assert not DocketMatter.objects.standing().exists()


# --- work ------------------------------------------------------------------------------------------------------------


def test_work_shows_its_owner_and_its_judge_what_they_may_do(district: District) -> None:
    docket = in_progress(district)
    work = decide(district, docket, days=3)
    url = f"/desk/dockets/work/{work.number}/"
    owner = text_of(at_desk(district, "handler2").get(url))
    assert buttons(owner) == ["反馈结果", "反馈进展"]
    assert "剩" in owner
    assert buttons(text_of(at_desk(district, "handler").get(url))) == ["取消任务"]
    fed_back(district, work)
    assert buttons(text_of(at_desk(district, "handler").get(url))) == ["验收通过", "退回重办", "取消任务"]
    do(district, work, "accept", "handler")
    assert buttons(text_of(at_desk(district, "handler").get(url))) == []
    assert at_desk(district, "assistance").get(url).status_code == 404


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_filters_and_search(district: District) -> None:
    first = in_progress(district)
    second = draft(district, title="老旧小区电动车充电难", kind="joint")
    client = at_desk(district, "supervisor")
    everything = text_of(client.get("/desk/dockets/?list=all"))
    assert first.number in everything
    assert second.number in everything
    waiting = text_of(client.get("/desk/dockets/"))  # opens with what waits for this post
    assert second.number in waiting
    assert first.number not in waiting
    found = text_of(client.get("/desk/dockets/?list=all&q=充电"))
    assert second.number in found
    assert first.number not in found
    assert text_of(client.get("/desk/dockets/?list=all&lead=URBAN")).count('class="number"') == 1
    assert "没有符合条件" in text_of(client.get("/desk/dockets/?list=all&state=closed"))
    assert client.get(f"/desk/dockets/?q={first.number}")["Location"] == page(first)
    assert client.get(f"/desk/search/?q={first.number}")["Location"] == page(first)
    assert second.number in text_of(client.get("/desk/search/?q=电动车充电"))
    nothing = text_of(at_desk(district, "assistance").get("/desk/dockets/"))
    assert "没有等着办的议题" in nothing
    led = text_of(at_desk(district, "handler").get("/desk/dockets/?list=led"))
    assert first.number in led
    joined = text_of(at_desk(district, "handler2").get("/desk/dockets/?list=joined"))
    assert first.number in joined


def test_a_list_costs_the_same_however_long(district: District) -> None:
    draft(district)
    client = at_desk(district, "supervisor")
    few = len(statements(client, "/desk/dockets/?list=all"))
    for _ in range(12):
        draft(district)
    assert len(statements(client, "/desk/dockets/?list=all")) == few <= 12


def test_cases_chosen_in_a_list_go_into_a_docket(district: District) -> None:
    first, second = many(district, 2)
    docket = draft(district)
    client = at_desk(district, "supervisor")
    assert "放进议题" in text_of(client.get("/desk/cases/?order=newest"))
    picked = {"case": [f"{first.number}.1", f"{second.number}.1"], "act": "collect"}
    asked = client.post("/desk/cases/bulk/", picked)
    assert asked["Location"] == f"/desk/dockets/collect/?number={first.number}&number={second.number}"
    assert docket.number in text_of(client.get(asked["Location"]))
    assert client.post("/desk/dockets/collect/", {"number": [first.number], "docket": ""}).status_code == 422
    done = client.post("/desk/dockets/collect/", {"number": [first.number, second.number], "docket": docket.number})
    assert done["Location"] == page(docket)
    assert DocketMatter.objects.standing().count() == 2
    again = client.post("/desk/dockets/collect/", {"number": [first.number], "docket": docket.number})
    assert "已经在这个议题里" in text_of(again)


def test_the_panel_on_a_case(district: District) -> None:
    (case,) = many(district, 1)
    client = at_desk(district, "supervisor")
    assert "所属议题" not in text_of(client.get(f"/desk/cases/{case.number}/"))
    docket = in_progress(district, case)
    html = text_of(client.get(f"/desk/cases/{case.number}/"))
    assert "所属议题" in html
    assert page(docket) in html
    dispatched(district, [case])
    take(district, docket, "adjust", "supervisor", {"lead": "HOUSING", "leader": str(district.users["leader"].pk),
                                                    "reason": "职责调整"})  # fmt: skip
    stranger = text_of(at_desk(district, "handler").get(f"/desk/cases/{case.number}/"))
    assert "1 个议题，不在您的查看范围" in stranger
    assert docket.number not in stranger


# --- the minutes -----------------------------------------------------------------------------------------------------


def test_the_minutes_are_an_official_document(district: District) -> None:
    docket = in_progress(district)
    plan_meeting(district, docket)
    take(district, docket, "answer_invitation", "handler2", {"attending": True, "who": "王科长"})
    url = f"{page(docket)}meetings/{Meeting.objects.get().pk}/minutes/"
    assert at_desk(district, "handler").get(url).status_code == 404  # not held yet
    hold_meeting(district, docket)
    decide(district, docket, meeting=str(Meeting.objects.get().pk))
    answer = at_desk(district, "handler2").get(url)
    assert answer["Content-Disposition"].startswith("attachment")
    word = Document(io.BytesIO(b"".join(answer.streaming_content)))
    section = word.sections[0]
    shape = [round(Length(part).mm) for part in (section.page_width, section.top_margin, section.left_margin)]
    assert shape == [210, 37, 28]
    lines = [paragraph.text for paragraph in word.paragraphs if paragraph.text]
    assert lines[0] == "区城市管理执法局议题联席会议纪要"
    assert f"关于“{TITLE}”的联席会议纪要" in lines
    assert {"一、会议议程", "（一）通报情况。", "二、会议内容"} <= {*lines}
    assert any(line.startswith("（一）十二月十日前更换") and "区住房保障和房屋管理局" in line for line in lines)
    assert "出席：区城市管理执法局、区住房保障和房屋管理局（王科长）" in lines
    assert "缺席：徐家棚街道办事处" in lines  # it never answered
    assert at_desk(district, "assistance").get(url).status_code == 404


def test_who_had_sent_word_is_not_told_to_have_stayed_away(district: District) -> None:
    docket = in_progress(district)
    plan_meeting(district, docket)
    for name, data in (
        ("handler2", {"attending": True, "who": "王科长"}),
        ("street_clerk", {"attending": False, "note": "当天有防汛值守。"}),
    ):
        take(district, docket, "answer_invitation", name, data)
    hold_meeting(district, docket)
    url = f"{page(docket)}meetings/{Meeting.objects.get().pk}/minutes/"
    word = Document(io.BytesIO(b"".join(at_desk(district, "handler").get(url).streaming_content)))
    lines = [paragraph.text for paragraph in word.paragraphs if paragraph.text]
    assert "请假：徐家棚街道办事处" in lines
    assert not any(line.startswith("缺席") for line in lines)
    last = [paragraph for paragraph in word.paragraphs if paragraph.text][-2]
    assert last.paragraph_format.keep_with_next  # the imprint does not stand on a page alone


def test_numerals() -> None:
    assert [numeral(n) for n in (1, 9, 10, 11, 20, 35, 99)] == ["一", "九", "十", "十一", "二十", "三十五", "九十九"]
