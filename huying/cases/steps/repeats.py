"""The same person, the same thing, once more: found at intake or later, tied to what was there before, and counted."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from huying.cases import inputs
from huying.cases.enums import LinkKind
from huying.cases.models import CaseLink
from huying.cases.parameters import REPEATS_FROM
from huying.cases.steps import joining
from huying.cases.steps.particulars import data_of, figures, load
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.search import fold
from huying.matters import alarms
from huying.matters.engine import UNKNOWN
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.matters.scopes import scope_of
from huying.people.actors import Actor

REPEAT = "repeat"  # the aspect, of the first case and of those that repeat it
FIRST = "first"  # in `Change.extra`: the case that was raised first


def first_of(change: Change) -> Matter | None:
    """The case that this one repeats by this step."""
    first = change.extra.get(FIRST)
    return first if isinstance(first, Matter) else None


def check_arrivals(changes: Sequence[Change]) -> None:
    """Of `receive`: what is known for a repeat on arrival goes along with the earlier case while that is under way."""
    wanted = [(c, data_of(c, inputs.Receive).repeats) for c in changes if c.refusal is None]
    wanted = [(change, typed) for change, typed in wanted if typed]
    for change, _ in wanted:
        if not change.actor.may("cases.join"):
            change.refuse(Forbidden("您的岗位不能记为重复件。", fields={"repeats": ["您的岗位不能记为重复件"]}))
    _tie(wanted, "repeats")


def counted(change: Change) -> None:
    """Of a new arrival, once its columns and facts are set."""
    if (first := first_of(change)) is not None:
        change.set(repeat_count=change.extra["count"])
        change.mark(REPEAT)
        change.facts |= {"repeat_of": first.number, "count": change.extra["count"]}


def is_unmarked(matter: Matter, actor: Actor) -> bool:
    return REPEAT not in matter.aspects


def check_mark_repeat(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        if REPEAT in change.matter.aspects:
            change.refuse(Conflict("这一件已经记为重复件。", code="marked"))
    _tie([(c, data_of(c, inputs.MarkRepeat).earlier) for c in changes], "earlier")
    for change in changes:
        first = first_of(change)
        if first is None:
            continue
        change.facts |= figures(change)
        joining.take_over(change, joining.main_of(change) or first)
        counted(change)


def record_mark_repeat(changes: Sequence[Change]) -> None:
    joining.tie([c for c in changes if c.outcome.target == joining.JOINED], LinkKind.JOINED)
    record_arrivals(changes)


def record_arrivals(changes: Sequence[Change]) -> None:
    rows = [
        (c.matter.pk, first.pk, LinkKind.REPEAT.value, c.actor.user_id, c.at, c.at, False, None, False)
        for c in changes
        if (first := first_of(c))
    ]
    names = ("case", "main", "kind", "by", "at", "ended_at", "answered", "through", "counted")
    insert_rows(CaseLink, names, rows)


def check_repeat(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        count = times(change.matter) + 1
        change.attachments_public = True
        change.set(repeat_count=count)
        change.mark(REPEAT)
        change.facts |= figures(change) | {"count": count}
    alarms.scan_changes(changes)


def record_repeat(changes: Sequence[Change]) -> None:
    alarms.raise_alarms(changes)


def check_count(changes: Sequence[Change]) -> None:
    load(changes)
    links = CaseLink.objects.repeats().filter(main__in=[c.matter.pk for c in changes], counted=False)
    found: dict[int, list[int]] = {}
    for pk, main in links.values_list("pk", "main"):
        found.setdefault(main, []).append(pk)
    for change in changes:
        mine = found.get(change.matter.pk, [])
        if not mine:
            change.refuse(Conflict("没有新的重复件。", code="counted"))
            continue
        matter, count = change.matter, times(change.matter) + len(mine)
        change.extra["links"] = mine
        change.set(repeat_count=count)
        change.mark(REPEAT)
        change.facts |= figures(change) | {"repeats": len(mine), "count": count}
        if matter.closed_at is None and matter.state != joining.JOINED:
            change.outcome = change.step.outcomes[2 if count >= REPEATS_FROM.value else 1]


def record_count(changes: Sequence[Change]) -> None:
    rows: list[tuple[int, bool]] = []
    for change in changes:
        links = change.extra["links"]
        assert isinstance(links, list)
        rows += [(pk, True) for pk in links]
    update_rows(CaseLink, ("counted",), rows)


def times(matter: Matter) -> int:
    """How often it has been raised."""
    return max(1, matter.repeat_count)


def _tie(wanted: Sequence[tuple[Change, str]], field: str) -> None:
    """Put the case that was raised first into each change, and the one it goes along with; or refuse it."""
    wanted = [(change, fold(typed).strip().upper()) for change, typed in wanted if change.refusal is None]
    if not wanted:
        return
    numbers = {number for _, number in wanted}
    rows = Matter.objects.filter(kind="case", number__in=numbers).annotate(pending=_pending("pk"))
    earlier = {m.number: m for m in rows}
    marked = [m.pk for m in earlier.values() if REPEAT in m.aspects]
    firsts: dict[int, Matter] = {}
    more: dict[int, int] = {m.pk: getattr(m, "pending", 0) for m in earlier.values()}
    if marked:
        links = CaseLink.objects.repeats().filter(case__in=marked).annotate(pending=_pending("main"))
        for link in links.select_related("main__matter"):
            firsts[link.case_id] = link.main.matter
            more[link.main_id] = getattr(link, "pending", 0)
    going: list[tuple[Change, str]] = []
    for change, number in wanted:
        found = earlier.get(number)
        if found is None or not scope_of(change.actor).allows(change.actor, found):
            sentence = "没有这一件，或者您的岗位无权查看"
            change.refuse(Invalid(UNKNOWN, code="no_earlier", fields={field: [sentence]}))
        elif found.pk == change.matter.pk:
            sentence = "这就是这一件自己，请填写先前那一件的编号"
            change.refuse(Conflict(f"{sentence}。", code="itself", fields={field: [sentence]}))
        else:
            change.extra[FIRST] = firsts.get(found.pk, found)
            if found.closed_at is None and found.state != "resolved" and joining.main_of(change) is None:
                going.append((change, number))
    joining.find_mains(going, field, known=earlier)
    for change, _ in going:
        if change.refusal is None:
            change.choose(joining.JOINED)
    for change, _ in wanted:
        if (first := first_of(change)) is not None:
            more[first.pk] += 1
            change.extra["count"] = times(first) + more[first.pk]


def _pending(main: str) -> Coalesce:
    """How many repeats the first case does not know of yet."""
    links = CaseLink.objects.repeats().filter(main=OuterRef(main), counted=False).order_by().values("main")
    return Coalesce(Subquery(links.annotate(n=Count("pk")).values("n")), 0)
