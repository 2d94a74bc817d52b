"""Objecting to a dispatch, the chief's endorsement, the ruling, and who has it when several deny it."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from huying.cases import inputs, objections
from huying.cases.enums import Verdict
from huying.cases.models import Objection
from huying.cases.objections import BOUND, DENIED_BY, DISPUTED, OBJECTED, RULED, TAKEN_BACK
from huying.cases.steps import parts, sorting
from huying.cases.steps.particulars import data_of, figures, load
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.knowledge.rules.book import citable
from huying.matters.flow import BACK, Change
from huying.people.directory import directory

PLAIN, AS_DISPUTE = 0, 1  # places of the outcomes that lead to the same state
SETTLED = ("joined", "closed")  # states in which a dispute is over
BELIEVED = (Verdict.UPHELD, Verdict.RETURNED)
BEFORE = "before"  # in `Change.extra`: the `History` as far as units are concerned
GIVEN = "given_seq"  # as a fact: the line by which the unit was given it
OPEN = "objection"  # in `Change.extra`: the objection that the step is about


# --- objecting -------------------------------------------------------------------------------------------------------


def check_object(changes: Sequence[Change]) -> None:
    load(changes)
    book, known = directory(), objections.histories(changes)
    fit = {listed.code for listed in book.handlers()}
    for change in changes:
        data, matter = data_of(change, inputs.Object), change.matter
        unit = book.by_id[matter.lead_id or matter.holder_id]
        handle = next((clock for clock in change.clocks if clock.kind == "handle"), None)
        if words := objections.against_objecting(matter, handle.started_at if handle else None, change.at):
            change.refuse(Conflict(f"{words}。", code="not_objectable"))
        suggested = list(dict.fromkeys(data.suggested))
        if unknown := [code for code in suggested if code not in fit]:
            words = f"没有这个单位：{'、'.join(unknown)}"
            change.refuse(Invalid(f"{words}。", fields={"suggested": [words]}))
        if unit.code in suggested:
            change.refuse(Invalid("建议的是本单位。", fields={"suggested": ["不能建议由本单位办理"]}))
        said = known[matter.pk]
        change.extra["suggested"], change.extra["dispatched_by"] = suggested, said.dispatched_by
        change.extra[GIVEN] = handle.started_seq if handle else None
        change.facts |= figures(change) | {
            "unit": unit.code,
            "dispatched_by": said.dispatched_by,
            GIVEN: change.extra[GIVEN],
        }
        change.set(returns_to=matter.state)
        change.mark(OBJECTED)


_ENDED = ("verdict", "ended_at", "ended_by")
_DENIED = (
    "case",
    "seq",
    "given_seq",
    "way",
    "unit",
    "cause",
    "suggested",
    "at",
    "by",
    "dispatched_by",
    "held_by",
    *_ENDED,
)


def record_object(changes: Sequence[Change]) -> None:
    insert_rows(
        Objection,
        _DENIED,
        [
            (
                c.matter.pk,
                c.seq,
                c.extra[GIVEN],
                Objection.Way.OBJECTED.value,
                c.matter.lead_id or c.matter.holder_id,
                data_of(c, inputs.Object).cause.value,
                Jsonb(c.extra["suggested"]),
                c.at,
                c.actor.user_id,
                c.extra["dispatched_by"],
                c.matter.holder_user_id,
                "",
                None,
                None,
            )
            for c in changes
        ],
    )


# --- within the unit -------------------------------------------------------------------------------------------------


def load_objections(changes: Sequence[Change]) -> None:
    """Put the open `Objection` into each change, what units have been believed before, and what figures need of it into
    its facts."""
    rows = list(Objection.objects.filter(case__in=[c.matter.pk for c in changes]).order_by("seq"))
    found = {row.case_id: row for row in rows if row.ended_at is None}
    units = directory().by_id
    for change in changes:
        objection = found[change.matter.pk]
        change.extra[OPEN] = objection
        believed = [row for row in rows if row.case_id == change.matter.pk and row.verdict in BELIEVED]
        change.extra[BEFORE] = objections.History(units=[units[row.unit_id].code for row in believed])
        change.facts |= figures(change) | {
            "unit": units[objection.unit_id].code,
            "cause": objection.cause,
            "dispatched_by": objection.dispatched_by_id,
        }


def objection_of(change: Change) -> Objection:
    objection = change.extra[OPEN]
    assert isinstance(objection, Objection)
    return objection


def check_endorse(changes: Sequence[Change]) -> None:
    """It leaves the unit: the centre has it in hand until the ruling. Where another has denied it before, or this one
    often enough, it is no mistake of one dispatch any more, but a dispute."""
    load(changes)
    load_objections(changes)
    centre = directory().centre.id
    for change in changes:
        objection, before = objection_of(change), change.extra[BEFORE]
        assert isinstance(before, objections.History)
        if objection.by_id is not None and objection.by_id == change.actor.user_id:
            change.refuse(Forbidden("不能审核自己提出的申诉，请由另一位负责人审核。", code="own_objection"))
        change.set(holder_id=centre, holder_user_id=None)
        if before.disputed_with(str(change.facts["unit"])):
            change.outcome = change.step.outcomes[AS_DISPUTE]
            change.mark(DISPUTED)
            change.facts["disputed"] = True


def record_endorse(changes: Sequence[Change]) -> None:
    update_rows(
        Objection, ("endorsed_at", "endorsed_by"), [(objection_of(c).pk, c.at, c.actor.user_id) for c in changes]
    )


def check_return(changes: Sequence[Change]) -> None:
    """It goes on where it was: the chief does not agree, or the unit has thought better of it."""
    load(changes)
    load_objections(changes)
    for change in changes:
        _give_back(change, objection_of(change))
        if DISPUTED in change.matter.aspects:
            change.unmark(DISPUTED)


def _give_back(change: Change, objection: Objection) -> None:
    change.set(holder_id=change.matter.lead_id, holder_user_id=objection.held_by_id)


def record_decline(changes: Sequence[Change]) -> None:
    end(changes, Verdict.DECLINED)


def record_withdraw(changes: Sequence[Change]) -> None:
    end(changes, Verdict.WITHDRAWN)


def end(changes: Sequence[Change], verdict: Verdict) -> None:
    rows = [(objection_of(c).pk, verdict.value, c.at, c.actor.user_id) for c in changes]
    update_rows(Objection, _ENDED, rows)


# --- the ruling ------------------------------------------------------------------------------------------------------


def check_cited(change: Change, cited: str) -> None:
    """A ruling cites a rule as it is today."""
    if cited and cited not in dict(citable()):
        change.refuse(Invalid("没有这条口径。", fields={"cited": ["没有这条口径，或者它已经改过，请重新选择"]}))


def check_rule(changes: Sequence[Change]) -> None:
    load(changes)
    load_objections(changes)
    centre = directory().centre.id
    for change in changes:
        data, objection = data_of(change, inputs.Rule), objection_of(change)
        check_cited(change, data.cited)
        if DISPUTED in change.matter.aspects:
            change.refuse(Conflict("这件诉求已成责任争议，请用“裁定承办”定下由谁办理。", code="disputed"))
        if not objections.is_apart(objection, change.actor):
            change.refuse(
                Forbidden(
                    "派单的人、提出和审核申诉的人不能裁定这件申诉，请由另一位派单审核员裁定。", code="own_dispatch"
                )
            )
        if data.upheld:
            change.choose("triaged")
            change.facts[DENIED_BY] = change.facts["unit"]
            change.set(holder_id=centre, holder_user_id=None, lead_id=None, co_handlers=[], returns_to="")
        else:
            change.choose(BACK)
            _give_back(change, objection)
            change.mark(RULED)


def record_rule(changes: Sequence[Change]) -> None:
    for verdict, upheld in ((Verdict.UPHELD, True), (Verdict.REJECTED, False)):
        ruled = [c for c in changes if data_of(c, inputs.Rule).upheld is upheld]
        end(ruled, verdict)


def check_assign(changes: Sequence[Change]) -> None:
    """Who has it is settled: the unit that is named can neither object nor hand it back."""
    known = objections.histories(changes)
    sorting.check_dispatch(changes)
    objected = [c for c in changes if c.matter.state == "objected"]
    if objected:
        load_objections(objected)
    for change in changes:
        data, said = data_of(change, inputs.AssignByRuling), known[change.matter.pk]
        check_cited(change, data.cited)
        if DISPUTED not in change.matter.aspects:
            change.refuse(Conflict("这件诉求没有责任争议，请用“派单”。", code="not_disputed"))
        if change.actor.user_id is not None and change.actor.user_id in said.dispatchers | said.objectors:
            change.refuse(
                Forbidden("以前派过这件的人不能裁定，请由另一位派单审核员或者督导员裁定。", code="own_dispatch")
            )
        objection = change.extra.get(OPEN)
        if isinstance(objection, Objection):
            stays = change.columns.get("lead_id") == objection.unit_id
            change.facts["upheld"] = not stays
            if not stays:
                change.facts[DENIED_BY] = change.facts["unit"]
        change.facts |= {"units": list(dict.fromkeys(said.units)), "lead": data.lead}
        change.set(returns_to="")
        change.unmark(DISPUTED)
        change.mark(RULED)


def record_assign(changes: Sequence[Change]) -> None:
    parts.record_ask(changes)
    objected = [c for c in changes if OPEN in c.extra]
    for verdict, upheld in ((Verdict.UPHELD, True), (Verdict.REJECTED, False)):
        end([c for c in objected if c.facts.get("upheld") is upheld], verdict)


# --- steps of other ideas that meet it -------------------------------------------------------------------------------


def check_dispatch(changes: Sequence[Change]) -> None:
    """A dispute is not settled by giving it to the next."""
    for change in changes:
        if DISPUTED in change.matter.aspects:
            change.refuse(Conflict("这件诉求已成责任争议，由裁定定下承办单位，不能直接派单。", code="disputed"))
        elif RULED in change.matter.aspects:  # that unit has it no more
            change.unmark(RULED)
    sorting.check_dispatch(changes)


def check_hand_back(changes: Sequence[Change]) -> None:
    sorting.check_hand_back(changes)
    known, units = objections.histories(changes), directory().by_id
    for change in changes:
        if not objections.may_hand_back(change.matter, change.actor):
            change.refuse(Conflict(f"{BOUND}。", code="ruled"))
        if not objections.denies(change.actor):
            change.excuses |= dict.fromkeys(("acknowledge", "handle"), TAKEN_BACK)
            continue
        unit, said = units[change.matter.holder_id].code, known[change.matter.pk]
        change.extra["unit"], change.extra["dispatched_by"] = change.matter.holder_id, said.dispatched_by
        given = next((clock for clock in change.clocks if clock.kind == "acknowledge"), None)
        change.extra[GIVEN] = given.started_seq if given else None
        change.facts |= {DENIED_BY: unit, "dispatched_by": said.dispatched_by, GIVEN: change.extra[GIVEN]}
        change.mark(OBJECTED)
        if said.disputed_with(unit):
            change.outcome = change.step.outcomes[AS_DISPUTE]
            change.mark(DISPUTED)
            change.facts["disputed"] = True


def record_hand_back(changes: Sequence[Change]) -> None:
    parts.record_ended(changes)
    insert_rows(
        Objection,
        _DENIED,
        [
            (
                c.matter.pk,
                c.seq,
                c.extra[GIVEN],
                Objection.Way.HANDED_BACK.value,
                c.extra["unit"],
                data.reason.value,
                Jsonb([data.suggested] if data.suggested else []),
                c.at,
                c.actor.user_id,
                c.extra["dispatched_by"],
                None,
                Verdict.RETURNED.value,
                c.at,
                c.actor.user_id,
            )
            for c in changes
            if "unit" in c.extra
            for data in (data_of(c, inputs.HandBack),)
        ],
    )


def drop(changes: Sequence[Change]) -> None:
    """Of steps that take a case away while it is objected to: nobody rules on it any more. Loaded by `load_open`."""
    end([c for c in changes if OPEN in c.extra], Verdict.DROPPED)


def load_open(changes: Sequence[Change]) -> None:
    """Put the open objection into those changes whose case is objected to."""
    wanted = {c.matter.pk: c for c in changes if c.matter.state in ("objecting", "objected")}
    if wanted:
        for row in objections.standing().filter(case__in=list(wanted)):
            wanted[row.case_id].extra[OPEN] = row


def check_along(changes: Sequence[Change]) -> None:
    """A dispute is over wherever nobody has to be found for it any more, whichever step led there."""
    for change in changes:
        if DISPUTED in change.aspects and change.target in SETTLED:
            change.unmark(DISPUTED)


def check_succeed(changes: Sequence[Change]) -> None:
    load_open(changes)
    sorting.check_succeed(changes)


def record_succeed(changes: Sequence[Change]) -> None:
    """Whoever takes a case over decides on the objection to it as on its own; where nobody does, it ends."""
    drop([c for c in changes if c.target == "triaged"])
    inherited = [(c, c.columns["lead_id"] or c.columns["holder_id"]) for c in changes if c.target != "triaged"]
    rows = [(objection_of(c).pk, unit, c.columns["holder_user_id"]) for c, unit in inherited if OPEN in c.extra]
    update_rows(Objection, ("unit", "held_by"), rows)
