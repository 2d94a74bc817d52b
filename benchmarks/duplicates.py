"""Which messages are about the same thing: `python -m benchmarks.duplicates [--from FILE.jsonl]`.

4,326 real messages of a public message board (2017–2020) are received as cases, at their times and by their writers,
none with a place. Each is then looked up as at its moment among those of the half-year before; the pairs found are held
against `data/duplicates.csv`, pairs of numbers labelled by reading both texts: the same thing at the same place, so
that one answer serves both, or not. The messages are not ours to publish: without the file the measurement is skipped.

How the labels were drawn: of all pairs within 180 days that any of five looks found worth a look (the index as it was,
and below its threshold; TF-IDF over pairs and triples of characters; a rare name of a place in both; the same writer),
330 by chance from nine strata, the more certain the fewer; 45 more of those that the index as it is now finds beside.
`weight`: how many pairs each stands for. What was changed was chosen by the earlier half (`tuning`).

- `duplicates-precision`, `duplicates-recall`: of the held-out half; `-all`: of both. `low` and `high`: between which
  95 % of 1,000 samples drawn from the sample lie.
- `duplicates-lookup`: milliseconds of one look-up, against `SELECT 1`.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from benchmarks import report

HERE = Path(__file__).resolve().parent
LABELS = HERE / "data" / "duplicates.csv"
MESSAGES = HERE.parent.parent / "shared" / "data" / "hotspots" / "messages.jsonl"
HALVES = {"": ("held-out",), "-all": ("tuning", "held-out")}
CHANNEL = "board_appeals"
ZONE = dt.timezone(dt.timedelta(hours=8))
BATCH = 200
ALL = 1_000  # of what is like a message; the desk shows six
SAMPLES = 1_000

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Label:
    pair: Pair
    same: bool
    weight: float
    half: str


def labels() -> list[Label]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        return [
            Label((row["later"], row["earlier"]), row["same"] == "1", float(row["weight"]), row["half"])
            for row in csv.DictReader(file)
        ]


def shares(sample: list[Label], found: set[Pair]) -> tuple[float, float]:
    """Precision and recall, every pair counted for those it stands for."""
    hit = sum(label.weight for label in sample if label.same and label.pair in found)
    told = sum(label.weight for label in sample if label.pair in found)
    there = sum(label.weight for label in sample if label.same)
    return hit / told if told else 0.0, hit / there if there else 0.0


def tell(sample: list[Label], found: set[Pair], suffix: str) -> None:
    random = Random(2026)
    drawn = [shares(random.choices(sample, k=len(sample)), found) for _ in range(SAMPLES)]
    counts = {
        "found": sum(label.same and label.pair in found for label in sample),
        "false": sum(not label.same and label.pair in found for label in sample),
        "missed": sum(label.same and label.pair not in found for label in sample),
    }
    for at, (name, value) in enumerate(zip(("precision", "recall"), shares(sample, found), strict=True)):
        ordered = sorted(pair[at] for pair in drawn)
        low, high = ordered[SAMPLES // 40], ordered[-SAMPLES // 40]
        report(
            f"duplicates-{name}{suffix}",
            value,
            "share of pairs",
            floor=None,
            goal=None,
            n=len(sample),
            low=round(low, 2),
            high=round(high, 2),
            **counts,
        )


# --- the messages ----------------------------------------------------------------------------------------------------


def receive(path: Path) -> None:
    """Every message as a case, in the order in which they were written."""
    from huying.cases.flow import CASES
    from huying.kernel.generation import bump
    from huying.matters.engine import Opening, open_many
    from huying.matters.models import Channel
    from huying.people.actors import SYSTEM
    from huying.simulator import district

    district.build(seed=1)
    Channel.objects.get_or_create(key=CHANNEL, defaults={"name": "留言板（新来件）"})
    bump("channels")
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    openings = sorted((moment(row["time"]), row["id"], row) for row in rows)
    for start in range(0, len(openings), BATCH):
        part = [
            Opening(
                SYSTEM,
                {
                    "channel": CHANNEL,
                    "external_number": row["id"],
                    "title": row["title"].strip()[:100],
                    "text": row["text"].strip()[:5000] or row["title"],
                    "reporter": {"handle": row["user"]},
                },
                at=at,
                recorded_at=at,
            )
            for at, _, row in openings[start : start + BATCH]
        ]
        for result in open_many(CASES, "receive", part, quiet=True):
            result.unwrap()


def moment(text: str) -> dt.datetime:
    for form in ("%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=ZONE)
        except ValueError:
            continue
    raise ValueError(f"no time: {text!r}")


def look_up() -> tuple[set[Pair], list[float], list[float]]:
    """The pairs found, and what each look-up and each SELECT 1 beside it took, in milliseconds."""
    from django.db import connection

    from huying.cases.similar import Likeness, similar
    from huying.matters.models import Matter, Words
    from huying.people.actors import SYSTEM

    texts = dict(Words.objects.filter(field="text").values_list("matter_id", "text"))
    matters = list(Matter.objects.filter(channel=CHANNEL).select_related("case").order_by("opened_at", "pk"))
    place = {matter.external_number: at for at, matter in enumerate(matters)}
    found: set[Pair] = set()
    spent: list[float] = []
    floor: list[float] = []
    for matter in matters:
        start = time.perf_counter()
        alike = similar(Likeness.to(matter, texts[matter.pk]), SYSTEM, most=ALL)
        between = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        spent.append(1000 * (between - start))
        floor.append(1000 * (time.perf_counter() - between))
        for one in alike:
            a, b = matter.external_number, one.matter.external_number
            found.add((a, b) if place[a] > place[b] else (b, a))
    return found, sorted(spent), sorted(floor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="file", type=Path, default=MESSAGES, help="the messages, jsonl")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    if not options.file.exists():
        print(f"跳过 duplicates：没有 {options.file}。来件原文不随项目发布，可用 --from 指定。", file=sys.stderr)
        return

    home = Path(tempfile.mkdtemp(prefix="huying-bench-"))
    home.chmod(0o755)  # the embedded database may run as another user
    for name in [name for name in os.environ if name.startswith("HUYING_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {"HUYING_DATA_DIR": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}
    from huying.kernel.postgres import APPLICATION, OWNER, embedded

    try:
        with embedded(home):
            import django

            django.setup()
            from django.db import connection

            from huying.cli.migrate import apply_migrations, grant_to

            connection.settings_dict["USER"] = OWNER
            apply_migrations()
            grant_to(APPLICATION)
            connection.close()
            connection.settings_dict["USER"] = APPLICATION
            receive(options.file)
            connection.close()
            connection.settings_dict["USER"] = OWNER
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")  # as autovacuum does: how common words are is read from its statistics
            connection.close()
            connection.settings_dict["USER"] = APPLICATION
            found, spent, floor = look_up()
            connection.close()
        judged = labels()
        for suffix, halves in HALVES.items():
            tell([label for label in judged if label.half in halves], found, suffix)
        report("duplicates-pairs", len(found), "pairs found", floor=None, goal=None, n=len(spent))
        report(
            "duplicates-lookup",
            median(spent),
            "milliseconds",
            floor=median(floor),
            goal=None,
            n=len(spent),
            p95=round(spent[int(0.95 * len(spent))], 1),
        )
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
