"""Climbing the ladder: a notice takes effect at once, anything higher when somebody else has signed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from huying.kernel.bulk import update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.supervision import inputs
from huying.supervision.enums import COLOUR_OF, Colour, Rung
from huying.supervision.models import OfficialDocument, Supervision
from huying.supervision.steps.documents import (
    Drawn,
    decline_documents,
    draft_documents,
    drafts_of,
    issue_documents,
    sign_documents,
)
from huying.supervision.steps.particulars import data_of, figures, load, supervision_of


def may_climb(rung: Rung) -> Callable[[Matter, Actor], bool]:
    """The `fits` of a rung: it is higher than what holds, and nothing waits to be signed."""

    def fits(matter: Matter, actor: Actor) -> bool:
        row = matter.supervision
        return row.draft is None and row.rung < rung

    return fits


def _check(changes: Sequence[Change], rung: Rung) -> None:
    load(changes)
    for change in changes:
        row = supervision_of(change)
        change.facts |= {**figures(change), "rung": rung.value}
        if row.draft is not None:
            label = Rung(row.draft).label
            change.refuse(Conflict(f"{label}文书等着签发，签发之前不能再升级。", code="draft_waits"))
        elif row.rung >= rung:
            label = Rung(row.rung).label
            change.refuse(Conflict(f"已经到了“{label}”，只能往上升级。", code="not_higher"))


def check_notify(changes: Sequence[Change]) -> None:
    _check(changes, Rung.NOTICE)
    for change in changes:
        colour = data_of(change, inputs.Notify).colour or Colour.YELLOW
        change.facts["colour"] = colour.value


def record_notify(changes: Sequence[Change]) -> None:
    issue_documents([Drawn(c, Rung.NOTICE) for c in changes])
    rows = [(c.matter.pk, Rung.NOTICE.value, c.facts["colour"]) for c in changes]
    update_rows(Supervision, ("rung", "colour"), rows)


def check_summon(changes: Sequence[Change]) -> None:
    _check(changes, Rung.TALK)
    for change in changes:
        if data_of(change, inputs.Summon).talk_at <= change.at:
            change.refuse(Invalid("约谈时间已经过了。", fields={"talk_at": ["约谈时间要晚于现在"]}))


def check_publish(changes: Sequence[Change]) -> None:
    _check(changes, Rung.BULLETIN)


def check_hand_over(changes: Sequence[Change]) -> None:
    _check(changes, Rung.HANDOVER)


def record_draft(changes: Sequence[Change]) -> None:
    """Of the rungs that have to be signed."""
    drawn = []
    for change in changes:
        match change.data:
            case inputs.Summon(talk_at=at, talk_place=place):
                drawn.append(Drawn(change, Rung.TALK, talk_at=at, talk_place=place))
            case inputs.Publish(to=to):
                drawn.append(Drawn(change, Rung.BULLETIN, to=to))
            case inputs.HandOver(to=to):
                drawn.append(Drawn(change, Rung.HANDOVER, to=to))
    draft_documents(drawn)
    rows = [(one.change.matter.pk, one.rung.value, one.change.actor.user_id) for one in drawn]
    update_rows(Supervision, ("draft", "drafted_by"), rows)


# --- the second pair of eyes -----------------------------------------------------------------------------------------


def may_sign(matter: Matter, actor: Actor) -> bool:
    """Somebody else's draft waits."""
    row = matter.supervision
    return row.draft is not None and row.drafted_by_id != actor.user_id


def has_draft(matter: Matter, actor: Actor) -> bool:
    return matter.supervision.draft is not None


def _load_drafts(changes: Sequence[Change]) -> None:
    load(changes)
    drafts = drafts_of(changes)
    for change in changes:
        draft = drafts.get(change.matter.pk)
        if draft is None or supervision_of(change).draft is None:
            change.refuse(Conflict("没有等着签发的文书。", code="no_draft"))
            continue
        change.extra["draft"] = draft
        change.facts |= {**figures(change), "rung": draft.rung}


def _draft(change: Change) -> OfficialDocument:
    found = change.extra["draft"]
    assert isinstance(found, OfficialDocument)
    return found


def check_sign(changes: Sequence[Change]) -> None:
    _load_drafts(changes)
    for change in changes:
        if change.refusal is None and _draft(change).drafted_by_id == change.actor.user_id:
            change.refuse(Forbidden("不能签发自己拟的文书，请由别人签发。", code="own_draft"))
        elif change.refusal is None:
            change.facts["colour"] = COLOUR_OF[Rung(_draft(change).rung)].value


def record_sign(changes: Sequence[Change]) -> None:
    sign_documents([(_draft(c), c) for c in changes])
    update_rows(
        Supervision,
        ("rung", "colour", "draft", "drafted_by"),
        [(c.matter.pk, _draft(c).rung, c.facts["colour"], None, None) for c in changes],
    )


def check_decline(changes: Sequence[Change]) -> None:
    _load_drafts(changes)


def record_decline(changes: Sequence[Change]) -> None:
    decline_documents([(_draft(c), c) for c in changes])
    update_rows(Supervision, ("draft", "drafted_by"), [(c.matter.pk, None, None) for c in changes])
