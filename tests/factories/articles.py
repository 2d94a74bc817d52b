"""Articles of the knowledge base, as their owners write them and somebody else publishes them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from huying.knowledge.articles import actions
from huying.knowledge.articles.actions import Content
from huying.knowledge.models import ArticleVersion
from tests.factories.district import District

CARD = Content(
    "老年优待证怎么办理？",
    "年满 65 周岁的本市户籍老人，带身份证到社区申请，办好后可以按规定免费乘公交。",
    ["老年卡", "敬老卡"],
    "本市老年人优待办法",
)


def draft(district: District, content: Content = CARD, *, by: str = "handler", owner: str = "urban") -> ArticleVersion:
    review = timezone.localdate() + timedelta(days=200)
    unit = district.organisations[owner].pk
    return actions.save(None, content, by=district.actor(by), owner_id=unit, review_on=review)


def submit(district: District, content: Content = CARD, *, by: str = "handler", owner: str = "urban") -> ArticleVersion:
    return actions.submit(draft(district, content, by=by, owner=owner).article_id, by=district.actor(by))


def publish(
    district: District, content: Content = CARD, *, by: str = "handler", owner: str = "urban"
) -> ArticleVersion:
    version = submit(district, content, by=by, owner=owner)
    return actions.publish(version.article_id, by=district.actor("dispatcher"))
