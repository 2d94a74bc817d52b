"""Rules held against history: `python -m benchmarks.replay [--cases 187300] [--home DIR]`.

A year of the district (187,300 cases with texts of real length) lies in the database; the 208 rules of the demo are in
force. One of them is changed in a draft, which is then tried on all cases as its job does it.

- `replay`: seconds of the whole job, reading included; `reading`: of reading the same rows and doing nothing with them;
  `busy`: seconds of processor that the job itself took, the database's aside.
- `replay-survey`: the same of a survey, which looks for every rule that holds and not for the first alone.
- `replay-deciding`: microseconds of one decision, against looking for one word in the text.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import report
from benchmarks._volume import _prepare, database

CASES = 187_300
GOAL = 60.0  # seconds
DECIDED = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--home", type=Path, help="keep the database here, and use it again")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    with database(options.home) as superuser_url:
        _prepare(superuser_url, options.cases)
        _measure()


def _measure() -> None:
    from django.utils import timezone

    from huying.cases.past import Past
    from huying.kernel.search import fold
    from huying.knowledge.history import PastCase
    from huying.knowledge.models import RuleRun, RuleVersion
    from huying.knowledge.rules import actions, replay, samples
    from huying.knowledge.rules.book import matcher
    from huying.people.models import User

    writer, approver = User.objects.get(username="paidan"), User.objects.get(username="dudao")
    today = timezone.localdate()
    first = today - dt.timedelta(days=3 * 365)
    if not samples.are_there():
        samples.publish(author=writer, approver=approver, since=first)
    standing = RuleVersion.objects.select_related("rule").filter(n=1).order_by("pk")[9]
    draft = standing.rule.versions.filter(state="draft").first() or actions.draft(
        replace(actions.Content.of(standing), lead="huanbao", helpers=("chengguan",), valid_from=today),
        by=writer,
        rule=standing.rule,
    )
    rules = len(matcher().rulings)

    start = time.perf_counter()
    read = sum(len(batch) for batch in Past().since(first))
    reading = time.perf_counter() - start

    for name, kind, versions in (
        ("replay", RuleRun.Kind.REPLAY, [draft]),
        ("replay-survey", RuleRun.Kind.SURVEY, []),
    ):
        run = RuleRun.objects.create(
            kind=kind, versions=[one.pk for one in versions], first=first, last=today + dt.timedelta(days=1), by=writer
        )
        start, busy = time.perf_counter(), time.process_time()
        replay.attempt(run.pk)
        spent, busy = time.perf_counter() - start, time.process_time() - busy
        run.refresh_from_db()
        assert run.state == RuleRun.State.DONE, run.problem
        assert run.read == read
        found = {key: run.result[key] for key in ("touched", "moved", "reached") if key in run.result}
        report(
            name,
            spent,
            "seconds",
            floor=None,
            goal=GOAL,
            n=read,
            rules=rules,
            busy=round(busy, 2),
            reading=round(reading, 2),
            over_reading=round(spent / reading, 2),
            **found,
        )

    cases: list[PastCase] = []
    for batch in Past().since(first):
        cases += batch
        if len(cases) >= DECIDED:
            break
    texts = [fold(case.asked.text) for case in cases]
    start = time.perf_counter()
    for text in texts:
        _ = "停水" in text
    word = (time.perf_counter() - start) / len(texts)
    ready = matcher()
    start = time.perf_counter()
    for case, text in zip(cases, texts, strict=True):
        ready.first(case.asked, text)
    spent = (time.perf_counter() - start) / len(texts)
    report(
        "replay-deciding",
        spent * 1e6,
        "microseconds",
        floor=None,
        goal=None,
        n=len(texts),
        one_word=round(word * 1e6, 3),
    )


if __name__ == "__main__":
    main()
