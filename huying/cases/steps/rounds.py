"""Doing a case over: another round, and the unit that does it."""

from __future__ import annotations

from huying.cases.steps.particulars import case_of
from huying.matters.flow import Change
from huying.people.directory import Listed, directory


def another_round(change: Change) -> None:
    """Whatever went along with another stands on its own from now on."""
    case = case_of(change)
    if "merged" in change.aspects:
        change.unmark("merged")
    if case.upper_due_at is not None and case.upper_due_at > change.at:
        change.ceilings["rework"] = case.upper_due_at  # a deadline that has passed was judged with the round before
    case.round += 1
    case.callback_tries = case.contact_tries = 0
    case.contacted_at = None  # what is done over is talked over first
    case.resolved_at = None
    change.set(rework_count=change.matter.rework_count + 1)


def lead_of(change: Change) -> Listed | None:
    """The unit that can do it over; None when nobody has handled it, or the unit is no more."""
    lead = directory().by_id.get(change.matter.lead_id or 0)
    return lead if lead is not None and lead.current else None
