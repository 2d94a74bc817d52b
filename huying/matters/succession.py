"""What a dissolved organisation held goes on: to whoever has taken over from it, or back to the centre.

Organisations end on a day that was written down long before, by an administrator or by an import. So it is not their
end that moves matters, but a look at what is held by those who are no more.
"""

from __future__ import annotations

from django.db.models import Q

from huying.matters.engine import Move, move
from huying.matters.flow import flows
from huying.matters.models import Matter
from huying.matters.scopes import helps
from huying.people.actors import SYSTEM
from huying.people.directory import directory

BATCH = 500


def hand_over() -> int:
    """Move open matters of dissolved organisations; returns how many. No query where nobody was ever dissolved."""
    gone = directory().dissolved()
    if not gone:
        return 0
    held = Q(holder_id__in=gone) | helps(*gone)
    moved = 0
    for flow in flows:
        if not flow.succession:
            continue
        sources = flow.step[flow.succession].sources
        rows = Matter.objects.open().filter(held, kind=flow.kind, state__in=sources).order_by("pk")
        last = 0
        while ids := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
            last = ids[-1]
            results = move(flow, flow.succession, [Move(pk, SYSTEM, {}) for pk in ids])
            moved += sum(result.refusal is None for result in results)
    return moved
