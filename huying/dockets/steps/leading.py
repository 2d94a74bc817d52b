"""Drafting a docket, opening it, who leads and takes part, its result and its end."""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases.steps.particulars import data_of
from huying.dockets import inputs, options
from huying.dockets.enums import DocketKind
from huying.dockets.models import Docket
from huying.dockets.steps import gathering
from huying.dockets.steps.particulars import docket_of, load, seat_of, unit, units
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid, Refusal
from huying.kernel.search import index_text
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory

AWAITING_ACCEPTANCE = "awaiting_acceptance"


def check_draft(changes: Sequence[Change]) -> None:
    centre = directory().centre
    for change in changes:
        data = data_of(change, inputs.Draft)
        actor = change.actor
        own = actor.organisation_id if actor.scope in ("organisation", "street", "community") else None
        gathering.find(change, data.numbers)
        change.matter.channel = ""
        change.set(
            title=data.title, subkind=data.kind.value, holder_id=own or centre.id, first_holder_id=own or centre.id
        )
        change.document = index_text(data.title, data.text)


def record_draft(changes: Sequence[Change]) -> None:
    insert_rows(Docket, ("matter", "officer"), [(c.matter.pk, "") for c in changes])
    gathering.record_add(changes)


def check_revise(changes: Sequence[Change]) -> None:
    for change in changes:
        data = data_of(change, inputs.Revise)
        change.set(title=data.title, subkind=data.kind.value)
        change.document = index_text(data.title, data.text)


# --- who leads, who takes part ---------------------------------------------------------------------------------------


def check_open(changes: Sequence[Change]) -> None:
    for change in changes:
        data = data_of(change, inputs.Open)
        lead, leader = _staffed(change, data.lead, data.leader, data.members)
        if lead is None:
            continue
        change.set(holder_id=lead, holder_user_id=None, first_holder_id=lead)
        change.extra["row"] = (leader, data.days)
        if data.days:
            change.limits["solve"] = (data.days, "working_days")


def record_open(changes: Sequence[Change]) -> None:
    update_rows(Docket, ("leader", "days"), [(c.matter.pk, *_row(c)) for c in changes])


def _row(change: Change) -> tuple[object, ...]:
    row = change.extra["row"]
    assert isinstance(row, tuple)
    return row


def _staffed(change: Change, lead: str, leader: str, members: Sequence[str]) -> tuple[int | None, int | None]:
    """Put lead and members into the change; their ids, None for the lead when something was refused."""
    leading, taking_part = unit(change, lead, "lead"), units(change, members, "members")
    known = dict(options.leaders())
    if leader and leader not in known:
        sentence = "没有这位领导，可能岗位刚有变动，请重新选择"
        change.refuse(Invalid(f"{sentence}。", fields={"leader": [sentence]}))
    if change.matter.subkind == DocketKind.LEADER and not leader:
        change.refuse(Invalid("领导包案的议题要指定包案领导。", fields={"leader": ["请选择包案领导"]}))
    if change.refusal is not None or leading is None:
        return None, None
    change.set(lead_id=leading.id, co_handlers=[one.id for one in taking_part if one.id != leading.id])
    return leading.id, int(leader) if leader else None


def check_adjust(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        data = data_of(change, inputs.Adjust)
        before = change.matter.lead_id
        lead, leader = _staffed(change, data.lead, data.leader, data.members)
        if lead is None:
            continue
        if lead != before and (open_work := unfinished(change.matter)):
            sentence = f"还有 {open_work} 项任务没有了结，由现在的牵头单位验收或取消之后才能换牵头单位"
            change.refuse(Conflict(f"{sentence}。", code="open_work", fields={"lead": [sentence]}))
            continue
        change.extra["row"] = (leader,)
        if change.matter.state == AWAITING_ACCEPTANCE:
            change.set(**_judge(leader))
        else:
            change.set(holder_id=lead, holder_user_id=change.matter.holder_user_id if lead == before else None)


def record_adjust(changes: Sequence[Change]) -> None:
    update_rows(Docket, ("leader",), [(c.matter.pk, *_row(c)) for c in changes])


def check_take_up(changes: Sequence[Change]) -> None:
    for change in changes:
        change.set(holder_user_id=change.actor.user_id)


def record_take_up(changes: Sequence[Change]) -> None:
    update_rows(Docket, ("officer",), [(c.matter.pk, data_of(c, inputs.TakeUp).officer) for c in changes])


# --- its end ---------------------------------------------------------------------------------------------------------


def unfinished(matter: Matter) -> int:
    """How much of its work has been neither accepted nor given up."""
    return Matter.objects.filter(decision__docket=matter.pk, closed_at=None).count()


def against_ending(matter: Matter, docket: Docket) -> str:
    """What has to be settled before a docket can end; "" when nothing has."""
    if open_work := unfinished(matter):
        return f"还有 {open_work} 项任务没有了结，先验收或取消"
    return "还有一次联席会议待开，先登记纪要或取消会议" if docket.meeting_id else ""


def may_end(matter: Matter, actor: Actor) -> bool:
    return not against_ending(matter, matter.docket)


def check_propose(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        docket = docket_of(change)
        if why := against_ending(change.matter, docket):
            change.refuse(Conflict(f"{why}，再提请验收。", code="unfinished"))
        change.set(**_judge(docket.leader_id))


def _judge(leader_id: int | None) -> dict[str, object]:
    """Whose turn it is to accept: the leader in charge, else the centre."""
    seat = seat_of(leader_id)
    return {"holder_id": seat or directory().centre.id, "holder_user_id": leader_id if seat else None}


def record_propose(changes: Sequence[Change]) -> None:
    update_rows(Docket, ("proposed_by",), [(c.matter.pk, c.actor.user_id) for c in changes])


def may_judge(matter: Matter, actor: Actor) -> bool:
    return _against_judging(matter.docket, actor) is None


def _against_judging(docket: Docket, actor: Actor) -> Refusal | None:
    if docket.proposed_by_id is not None and docket.proposed_by_id == actor.user_id:
        return Forbidden("不能验收自己提请的议题，请由另一位同事验收。", code="own_proposal")
    leader = docket.leader_id
    if leader is not None and leader not in (actor.user_id, actor.on_behalf_of_id) and seat_of(leader) is not None:
        return Forbidden("这个议题由包案领导验收。", code="leaders_own")
    return None


def check_judged(changes: Sequence[Change]) -> None:
    """Accepting, and sending back to the lead."""
    load(changes)
    for change in changes:
        if refusal := _against_judging(docket_of(change), change.actor):
            change.refuse(refusal)
        lead = change.matter.lead_id
        assert lead is not None
        change.set(holder_id=lead, holder_user_id=None)


def may_withdraw(matter: Matter, actor: Actor) -> bool:
    """A draft by whoever drafts; what was opened only by those who open."""
    return matter.state == "drafted" or (actor.may("dockets.open") and may_end(matter, actor))


def check_withdraw(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        if change.matter.state != "drafted" and not change.actor.may("dockets.open"):
            change.refuse(Forbidden("已经立项的议题，您的岗位不能撤销。"))
        if why := against_ending(change.matter, docket_of(change)):
            change.refuse(Conflict(f"{why}，再撤销。", code="unfinished"))


def check_succeed(changes: Sequence[Change]) -> None:
    """Whoever has taken over goes on; where nobody has, the centre does. Members that are no more go."""
    book = directory()
    for change in changes:
        matter = change.matter
        holder = book.by_id[matter.holder_id]
        heir, lead = book.heir_of(matter.holder_id), book.heir_of(matter.lead_id)
        heirs = [book.heir_of(member) for member in matter.co_handlers]
        members = list(dict.fromkeys(one.id for one in heirs if one is not None))
        change.facts |= {"dissolved": holder.code if not holder.current else "", "heir": heir.code if heir else ""}
        leads = (lead or book.centre).id if matter.lead_id else None
        change.set(
            holder_id=(heir or book.centre).id,
            holder_user_id=matter.holder_user_id if holder.current else None,
            lead_id=leads,
            co_handlers=[member for member in members if member != leads],
        )
