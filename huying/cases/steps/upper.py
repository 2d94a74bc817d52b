"""The upper level beside ours (上级): it urges, calls back, orders a rework, accepts or returns what we report.

What it says stands beside our own and governs where it is stricter: who told it that nothing was solved has the case
done over here, and its deadlines are ceilings of our clocks. Each of its items arrives once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from huying.cases import inputs
from huying.cases.enums import UpperKind
from huying.cases.models import Case, UpperAct
from huying.cases.parameters import SATISFIED_FROM
from huying.cases.steps import reviewing
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.cases.steps.rounds import another_round, lead_of
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict
from huying.matters.aspects import Aspect, aspects
from huying.matters.flow import STAY, Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory

UPPER, URGED, REDONE = "upper", "upper_urged", "upper_rework"
aspects.declare(
    Aspect(key=URGED, label="上级催办", meaning="上级催办，还没有答复", tone="red", order=20),
    Aspect(key=REDONE, label="上级重办", meaning="上级要求重办", tone="red", order=21),
    Aspect(key=UPPER, label="上级", meaning="上级催过、回访过或审过", shown=False, order=22),
)
DONE = ("resolved", "under_review", "closed")  # states from which it is done over


def has_upper(matter: Matter, actor: Actor) -> bool:
    """Whether it came from above: under a number of theirs, or with a deadline of theirs."""
    return bool(matter.external_number) or UPPER in matter.aspects or matter.case.upper_due_at is not None


def _begin(changes: Sequence[Change], kinds: Callable[[Change], UpperKind]) -> None:
    """What all of them have in common: it came from above, and this item of theirs is new."""
    load(changes)
    wanted = {(c.matter.pk, kinds(c).value, str(getattr(c.data, "item", ""))): c for c in changes}
    rows = UpperAct.objects.filter(
        case__in={key for key, _, _ in wanted}, item__in={item for _, _, item in wanted} - {""}
    )
    for key in rows.values_list("case_id", "kind", "item") if any(item for _, _, item in wanted) else ():
        if (change := wanted.get(key)) is not None:
            change.refuse(Conflict(f"上级的单号 {key[2]} 已经登记过，没有重复登记。", code="upper_item_known"))
    for change in changes:
        matter = change.matter
        matter.case = case_of(change)
        if matter.case.imported:
            change.refuse(Conflict("导入的历史件不再办理。", code="imported"))
        elif not has_upper(matter, change.actor):
            change.refuse(Conflict("这件没有上级的编号，也没有上级时限，不是上级转来的。", code="no_upper"))
        holder = directory().by_id.get(matter.holder_id)
        change.facts |= figures(change) | {"holder": holder.code if holder else "", "upper": kinds(change).value}
        change.mark(UPPER)


def _record(changes: Sequence[Change], kinds: Callable[[Change], UpperKind]) -> None:
    rows: list[tuple[object, ...]] = []
    for change in changes:
        data = change.data
        satisfied = getattr(data, "satisfied", None)
        rows.append(
            (
                change.matter.pk,
                change.seq,
                change.facts["round"],
                kinds(change).value,
                getattr(data, "item", ""),
                getattr(data, "at", None) or change.at,
                getattr(data, "due_at", None) or getattr(data, "answer_by", None),
                getattr(data, "solved", None),
                satisfied.value if satisfied is not None else None,
                bool(change.extra.get("redone")),
            )
        )
    names = ("case", "seq", "round", "kind", "item", "at", "due_at", "solved", "satisfied", "redone")
    insert_rows(UpperAct, names, rows)
    reviewing.record_left(changes)
    update_rows(
        Case,
        ("round", "callback_tries", "contact_tries", "contacted_at", "resolved_at", "upper_due_at"),
        [
            (c.matter.pk, case.round, case.callback_tries, case.contact_tries, case.contacted_at, case.resolved_at, due)
            for c in changes
            if c.extra.get("redone") or c.extra.get("due") is not None
            for case in (case_of(c),)
            for due in (case.upper_due_at,)
        ],
    )


def _do_over(change: Change, due: datetime | None) -> None:
    """Done over where it was done already; where it is being done the deadline is all there is to say."""
    case = case_of(change)
    if due is not None:
        case.upper_due_at = due
        change.extra["due"] = due
    change.mark(REDONE)
    if change.matter.state not in DONE:
        change.choose(STAY)
        if due is not None:
            change.ceilings |= {"handle": due, "rework": due}
        return
    reviewing.leave([change])
    if (lead := lead_of(change)) is not None:
        change.choose("handling")
        change.set(holder_id=lead.id)
    else:
        centre = directory().centre.id
        change.choose("received")
        change.set(holder_id=centre, first_holder_id=centre, lead_id=None, co_handlers=[])
    another_round(change)
    change.extra["redone"] = True
    change.facts["redone"] = True


# --- the steps -------------------------------------------------------------------------------------------------------


def check_urge(changes: Sequence[Change]) -> None:
    _begin(changes, _urged)
    for change in changes:
        data = data_of(change, inputs.UrgeFromAbove)
        change.mark(URGED)
        running = any(clock.kind == "upper" for clock in change.clocks)
        if running:  # asked once more: the first answer is still wanted by then
            change.outcome = change.step.outcomes[1]
        if data.answer_by is not None:
            change.ceilings["upper"] = data.answer_by


def record_urge(changes: Sequence[Change]) -> None:
    _record(changes, _urged)


def check_answer(changes: Sequence[Change]) -> None:
    _begin(changes, _answered)
    for change in changes:
        change.unmark(URGED)


def record_answer(changes: Sequence[Change]) -> None:
    _record(changes, _answered)


def check_callback(changes: Sequence[Change]) -> None:
    _begin(changes, _called)
    for change in changes:
        data = data_of(change, inputs.CallBackFromAbove)
        if data.solved and data.satisfied >= SATISFIED_FROM.value:
            change.unmark(REDONE)
        else:
            _do_over(change, None)


def record_callback(changes: Sequence[Change]) -> None:
    _record(changes, _called)


def check_rework(changes: Sequence[Change]) -> None:
    _begin(changes, _reworked)
    for change in changes:
        _do_over(change, data_of(change, inputs.ReworkFromAbove).due_at)


def record_rework(changes: Sequence[Change]) -> None:
    _record(changes, _reworked)


def check_ruling(changes: Sequence[Change]) -> None:
    _begin(changes, _ruled)
    for change in changes:
        data = data_of(change, inputs.RuleFromAbove)
        if data.accepted:
            change.unmark(REDONE)
        else:
            _do_over(change, data.due_at)


def record_ruling(changes: Sequence[Change]) -> None:
    _record(changes, _ruled)


def _urged(change: Change) -> UpperKind:
    return UpperKind.URGED


def _answered(change: Change) -> UpperKind:
    return UpperKind.ANSWERED


def _called(change: Change) -> UpperKind:
    return UpperKind.CALLED


def _reworked(change: Change) -> UpperKind:
    return UpperKind.REWORK


def _ruled(change: Change) -> UpperKind:
    return UpperKind.ACCEPTED if data_of(change, inputs.RuleFromAbove).accepted else UpperKind.RETURNED
