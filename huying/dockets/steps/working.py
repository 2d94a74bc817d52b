"""Work that a decision has become: assigned, fed back by its owner, accepted or sent back by the docket's lead."""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases.steps.headlines import headline
from huying.cases.steps.particulars import data_of
from huying.dockets import inputs
from huying.dockets.models import Decision
from huying.dockets.steps.particulars import decision_of, load_work, unit
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden
from huying.kernel.search import index_text
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory


def leads(actor: Actor, matter: Matter) -> bool:
    """The lead of the docket helps with its work, in the sense that it sees and judges it."""
    return actor.scope == "all" or (actor.organisation_id is not None and actor.organisation_id in matter.co_handlers)


def check_assign(changes: Sequence[Change]) -> None:
    wanted = {data_of(change, inputs.Assign).docket for change in changes}
    dockets = {matter.number: matter for matter in Matter.objects.filter(kind="docket", number__in=wanted)}
    for change in changes:
        data = data_of(change, inputs.Assign)
        docket, owner = dockets.get(data.docket), unit(change, data.owner, "owner")
        if docket is None or docket.state != "in_progress" or docket.lead_id is None:
            change.refuse(Conflict("这个议题不在办理中，不能再交办任务。", code="not_in_progress"))
            continue
        if owner is None:
            continue
        change.matter.channel = ""
        change.set(
            title=headline(data.text),
            holder_id=owner.id,
            first_holder_id=owner.id,
            lead_id=owner.id,
            co_handlers=[docket.lead_id],
            urgency=docket.urgency,
        )
        change.document = index_text(data.text)
        change.extra["docket"] = docket.pk
        if data.days:
            change.limits["feedback"] = (data.days, "working_days")


def record_assign(changes: Sequence[Change]) -> None:
    rows = [(c.matter.pk, c.extra["docket"], data_of(c, inputs.Assign).meeting) for c in changes]
    insert_rows(Decision, ("matter", "docket", "meeting"), rows)


def check_feed_back(changes: Sequence[Change]) -> None:
    load_work(changes)
    for change in changes:
        change.set(holder_id=decision_of(change).docket.matter.lead_id, holder_user_id=None)


def record_feed_back(changes: Sequence[Change]) -> None:
    update_rows(Decision, ("answered_by",), [(c.matter.pk, c.actor.user_id) for c in changes])


def may_judge(matter: Matter, actor: Actor) -> bool:
    """Not whoever fed it back: a lead may own work of its own docket."""
    return matter.decision.answered_by_id is None or matter.decision.answered_by_id != actor.user_id


def check_accept(changes: Sequence[Change]) -> None:
    load_work(changes)
    for change in changes:
        answered_by = decision_of(change).answered_by_id
        if answered_by is not None and answered_by == change.actor.user_id:
            change.refuse(Forbidden("不能验收自己反馈的任务，请由另一位同事验收。", code="own_feedback"))
        _back_to_owner(change)


def check_send_back(changes: Sequence[Change]) -> None:
    for change in changes:
        data = data_of(change, inputs.SendWorkBack)
        if data.days:
            change.limits["feedback"] = (data.days, "working_days")
        _back_to_owner(change)


def check_give_up(changes: Sequence[Change]) -> None:
    for change in changes:
        _back_to_owner(change)


def _back_to_owner(change: Change) -> None:
    assert change.matter.lead_id is not None
    change.set(holder_id=change.matter.lead_id, holder_user_id=None)


def check_succeed(changes: Sequence[Change]) -> None:
    """Whoever has taken over from the owner or from the docket's lead goes on; where nobody has, the lead or the
    centre does."""
    book = directory()
    for change in changes:
        matter = change.matter
        judges = [book.heir_of(one) or book.centre for one in matter.co_handlers] or [book.centre]
        owner = book.heir_of(matter.lead_id) or judges[0]
        holder = book.heir_of(matter.holder_id) or (owner if matter.state == "assigned" else judges[0])
        gone = book.by_id[matter.holder_id]
        change.facts |= {"dissolved": gone.code if not gone.current else "", "heir": holder.code}
        change.set(
            holder_id=holder.id,
            holder_user_id=matter.holder_user_id if gone.current else None,
            lead_id=owner.id,
            co_handlers=list(dict.fromkeys(one.id for one in judges)),
        )
