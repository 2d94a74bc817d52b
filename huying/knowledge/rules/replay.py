"""Rules tried on past cases, as a job with progress.

A replay holds drafts against the rules in force: which cases would have gone to another unit, and what happened to
them. A survey looks at the rules in force alone: which never decide, which hold at once and disagree, what none
reaches. Both go once through the past, batch by batch; nothing of a batch is kept but the figures and what moved.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from huying.kernel.bulk import insert_rows
from huying.kernel.errors import Refusal
from huying.kernel.search import fold
from huying.knowledge.history import PastCase, PastCases, past_cases
from huying.knowledge.models import RuleMove, RuleRun, RuleVersion
from huying.knowledge.rules.actions import seal
from huying.knowledge.rules.book import matcher_of, published, ruling
from huying.knowledge.rules.matcher import COMMUNITY, STREET, Matcher, Ruling

logger = logging.getLogger(__name__)

KEPT = 5_000  # moved cases that are kept one by one; all are counted
LISTED = 300  # gaps, and pairs of rules that disagree
MANUAL = 0  # in place of a unit: no rule decides, a person does
LOCAL = {STREET: -1, COMMUNITY: -2}  # in figures, in place of a hundred communities
STEP = 0.01
BROKEN = "回放时出了故障，请稍后再试一次；仍不行请联系管理员。"

Tell = Callable[[float, int], None]


@dataclass(slots=True)
class Way:
    """Cases that would go from one unit to another, and what happened to them."""

    n: int = 0
    agreed_before: int = 0  # the unit named before led it in the end
    agreed: int = 0  # the unit named now did
    objections: int = 0
    upheld: int = 0
    handed_back: int = 0
    overdue: int = 0

    def add(self, case: PastCase, source: int, target: int | None) -> None:
        self.n += 1
        self.agreed_before += source == case.final
        self.agreed += target == case.final
        self.objections += case.objections > 0
        self.upheld += case.upheld > 0
        self.handed_back += case.handed_back > 0
        self.overdue += case.overdue


@dataclass(slots=True)
class Replayed:
    """Of one replay. `newly` and `lost`: cases that a rule decides only with, only without the drafts."""

    read: int = 0
    touched: int = 0
    newly: int = 0
    lost: int = 0
    ways: dict[tuple[int, int], Way] = field(default_factory=dict)
    deciding: Counter[int] = field(default_factory=Counter)  # by version: how many the drafts decide

    def told(self) -> dict[str, object]:
        """As the run keeps it: JSON."""
        ways = sorted(self.ways.items(), key=lambda pair: (-pair[1].n, pair[0]))
        return {
            "read": self.read,
            "touched": self.touched,
            "newly": self.newly,
            "lost": self.lost,
            "moved": sum(way.n for way in self.ways.values()),
            "agreed_before": sum(way.agreed_before for way in self.ways.values()),
            "agreed": sum(way.agreed for way in self.ways.values()),
            "decided": self.deciding.total(),
            "deciding": {str(version): n for version, n in self.deciding.items()},
            "ways": [
                [source, target, w.n, w.agreed_before, w.agreed, w.objections, w.upheld, w.handed_back, w.overdue]
                for (source, target), w in ways
            ],
        }


@dataclass(frozen=True, slots=True)
class Moved:
    """A case that would have gone elsewhere; `from_key` and `to_key`: the way among the figures that counts it."""

    case: PastCase
    source: int
    target: int | None
    from_key: int
    to_key: int
    before: int | None  # version
    after: int | None


def _key(found: tuple[Ruling, int] | None, otherwise: int) -> int:
    """The unit that a rule names, or what stands for whoever answers for the place."""
    return LOCAL.get(found[0].lead, found[1]) if found else otherwise


def replay(before: Matcher, after: Matcher, cases: Sequence[PastCase], into: Replayed, drafts: set[int]) -> list[Moved]:
    """One batch; returns what would have gone elsewhere. Pure."""
    moved: list[Moved] = []
    for case in cases:
        into.read += 1
        text = fold(case.asked.text)
        was, now = before.first(case.asked, text), after.first(case.asked, text)
        if now is not None and now[0].version in drafts:
            into.deciding[now[0].version] += 1
        before_key = (was[0].version, was[1]) if was else None
        after_key = (now[0].version, now[1]) if now else None
        if before_key == after_key:
            continue
        into.touched += 1
        into.newly += was is None
        into.lost += now is None
        source = was[1] if was else case.first
        target = now[1] if now else None
        if target == source:
            continue
        way = _key(was, source), _key(now, MANUAL)
        into.ways.setdefault(way, Way()).add(case, source, target)
        versions = was[0].version if was else None, now[0].version if now else None
        moved.append(Moved(case, source, target, *way, *versions))
    return moved


@dataclass(slots=True)
class Surveyed:
    """Of one survey. `pairs`: rules equally specific that hold at once and name other units, with an example."""

    read: int = 0
    reached: int = 0
    agreed: int = 0  # the unit that the rule names led it in the end
    hits: Counter[int] = field(default_factory=Counter)  # by rule: how often it holds
    decides: Counter[int] = field(default_factory=Counter)
    right: Counter[int] = field(default_factory=Counter)
    gaps: Counter[tuple[str, int]] = field(default_factory=Counter)
    pairs: dict[tuple[str, str], list[object]] = field(default_factory=dict)

    def told(self) -> dict[str, object]:
        pairs = sorted(self.pairs.items(), key=lambda pair: (-int(str(pair[1][0])), pair[0]))
        return {
            "read": self.read,
            "reached": self.reached,
            "agreed": self.agreed,
            "rules": {str(rule): [n, self.decides[rule], self.right[rule]] for rule, n in sorted(self.hits.items())},
            "gaps": [[category, street, n] for (category, street), n in self.gaps.most_common(LISTED)],
            "gap_kinds": len(self.gaps),
            "pairs": [[a, b, *found] for (a, b), found in pairs[:LISTED]],
        }


def survey(matcher: Matcher, cases: Sequence[PastCase], into: Surveyed) -> None:
    """One batch. Pure."""
    for case in cases:
        into.read += 1
        holding = list(matcher.holding(case.asked, fold(case.asked.text)))
        if not holding:
            into.gaps[case.asked.category, case.asked.street or 0] += 1
            continue
        into.reached += 1
        first, lead = holding[0]
        into.decides[first.rule] += 1
        into.right[first.rule] += lead == case.final
        into.agreed += lead == case.final
        for at, (one, unit) in enumerate(holding):
            into.hits[one.rule] += 1
            narrow = one.conditions.specificity
            for other, unit2 in holding[at + 1 :]:
                if other.conditions.specificity != narrow:
                    break  # they are in order: all that follow are wider
                if unit2 != unit:
                    kept = into.pairs.setdefault((one.code, other.code), [0, case.number])
                    kept[0] = int(str(kept[0])) + 1


# --- as a job --------------------------------------------------------------------------------------------------------


def with_drafts(day: dt.date, drafts: Sequence[RuleVersion]) -> tuple[Matcher, Matcher]:
    """What is in force on that day, and the same with the drafts in place of what they replace."""
    standing = published().in_force(day)
    replaced = {one.rule_id for one in drafts}
    kept = [ruling(one) for one in standing if one.rule_id not in replaced]
    ended = [one for one in drafts if one.valid_to is not None and one.valid_to <= day]
    new = [ruling(one) for one in drafts if one not in ended]
    return matcher_of(ruling(one) for one in standing), matcher_of([*kept, *new])


def attempt(pk: int) -> None:
    """A run's job. A second attempt, after its worker was killed, begins anew; one that is over stays as it is."""
    run = RuleRun.objects.get(pk=pk)
    if not run.going:
        return
    rows = RuleRun.objects.filter(pk=pk)
    rows.update(state=RuleRun.State.RUNNING, done=0, read=0)
    RuleMove.objects.filter(run=run).delete()
    told = 0.0

    def tell(done: float, read: int) -> None:
        nonlocal told
        if done - told >= STEP:
            rows.update(done=done, read=read)
            told = done

    try:
        result = _surveyed(run, tell) if run.kind == RuleRun.Kind.SURVEY else _replayed(run, tell)
    except Refusal as refusal:
        rows.update(state=RuleRun.State.FAILED, problem=refusal.message[:300], finished_at=timezone.now())
        return
    except Exception:
        rows.update(state=RuleRun.State.FAILED, problem=BROKEN, finished_at=timezone.now())
        raise
    rows.update(
        state=RuleRun.State.DONE, done=1, read=result["read"], result=result, finished_at=timezone.now(), problem=""
    )


def batches(source: PastCases, first: dt.date, last: dt.date, tell: Tell) -> Iterator[list[PastCase]]:
    """Tells how far it is by the days gone through: how many there will be nobody has counted."""
    days, read = max(1, (last - first).days), 0
    for batch in source.since(first, last):
        yield batch
        read += len(batch)
        if batch:
            tell(min(0.99, (timezone.localdate(batch[-1].opened_at) - first).days / days), read)


def _replayed(run: RuleRun, tell: Tell) -> dict[str, object]:
    drafts = list(RuleVersion.objects.filter(pk__in=run.versions).select_related("rule"))
    RuleRun.objects.filter(pk=run.pk).update(seal=seal(drafts))
    before, after = with_drafts(timezone.localdate(), drafts)
    into, kept, keys = Replayed(), 0, {one.pk for one in drafts}
    for batch in batches(past_cases.get(), run.first, run.last, tell):
        moved = replay(before, after, batch, into, keys)
        keep = moved[: max(0, KEPT - kept)]
        insert_rows(RuleMove, _COLUMNS, [_row(run, one) for one in keep])
        kept += len(keep)
    return into.told() | {"kept": kept}


_COLUMNS = (
    *("run", "matter", "number", "category", "opened_at", "source", "target", "final", "from_key", "to_key"),
    *("before", "after", "objections", "upheld", "handed_back", "overdue"),
)


def _row(run: RuleRun, one: Moved) -> tuple[object, ...]:
    case = one.case
    return (
        *(run.pk, case.matter_id, case.number, case.asked.category, case.opened_at, one.source, one.target, case.final),
        *(one.from_key, one.to_key, one.before, one.after),
        *(case.objections, case.upheld, case.handed_back, case.overdue),
    )


def _surveyed(run: RuleRun, tell: Tell) -> dict[str, object]:
    matcher, into = published().on(timezone.localdate()), Surveyed()
    for batch in batches(past_cases.get(), run.first, run.last, tell):
        survey(matcher, batch, into)
    return into.told()
