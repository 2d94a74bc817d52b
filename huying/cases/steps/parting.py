"""Setting a case free again that went along with another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huying.cases.models import Resolution
from huying.cases.steps import joining
from huying.cases.steps.handling import pending
from huying.cases.steps.merging import MERGED, stood_before
from huying.cases.steps.particulars import case_of, figures, load
from huying.kernel.bulk import update_rows
from huying.kernel.errors import Forbidden
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory


def may_unjoin(matter: Matter, actor: Actor) -> bool:
    """What was taken from a unit is given back to it by whoever may take it."""
    return MERGED not in matter.aspects or actor.may("cases.merge")


def check_unjoin(changes: Sequence[Change]) -> None:
    """What was joined as it came in is sorted anew. What was merged goes back to the unit it was taken from, to be
    acknowledged anew; where that is no more, or there was none, it is dispatched."""
    load(changes)
    links, merged, book = joining.links_of(changes), stood_before(changes), directory()
    for change in changes:
        link = links.get(change.matter.pk)
        change.extra["link"] = link
        change.facts |= figures(change)
        if link is not None:
            change.facts[joining.MAIN] = link.main.matter.number
        facts = merged.get(change.matter.pk)
        if facts is None:
            continue
        change.set(returns_to="")
        if not change.actor.may("cases.merge"):
            change.refuse(Forbidden("派单之后并案的件，由派单员改为单独办理。", code="not_yours"))
        before = facts["before"]
        assert isinstance(before, dict)
        change.unmark(MERGED)
        change.facts["spent"] = spent(facts)
        lead = book.heir_of(before["lead"]) if before["lead"] else None
        if lead is not None:
            helpers = [unit.id for key in before["co_handlers"] if (unit := book.heir_of(key)) is not None]
            change.choose("dispatched")
            change.set(holder_id=lead.id, lead_id=lead.id, co_handlers=[key for key in helpers if key != lead.id])
            change.facts["handler"] = lead.code
            if (upper := case_of(change).upper_due_at) is not None and upper > change.at:
                change.ceilings["handle"] = upper
        elif before["state"] not in ("received", "waiting") or before["returns_to"] not in ("", "received"):
            change.choose("triaged")


def spent(facts: Mapping[str, object]) -> dict[str, object]:
    """Working minutes that each clock had run until a line stopped it: the new ones start anew, the total is known."""
    told = facts.get("clocks")
    stopped = told.get("stopped", {}) if isinstance(told, dict) else {}
    return {kind: one["minutes"] for kind, one in stopped.items()}


def record_unjoin(changes: Sequence[Change]) -> None:
    """A result that waited for its chief when it was merged waits no longer."""
    joining.end(changes, answered=False)
    merged = [c for c in changes if c.outcome.target != "received"]
    waiting = pending(merged) if merged else {}
    rows = [(waiting[c.matter.pk].pk, c.at, c.actor.user_id) for c in merged if c.matter.pk in waiting]
    update_rows(Resolution, ("withdrawn_at", "withdrawn_by"), rows)
