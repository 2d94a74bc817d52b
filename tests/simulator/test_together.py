"""Several processes play one simulation: the same cases, swept once, nothing refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models import Count

from huying.kernel.calendar import SHANGHAI
from huying.kernel.commands import Trouble
from huying.matters import ledger
from huying.matters.models import Clock, LedgerLine, Matter, Words
from huying.simulator import district
from huying.simulator.running import run
from huying.simulator.together import Share, play_together

UNTIL = dt.datetime(2026, 7, 14, 16, 0, tzinfo=SHANGHAI)


def story(numbers_from: int) -> dict[str, list[tuple[Any, ...]]]:
    """What happened to each case, by the beginning of what was said; numbers and ids left out."""
    texts = dict(Words.objects.filter(matter_id__gt=numbers_from, seq=1, field="text").values_list("matter_id", "text"))
    found: dict[str, list[tuple[Any, ...]]] = {}
    lines = LedgerLine.objects.filter(matter_id__gt=numbers_from).order_by("matter_id", "seq")
    for matter, *line in lines.values_list("matter_id", "seq", "at", "step", "to_state", "actor_id"):
        found.setdefault(f"{texts[matter]}", []).append(tuple(line))
    return {text: sorted(lines) for text, lines in found.items()}


def clocks(numbers_from: int) -> dict[tuple[str, bool | None, int], int]:
    """How many, by kind, whether met, and how far warned."""
    rows = Clock.objects.filter(matter_id__gt=numbers_from).values_list("kind", "met", "warning")
    return {(kind, met, warning): n for kind, met, warning, n in rows.annotate(n=Count("pk"))}


@pytest.mark.django_db(transaction=True)
def test_two_tell_the_same_story_as_one() -> None:
    district.build(seed=1, grids=580)
    alone = run(days=3, scale=0.03, seed=5, workers=1, now=UNTIL)
    assert not alone.refusals
    last = Matter.objects.order_by("-pk").values_list("pk", flat=True)[0]
    told = story(0)
    warned = clocks(0)
    both = run(days=3, scale=0.03, seed=5, workers=2, now=UNTIL)
    assert not both.refusals
    assert (both.opened, both.moves) == (alone.opened, alone.moves)
    assert story(last) == told
    assert clocks(last) == warned
    proof = ledger.verify()
    assert proof.holds, proof.broken
    assert ("受理", f"{both.opened:,}", "") in both.figures


def test_a_process_that_fails_is_told(tmp_path: Any) -> None:
    nowhere = f"postgresql://nobody@/nothing?host={tmp_path}"
    share = Share(0, 1, 1, UNTIL, UNTIL, 1.0, [UNTIL], "000", nowhere)
    with pytest.raises(Trouble, match="模拟中断"):
        list(play_together([share]))
