"""The knowledge base searched at volume: `python -m benchmarks.knowledge_search [--articles N] [--rounds N]`.

In a database of its own stand N published articles, made of the demo's three hundred with other places and numbers in
them. Measured in this process, statements and putting in order together, without the page around them:

- `find-common`, `-usual`, `-rare`, `-none`, `-two-words`: words that stand in every fifth question, in one of a
  hundred, in a handful, in none; two words.
- `near-short`, `near-sentence`: what a call-taker has typed after some words, and a whole appeal.

Floor: one article read by its key, in the same round. The goal is 50 ms at the 95th percentile.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence, Sized
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import cast

import psycopg

from benchmarks import report
from benchmarks._volume import database

GOAL_MS = 50.0
BATCH = 5_000
PLACES = "徐家棚杨园余家头和平水果湖中南路首义白沙洲黄鹤楼积玉桥中华路粮道街珞珈山石洞南湖"
PROBES: dict[str, tuple[str, ...]] = {
    "find-common": ("怎么办", "申请", "小区"),
    "find-usual": ("低保", "燃气", "居住证", "停水", "路灯", "公租房"),
    "find-rare": ("辅助器具", "盲道", "狂犬疫苗", "错时停车"),
    "find-none": ("火星移民", "时光机"),
    "find-two-words": ("小区 停水", "老人 补贴", "电梯 加装"),
}
TEXTS: dict[str, tuple[str, ...]] = {
    "near-short": ("家里停水", "老年卡怎么办", "电动车上楼充电", "物业不退押金"),
    "near-sentence": (
        "我住在徐东路水岸星城三栋二单元，从昨天晚上开始家里突然停水，问物业说不知道，家里有老人小孩，"
        "请问什么时候恢复，要找哪个单位报修？",
        "楼上邻居装修把承重墙敲了，我家墙上裂了一条缝，找物业物业说管不了，晚上十点还在用电钻，严重影响休息。",
        "我妈妈今年八十一岁，户口在本区，听别人说可以领高龄津贴，想问一下在哪里申请，需要带什么材料，一个月多少钱？",
        "小区门口的路灯坏了七八天了，晚上黑漆漆的，昨天有个婆婆摔了一跤，希望尽快派人来维修，谢谢。",
    ),
}


def _fill(db: psycopg.Connection, n: int) -> None:
    """The indexes of words are made anew afterwards: kept up row by row they would take most of the time."""
    rows = db.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE indexname IN ('article_asked', 'article_words')"
    )
    indexes: dict[str, str] = dict(rows.fetchall())
    for name in indexes:
        db.execute(f"DROP INDEX {name}")
    fill(n)
    for made in indexes.values():
        db.execute(made)
    for table in ("knowledge_articleversion", "knowledge_article"):
        db.execute(f"VACUUM ANALYZE {table}")


def fill(n: int) -> None:
    """N published articles: what the demo has, again and again, with something of its own in each."""
    from django.utils import timezone

    from huying.kernel.bulk import insert_rows, reserve_ids
    from huying.knowledge.articles.actions import Content, lexemes
    from huying.knowledge.models import Article, ArticleVersion
    from huying.people.directory import directory
    from huying.people.models import User
    from huying.simulator.articles import read

    n -= ArticleVersion.objects.count()
    chance, written, now = Random(1), read(), timezone.now()
    unit, user = directory().handlers()[0], User.objects.get(username="paidan")
    for begin in range(0, n, BATCH):
        size = min(BATCH, n - begin)
        articles = reserve_ids(Article, size)
        insert_rows(
            Article,
            ("id", "owner", "created_at", "uses", "right", "wrong"),
            [(key, unit.id, now, chance.randint(0, 90), 0, 0) for key in articles],
        )
        rows: list[tuple[object, ...]] = []
        for i, (key, pk) in enumerate(zip(articles, reserve_ids(ArticleVersion, size), strict=True), start=begin):
            one, other = written[i % len(written)], chance.choice(written)
            at = chance.randrange(len(PLACES) - 3)
            place, mark = PLACES[at : at + 3], f"{i:06d}"
            content = Content(
                f"{place}{one.question}",
                f"{place}{one.answer}{other.answer[:60]}（{mark}）",
                [*one.ways, f"{place}{other.ways[0]}"],
                one.basis,
            )
            asked, document = lexemes(content)
            state, public = ArticleVersion.State.PUBLISHED.value, ArticleVersion.Audience.PUBLIC.value
            rows.append(
                (pk, key, 1, state, content.question, list(content.ways), content.answer, content.basis, "",
                 public, [], False, "", user.pk, now, "", now, asked, document)
            )  # fmt: skip
        columns = (
            *("id", "article", "n", "state", "question", "ways", "answer", "basis", "category", "audience", "streets"),
            *("expiry_told", "note", "author", "changed_at", "reason", "published_at", "asked", "document"),
        )
        insert_rows(ArticleVersion, columns, rows)


def timed(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Milliseconds of every call, in turns."""
    spent: list[float] = []
    for _ in range(rounds):
        for work in works:
            begin = time.perf_counter()
            work()
            spent.append((time.perf_counter() - begin) * 1000)
    return spent


def p95(spent: Sequence[float]) -> float:
    return quantiles(spent, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--home", type=Path, help="keep the database here, and use it again")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    with database(options.home) as superuser_url:
        with psycopg.connect(superuser_url, dbname="huying", autocommit=True) as db:
            _fill(db, options.articles)
        _measure(options.articles, options.rounds)


def _measure(articles: int, rounds: int) -> None:
    from huying.knowledge.articles.search import find, frequencies, near, standing
    from huying.knowledge.models import ArticleVersion

    frequencies.forget()
    keys = list(ArticleVersion.objects.order_by("pk").values_list("pk", flat=True)[:500])
    chance = Random(2)
    floor = p95(timed([lambda: ArticleVersion.objects.get(pk=chance.choice(keys))], rounds * 10))
    works: dict[str, list[Callable[[], object]]] = {
        name: [lambda typed=typed: find(standing(), typed) for typed in typed_ones]  # type: ignore[misc]
        for name, typed_ones in PROBES.items()
    }
    works |= {
        name: [lambda text=text: near(standing(), text) for text in texts]  # type: ignore[misc]
        for name, texts in TEXTS.items()
    }
    for name, calls in works.items():
        timed(calls, 3)
        spent = timed(calls, rounds)
        found = sum(len(cast(Sized, call())) for call in calls) / len(calls)
        report(
            f"knowledge-{name}", p95(spent), "ms p95", floor=None, goal=GOAL_MS, n=articles, by_key=round(floor, 2),
            median=round(sorted(spent)[len(spent) // 2], 2), found=found,
        )  # fmt: skip


if __name__ == "__main__":
    main()
