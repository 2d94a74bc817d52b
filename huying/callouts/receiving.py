"""What other rooms hand over to be called for: a hazard (安全监管), somebody in need (综合救助). Whoever hands over
names this receiver (`handover.choices("callouts")`); the centre then says which units are called."""

from __future__ import annotations

from collections.abc import Sequence

from huying.callouts.enums import Purpose
from huying.callouts.flow import CALLOUTS
from huying.kernel.handover import Handover, Receiver, Target, receivers
from huying.kernel.privacy import mask_text
from huying.matters.engine import open_one
from huying.matters.models import Matter, Words
from huying.people.actors import SYSTEM

KEY = "callouts"
TAKEN = (Purpose.SAFETY, Purpose.ASSISTANCE, Purpose.EMERGENCY, Purpose.JOINT)


def targets() -> Sequence[Target]:
    return [Target(purpose.value, f"民呼我应（{purpose.label}）") for purpose in TAKEN]


def names() -> dict[str, str]:
    return {target.key: target.label for target in targets()}


def take(handed: Handover) -> str:
    """A call of what the matter is about, to be analysed; numbers of phones and identities stay behind."""
    source = Matter.objects.get(pk=handed.matter_id)
    said = Words.objects.filter(matter=source, field="text", erased_at=None).order_by("-seq")
    text = said.values_list("text", flat=True).first() or source.title
    data = {
        "source": source.number,
        "purpose": handed.target,
        "title": mask_text(source.title)[:80],
        "text": mask_text(text)[:10_000],
    }
    return open_one(CALLOUTS, "take_over", by=SYSTEM, data=data, at=handed.at).number


receivers.declare(Receiver(key=KEY, label="民呼我应", targets=targets, names=names, take=take, by_name=True, order=50))
