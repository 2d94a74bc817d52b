"""Co-handlers and their parts: asked, taken, reported or declined, accepted, returned or dropped (协办)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huying.cases import inputs
from huying.cases.models import CasePart
from huying.cases.models.parts import PartState
from huying.cases.parts import OPEN, PARTS, TO_DO, TO_JUDGE, open_parts, parts_of
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.matters.flow import Change
from huying.matters.models import Clock, Matter
from huying.people.actors import Actor
from huying.people.directory import directory

CLOCK = "part"
# in `Change.extra`: organisations that are asked, their parts from before, the part that a step is about, parts that
# end with it
NEW, OLD, MEANT, OVER = "new_parts", "old_parts", "part", "parts_over"


def load_parts(changes: Sequence[Change]) -> dict[int, list[CasePart]]:
    """The current parts of a batch, by case; no query where none has any."""
    wanted = [change.matter.pk for change in changes if PARTS in change.matter.aspects]
    found: dict[int, list[CasePart]] = {pk: [] for pk in wanted}
    if wanted:
        for part in CasePart.objects.filter(case__in=wanted, current=True).order_by("asked_seq", "pk"):
            found[part.case_id].append(part)
    return found


def _codes(parts: Sequence[CasePart]) -> list[str]:
    return [directory().by_id[part.organisation_id].code for part in parts]


# --- asking ----------------------------------------------------------------------------------------------------------


def ask(change: Change, units: Sequence[int], known: Sequence[CasePart]) -> None:
    """Give each of these organisations a part of its own, with a clock. `known`: the current parts of the case."""
    change.extra[NEW] = list(units)
    change.extra[OLD] = [part.pk for part in known if part.organisation_id in units]
    change.aside[CLOCK] = change.units = list(units)
    if units:
        change.mark(PARTS)


def record_ask(changes: Sequence[Change]) -> None:
    update_rows(CasePart, ("current",), [(pk, False) for change in changes for pk in _listed(change, OLD)])
    insert_rows(
        CasePart,
        ("case", "organisation", "round", "state", "current", "asked_seq", "asked_at", "officer"),
        [
            (c.matter.pk, unit, case_of(c).round, PartState.ASKED, True, c.seq, c.at, "")
            for c in changes
            for unit in _listed(c, NEW)
        ],
    )


def _listed(change: Change, name: str) -> list[int]:
    found = change.extra[name]
    assert isinstance(found, list)
    return found


def check_ask(changes: Sequence[Change]) -> None:
    load(changes)
    parts = load_parts(changes)
    fit = {listed.code: listed for listed in directory().handlers()}
    for change in changes:
        data, matter = data_of(change, inputs.AskParts), change.matter
        codes = list(dict.fromkeys(data.units))
        units = [fit[code] for code in codes if code in fit]
        open_now = {p.organisation_id for p in open_parts(parts.get(matter.pk, ()), matter, case_of(change).round)}
        problems = [f"没有这个单位：{code}" for code in codes if code not in fit]
        problems += [f"{unit.label}是主办单位" for unit in units if unit.id == matter.lead_id]
        problems += [
            f"这件诉求现在由{unit.label}办理" for unit in units if unit.id == matter.holder_id != matter.lead_id
        ]
        problems += [f"{unit.label}已在协办，要改请先退回或取消" for unit in units if unit.id in open_now]
        if problems:
            change.refuse(Invalid("这些单位不能协办。", fields={"units": problems}))
            continue
        if data.days:
            change.limits[CLOCK] = (data.days, "working_days")
        ask(change, [unit.id for unit in units], parts.get(matter.pk, ()))
        change.set(co_handlers=list(dict.fromkeys([*matter.co_handlers, *(unit.id for unit in units)])))
        change.facts |= figures(change)
        change.done = f"已请{'、'.join(unit.label for unit in units)}协办"


# --- the co-handler's own steps --------------------------------------------------------------------------------------


def may_take(matter: Matter, actor: Actor) -> bool:
    return _own_in(matter, actor, (PartState.ASKED,))


def may_report(matter: Matter, actor: Actor) -> bool:
    return _own_in(matter, actor, (PartState.WORKING,))


def may_decline(matter: Matter, actor: Actor) -> bool:
    return _own_in(matter, actor, TO_DO)


def _own_in(matter: Matter, actor: Actor, states: Sequence[str]) -> bool:
    own = [part for part in parts_of(matter) if part.organisation_id == actor.organisation_id]
    return bool(open_parts(own, matter, matter.case.round, states))


def check_take(changes: Sequence[Change]) -> None:
    _own_part(changes, (PartState.ASKED,))


def check_report(changes: Sequence[Change]) -> None:
    _own_part(changes, (PartState.WORKING,))


def check_decline(changes: Sequence[Change]) -> None:
    _own_part(changes, TO_DO)


def _own_part(changes: Sequence[Change], states: Sequence[str]) -> None:
    """The part of whoever acts; refused when it is not in one of these states."""
    load(changes)
    parts = load_parts(changes)
    for change in changes:
        own = [p for p in parts.get(change.matter.pk, ()) if p.organisation_id == change.actor.organisation_id]
        meant = open_parts(own, change.matter, case_of(change).round, states)
        if not meant:
            state = PartState(own[0].state).label if own else "没有"
            change.refuse(Conflict(f"本单位的协办现在是“{state}”，不能{change.step.label}。", code="part_state"))
            continue
        _about(change, meant[0])


def _about(change: Change, part: CasePart) -> None:
    change.extra[MEANT] = part
    change.aside[CLOCK] = [part.organisation_id]
    unit = directory().by_id[part.organisation_id]
    change.facts |= figures(change) | {"co_handler": unit.code, "asked_at": part.asked_at.isoformat()}


def _part(change: Change) -> CasePart:
    part = change.extra[MEANT]
    assert isinstance(part, CasePart)
    return part


def record_take(changes: Sequence[Change]) -> None:
    update_rows(
        CasePart,
        ("state", "officer"),
        [(_part(c).pk, PartState.WORKING, data_of(c, inputs.TakePart).officer) for c in changes],
    )


def record_report(changes: Sequence[Change]) -> None:
    _record_answer(changes, PartState.REPORTED)


def record_decline(changes: Sequence[Change]) -> None:
    _record_answer(changes, PartState.DECLINED)


def _record_answer(changes: Sequence[Change], state: PartState) -> None:
    update_rows(
        CasePart,
        ("state", "answered_seq", "answered_at", "judged_seq"),
        [(_part(c).pk, state, c.seq, c.at, None) for c in changes],
    )


# --- what the lead says to it ----------------------------------------------------------------------------------------


def may_ask(matter: Matter, actor: Actor) -> bool:
    return matter.lead_id is not None


def may_accept(matter: Matter, actor: Actor) -> bool:
    return _any_in(matter, (PartState.REPORTED,))


def may_return(matter: Matter, actor: Actor) -> bool:
    return _any_in(matter, TO_JUDGE)


def may_drop(matter: Matter, actor: Actor) -> bool:
    return _any_in(matter, OPEN)


def _any_in(matter: Matter, states: Sequence[str]) -> bool:
    return bool(open_parts(parts_of(matter), matter, matter.case.round, states))


def judged_states(step: str) -> Sequence[str]:
    """In which states a part can be meant by this step of the lead."""
    return {"accept_part": (PartState.REPORTED,), "return_part": TO_JUDGE, "drop_part": OPEN}[step]


def _named_part(change: Change, parts: Sequence[CasePart], code: str) -> bool:
    """Find the part that the lead speaks of; False when there is none, and it was refused."""
    unit = directory().by_code.get(code)
    states = judged_states(change.step.key)
    meant = [
        p
        for p in open_parts(parts, change.matter, case_of(change).round, states)
        if unit and p.organisation_id == unit.id
    ]
    if not meant:
        words = f"{unit.label}没有可以{change.step.label}的协办" if unit else "没有这个单位"
        change.refuse(Invalid(f"{words}。", fields={"unit": [f"{words}，请重新选择"]}))
        return False
    _about(change, meant[0])
    change.units = [meant[0].organisation_id]
    return True


def check_accept(changes: Sequence[Change]) -> None:
    load(changes)
    parts = load_parts(changes)
    for change in changes:
        _named_part(change, parts.get(change.matter.pk, ()), data_of(change, inputs.AcceptPart).unit)


def record_accept(changes: Sequence[Change]) -> None:
    _record_judged(changes, PartState.ACCEPTED)


def check_return(changes: Sequence[Change]) -> None:
    load(changes)
    parts = load_parts(changes)
    for change in changes:
        data = data_of(change, inputs.ReturnPart)
        if _named_part(change, parts.get(change.matter.pk, ()), data.unit):
            change.facts["was"] = _part(change).state
        if data.days:
            change.limits[CLOCK] = (data.days, "working_days")


def record_return(changes: Sequence[Change]) -> None:
    """Whoever had taken it goes on with it; who had not, takes it first."""
    update_rows(
        CasePart,
        ("state", "judged_seq"),
        [(_part(c).pk, PartState.WORKING if _part(c).officer else PartState.ASKED, c.seq) for c in changes],
    )


def check_drop(changes: Sequence[Change]) -> None:
    load(changes)
    parts = load_parts(changes)
    for change in changes:
        mine = parts.get(change.matter.pk, ())
        if not _named_part(change, mine, data_of(change, inputs.DropPart).unit):
            continue
        change.facts["was"] = _part(change).state
        gone = _part(change).organisation_id
        change.set(co_handlers=[unit for unit in change.matter.co_handlers if unit != gone])
        change.done = f"已取消{directory().name_of(gone)}的协办"


def record_drop(changes: Sequence[Change]) -> None:
    _record_judged(changes, PartState.ENDED)


def _record_judged(changes: Sequence[Change], state: PartState) -> None:
    update_rows(CasePart, ("state", "judged_seq"), [(_part(c).pk, state, c.seq) for c in changes])


# --- what other steps mean for parts ---------------------------------------------------------------------------------


def missing_opinions(changes: Sequence[Change]) -> dict[int, list[CasePart]]:
    """Parts that stand against a proposal, by case; the cases are loaded."""
    parts = load_parts(changes)
    return {
        c.matter.pk: found
        for c in changes
        if (found := open_parts(parts.get(c.matter.pk, ()), c.matter, case_of(c).round))
    }


def opinions_wanted(change: Change, waiting: Sequence[CasePart]) -> str:
    """What stands against going without them; "" when the lead has said why it does."""
    data = data_of(change, inputs.Propose)
    if not waiting:
        return ""
    change.facts["without"] = _codes(waiting)
    names = "、".join(directory().name_of(part.organisation_id) for part in waiting)
    return "" if data.without_parts else f"{names}的协办还没有了结；先采纳、退回或取消，或者在这里写明为什么不再等"


def end_with(changes: Sequence[Change], rounds: Mapping[int, int]) -> None:
    """For the `check` of a step with which all open parts end: their units are those that it names, to be told.
    `rounds`: of each case, by matter."""
    parts = load_parts(changes)
    for change in changes:
        over = open_parts(parts.get(change.matter.pk, ()), change.matter, rounds[change.matter.pk])
        change.extra[OVER] = [part.pk for part in over]
        change.units = [part.organisation_id for part in over]


def record_ended(changes: Sequence[Change]) -> None:
    update_rows(CasePart, ("state",), [(pk, PartState.ENDED) for change in changes for pk in _listed(change, OVER)])


def record_succeed(changes: Sequence[Change]) -> None:
    """A part of a dissolved organisation goes on with its heir, its clock too; without one it ends."""
    book = directory()
    parts = load_parts(changes)
    for change in changes:
        for part in parts.get(change.matter.pk, ()):
            if book.by_id[part.organisation_id].current:
                continue
            heir = book.heir_of(part.organisation_id)
            clocks = Clock.objects.filter(
                matter=change.matter.pk, aside=True, stopped_at=None, organisation=part.organisation_id
            )
            standing = change.matter.co_handlers
            taken = any(p.organisation_id == heir.id for p in parts[change.matter.pk]) if heir else True
            if heir is None or taken or heir.id not in standing:
                clocks.update(
                    stopped_at=change.at, stopped_seq=change.seq, met=None, paused_at=None, next_alert_at=None
                )
                CasePart.objects.filter(pk=part.pk).update(state=PartState.ENDED)
            else:
                clocks.update(organisation_id=heir.id)
                CasePart.objects.filter(pk=part.pk).update(organisation_id=heir.id)
