"""What is supervised stays as it is until the supervision has come to its end; and whose texts tell of supervised
matters."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from huying.matters.forgetting import Hold, holds, speaking
from huying.supervision.models import SupervisedMatter, Supervision

holds.add("supervision", Hold("正在督办", lambda: SupervisedMatter.objects.filter(supervision__matter__closed_at=None)))


@speaking.register("supervision")
def _speaking(matters: Collection[int]) -> Iterator[int]:
    over = SupervisedMatter.objects.filter(matter__in=matters)
    found = list(over.values_list("supervision", flat=True).distinct())
    yield from found
    tasks = Supervision.objects.filter(pk__in=found, instruction__isnull=False)
    yield from tasks.values_list("instruction", flat=True)
