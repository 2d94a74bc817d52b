"""不予受理: reasons as data, to whom a case can be handed over, and who may approve."""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases import options
from huying.kernel.generation import cached
from huying.kernel.handover import Handover, Receiver, Target, receivers
from huying.matters.aspects import Aspect, aspects
from huying.matters.models import LedgerLine, Matter
from huying.people.actors import Actor

REJECTED = "rejected"  # the aspect, and why a closed case counts in no rate
OUTSIDE = "outside"  # the receiver of bodies that are no room of ours

aspects.declare(
    Aspect(key=REJECTED, label="不予受理", meaning="不予受理（不计入办理指标）", tone="grey", order=40),
)


@cached("rejections")
def bodies() -> Sequence[tuple[str, str, str, bool]]:
    """`(key, name, phone, active)` of outside bodies. After a change: `bump("rejections")`."""
    from huying.cases.models import OutsideBody

    return list(OutsideBody.objects.values_list("key", "name", "phone", "active"))


def _targets() -> list[Target]:
    return [Target(key, name, phone) for key, name, phone, active in bodies() if active]


def _take(handed: Handover) -> str:
    """People have handed it over by telephone or letter; only what they were told is kept."""
    return handed.receipt


receivers.declare(
    Receiver(
        key=OUTSIDE,
        label="区外单位",
        targets=_targets,
        names=lambda: {key: name for key, name, _, _ in bodies()},
        take=_take,
    )
)


def usual_target(reason: str) -> str:
    """To whom a case rejected for this reason is usually handed over; "" for nobody."""
    known = options.reasons_to_reject().get(reason)
    return f"{OUTSIDE}.{known.body}" if known and known.body else ""


def proposers(matter_ids: Sequence[int]) -> dict[int, int | None]:
    """Who has proposed last that these be rejected."""
    rows = LedgerLine.objects.filter(matter_id__in=matter_ids, step="propose_rejection")
    return dict(rows.order_by("matter_id", "-seq").distinct("matter_id").values_list("matter_id", "actor_id"))


def may_approve(matter: Matter, actor: Actor) -> bool:
    return actor.user_id is None or proposers([matter.pk]).get(matter.pk) != actor.user_id


def may_hand_over(matter: Matter, actor: Actor) -> bool:
    return REJECTED in matter.aspects


def reason_of(matter: Matter) -> str:
    """Key of the reason for which it was rejected last; "" for none."""
    import json

    line = LedgerLine.objects.filter(matter=matter, step="propose_rejection").order_by("-seq").first()
    return str(json.loads(line.facts).get("reason", "")) if line else ""
