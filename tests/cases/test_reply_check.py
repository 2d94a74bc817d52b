"""The reply check at the desk: its writer sees it once and goes on, its approver sees the passage, the line says what
was shown and never the text."""

from __future__ import annotations

import html
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huying.cases.answered import AnsweredCases
from huying.cases.flow import CASES
from huying.cases.options import checklist_items
from huying.kernel.generation import forget_all
from huying.knowledge.models import EmptyPhrase, ReplyStatistics, ReplyTrace
from huying.knowledge.replies import district as known
from huying.matters.engine import Move, move, move_one
from huying.matters.models import LedgerLine, Matter
from tests.cases.desk import at_desk, settled, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

BUS = (
    "网友您好！关于您反映的725路公交车班次少、早高峰等车时间长的问题，经与公交集团联系，725路现配车12台，高峰间隔15分钟。"
    "自下月起增加两台车，高峰间隔缩短到10分钟，末班车由21时延长到22时。感谢您对公交工作的关心。"
)
GOOD = "您好！徐东大街水岸星城小区门口不亮的三盏路灯，我们当天就换好了灯头，今晚已恢复照明，请您再看看。"


def url(matter: Matter, step: str) -> str:
    return f"/desk/cases/{matter.number}/steps/{step}/"


def result(reply: str) -> dict[str, object]:
    ticked = [key for key, _, _, required in checklist_items() if required]
    return {
        "true": "true",
        "solved": "true",
        "done": "当日更换灯头三盏，现场已恢复照明。",
        "by_whom": "市政所李工",
        "public_reply": reply,
        "checklist": ticked,
    }


def seen(page: str) -> str:
    found = re.search(r'name="reply_seen" value="([^"]+)"', page)
    return html.unescape(found[1]) if found else ""


def proposed(district: District, reply: str, **values: object) -> Matter:
    matter = advance(district, receive(district, **values), "handling")
    data = result(reply) | {"true": True, "solved": True}
    return move_one(CASES, "propose", matter.pk, by=district.actor("handler"), data=data)


def shown_in(matter: Matter, step: str) -> object:
    return json.loads(LedgerLine.objects.get(matter=matter, step=step).facts).get("reply_findings")


def test_a_handler_is_stopped_once_and_may_go_on(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    data = {"version": matter.version, **result(BUS)}
    page = text_of(client.post(url(matter, "propose"), data))
    assert "还没有提交" in page and "可能答非所问" in page and "<mark>" in page and "已核对，提交办理结果" in page
    matter.refresh_from_db()
    assert matter.state == "handling"
    changed = text_of(client.post(url(matter, "propose"), data | {"public_reply": BUS[:-10], "reply_seen": seen(page)}))
    assert "还没有提交" in changed  # another text than was shown
    done = client.post(url(matter, "propose"), data | {"reply_seen": seen(page)}, follow=True)
    assert "办理结果已提交" in text_of(done)
    assert "off_topic" in str(shown_in(matter, "propose"))
    assert "725路" not in LedgerLine.objects.get(matter=matter, step="propose").facts


def test_a_good_reply_is_sent_at_once_and_may_be_checked_before(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    client = at_desk(district, "handler")
    asked = client.post(url(matter, "propose"), {"version": matter.version, "public_reply": GOOD, "check_reply": "1"})
    assert asked.status_code == 200 and "这一项" not in text_of(asked)
    assert "没有发现要核对的地方" in text_of(asked) or "（提示）" in text_of(asked)
    done = client.post(url(matter, "propose"), {"version": matter.version, **result(GOOD)}, follow=True)
    assert "办理结果已提交" in text_of(done)


def test_a_chief_sees_the_passage_and_the_line_keeps_the_kinds(district: District) -> None:
    matter = proposed(district, BUS)
    client = at_desk(district, "chief")
    page = text_of(client.get(url(matter, "approve")))
    assert page.index("可能答非所问") < page.index("确认审批通过")
    assert "<mark>" in page and "机器检查只供参考，由人决定" in page
    client.post(url(matter, "approve"), {"version": matter.version, "reply_seen": seen(page)})
    matter.refresh_from_db()
    assert matter.state == "resolved"
    assert "off_topic" in str(shown_in(matter, "approve"))
    timeline = text_of(client.get(f"/desk/cases/{matter.number}/"))
    assert "答复检查" in timeline and "可能答非所问" in timeline and "没有显示" not in timeline


def test_approved_where_no_page_shows_anything_the_line_tells_what_there_was(district: District) -> None:
    matters = [proposed(district, reply) for reply in (BUS, GOOD)]
    results = move(CASES, "approve", [Move(matter.pk, district.actor("chief"), {}) for matter in matters])
    assert all(result.refusal is None for result in results)
    lines = [json.loads(LedgerLine.objects.get(matter=matter, step="approve").facts) for matter in matters]
    assert ["off_topic" in line["reply_findings_unshown"] for line in lines] == [True, False]
    page = text_of(at_desk(district, "chief").get(f"/desk/cases/{matters[0].number}/"))
    assert "答复检查（办理时没有显示）" in page and "可能答非所问" in page


def test_many_approved_at_once_cost_one_statement_more_for_their_replies(district: District) -> None:
    def cost(n: int) -> int:
        matters = [proposed(district, BUS) for _ in range(n)]
        settled()
        with CaptureQueriesContext(connection) as asked:
            move(CASES, "approve", [Move(matter.pk, district.actor("chief"), {}) for matter in matters])
        return sum('"matters_words"' in query["sql"] for query in asked)

    assert cost(1) == cost(5)


def test_a_forged_or_missing_note_of_what_was_shown_says_nothing(district: District) -> None:
    client = at_desk(district, "chief")
    for token in ("", "off_topic:nonsense"):
        matter = proposed(district, BUS)
        client.post(url(matter, "approve"), {"version": matter.version, "reply_seen": token})
        assert shown_in(matter, "approve") is None


def test_the_centre_sees_it_before_it_publishes(district: District) -> None:
    matter = proposed(district, BUS, channel="city_board", external_number="CS-1")
    matter = advance(district, matter, "reply_review")
    assert "可能答非所问" in text_of(at_desk(district, "dispatcher").get(url(matter, "publish_reply")))


def test_copies_are_found_among_the_replies_of_the_district(district: District) -> None:
    bus = "725路公交车太少，早高峰要等半个小时，请增加车辆。"
    first = advance(district, proposed(district, BUS, text=bus), "resolved")
    known.refresh()
    assert ReplyTrace.objects.get().matter_id == first.pk
    assert ReplyStatistics.objects.get().replies == 1 and len(AnsweredCases().newest(5)) == 1
    known.trace()
    assert ReplyTrace.objects.count() == 1  # nothing twice
    forget_all()
    second = proposed(district, BUS.replace("网友您好！", "您好！"))
    page = text_of(at_desk(district, "chief").get(url(second, "approve")))
    assert "与别件答复雷同" in page and first.number in page
    assert len(statements(at_desk(district, "chief"), url(second, "approve"))) <= 12


def test_phrases_are_data(district: District) -> None:
    client = at_desk(district, "administrator")
    assert "高度重视" in text_of(client.get("/desk/settings/phrases/"))
    assert "至少三个字" in text_of(client.post("/desk/settings/phrases/new/", {"phrase": "重…", "active": "on"}))
    client.post("/desk/settings/phrases/new/", {"phrase": "摸清...底数", "active": "on"})
    row = EmptyPhrase.objects.get(phrase="摸清…底数")
    forget_all()
    assert "摸清…底数" in known.phrases()
    page = text_of(client.post(f"/desk/settings/phrases/{row.pk}/", {"phrase": "摸清…底数"}, follow=True))
    assert "已停用" in page
    assert at_desk(district, "handler").get("/desk/settings/phrases/").status_code == 403
