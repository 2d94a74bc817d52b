"""Looking again at what was answered at once (抽查)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from huying.cases import inputs
from huying.cases.models import Case, SpotCheck
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.cases.steps.rounds import another_round
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.flow import Change
from huying.matters.models import LedgerLine, Matter
from huying.people.actors import Actor
from huying.people.directory import directory


def is_waiting(matter: Matter, case: Case) -> bool:
    """Whether it was drawn, and nobody has looked at it since it was answered."""
    return case.sampled and case.spot_checked_at is None and matter.lead_id is None


def may_spot_check(matter: Matter, actor: Actor) -> bool:
    return is_waiting(matter, matter.case) and (
        actor.user_id is None or _answered_by([matter.pk]).get(matter.pk) != actor.user_id
    )


def _answered_by(matters: Iterable[int]) -> dict[int, int | None]:
    """Who gave the answer that stands, by matter."""
    lines = LedgerLine.objects.filter(matter_id__in=list(matters), step="answer").order_by("seq")
    return dict(lines.values_list("matter_id", "actor_id"))


def check_spot_check(changes: Sequence[Change]) -> None:
    load(changes)
    answered = _answered_by(change.matter.pk for change in changes)
    centre = directory().centre.id
    for change in changes:
        data, case = data_of(change, inputs.SpotCheck), case_of(change)
        if not is_waiting(change.matter, case):
            change.refuse(Conflict("这件没有抽到，或者已经抽查过。", code="not_sampled"))
        elif change.actor.user_id is not None and answered.get(change.matter.pk) == change.actor.user_id:
            change.refuse(Forbidden("不能抽查自己的答复，请交给另一位同事。", code="own_answer"))
        if data.right and (data.redo or data.reason):
            name = "redo" if data.redo else "reason"
            change.refuse(Invalid("填写前后矛盾。", fields={name: ["答复正确的不用填这一项"]}))
        elif not data.right and len(data.reason) < 4:
            change.refuse(Invalid("请写明哪里不对。", fields={"reason": ["请写明错在哪里、应当怎样答"]}))
        change.facts |= figures(change)
        if data.redo:
            change.choose("received")
            change.set(holder_id=centre, first_holder_id=centre)
            another_round(change)


def record_spot_check(changes: Sequence[Change]) -> None:
    rows = [(c.matter.pk, c.seq, c.facts["round"], c.at, data_of(c, inputs.SpotCheck).right) for c in changes]
    insert_rows(SpotCheck, ("case", "seq", "round", "at", "right"), rows)
    update_rows(Case, ("spot_checked_at",), [(c.matter.pk, c.at) for c in changes])
    again = [c for c in changes if data_of(c, inputs.SpotCheck).redo]
    if again:
        update_rows(
            Case,
            ("round", "resolved_at", "solved", "satisfaction"),
            [(c.matter.pk, case_of(c).round, None, False, None) for c in again],
        )
