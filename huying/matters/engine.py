"""The one function that moves matters, and its sibling that opens them. Nothing else writes a state.

`move` takes a batch; one is a batch of one. In one transaction: lock the rows in id order, check scope, permission and
state, validate the input, append the ledger lines, write the matters, start and stop clocks, store words and
attachments, leave one outbox row each. Every change gets its own result: a refused one changes nothing and does not
stop the others. The database agrees (migration 0002): a state without its line is refused by a trigger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from huying.kernel import outbox
from huying.kernel.bulk import insert_rows, select_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing, Refusal
from huying.kernel.inputs import Input, is_countable, parse
from huying.kernel.numbers import reserve
from huying.kernel.writes import together
from huying.matters import attachments, clocks, ledger, undoing
from huying.matters.flow import BACK, STAY, Change, Flow, Step, acts_on, spread
from huying.matters.models import Clock, LedgerLine, Matter, Words
from huying.matters.scopes import scope_of
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.roles import SYSTEM_ROLE

MOVED = "matter.moved"  # outbox topic: one row for each line
AHEAD = timedelta(minutes=5)  # how far another machine's clock may run before ours

UNKNOWN = "没有这个事项，或者您的岗位无权查看。"


@dataclass(frozen=True, slots=True)
class Move:
    """One matter, by id or number, to take through a step. `version`: the one the presser saw; None skips that check.

    `recorded_at`: when it is written down, if that is not now (simulations only); `facts`: what a page knows beside
    the input and the line should say, as what it has shown to the presser.
    """

    matter: int | str
    actor: Actor
    data: Mapping[str, object] | Input
    at: datetime | None = None
    version: int | None = None
    recorded_at: datetime | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """One matter to open. `recorded_at` as in `Move`."""

    actor: Actor
    data: Mapping[str, object] | Input
    at: datetime | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one change. `matter` is the row as it now is; None when it was refused."""

    matter: Matter | None
    refusal: Refusal | None = None
    change: Change | None = None

    def unwrap(self) -> Matter:
        """The matter.

        Raises:
            Refusal: what stood against it.
        """
        if self.refusal is not None:
            raise self.refusal
        assert self.matter is not None
        return self.matter


def move(
    flow: Flow, step_key: str, moves: Sequence[Move], *, now: datetime | None = None, quiet: bool = False
) -> list[Result]:
    """Take matters through one step; a result for each move, in order.

    Args:
        now: what counts as the present (simulations only; elsewhere the clock on the wall).
        quiet: leave nothing in the outbox, so that nobody is told.
    """
    step = flow.step[step_key]
    assert not step.opens
    now = now or timezone.now()
    with transaction.atomic(savepoint=False):  # whatever fails after the refusals fails with all around it
        locked = _lock(flow, [m.matter for m in moves])
        results: list[Result | Change] = []
        taken: set[int] = set()
        for wanted in moves:
            matter = locked.get(wanted.matter)
            try:
                if matter is None or not scope_of(wanted.actor).allows(wanted.actor, matter):
                    raise Missing(UNKNOWN)
                if matter.pk in taken:
                    raise Conflict("同一批中这个事项出现了两次，第二次没有处理。", code="twice")
                results.append(_prepare(flow, step, matter, wanted, wanted.recorded_at or now))
                taken.add(matter.pk)
            except Refusal as refusal:
                results.append(Result(None, refusal))
        changes = [c for c in results if isinstance(c, Change)]
        if changes:
            _load_clocks(changes)
            if undoes := flow.reversed_by(step):
                undoing.load(changes, undoes)
        _carry_out(flow, step, changes, quiet=quiet)
        return [_result(r) if isinstance(r, Change) else r for r in results]


def move_one(
    flow: Flow,
    step_key: str,
    matter_id: int,
    *,
    by: Actor,
    data: Mapping[str, object] | Input,
    at: datetime | None = None,
    version: int | None = None,
) -> Matter:
    """A batch of one.

    Raises:
        Refusal: what stood against it; nothing was changed.
    """
    return move(flow, step_key, [Move(matter_id, by, data, at, version)])[0].unwrap()


def open_many(
    flow: Flow, step_key: str, openings: Sequence[Opening], *, now: datetime | None = None, quiet: bool = False
) -> list[Result]:
    """Open matters by an opening step; a result for each, in order."""
    step = flow.step[step_key]
    assert step.opens
    now = now or timezone.now()
    with transaction.atomic(savepoint=False):  # whatever fails after the refusals fails with all around it
        results: list[Result | Change] = []
        for wanted in openings:
            try:
                if not wanted.actor.may(step.permission) or (step.by_system and wanted.actor.role is not SYSTEM_ROLE):
                    raise Forbidden(f"您的岗位不能{step.label}。")
                data = parse(step.input, wanted.data)
                recorded_at = wanted.recorded_at or now
                at = _moment(wanted.at, recorded_at, None)
                matter = Matter(district=settings.DISTRICT_CODE, kind=flow.kind, version=0, head=ledger.ZERO, state="")
                change = Change(flow, step, matter, wanted.actor, at, recorded_at, data, step.outcomes[0])
                spread(change)
                results.append(change)
            except Refusal as refusal:
                results.append(Result(None, refusal))
        _carry_out(flow, step, [c for c in results if isinstance(c, Change)], quiet=quiet)
        return [_result(r) if isinstance(r, Change) else r for r in results]


def open_one(
    flow: Flow, step_key: str, *, by: Actor, data: Mapping[str, object] | Input, at: datetime | None = None
) -> Matter:
    return open_many(flow, step_key, [Opening(by, data, at)])[0].unwrap()


# --- the parts -------------------------------------------------------------------------------------------------------


def _lock(flow: Flow, wanted: Sequence[int | str]) -> dict[int | str, Matter]:
    """The rows by what they were asked for, locked in id order. Where steps of this flow also move what stands above
    (a response its call-out), those are locked first: whoever moves from above takes the same order, so nobody waits
    crosswise."""
    ids = [key for key in wanted if isinstance(key, int)]
    numbers = [key for key in wanted if isinstance(key, str)]
    if flow.lock_above:
        flow.lock_above(ids, numbers)
    named = " OR ".join(['"id" = ANY(%s)'] * bool(ids) + ['"number" = ANY(%s)'] * bool(numbers)) or "FALSE"
    rows = select_rows(
        Matter, f'({named}) AND "kind" = %s ORDER BY "id" FOR NO KEY UPDATE', [*filter(None, (ids, numbers)), flow.kind]
    )
    return {matter.pk: matter for matter in rows} | {matter.number: matter for matter in rows}


def _load_clocks(changes: Sequence[Change]) -> None:
    """Put its running clocks into each change."""
    by_matter = {change.matter.pk: change for change in changes}
    for clock in select_rows(Clock, '"matter_id" = ANY(%s) AND "stopped_at" IS NULL', [list(by_matter)]):
        by_matter[clock.matter_id].clocks.append(clock)


def _prepare(flow: Flow, step: Step, matter: Matter, wanted: Move, now: datetime) -> Change:
    actor = wanted.actor
    if not actor.may(step.permission) or (step.by_system and actor.role is not SYSTEM_ROLE):
        raise Forbidden(f"您的岗位不能{step.label}。")
    if matter.state not in step.sources or (wanted.version is not None and wanted.version != matter.version):
        raise Conflict(
            f"{matter.number} 已是“{flow.state[matter.state].label}”，您看到的内容已经过时，请刷新后再操作。",
            code="already_moved",
        )
    if not (step.whose or acts_on)(actor, matter):
        raise Forbidden(
            f"这件事现在由{directory().name_of(matter.holder_id)}办理，不在您的岗位手上。", code="not_holder"
        )
    data = parse(step.input, wanted.data)
    change = Change(flow, step, matter, actor, _moment(wanted.at, now, matter.moved_at), now, data, step.outcomes[0])
    spread(change)
    change.facts |= wanted.facts
    return change


def _moment(at: datetime | None, now: datetime, after: datetime | None) -> datetime:
    """When it happened: now unless said otherwise, never in the future, never before the step before it."""
    if at is None:
        return max(now, after) if after else now
    if not is_countable(at):
        raise Invalid("时间超出可计算的范围。", fields={"at": ["时间超出可计算的范围，请检查年份"]})
    if at > now + AHEAD:
        raise Invalid("时间不能晚于现在。", fields={"at": ["时间不能晚于现在"]})
    if after and at < after:
        raise Invalid("时间不能早于上一步。", fields={"at": ["时间不能早于上一步"]})
    return at


def _carry_out(flow: Flow, step: Step, changes: list[Change], *, quiet: bool) -> None:
    for change in changes:
        change.quiet = quiet
    attachments.check(changes)
    going = [c for c in changes if c.refusal is None]
    if going and step.check:
        step.check(going)
    going = [c for c in going if c.refusal is None]
    for change in going:
        change.target = _target(change)
    for along in flow.along if going else ():
        if along.check:
            along.check(going)
    if not going:
        return
    if step.opens:
        _number(flow, going)
    for change in going:
        change.seq = change.matter.version + 1
        change.had = (change.matter.holder_id, change.matter.lead_id, *change.matter.co_handlers)
    plan = clocks.plan(going)
    going = [c for c in going if c.refusal is None]
    if going:
        with together():
            _write(flow, step, going, plan, quiet=quiet)


def _write(flow: Flow, step: Step, going: list[Change], plan: clocks.Plan, *, quiet: bool) -> None:
    heads = _append(going)
    for change, head in zip(going, heads, strict=True):
        change.set(state=change.target, version=change.seq, head=head, moved_at=change.at)
        if change.outcome.pauses:
            change.set(returns_to=change.matter.returns_to or change.matter.state)
        elif change.outcome.resumes or change.outcome.restores:
            change.columns.setdefault("returns_to", "")  # what is restored may have been interrupted before
        if "closed_at" not in change.columns:
            change.set(closed_at=_closed_at(flow, change))
        if (change.columns["closed_at"] is None) != (change.matter.closed_at is None):
            change.set(closed_by=step.key if change.columns["closed_at"] else "")
    _write_matters(step, going)
    plan.write()
    _store_words(going)
    attachments.write(going)
    if step.record:
        step.record(going)
    for along in flow.along:
        if along.record:
            along.record(going)
    undoing.withdraw(going)
    if not quiet:
        outbox.emit(MOVED, [_payload(c) for c in going])


def _number(flow: Flow, changes: Sequence[Change]) -> None:
    prefix = settings.NUMBER_PREFIX + flow.number_prefix
    here = timezone.get_default_timezone()
    days = [change.at.astimezone(here).date() for change in changes]
    for change, (pk, number) in zip(changes, reserve(Matter, flow.kind, prefix, days), strict=True):
        change.matter.pk, change.matter.number = pk, number


def _target(change: Change) -> str:
    if change.outcome.target == STAY:
        return change.matter.state
    return change.matter.returns_to if change.outcome.target == BACK else change.outcome.target


_LINE = (
    "matter",
    "seq",
    "at",
    "recorded_at",
    "step",
    "from_state",
    "to_state",
    "actor",
    "post",
    "on_behalf_of",
    "via",
    "facts",
    "previous",
    "hash",
)


def _append(changes: Sequence[Change]) -> list[bytes]:
    """Append the lines; returns the new heads."""
    rows: list[tuple[object, ...]] = []
    heads: list[bytes] = []
    for change in changes:
        actor = change.actor
        digests: dict[str, str] = {}
        for name, text in change.words.items():
            digests[name], change.salts[name] = ledger.seal(text)
        if digests:
            change.facts["words"] = digests
        if change.attachments:
            change.facts["attachments"] = [str(file) for file in change.attachments]
        facts = ledger.canonical(change.facts)
        previous = bytes(change.matter.head)
        head = ledger.line_hash(
            matter_id=change.matter.pk,
            seq=change.seq,
            at=change.at,
            recorded_at=change.now,
            step=change.step.key,
            from_state=change.matter.state,
            to_state=change.target,
            actor_id=actor.user_id,
            post_id=actor.post_id,
            on_behalf_of_id=actor.on_behalf_of_id,
            via=actor.via,
            facts=facts,
            previous=previous,
        )
        heads.append(head)
        rows.append(
            (
                change.matter.pk,
                change.seq,
                change.at,
                change.now,
                change.step.key,
                change.matter.state,
                change.target,
                actor.user_id,
                actor.post_id,
                actor.on_behalf_of_id,
                actor.via,
                facts,
                previous,
                head,
            )
        )
    insert_rows(LedgerLine, _LINE, rows)
    return heads


def _closed_at(flow: Flow, change: Change) -> datetime | None:
    if not flow.state[change.target].final:
        return None
    return change.matter.closed_at or change.at


_OPENED = tuple(field.attname for field in Matter._meta.concrete_fields)
_opened_row = attrgetter(*_OPENED)


def _write_matters(step: Step, changes: Sequence[Change]) -> None:
    if step.opens:
        for change in changes:
            change.columns.setdefault("opened_at", change.at)
            _apply(change)
        insert_rows(Matter, _OPENED, [_opened_row(c.matter) for c in changes])
        return
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault(tuple(change.columns), []).append(change)
    for names, group in groups.items():
        update_rows(Matter, names, [(c.matter.pk, *c.columns.values()) for c in group])
        for change in group:
            _apply(change)


def _apply(change: Change) -> None:
    for name, value in change.columns.items():
        setattr(change.matter, name, value)


def _store_words(changes: Sequence[Change]) -> None:
    rows = [
        (c.matter.pk, c.seq, name, text, c.salts[name], c.document if i == 0 else None)
        for c in changes
        for i, (name, text) in enumerate(c.words.items())
    ]
    insert_rows(Words, ("matter", "seq", "field", "text", "salt", "document"), rows)


def _payload(change: Change) -> dict[str, object]:
    return {
        "kind": change.flow.kind,
        "matter": change.matter.pk,
        "number": change.matter.number,
        "seq": change.seq,
        "step": change.step.key,
        "state": change.target,
        "holder": change.matter.holder_id,
        "holder_user": change.matter.holder_user_id,
        "lead": change.matter.lead_id,
        "co_handlers": list(change.matter.co_handlers),
        "left": _left(change),
        "units": change.units,
        "people": change.people,
        "due": _told_due(change),
        "user": change.actor.user_id,
        "undoes": change.undone.seq if change.undone else None,
        "notices": [[notice.to, notice.template] for notice in change.outcome.notices],
        "told": change.told,
    }


def _left(change: Change) -> list[int]:
    """The bodies that had it in hand, led or helped, and have nothing to do with it any more."""
    matter = change.matter
    kept = (None, matter.holder_id, matter.lead_id, *matter.co_handlers)
    return [unit for unit in dict.fromkeys(change.had) if unit is not None and unit not in kept]


def _told_due(change: Change) -> str:
    """Until when what the step asks for is wanted: the first clock it started, else whatever is due next."""
    started = change.facts.get("clocks", {})
    started = started.get("started", {}) if isinstance(started, dict) else {}
    for kind in change.outcome.starts:
        for name, due in started.items():
            if name.partition(":")[0] == kind:
                return str(due)
    return change.matter.next_due_at.isoformat() if change.matter.next_due_at else ""


def _result(change: Change) -> Result:
    if change.refusal is not None:
        return Result(None, change.refusal, change)
    return Result(change.matter, None, change)
