"""Whether the reply check finds replies that belong to another matter: `./dev bench replies [--from FILE.jsonl]`.

2,816 messages to a public board with the official replies to them (2011–2020). They are not ours to publish: without
the file the measurement is skipped. Every reply changes places, by chance (`random`) or with the reply to one of the
ten messages most alike in words that are not the same matter (`hard`); the moment at which it was given stays with the
message. The weights are learnt from one half of the messages and judged on the other, both ways, for five seeds: the
figures are means, `low` and `high` the least and the greatest of the ten. What is found among the replies in their
right places is a false alarm. Some of these are answered wrongly in the source itself.

- `replies-random`, `replies-hard`, `replies-false`: with all that the file tells: words, dates, the writer's account.
- `…-unnamed`: as if no reply named its reader; `…-words`: from words alone, as if there were no dates either.
- `…-alone`: from words alone, and with no other matter to compare with.
- `…-small`: whole files of 200 rows of the unseen half, a quarter of them swapped, with no other words to learn from.
- `replies-copies`, `replies-copies-false`: a reply sent to one more matter, with another greeting and date and one
  sentence less, among all others.
- `replies-check`: milliseconds to check one reply against the statistics of 1,000 others.

`python -m benchmarks.replies --fit` learns from all rows and writes `huying/knowledge/replies/weights.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import mean, median

import numpy as np
import numpy.typing as npt

from benchmarks import report

MESSAGES = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "replies" / "replies.jsonl"
WEIGHTS = Path(__file__).resolve().parent.parent / "huying" / "knowledge" / "replies" / "weights.json"
SEEDS = range(1, 6)
SMALL = 200
ALARMS = 0.035  # of right replies that may be suspected among those that were learnt from
DATES = ("on_time", "early", "late", "near_date", "far_date", "apart", "before")
NAMES = ("called_right", "called_wrong")
KNOWN = {"dn": (1.0, 1.0), "d": (1.0, 0.0), "n": (0.0, 1.0), "": (0.0, 0.0)}

Table = npt.NDArray[np.float64]
Learnt = tuple[Table, Table, Table]


def learn(table: Table, wrong: Table) -> Learnt:
    """Logistic regression by Newton's method: mean, deviation, weights (the constant first)."""
    mean_, scale = table.mean(0), table.std(0) + 1e-9
    even = np.c_[np.ones(len(table)), (table - mean_) / scale]
    weights, damping = np.zeros(even.shape[1]), np.ones(even.shape[1])
    damping[0] = 0.0
    for _ in range(50):
        probable = 1 / (1 + np.exp(-np.clip(even @ weights, -30, 30)))
        slope = even.T @ (probable - wrong) + damping * weights
        bend = (even * (probable * (1 - probable))[:, None]).T @ even + np.diag(damping)
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return mean_, scale, weights


class Tables:
    """Measurements of every message with its own reply (`right`), and with others, by how they were drawn."""

    def __init__(self, rows: Sequence[object], alone: bool) -> None:
        from huying.knowledge.replies.corpus import Corpus
        from huying.knowledge.replies.files import Row, statistics

        self.rows: list[Row] = [row for row in rows if isinstance(row, Row)]
        self.corpus = Corpus.empty() if alone else statistics(self.rows)
        self.names: tuple[str, ...] = ()
        self.words: dict[str, Table] = {}
        self.dates: dict[str, Table] = {}
        self.called: dict[str, Table] = {}

    def add(self, name: str, places: Sequence[int]) -> None:
        """`places[i]`: the row whose reply message i gets."""
        from huying.knowledge.replies.fit import measure, measure_dates, measure_names

        words, dates, called = [], [], []
        for row, place in zip(self.rows, places, strict=True):
            reply = self.rows[place].reply
            words.append(measure(row.message, reply, self.corpus))
            dates.append(measure_dates(row.message, reply, row.replied))
            called.append(measure_names(row.message, reply))
        self.names = tuple(words[0])
        self.words[name] = np.array([list(one.values()) for one in words])
        self.words[name] = np.c_[self.words[name], self.words[name] ** 2]
        self.dates[name] = np.array([[one[key] for key in DATES] for one in dates])
        self.called[name] = np.array([[one[key] for key in NAMES] for one in called])


class Judge:
    """What has been learnt from some rows (`of`: places) of these tables."""

    def __init__(self, tables: Tables, drawn: Sequence[str], of: npt.NDArray[np.bool_]) -> None:
        self.tables = tables
        names = ("right", *drawn)
        wrong = np.concatenate([np.full(of.sum(), float(name != "right")) for name in names])
        self.words = learn(np.concatenate([tables.words[name][of] for name in names]), wrong)
        known = [self._all(name, known)[of] for known in KNOWN for name in names]
        mean_, scale, weights = learn(np.concatenate(known), np.tile(wrong, len(KNOWN)))
        self.more = weights[1:] / scale
        self.constant = weights[0] - (self.more * mean_).sum()
        self.limits = {known: float(np.quantile(self.doubt("right", known)[of], 1 - ALARMS)) for known in KNOWN}

    def _all(self, name: str, known: str) -> Table:
        mean_, scale, weights = self.words
        by_words = weights[0] + (self.tables.words[name] - mean_) / scale @ weights[1:]
        dates, called = KNOWN[known]
        return np.c_[by_words, self.tables.dates[name] * dates, self.tables.called[name] * called]

    def doubt(self, name: str, known: str) -> Table:
        told: Table = self.constant + self._all(name, known) @ self.more
        return told

    def found(self, name: str, known: str, among: npt.NDArray[np.bool_]) -> float:
        return float((self.doubt(name, known)[among] > self.limits[known]).mean())

    def as_json(self) -> dict[str, object]:
        mean_, scale, weights = ([round(float(n), 6) for n in row] for row in self.words)
        more = dict(zip(("constant", "words", *DATES, *NAMES), (self.constant, *self.more), strict=True))
        return {
            "words": {"names": self.tables.names, "mean": mean_, "scale": scale, "weights": weights},
            "more": {key: round(float(value), 6) for key, value in more.items()},
            "limits": {key: round(value, 6) for key, value in self.limits.items()},
        }


def elsewhere(count: int, seed: int) -> list[int]:
    order = list(range(count))
    Random(seed).shuffle(order)
    places = [0] * count
    for at, place in enumerate(order):
        places[place] = order[at - 1]
    return places


def drawn_into(tables: Tables, near: Sequence[Sequence[int]], seeds: Sequence[int]) -> None:
    tables.add("right", range(len(tables.rows)))
    for seed in seeds:
        tables.add(f"random-{seed}", elsewhere(len(tables.rows), seed))
        random = Random(seed)
        tables.add(f"hard-{seed}", [random.choice(ones) for ones in near])


def halves(tables: Tables, seed: int) -> list[npt.NDArray[np.bool_]]:
    """By messages: the same text sent twice falls into one half."""
    texts = sorted({row.message.text[:60] for row in tables.rows})
    chosen = set(Random(seed).sample(texts, len(texts) // 2))
    half = np.array([row.message.text[:60] in chosen for row in tables.rows])
    return [half, ~half]


def tell(name: str, values: Sequence[float], goal: float | None = None) -> None:
    report(
        f"replies-{name}",
        round(mean(values), 4),
        "share",
        floor=None,
        goal=goal,
        n=len(values),
        low=round(min(values), 3),
        high=round(max(values), 3),
    )


def judged(tables: Tables, suffixes: dict[str, str]) -> dict[str, list[float]]:
    told: dict[str, list[float]] = defaultdict(list)
    for seed in SEEDS:
        for of in halves(tables, seed):
            judge = Judge(tables, [f"random-{seed}", f"hard-{seed}"], of)
            for known, suffix in suffixes.items():
                told[f"false{suffix}"].append(judge.found("right", known, ~of))
                told[f"random{suffix}"].append(judge.found(f"random-{seed}", known, ~of))
                told[f"hard{suffix}"].append(judge.found(f"hard-{seed}", known, ~of))
    return told


def small_files(tables: Tables) -> dict[str, list[float]]:
    """Files of unseen rows, each with no other words than its own."""
    from huying.knowledge.replies import fit, planted
    from huying.knowledge.replies.files import statistics

    told: dict[str, list[float]] = defaultdict(list)
    shipped = fit.models
    for seed in SEEDS:
        for of in halves(tables, seed):
            model = model_of(Judge(tables, [f"random-{seed}", f"hard-{seed}"], of))
            fit.models = lambda model=model: {"peers": model}  # type: ignore[assignment,misc]
            rows = [row for row, learnt in zip(tables.rows, of, strict=True) if not learnt]
            rows = Random(seed).sample(rows, SMALL)
            mixed = planted.swapped(rows, seed)
            corpus = statistics(mixed.rows)
            found = {
                at
                for at, row in enumerate(mixed.rows)
                if fit.fit(row.message, row.reply, corpus, row.replied).suspected
            }
            told["random-small"].append(len(found & mixed.swapped) / len(mixed.swapped))
            told["false-small"].append(len(found - mixed.swapped) / (SMALL - len(mixed.swapped)))
    fit.models = shipped
    return told


def model_of(judge: Judge) -> object:
    from huying.knowledge.replies.fit import Model, Weights

    learnt = json.loads(json.dumps(judge.as_json()))
    return Model(Weights.read(learnt["words"]), learnt["more"], learnt["limits"])


def copies(tables: Tables) -> dict[str, list[float]]:
    from huying.knowledge.replies import planted
    from huying.knowledge.replies.files import check_rows
    from huying.knowledge.replies.findings import Kind

    told: dict[str, list[float]] = defaultdict(list)
    for seed in list(SEEDS)[:2]:
        mixed = planted.copied(tables.rows, seed)
        checked = enumerate(check_rows(mixed.rows, ()))
        found = {at for at, one in checked if any(finding.kind is Kind.COPY for finding in one.findings)}
        right = set(range(len(mixed.rows))) - mixed.copied - mixed.sources
        told["copies"].append(len(found & mixed.copied) / len(mixed.copied))
        told["copies-false"].append(len(found & right) / len(right))
    return told


def timed(tables: Tables) -> None:
    from huying.knowledge.replies.checking import Context, check
    from huying.knowledge.replies.copies import Earlier
    from huying.knowledge.replies.phrases import shipped

    five = [Earlier(row.id, row.label, row.message.whole, row.reply) for row in tables.rows[:5]]
    context = Context(corpus=tables.corpus, phrases=shipped(), earlier=five, files=0, contacted=False)
    spent = []
    for row in tables.rows[:400]:
        start = time.perf_counter()
        check(row.message, row.reply, context)
        spent.append(1000 * (time.perf_counter() - start))
    spent.sort()
    report(
        "replies-check",
        round(median(spent), 1),
        "milliseconds",
        floor=None,
        goal=100,
        n=len(spent),
        p99=round(spent[int(0.99 * len(spent))], 1),
    )


def write_weights(rows: Sequence[object], near: Sequence[Sequence[int]]) -> None:
    learnt = {}
    for key, alone in (("peers", False), ("alone", True)):
        tables = Tables(rows, alone)
        drawn_into(tables, near, [1, 2])
        judge = Judge(tables, ["random-1", "random-2", "hard-1"], np.ones(len(tables.rows), dtype=bool))
        learnt[key] = judge.as_json()
    WEIGHTS.write_text(json.dumps(learnt, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="file", type=Path, default=MESSAGES, help="messages and replies, jsonl")
    parser.add_argument("--fit", action="store_true", help="learn from all rows and write the weights")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    if not options.file.exists():
        print(f"跳过 replies：没有 {options.file}。来件和答复的原文不随项目发布，可用 --from 指定。", file=sys.stderr)
        return
    from huying.knowledge.replies.files import read
    from huying.knowledge.replies.planted import nearest

    rows = read(options.file)
    near = nearest(rows)
    if options.fit:
        write_weights(rows, near)
        return
    tables = Tables(rows, alone=False)
    drawn_into(tables, near, list(SEEDS))
    goals: Callable[[str], float | None] = lambda name: 0.05 if name == "false" else None  # noqa: E731
    for told in (judged(tables, {"dn": "", "d": "-unnamed", "": "-words"}), small_files(tables), copies(tables)):
        for name, values in told.items():
            tell(name, values, goals(name))
    alone = Tables(rows, alone=True)
    drawn_into(alone, near, list(SEEDS))
    for name, values in judged(alone, {"": "-alone"}).items():
        tell(name, values)
    timed(tables)


if __name__ == "__main__":
    main()
