"""The knowledge base: who writes, who approves, what is found, what people say of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.knowledge.articles import actions, reminders, search
from huying.knowledge.articles.actions import Content
from huying.knowledge.articles.comparing import pieces
from huying.knowledge.articles.search import find, near, standing
from huying.knowledge.models import Article, ArticleFeedback, ArticleVersion, Synonyms
from huying.matters.models import Message
from tests.cases.desk import at_desk, settled, statements, text_of
from tests.factories.articles import CARD, draft, publish, submit
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

WATER = Content("家里突然停水了找谁？", "先看看是不是检修停水，拨供水服务热线报修。", ["没水", "水管爆了"], "供水条例")
FEE = Content("物业费不交会怎样？", "服务没有达到约定的先要求整改，停水停电催费是不允许的。", ["拒交物业费"], "民法典")


def published(district: District) -> None:
    for content in (CARD, WATER, FEE):
        publish(district, content)


def questions(found: list[object]) -> list[str]:
    return [hit.version.question for hit in found]  # type: ignore[attr-defined]


def test_somebody_else_publishes_what_a_unit_has_written(district: District) -> None:
    unit = at_desk(district, "handler")
    wanted = {
        "question": CARD.question,
        "answer": CARD.answer,
        "ways": "老年卡、敬老卡",
        "basis": CARD.basis,
        "owner": str(district.organisations["urban"].pk),
        "audience": "public",
        "review_on": (timezone.localdate() + timedelta(days=90)).isoformat(),
    }
    assert unit.get("/desk/knowledge/articles/new/?case=%00").status_code == 200
    preview = text_of(unit.post("/desk/knowledge/articles/new/", wanted | {"preview": "1"}))
    assert "预览（还没有保存）" in preview
    assert not Article.objects.exists()
    answer = unit.post("/desk/knowledge/articles/new/", wanted | {"submit": "1"}, follow=True)
    assert "已送审" in text_of(answer)
    article = Article.objects.get()
    page = f"/desk/knowledge/articles/{article.pk}/"
    assert unit.post(f"{page}publish/").status_code == 403
    assert standing().count() == 0
    assert Message.objects.filter(key="article.submitted").exists()
    centre = at_desk(district, "dispatcher")
    assert CARD.question in text_of(centre.get("/desk/knowledge/articles/submitted/"))
    assert "已发布" in text_of(centre.post(f"{page}publish/", follow=True))
    assert CARD.question in text_of(at_desk(district, "leader").get("/desk/knowledge/"))


def test_nobody_publishes_what_is_his_own(district: District) -> None:
    version = submit(district, by="dispatcher", owner="centre")
    with pytest.raises(Forbidden):
        actions.publish(version.article_id, by=district.actor("dispatcher"))
    actions.publish(version.article_id, by=district.actor("dispatcher2"))


def test_nobody_publishes_what_he_has_written_and_another_has_sent(district: District) -> None:
    version = draft(district, by="dispatcher", owner="centre")
    other = district.actor("dispatcher2")
    actions.save(version.article_id, CARD, by=other, owner_id=district.organisations["centre"].pk)
    actions.submit(version.article_id, by=other)
    for writer in ("dispatcher", "dispatcher2"):
        with pytest.raises(Forbidden, match="由另一位审核"):
            actions.publish(version.article_id, by=district.actor(writer))
    page = text_of(at_desk(district, "dispatcher").get("/desk/knowledge/articles/submitted/"))
    assert "自己写的" in page
    actions.publish(version.article_id, by=district.actor("supervisor"))


def test_the_same_question_does_not_stand_twice(district: District) -> None:
    first, second = submit(district), submit(district)
    actions.publish(first.article_id, by=district.actor("dispatcher"))
    with pytest.raises(Conflict, match=first.number):
        actions.publish(second.article_id, by=district.actor("dispatcher"))


def test_a_unit_writes_for_itself_only(district: District) -> None:
    with pytest.raises(Forbidden):
        draft(district, owner="housing")
    version = publish(district)
    stranger = at_desk(district, "handler2")
    assert stranger.get(f"/desk/knowledge/articles/{version.article_id}/edit/").status_code == 403
    assert "起草新版本" not in text_of(stranger.get(f"/desk/knowledge/articles/{version.article_id}/"))


def test_drafts_are_seen_by_their_unit_and_the_centre(district: District) -> None:
    page = f"/desk/knowledge/articles/{draft(district).article_id}/"
    assert at_desk(district, "chief").get(page).status_code == 200
    assert at_desk(district, "handler2").get(page).status_code == 404
    assert at_desk(district, "leader").get(page).status_code == 404


def test_a_published_version_is_never_edited(district: District) -> None:
    version = publish(district)
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleVersion.objects.filter(pk=version.pk).update(answer="另一个答复")
    mine = district.actor("handler")
    later = replace(CARD, answer="年满 60 周岁的老人就可以办。", note="年龄放宽")
    actions.save(version.article_id, later, by=mine, owner_id=district.organisations["urban"].pk)
    actions.submit(version.article_id, by=mine)
    assert find(standing(), "老年优待证")[0].version.n == 1  # until the next one is approved
    actions.publish(version.article_id, by=district.actor("dispatcher"))
    assert find(standing(), "老年优待证")[0].version.n == 2
    page = text_of(at_desk(district, "handler").get(f"/desk/knowledge/articles/{version.article_id}/compare/"))
    assert "<del>65</del>" in page
    assert "<ins>60</ins>" in page


def test_comparing_keeps_numbers_whole() -> None:
    assert [(p.kind, p.text) for p in pieces("每月300元", "每月350元")] == [
        ("same", "每月"),
        ("out", "300"),
        ("in", "350"),
        ("same", "元"),
    ]


def test_two_who_write_at_once_do_not_overwrite_each_other(district: District) -> None:
    version = draft(district)
    seen = actions.seen_of(version)
    unit = district.organisations["urban"].pk
    actions.save(version.article_id, CARD, by=district.actor("chief"), owner_id=unit, seen=seen)
    with pytest.raises(Conflict):
        actions.save(version.article_id, FEE, by=district.actor("handler"), owner_id=unit, seen=seen)


def test_personal_numbers_are_refused(district: District) -> None:
    with pytest.raises(Invalid) as refused:
        draft(district, replace(CARD, answer="请找王师傅 13971112222。"))
    assert "answer" in refused.value.fields
    draft(district, replace(CARD, answer="请打供水服务电话 027-88936000。"))


def test_words_find_the_question_before_the_answer(district: District) -> None:
    published(district)
    assert questions(find(standing(), "停水")) == [WATER.question, FEE.question]
    assert questions(find(standing(), "敬老卡")) == [CARD.question]
    assert find(standing(), "没有这回事") == []
    fee = find(standing(), FEE.question)[0].version
    assert questions(find(standing(), fee.number.lower())) == [FEE.question]
    assert find(standing(), "ZS99999999999999999") == []
    Synonyms.objects.create(words=["停水", "断水"], changed_at=timezone.now())
    settled()
    assert questions(find(standing(), "断水"))[0] == WATER.question


def test_a_sentence_finds_what_it_asks_and_else_nothing(district: District) -> None:
    published(district)
    assert questions(near(standing(), "我家从昨天晚上开始就没水了，水管爆了没人管"))[:1] == [WATER.question]
    assert questions(near(standing(), "我妈妈想办一张老年卡，要带什么东西"))[:1] == [CARD.question]
    assert near(standing(), "路口红绿灯坏了三天，车都堵在一起") == []


def test_a_common_word_alone_finds_nothing_of_a_longer_way_to_ask() -> None:
    known = search.Frequencies(300, {"孩子": 0.03}, 0.003)
    bullied = search._Candidate(1, "校园欺凌怎么办？", ["孩子被打"], [], 0)
    for said, found in (("生孩子怎么报销", False), ("我家孩子被打了", True)):
        pairs = {pair: known.weight(pair) for pair in search.pairs_of(said)}
        assert (search._score(bullied, said, pairs, known) > 0) is found


def test_what_has_ended_or_was_withdrawn_is_not_found(district: District) -> None:
    version = publish(district, replace(CARD, valid_until=timezone.localdate() + timedelta(days=3)))
    assert find(standing(), "老年优待证")
    assert standing(timezone.localdate() + timedelta(days=4)).count() == 0
    actions.withdraw(version.article_id, "政策调整", by=district.actor("chief"))
    assert not find(standing(), "老年优待证")


def test_owners_are_reminded_once(district: District) -> None:
    publish(district, replace(CARD, valid_until=timezone.localdate() + timedelta(days=5)))
    assert reminders.remind(timezone.now()) == 1
    told = Message.objects.get(key="article.ends")
    assert set(told.deliveries.values_list("user__username", flat=True)) == {"handler", "chief"}
    assert reminders.remind(timezone.now()) == 0
    assert CARD.question in text_of(at_desk(district, "handler").get("/desk/knowledge/articles/due/"))


def test_what_is_due_first_stands_first_and_says_why_it_is_due(district: District) -> None:
    today, urban = timezone.localdate(), district.organisations["urban"].pk
    publish(district, replace(FEE, valid_until=today + timedelta(days=6)))
    looked = publish(district, CARD)
    Article.objects.filter(pk=looked.article_id).update(review_on=today - timedelta(days=2), owner=urban)
    Article.objects.exclude(pk=looked.article_id).update(review_on=today + timedelta(days=200))
    page = text_of(at_desk(district, "dispatcher").get("/desk/knowledge/articles/due/"))
    assert 0 < page.index(CARD.question) < page.index(FEE.question)
    assert "前复核，已过" in page and "有效期到" in page
    far = today + timedelta(days=200)
    assert f"{far.month}月{far.day}日前复核" not in page  # what is not due is not told


def test_a_wrong_report_goes_to_the_owner_and_is_answered(district: District) -> None:
    version = publish(district)
    page = f"/desk/knowledge/articles/{version.article_id}/"
    taker = at_desk(district, "call_taker")
    assert taker.post(f"{page}feedback/", {"right": "no", "text": ""}).status_code == 422
    named = taker.post(f"{page}feedback/", {"right": "no", "text": "找 13971112222 问过了。"})
    assert named.status_code == 422 and "个人的手机号" in text_of(named)
    line = "年龄已经改成 60 岁了。电话应当是 027-88936111。"  # a body's number is what is often wrong
    taker.post(f"{page}feedback/", {"right": "no", "text": line})
    assert Message.objects.filter(key="article.reported").exists()
    owner = at_desk(district, "handler")
    assert "年龄已经改成 60 岁了。" in text_of(owner.get("/desk/knowledge/articles/feedback/"))
    row = ArticleFeedback.objects.get()
    here = f"/desk/knowledge/articles/feedback/{row.pk}/"
    assert owner.post(here, {"outcome": "", "answer": ""}).status_code == 422
    assert at_desk(district, "handler2").post(here, {"outcome": "fine", "answer": "x"}).status_code == 403
    owner.post(here, {"outcome": "corrected", "answer": "已改。"})
    row.refresh_from_db()
    assert row.outcome == "corrected"
    assert "没有待处理的反馈" in text_of(owner.get("/desk/knowledge/articles/feedback/"))


def test_everybody_reads_what_is_public_and_nobody_else_what_is_not(district: District) -> None:
    open_one = publish(district)
    inside = publish(district, replace(FEE, audience="staff"))
    visitor = HouseClient()
    page = text_of(visitor.get("/answers/"))
    assert CARD.question in page
    assert FEE.question not in page
    assert CARD.question in text_of(visitor.get("/answers/?q=敬老卡"))
    assert visitor.get(f"/answers/{inside.article_id}/").status_code == 404
    assert visitor.get(f"/answers/{open_one.article_id}/").status_code == 200
    visitor.post(f"/answers/{open_one.article_id}/feedback/", {"right": "yes"})
    refused = visitor.post(f"/answers/{open_one.article_id}/feedback/", {"right": "no", "text": "打 13971112222"})
    assert refused.status_code == 422
    article = Article.objects.get(pk=open_one.article_id)
    assert (article.right, article.wrong) == (1, 0)


def test_pages_cost_the_same_with_one_and_with_many(district: District) -> None:
    publish(district)
    submit(district, WATER)
    pages = ["/desk/knowledge/", "/desk/knowledge/articles/submitted/", "/desk/knowledge/?q=老年优待证"]
    client = at_desk(district, "dispatcher")
    few = [len(statements(client, page)) for page in pages]
    for n in range(20):
        publish(district, replace(CARD, question=f"老年优待证第{n}次补办怎么弄？"))
        submit(district, replace(WATER, question=f"第{n}栋停水找谁？"))
    assert [len(statements(client, page)) for page in pages] == few
    assert max(few) <= 12
    article = Article.objects.order_by("pk")[0]
    assert len(statements(client, f"/desk/knowledge/articles/{article.pk}/")) <= 12


def test_the_menu_counts_what_waits_for_whom(district: District) -> None:
    submit(district)
    version = publish(district, WATER)
    actions.judge(version, False, "电话号码换了。", by=None)

    def figure(name: str) -> str:
        counts = text_of(at_desk(district, name).get("/ui/counts/"))
        found = re.search(r'id="count-articles" hx-swap-oob="true">(\d*)<', counts)
        return found[1] if found else "none"

    assert figure("dispatcher") == "2"  # one to approve, one that somebody says is wrong
    assert figure("handler") == "1"  # its own article; what it has submitted is for others to do
    assert figure("handler2") == "" and figure("leader") == ""
