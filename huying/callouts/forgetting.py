"""What made somebody call stays as it is while the call-out runs; and whose texts tell of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from huying.callouts.models import CausingMatter, Response
from huying.matters.forgetting import Hold, holds, speaking

holds.add(
    "callouts", Hold("在呼叫中", lambda: CausingMatter.objects.standing().filter(callout__matter__closed_at=None))
)


@speaking.register("callouts")
def _speaking(matters: Collection[int]) -> Iterator[int]:
    found = list(CausingMatter.objects.filter(matter__in=matters).values_list("callout", flat=True).distinct())
    yield from found
    yield from Response.objects.filter(callout__in=found).values_list("matter", flat=True)
