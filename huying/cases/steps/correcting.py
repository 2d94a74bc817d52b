"""A reporter's telephone number was taken down wrongly, or is another now (更正联系方式).

The line says why, by whom, and which contacts; numbers and names stay in the contacts.
"""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases import inputs
from huying.cases.steps.particulars import data_of
from huying.kernel.errors import Conflict, Forbidden, Refusal
from huying.matters.flow import Change
from huying.matters.models import Delivery, Matter
from huying.people.actors import Actor
from huying.people.contacts import correct


def may_correct(matter: Matter, actor: Actor) -> bool:
    return matter.raised_by_id is not None and (not matter.confidential or actor.may("cases.view_confidential"))


def check_correct_contact(changes: Sequence[Change]) -> None:
    for change in changes:
        data, matter = data_of(change, inputs.CorrectContact), change.matter
        if matter.raised_by_id is None:
            change.refuse(Conflict("这件没有留下联系方式，无从更正。", code="no_contact"))
            continue
        if not may_correct(matter, change.actor):
            change.refuse(Forbidden("诉求人要求保密，由区中心更正。"))
            continue
        change.facts["reporter_before"] = matter.raised_by_id
        try:
            contact = correct(matter.raised_by_id, phone=data.phone, name=data.name, at=change.at)
        except Refusal as refusal:
            change.refuse(refusal)
            continue
        change.facts["reporter"] = contact
        change.set(raised_by_id=contact)


def record_correct_contact(changes: Sequence[Change]) -> None:
    """What has not been sent yet goes to the right number."""
    for change in changes:
        before = change.facts["reporter_before"]
        assert isinstance(before, int)
        waiting = Delivery.objects.filter(message__matter=change.matter, status=Delivery.Status.PENDING)
        waiting.filter(contact=before).update(contact=change.matter.raised_by_id)
