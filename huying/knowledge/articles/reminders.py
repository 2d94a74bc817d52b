"""Owners are reminded before an article ends or is to be looked at again, and told what is reported as wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from huying.knowledge.articles.parameters import DUE_DAYS
from huying.knowledge.models import Article, ArticleVersion
from huying.matters.messages import GIVERS, HANDLERS, Posts, tell, templates
from huying.matters.wording import OTHERS, Template, own_placeholder
from huying.people.directory import directory

BATCH = 500

own_placeholder("why", "原因", "最高限额已经调整")
for _key, _when, _template in (
    (
        "article.review",
        "知识到了复核日期",
        Template("知识待复核", "{number}“{title}”请在 {due} 前核对：没有变化的点“复核无误”，有变化的起草新版本。"),
    ),
    (
        "article.ends",
        "知识快到有效期",
        Template("知识快到期", "{number}“{title}”有效期到 {due}，过后不再提供查询；还适用的请起草新版本延长有效期。"),
    ),
    ("article.reported", "有人反映知识有误", Template("知识被反映有误", "{number}“{title}”：{why}。请核对并答复。")),
    (
        "article.returned",
        "知识被退回修改",
        Template("知识退回修改", "{number}“{title}”没有通过审核：{why}。请修改后重新送审。"),
    ),
    ("article.submitted", "知识送审", Template("知识待审核", "{number}“{title}”由{holder}送审，请审核。")),
):
    templates.add(_key, _template)
    OTHERS[_key] = (_when, "审核人" if _key == "article.submitted" else "归属单位")


def owners_people(owners: Iterable[int]) -> Mapping[int, set[int]]:
    """Who keeps the articles of these units: those who handle, and the chiefs; at the centre those who dispatch."""
    wanted = set(owners)
    posts, centre = Posts.read(wanted), directory().first_centre
    found: dict[int, set[int]] = {}
    for unit in wanted:
        if centre is not None and unit == centre.id:
            found[unit] = posts.users(GIVERS)
        else:
            found[unit] = posts.users((*HANDLERS, "chief"), [unit]) or posts.users(GIVERS)
    return found


def _url(version: ArticleVersion) -> str:
    return reverse("knowledge:article", args=[version.article_id])


def _words(version: ArticleVersion, **more: str) -> dict[str, str]:
    return {
        "number": version.number,
        "title": version.question,
        "holder": directory().name_of(version.article.owner_id),
        "state": version.get_state_display(),
        **more,
    }


def remind(now: datetime) -> int:
    """Each is told once of each date. Returns how many articles were spoken of."""
    today = timezone.localdate(now)
    soon = today + timedelta(days=DUE_DAYS.value)
    standing = ArticleVersion.objects.filter(state=ArticleVersion.State.PUBLISHED).defer("asked", "document")
    with transaction.atomic():
        ends = list(
            standing.filter(valid_until__lte=soon, expiry_told=False)
            .select_related("article")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("pk")[:BATCH]
        )
        looks = list(
            standing.filter(article__review_on__lte=soon)
            .filter(Q(article__review_told_on=None) | ~Q(article__review_told_on=F("article__review_on")))
            .select_related("article")
            .select_for_update(of=("article",), skip_locked=True)
            .order_by("pk")[:BATCH]
        )
        people = owners_people(one.article.owner_id for one in (*ends, *looks)) if ends or looks else {}
        for version in ends:
            due = f"{version.valid_until:%-m月%-d日}"
            tell("article.ends", people[version.article.owner_id], _words(version, due=due), url=_url(version), at=now)
        for version in looks:
            due = f"{version.article.review_on:%-m月%-d日}"
            tell(
                "article.review", people[version.article.owner_id], _words(version, due=due), url=_url(version), at=now
            )
        ArticleVersion.objects.filter(pk__in=[one.pk for one in ends]).update(expiry_told=True)
        Article.objects.filter(pk__in=[one.article_id for one in looks]).update(review_told_on=F("review_on"))
    return len(ends) + len(looks)


def tell_reported(version: ArticleVersion, why: str, *, apart: int | None = None) -> None:
    """Those who keep it learn what somebody said is wrong with it."""
    people = set(owners_people([version.article.owner_id])[version.article.owner_id]) - {apart}
    tell(
        "article.reported",
        {user for user in people if user is not None},
        _words(version, why=why.rstrip("。！.")),
        url=_url(version),
        at=timezone.now(),
    )


def tell_returned(version: ArticleVersion, why: str) -> None:
    words = _words(version, why=why.rstrip("。！."))
    tell("article.returned", {version.author_id}, words, url=_url(version), at=timezone.now())


def tell_submitted(version: ArticleVersion) -> None:
    """Those who may approve it; nobody approves his own."""
    users = Posts.read(()).users(GIVERS) - {version.author_id}
    tell("article.submitted", users, _words(version), url=_url(version), at=timezone.now())
