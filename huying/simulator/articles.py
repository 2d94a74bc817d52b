"""The demo's knowledge base: three hundred questions that people of a district ask, written for it, with some in every
list. `data/articles/*.txt`: `## unit / category`, then for each article `?` question, `=` answer, `~` other ways to
ask, `@` basis; `!` marks what only staff read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from random import Random

from django.db import transaction
from django.utils import timezone

from huying.kernel.bulk import reserve_ids
from huying.kernel.generation import bump
from huying.knowledge.articles import actions
from huying.knowledge.articles.actions import Content, lexemes
from huying.knowledge.articles.search import frequencies
from huying.knowledge.articles.synonyms import CACHE
from huying.knowledge.models import Article, ArticleEvent, ArticleVersion, ArticleViews, Synonyms
from huying.matters.settings.choices import category_paths
from huying.people.actors import Actor
from huying.simulator.world import World

SEED = 5
WRITTEN, SUBMITTED, REVISED = 4, 6, 12  # articles that are being written, wait for approval, have a second version
SOON, LATE = 5, 3  # … end soon, were to be looked at again
TOLD = (
    "办理地点已经搬到街道政务服务中心，答复里没有写。",
    "网上办的入口改了名字，照着写的找不到。",
    "群众问可不可以代办，答复里没有说。",
    "最好写明要带复印件还是原件。",
    "这一条和窗口说的不一样，请核对一下办结时间。",
)
ANSWERED = ("已按窗口现行做法改写，新版本已送审。", "核对过办事指南，答复没有错，办结时间从材料齐全之日起算。")


@dataclass(slots=True)
class Written:
    """One article as the file has it."""

    owner: str
    category: str
    question: str = ""
    answer: str = ""
    ways: list[str] = field(default_factory=list)
    basis: str = ""
    staff: bool = False


@cache
def read() -> Sequence[Written]:
    found: list[Written] = []
    folder = files("huying.simulator") / "data" / "articles"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        found += _read(file.read_text(encoding="utf-8"))
    return found


def _read(text: str) -> Iterator[Written]:
    owner = category = ""
    one: Written | None = None
    for line in filter(None, map(str.strip, text.splitlines())):
        mark, said = line[0], line[1:].strip()
        if mark == "#":
            owner, _, category = (part.strip() for part in said.lstrip("#").partition("/"))
        elif mark == "?":
            if one is not None:
                yield one
            one = Written(owner, category, question=said)
        elif one is not None:
            match mark:
                case "=":
                    one.answer = said.replace("\\n", "\n")
                case "~":
                    one.ways = said.split("、")
                case "@":
                    one.basis = said
                case "!":
                    one.staff = True
    if one is not None:
        yield one


def are_there() -> bool:
    return Article.objects.exists()


def build(world: World, now: dt.datetime) -> int:
    """Write, approve and use them, as in the year before. All or nothing."""
    chance = Random(SEED)  # noqa: S311
    with transaction.atomic():
        made = _articles(world, now, chance)
        _versions(made, world, now, chance)
        _feedback(made, world, now, chance)
        groups = (files("huying.simulator") / "data" / "synonyms.txt").read_text(encoding="utf-8").split()
        Synonyms.objects.bulk_create([Synonyms(words=group.split("、"), changed_at=now) for group in groups])
        bump(CACHE)
    frequencies.forget()
    return len(made)


def _writer(world: World, unit_id: int, chance: Random) -> Actor:
    if unit_id == world.centre.id:
        return world.at_centre("call_taker", chance)
    return world.handler(world.book.by_id[unit_id], chance)


def _articles(world: World, now: dt.datetime, chance: Random) -> list[ArticleVersion]:
    """Set-wise: all of them at once, each with its lines."""
    codes = {path.rpartition(" / ")[2]: code for code, path in category_paths().items() if code.count(".") == 1}
    articles: list[Article] = []
    versions: list[ArticleVersion] = []
    events: list[ArticleEvent] = []
    written = read()
    today = timezone.localdate(now)
    for key, n, one in zip(
        reserve_ids(Article, len(written)), reserve_ids(ArticleVersion, len(written)), written, strict=True
    ):
        owner = world.book.by_code[one.owner].id
        author, judge = _writer(world, owner, chance), world.at_centre("dispatcher", chance)
        index = len(articles)
        at = now - dt.timedelta(days=chance.uniform(20, 360))
        at = at.replace(hour=chance.randint(1, 8), minute=chance.randint(0, 59))
        waits = index % 60 == 7 and index // 60 < SUBMITTED
        drafted = index % 60 == 23 and index // 60 < WRITTEN
        soon, late = index % 60 == 31 and index // 60 < SOON, index % 90 == 41 and index // 90 < LATE
        if waits or drafted:
            at = now - dt.timedelta(hours=chance.uniform(3, 60))
        review = today + dt.timedelta(days=-chance.randint(2, 9) if late else chance.randint(30, 300))
        content = Content(
            one.question,
            one.answer,
            one.ways,
            one.basis,
            codes.get(one.category, ""),
            ArticleVersion.Audience.STAFF if one.staff else ArticleVersion.Audience.PUBLIC,
            valid_until=today + dt.timedelta(days=chance.randint(2, 12)) if soon else None,
        )
        asked, document = lexemes(content)
        state = (
            ArticleVersion.State.DRAFT
            if drafted
            else ArticleVersion.State.SUBMITTED
            if waits
            else ArticleVersion.State.PUBLISHED
        )
        assert author.user_id is not None and judge.user_id is not None
        published = at + dt.timedelta(hours=chance.uniform(2, 30)) if state == ArticleVersion.State.PUBLISHED else None
        articles.append(Article(pk=key, owner_id=owner, review_on=review, created_at=at))
        version = ArticleVersion(
            pk=n,
            article_id=key,
            n=1,
            state=state,
            question=content.question,
            ways=list(content.ways),
            answer=content.answer,
            basis=content.basis,
            category=content.category,
            audience=content.audience,
            valid_until=content.valid_until,
            author_id=author.user_id,
            changed_at=at,
            submitted_at=None if drafted else at,
            decided_by_id=judge.user_id if published else None,
            published_at=published,
            asked=asked,
            document=document,
        )
        versions.append(version)
        acts = [(ArticleEvent.Act.DRAFTED, at, author.user_id)]
        if not drafted:
            acts.append((ArticleEvent.Act.SUBMITTED, at, author.user_id))
        if published:
            acts.append((ArticleEvent.Act.PUBLISHED, published, judge.user_id))
        events += [ArticleEvent(article_id=key, n=1, at=when, by_id=by, act=act) for act, when, by in acts]
    Article.objects.bulk_create(articles)
    ArticleVersion.objects.bulk_create(versions)
    ArticleEvent.objects.bulk_create(events)
    views = [
        ArticleViews(
            article_id=version.article_id,
            day=today - dt.timedelta(days=day),
            staff=chance.randint(0, 5),
            public=chance.randint(0, 9),
        )
        for version in versions
        if version.published_at
        for day in (0, 3, 9, 20)
    ]
    ArticleViews.objects.bulk_create(views)
    return [version for version in versions if version.published_at]


def _versions(made: Sequence[ArticleVersion], world: World, now: dt.datetime, chance: Random) -> None:
    """Some have been written anew."""
    for version in chance.sample(list(made), min(REVISED, len(made))):
        article = Article.objects.get(pk=version.article_id)
        author, judge = _writer(world, article.owner_id, chance), world.at_centre("dispatcher", chance)
        assert version.published_at is not None
        at = version.published_at + (now - version.published_at) * chance.uniform(0.3, 0.8)
        content = Content(
            version.question,
            f"{version.answer}材料不齐的，窗口会一次说清还缺什么。",
            version.ways,
            version.basis,
            version.category,
            version.audience,
            note="补充说明材料不齐怎么办",
        )
        actions.save(article.pk, content, by=author, owner_id=article.owner_id, review_on=article.review_on, at=at)
        actions.submit(article.pk, by=author, at=at + dt.timedelta(minutes=5), quiet=True)
        actions.publish(article.pk, by=judge, at=at + dt.timedelta(hours=3))


def _feedback(made: Sequence[ArticleVersion], world: World, now: dt.datetime, chance: Random) -> None:
    for index, version in enumerate(chance.sample(list(made), min(60, len(made)))):
        at = now - dt.timedelta(hours=chance.uniform(2, 400))
        staff = world.at_centre("call_taker", chance) if index % 2 else None
        if index >= len(TOLD):
            actions.judge(version, True, "", by=staff, at=at)
            continue
        actions.judge(version, False, TOLD[index], by=staff, at=at, quiet=True)
        if index < len(ANSWERED):
            told = version.article.feedback.get()
            by = _writer(world, version.article.owner_id, chance)
            outcome = ("corrected", "fine")[index]
            actions.answer_feedback(told.pk, outcome, ANSWERED[index], by=by, at=at + (now - at) * 0.5)
