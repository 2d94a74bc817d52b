"""What the worker does for this room."""

from __future__ import annotations

from huying.kernel import outbox
from huying.matters.engine import Move, move
from huying.matters.models import Matter
from huying.people.actors import SYSTEM
from huying.supervision.flow import INSTRUCTIONS, TASKED

BATCH = 500


@outbox.periodic("supervision.gather", 5)
def gather_done() -> int:
    """Instructions whose tasks have all ended wait to be reported. This looks at what is, and not at what happened, so
    that it does not matter how the last task ended. Returns how many."""
    rows = Matter.objects.filter(kind=INSTRUCTIONS.kind, state=TASKED, closed_at=None)
    running = rows.filter(instruction__tasks__matter__closed_at=None)
    ids = list(rows.exclude(pk__in=running.values("pk")).order_by("pk").values_list("pk", flat=True)[:BATCH])
    results = move(INSTRUCTIONS, "gather", [Move(pk, SYSTEM, {}) for pk in ids]) if ids else []
    return sum(result.refusal is None for result in results)
