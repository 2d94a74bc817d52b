"""How good the recommender is: `python -m benchmarks.recommend [--from FILE.jsonl] [--also FILE.jsonl] [--repeats N]`.

1,371 real messages of a public message board with their first-level category (seven), five folds, near-copies all in
one fold, as often as `--repeats` says; every training calibrates itself on what it was given, so that nothing of the
judged fold is known to it. Then one training on all, timed, and one suggestion with its reasons at a time, timed; last
one training on 10,000 texts, each made of two halves of messages of one class. The messages are not ours to publish:
without the file the measurement is skipped.

`report` bounds from above: shares are given as what is missing (`…-missed`), the goal likewise.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from statistics import mean, pstdev
from typing import TYPE_CHECKING

from benchmarks import report

if TYPE_CHECKING:
    from huying.knowledge.recommender.training import Example

HERE = Path(__file__).resolve().parent
APPEALS = HERE.parent.parent / "shared" / "data" / "appeals" / "labelled.jsonl"
MANY = 10_000
WRONG = 5
MISSED = {  # figure → goal for what is missing to 1
    "macro_f1": 0.10,
    "top3": 0.005,
    "accuracy_at_80": 0.05,
    "accuracy": None,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--from", dest="file", type=Path, default=APPEALS)
    parser.add_argument("--also", type=Path, action="append", default=[])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not options.file.is_file():
        print(f"没有 {options.file}，跳过：用 --from 给出带分类的文件（jsonl）。", file=sys.stderr)
        return
    from huying.knowledge.commands import timed
    from huying.knowledge.recommender.reading import examples
    from huying.knowledge.recommender.training import cross_validate, train

    known = examples(options.file)
    also = [row.text for path in options.also for row in examples(path, answered=False)]
    found = cross_validate(known, "category", also=also, repeats=options.repeats)
    for name, goal in MISSED.items():
        each = [getattr(one, name) for one in found]
        report(
            f"recommend-{name.replace('_', '-')}-missed",
            1 - mean(each),
            "share",
            floor=None,
            goal=goal,
            n=len(known),
            reached=round(mean(each), 4),
            spread=round(pstdev(each), 4),
            repeats=options.repeats,
        )
    errors = [one.calibration_error for one in found]
    report(
        "recommend-calibration",
        mean(errors),
        "share",
        floor=None,
        goal=0.03,
        n=len(known),
        spread=round(pstdev(errors), 4),
    )
    begun = time.perf_counter()
    model = train(known, ["category"], also=also)
    report("recommend-training", time.perf_counter() - begun, "s", floor=None, goal=60, n=len(known))
    spent = timed(model, known, "category")
    report("recommend-suggestion", spent["p99"], "ms", floor=None, goal=10, n=len(known), p50=round(spent["p50"], 2))
    for pair in found[0].wrong[:WRONG]:
        print(f"最容易错：“{pair.right}”当成“{pair.said}”{pair.n} 条", file=sys.stderr)
    large = mixed(known, MANY)
    begun = time.perf_counter()
    train(large, ["category"])
    report("recommend-training-many", time.perf_counter() - begun, "s", floor=None, goal=60, n=len(large))


def mixed(known: list[Example], n: int) -> list[Example]:
    """As many texts as wanted, none quite like another: the first half of one message, the second half of another of
    its class."""
    from huying.knowledge.recommender.training import Example
    from huying.knowledge.recommender.words import Text

    chance = random.Random(0)
    by_class: dict[str, list[Example]] = {}
    for example in known:
        by_class.setdefault(example.answers["category"], []).append(example)
    made: list[Example] = []
    for _ in range(n):
        one = chance.choice(known)
        other = chance.choice(by_class[one.answers["category"]])
        first, second = one.text.body, other.text.body
        body = first[: len(first) // 2] + second[len(second) // 2 :]
        made.append(Example(Text(one.text.title, body), one.answers))
    return made


if __name__ == "__main__":
    main()
