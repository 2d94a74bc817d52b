"""Joint meetings: planned, answered by those invited, held with minutes; and what they decide."""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases.steps.particulars import data_of
from huying.dockets import inputs
from huying.dockets.models import Docket, Invitation, Meeting
from huying.dockets.steps.particulars import docket_of, load, unit, units
from huying.dockets.work import WORK
from huying.kernel import outbox
from huying.kernel.bulk import insert_rows, reserve_ids, update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.matters.engine import Opening, open_many
from huying.matters.flow import STAY, Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import Listed, directory

INVITED = "dockets.invited"  # outbox topic: one row for each meeting planned


def may_plan(matter: Matter, actor: Actor) -> bool:
    """While no other is planned, and where there is somebody to ask."""
    return matter.docket.meeting_id is None and bool(matter.co_handlers)


def planned(matter: Matter, actor: Actor) -> bool:
    return matter.docket.meeting_id is not None


def takes_part(actor: Actor, matter: Matter) -> bool:
    """Whose turn it may be to answer an invitation: the bodies themselves, nobody for them."""
    own = actor.organisation_id
    return own is not None and (own == matter.lead_id or own in matter.co_handlers)


def is_asked(matter: Matter, actor: Actor) -> bool:
    """Whether the actor's body was invited and has not answered. Asks the database only while a meeting is planned."""
    return planned(matter, actor) and _unanswered(matter.docket, actor) is not None


def _unanswered(docket: Docket, actor: Actor) -> int | None:
    rows = Invitation.objects.filter(
        meeting=docket.meeting_id, organisation=actor.organisation_id, answered_at=None
    ).values_list("pk", flat=True)
    return rows.first()


def check_plan(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        data = data_of(change, inputs.PlanMeeting)
        if docket_of(change).meeting_id is not None:
            change.refuse(Conflict("已有一次会议待开，先登记纪要或取消它，再安排下一次。", code="planned_already"))
        if data.at <= change.at:
            change.refuse(Invalid("会议时间要在现在以后。", fields={"at": ["会议时间要在现在以后"]}))
        change.extra["invited"] = _members(change, data.invited, "invited")


def _members(change: Change, codes: Sequence[str], field: str) -> list[Listed]:
    """Bodies of this docket."""
    found = units(change, codes, field)
    matter = change.matter
    if strange := [one.label for one in found if one.id != matter.lead_id and one.id not in matter.co_handlers]:
        sentence = f"不是牵头或成员单位：{'、'.join(strange)}"
        change.refuse(Invalid(f"{sentence}。", fields={field: [sentence]}))
    return found


def record_plan(changes: Sequence[Change]) -> None:
    keys = reserve_ids(Meeting, len(changes))
    invitations: list[tuple[int, int]] = []
    meetings: list[tuple[object, ...]] = []
    told: list[outbox.Payload] = []
    for key, change in zip(keys, changes, strict=True):
        data = data_of(change, inputs.PlanMeeting)
        invited = change.extra["invited"]
        assert isinstance(invited, list)
        meetings.append((key, change.matter.pk, change.seq, data.at, data.place, []))
        invitations += [(key, one.id) for one in invited]
        if not change.quiet:
            told.append({"meeting": key, "seq": change.seq, "user": change.actor.user_id})
    insert_rows(Meeting, ("id", "docket", "planned_seq", "at", "place", "attended"), meetings)
    insert_rows(Invitation, ("meeting", "organisation"), invitations)
    update_rows(Docket, ("meeting",), [(c.matter.pk, key) for key, c in zip(keys, changes, strict=True)])
    outbox.emit(INVITED, told)


def check_planned(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        if docket_of(change).meeting_id is None:
            change.refuse(Conflict("没有待开的会议。", code="no_meeting"))


def record_cancel(changes: Sequence[Change]) -> None:
    update_rows(Meeting, ("cancelled_at",), [(docket_of(c).meeting_id, c.at) for c in changes])
    _nothing_planned(changes)


def _nothing_planned(changes: Sequence[Change]) -> None:
    update_rows(Docket, ("meeting",), [(c.matter.pk, None) for c in changes])


def check_answer(changes: Sequence[Change]) -> None:
    check_planned(changes)
    for change in changes:
        data = data_of(change, inputs.AnswerInvitation)
        if data.attending and not data.who:
            change.refuse(Invalid("请写明谁来参加。", fields={"who": ["请写明谁来参加"]}))
        if not data.attending and not data.note:
            change.refuse(Invalid("请写明为什么不能参加。", fields={"note": ["请写明为什么不能参加"]}))
        change.choose(STAY, "coming" if data.attending else "not_coming")
        change.told["body"] = directory().name_of(change.actor.organisation_id)
        asked = _unanswered(docket_of(change), change.actor)
        if asked is None:
            change.refuse(Conflict("贵单位不在这次会议的邀请之列，或者已经回复过。", code="not_asked"))
        change.extra["invitation"] = asked


def record_answer(changes: Sequence[Change]) -> None:
    update_rows(
        Invitation,
        ("answered_at", "attending", "seq"),
        [(c.extra["invitation"], c.at, data_of(c, inputs.AnswerInvitation).attending, c.seq) for c in changes],
    )


def check_hold(changes: Sequence[Change]) -> None:
    check_planned(changes)
    for change in changes:
        data = data_of(change, inputs.HoldMeeting)
        change.facts["meeting"] = docket_of(change).meeting_id
        change.extra["attended"] = [one.id for one in _members(change, data.attended, "attended")]
        if data.at < change.matter.opened_at.replace(second=0, microsecond=0):  # forms tell minutes
            change.refuse(Invalid("开会时间不能早于提出议题。", fields={"at": ["开会时间不能早于提出议题的时间"]}))


def record_hold(changes: Sequence[Change]) -> None:
    update_rows(
        Meeting,
        ("held_seq", "at", "attended"),
        [(docket_of(c).meeting_id, c.seq, data_of(c, inputs.HoldMeeting).at, c.extra["attended"]) for c in changes],
    )
    _nothing_planned(changes)


# --- decisions -------------------------------------------------------------------------------------------------------


def check_decide(changes: Sequence[Change]) -> None:
    for change in changes:
        data = data_of(change, inputs.Decide)
        unit(change, data.owner, "owner")
        if data.meeting:
            held = Meeting.objects.filter(docket=change.matter.pk, held_seq__isnull=False)
            if not data.meeting.isdigit() or not held.filter(pk=int(data.meeting)).exists():
                sentence = "没有这次会议，或者还没有登记纪要"
                change.refuse(Invalid(f"{sentence}。", fields={"meeting": [sentence]}))


def record_decide(changes: Sequence[Change]) -> None:
    """Each becomes a matter of its own, opened by whoever decided, in the same transaction."""
    for change in changes:
        data = data_of(change, inputs.Decide)
        work = {
            "docket": change.matter.number,
            "meeting": int(data.meeting) if data.meeting else None,
            "text": data.text,
            "owner": data.owner,
            "days": data.days,
        }
        opening = Opening(change.actor, work, change.at, change.now)
        open_many(WORK, "assign", [opening], now=change.now, quiet=change.quiet)[0].unwrap()
