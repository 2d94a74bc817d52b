"""Pressing whoever has a case in hand (催办)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from huying.cases.steps.particulars import figures, load
from huying.kernel.errors import Conflict
from huying.matters.flow import Change
from huying.matters.models import LedgerLine
from huying.people.directory import directory

AGAIN_AFTER = timedelta(hours=1)  # the same post presses the same case no sooner


def check_remind(changes: Sequence[Change]) -> None:
    load(changes)
    since = min(change.at for change in changes) - AGAIN_AFTER
    lines = LedgerLine.objects.filter(matter__in=[c.matter.pk for c in changes], step="remind", at__gt=since)
    pressed: dict[tuple[int, int | None], datetime] = {
        (matter, post): at for matter, post, at in lines.order_by("at").values_list("matter_id", "post_id", "at")
    }
    for change in changes:
        last = pressed.get((change.matter.pk, change.actor.post_id))
        if last is not None and last > change.at - AGAIN_AFTER:
            again = timezone.localtime(last + AGAIN_AFTER)
            change.refuse(
                Conflict(
                    f"您的岗位在 {timezone.localtime(last):%H:%M} 催办过这件，{again:%H:%M} 以后可以再催。",
                    code="reminded_already",
                )
            )
        holder = directory().by_id.get(change.matter.holder_id)
        change.facts |= figures(change) | {"holder": holder.code if holder else ""}
