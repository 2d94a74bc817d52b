"""What a docket is about stays as it is until the docket has come to its end; and whose texts tell of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from huying.dockets.models import Decision, DocketMatter
from huying.matters.forgetting import Hold, holds, speaking

holds.add("dockets", Hold("在议题中", lambda: DocketMatter.objects.standing().filter(docket__matter__closed_at=None)))


@speaking.register("dockets")
def _speaking(matters: Collection[int]) -> Iterator[int]:
    found = list(DocketMatter.objects.filter(matter__in=matters).values_list("docket", flat=True).distinct())
    yield from found
    yield from Decision.objects.filter(docket__in=found).values_list("matter", flat=True)
