"""Motions and proposals (议提案): what is on the paper, the letter that answers it, what the proposer says."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.utils import timezone
from docx import Document

from huying.cases.flow import CASES
from huying.cases.models import Case, Motion, MotionAnswer
from huying.cases.motions import chinese, meeting_of, number_of
from huying.cases.portal.story import plain_story
from huying.cases.searching import search
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.engine import move_one
from huying.matters.models import Clock, LedgerLine, Matter
from tests.cases.desk import at_desk, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.factories.motions import ANSWER, MET, PAPER, PROPOSER, TEXT, motion, onward

pytestmark = pytest.mark.django_db

HAPPY = {"returned": True, "attitude": "content", "result": "basically"}
UNHAPPY = {"returned": True, "attitude": "content", "result": "discontent", "note": "二期没有时间表。"}


def take(district: District, matter: Matter, step: str, who: str, **data: object) -> Matter:
    return move_one(CASES, step, matter.pk, by=district.actor(who), data=data)


def facts_of(matter: Matter, step: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(LedgerLine.objects.filter(matter=matter, step=step).latest("seq").facts)
    return found


def test_names_on_paper() -> None:
    assert [chinese(n) for n in (0, 6, 10, 16, 20, 21)] == ["零", "六", "十", "十六", "二十", "二十一"]
    between = Motion(body="cppcc", term=15, session=0, serial=23)
    assert (meeting_of(between), number_of(between)) == ("政协武昌区第十五届委员会闭会期间", "第23号提案")


def test_intake_asks_for_what_stands_on_the_paper(district: District) -> None:
    client = at_desk(district, "call_taker")
    typed = {"channel": "proposal", "kind": "motion", "text": TEXT, "urgency": "normal", "wants_reply": "on"}
    typed |= {"reporter.name": PROPOSER["name"], "reporter.phone": PROPOSER["phone"]}
    refused = client.post("/desk/cases/new/", typed)
    assert refused.status_code == 422
    assert text_of(refused).count("请填写这一项") >= 3
    paper = {f"motion.{name}": str(value).lower() for name, value in PAPER.items()}
    answer = client.post("/desk/cases/new/", typed | paper | {"motion.key": "on", "motion.seconders": "孙丽等3人"})
    assert answer.status_code == 302
    row = Motion.objects.get()
    assert (row.proposer, row.seconders, row.session, row.key) == ("赵明德", "孙丽等3人", 6, True)
    matter = row.case.matter
    assert (matter.subkind, matter.aspects) == ("motion", ["motion", "motion_key"])
    assert "赵明德" not in LedgerLine.objects.get(matter=matter).facts
    usual = typed | {"kind": "help", "once": "2"} | paper  # whoever chose another kind after all
    assert client.post("/desk/cases/new/", usual).status_code == 302
    assert Motion.objects.count() == 1


def test_a_number_of_a_session_stands_once(district: District) -> None:
    first = motion(district)
    with pytest.raises(Conflict, match=first.number):
        motion(district)
    other = motion(district, body="cppcc")
    with pytest.raises(Conflict, match=first.number):
        take(district, other, "set_motion", "dispatcher", **PAPER)
    mended = PAPER | {"serial": 87, "seconders": "孙丽"}
    take(district, other, "set_motion", "dispatcher", **mended)
    row = Motion.objects.get(case=other.pk)
    assert (row.serial, row.seconders, row.proposer) == (87, "孙丽", "赵明德")
    asked = search(Matter.objects.all(), district.actor("dispatcher"), "第86号建议")
    assert list(asked) == [first]


def test_who_may_bring_one_and_how(district: District) -> None:
    with pytest.raises(Forbidden, match="由区中心登记"):
        receive(district, district.actor("resident"), channel="portal", reporter=None, motion=PAPER)
    with pytest.raises(Invalid, match="不能匿名"):
        receive(district, motion=PAPER, confidential=True)
    with pytest.raises(Invalid, match="不是议提案"):
        receive(district, motion=PAPER, kind="help")
    registered = motion(district)
    with pytest.raises(Invalid, match="不能改"):
        take(district, registered, "triage", "call_taker", kind="help", category="02.02.01")
    with pytest.raises(Conflict, match="书面答复"):
        take(district, registered, "answer", "call_taker", reply="已答复。", basis="政策文件")


def test_what_came_without_is_registered_before_it_is_answered(district: District) -> None:
    matter = onward(district, receive(district, text=TEXT, kind="motion"), "handling")
    with pytest.raises(Invalid) as refused:
        onward(district, matter, "awaiting_approval")
    assert "先由区中心登记" in refused.value.fields["answer_class"][0]
    page = at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/")
    assert "还没有登记议提案信息" in text_of(page)
    form = at_desk(district, "call_taker").get(f"/desk/cases/{matter.number}/steps/set_motion/")
    assert "第几届" in text_of(form)
    take(district, matter, "set_motion", "call_taker", **PAPER, proposer="赵明德")
    onward(district, matter, "awaiting_approval")


def test_it_is_talked_over_face_to_face_or_said_why_not(district: District) -> None:
    matter = motion(district, "acknowledged")
    phoned = MET | {"means": "phone", "at": matter.opened_at.isoformat()}
    matter = take(district, matter, "contact", "handler", **phoned)
    with pytest.raises(Invalid) as refused:
        onward(district, matter, "awaiting_approval")
    assert "当面沟通" in refused.value.fields["without_meeting"][0]
    onward(district, matter, "awaiting_approval", without_meeting="代表在外地，电话沟通，同意书面答复。")


def test_the_letter(district: District) -> None:
    matter = motion(district, "handling", seconders="孙丽等3人")
    client = at_desk(district, "handler")
    form = text_of(client.get(f"/desk/cases/{matter.number}/steps/propose/"))
    assert "答复函正文" in form
    assert "武昌区人大常委会代表工作委员会" in form
    assert "诉求是否属实" not in form
    matter = onward(district, matter, "awaiting_approval")
    answer = MotionAnswer.objects.get(case=matter.pk)
    url = f"/desk/cases/{matter.number}/letters/{answer.pk}/"
    draft = "\n".join(p.text for p in Document(io.BytesIO(at_desk(district, "chief").get(url).content)).paragraphs)
    assert "拟稿" in draft
    matter = take(district, matter, "approve", "chief")
    said = [p.text for p in Document(io.BytesIO(client.get(url).content)).paragraphs]
    text = "\n".join(said)
    for words in (
        "答复类别：B",
        "是否公开：是",
        "武城管函〔2026〕12号\t签发人：承办单位负责人",
        "对武昌区第十六届人民代表大会第六次会议",
        "第86号建议的答复",
        "赵明德等代表：",
        "你们提出的《关于改造闲置厂房的建议》（第86号建议）收悉。现答复如下：",
        "二期方案明年报批。",
        "联系人：李工",
        "抄送：武昌区人大常委会代表工作委员会，武昌区人民政府办公室。",
    ):
        assert words in text, words
    assert PROPOSER["phone"] not in text
    assert "拟稿" not in text
    assert at_desk(district, "handler2").get(url).status_code == 404
    assert at_desk(district, "analyst").get(url).status_code == 403
    assert "赵明德" not in text_of(at_desk(district, "analyst").get(f"/desk/cases/{matter.number}/"))
    page = f"/desk/cases/{matter.number}/"
    assert "赵明德" in text_of(client.get(page))
    assert len(statements(client, page)) <= 12
    assert facts_of(matter, "approve")["answer_class"] == "B"


def test_the_sheet_comes_back_instead_of_a_call(district: District) -> None:
    matter = motion(district, "resolved")
    with pytest.raises(Conflict, match="征求意见表"):
        take(district, matter, "callback", "call_taker", reached=True, solved=True, satisfied=5)
    story = plain_story(matter, district.actor("call_taker"))
    assert "征求意见表" in story.state
    assert "B 类：正在解决或列入计划" in story.entries[0].what
    clock = Clock.objects.get(matter=matter, kind="callback", stopped_at=None)
    assert clock.due_at > timezone.now() + timedelta(days=20)
    matter = take(district, matter, "record_opinion", "call_taker", returned=False, note="已电话提醒。")
    assert matter.state == "resolved"
    client = at_desk(district, "call_taker")
    typed = {"returned": "true", "attitude": "content"}
    refused = client.post(f"/desk/cases/{matter.number}/steps/record_opinion/", typed)
    assert refused.status_code == 422
    matter = take(district, matter, "record_opinion", "call_taker", **HAPPY)
    assert matter.state == "closed"
    answer = MotionAnswer.objects.get(case=matter.pk)
    assert (answer.attitude, answer.result, answer.content) == ("content", "basically", True)
    facts = facts_of(matter, "record_opinion")
    assert (facts["result"], facts["content"], facts["answer_class"], facts["handler"]) == (
        *("basically", True, "B"),
        "URBAN",
    )


def test_who_is_not_content_is_answered_again(district: District) -> None:
    matter = motion(district, "resolved")
    for n in (1, 2, 3):  # nobody else judges it, however often
        matter = take(district, matter, "record_opinion", "call_taker", **UNHAPPY)
        assert (matter.state, matter.rework_count) == ("handling", n)
        clock = Clock.objects.get(matter=matter, kind="rework", stopped_at=None)
        assert clock.due_at > timezone.now() + timedelta(days=20)
        assert Case.objects.get(pk=matter.pk).contacted_at is None  # talked over again first
        matter = onward(district, matter, "resolved", answer_class="A")
    assert list(MotionAnswer.objects.order_by("seq").values_list("answer_class", flat=True)) == ["B", "A", "A", "A"]
    matter = take(district, matter, "record_opinion", "call_taker", **HAPPY)
    page = text_of(at_desk(district, "chief").get(f"/desk/cases/{matter.number}/"))
    assert "对办理结果不满意" in page
    assert "对办理结果基本满意" in page
    assert plain_story(matter, district.actor("call_taker")).entries[0].what == "收到了您的征求意见表"


def test_other_cases_are_asked_nothing_of_it(district: District) -> None:
    matter = receive(district)
    assert "议提案信息" not in text_of(at_desk(district, "dispatcher").get(f"/desk/cases/{matter.number}/"))
    handling = advance(district, matter, "handling")
    with pytest.raises(Invalid) as refused:
        take(district, handling, "propose", "handler", **ANSWER)
    assert {"answer_class", "letter_number", "copies"} <= set(refused.value.fields)
    assert "答复类别" not in text_of(at_desk(district, "handler").get(f"/desk/cases/{matter.number}/steps/propose/"))
