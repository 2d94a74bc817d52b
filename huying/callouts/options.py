"""What can be chosen on forms of call-outs."""

from __future__ import annotations

from collections.abc import Sequence

from huying.callouts.enums import Level
from huying.cases.options import grouped_handlers, handlers
from huying.kernel import handover
from huying.kernel.generation import cached
from huying.people.directory import Listed, directory
from huying.people.enums import OrganisationKind as Kind

__all__ = ["callable_by", "callable_units", "calling_rules", "grouped_handlers", "level_of", "receivers"]

_LEVELS: dict[str, Level] = {
    Kind.COMMUNITY: Level.COMMUNITY,
    Kind.STREET: Level.STREET,
    Kind.DEPARTMENT: Level.DEPARTMENT,
    Kind.UTILITY: Level.DEPARTMENT,
    Kind.CENTRE: Level.DEPARTMENT,
}
# A community calls its street and departments, a street departments, a department other departments and streets. Who
# offers something on the ground (utilities, property firms) comes when any of them calls.
_ON_THE_GROUND = {Kind.UTILITY, Kind.PROPERTY}
_CALLABLE: dict[Level, set[Kind]] = {
    Level.COMMUNITY: {Kind.DEPARTMENT, Kind.STREET, *_ON_THE_GROUND},
    Level.STREET: {Kind.DEPARTMENT, *_ON_THE_GROUND},
    Level.DEPARTMENT: {Kind.DEPARTMENT, Kind.STREET, *_ON_THE_GROUND},
}


def level_of(listed: Listed) -> Level | None:
    """At which level this body calls; None for one that cannot."""
    return _LEVELS.get(listed.kind)


def callable_by(caller: Listed) -> list[Listed]:
    """The bodies that this one may call: of streets a community's own alone."""
    level = level_of(caller)
    kinds = _CALLABLE[level] if level else set()
    return [
        unit
        for unit in directory().handlers()
        if unit.kind in kinds
        and unit.id != caller.id
        and not (level == Level.COMMUNITY and unit.kind == Kind.STREET and unit.id != caller.parent_id)
    ]


def callable_units() -> Sequence[tuple[str, str]]:
    """Every body that somebody may call; which of them this caller may, its steps check."""
    kinds = set().union(*_CALLABLE.values())
    fit = {unit.code for unit in directory().handlers() if unit.kind in kinds}
    return [(code, label) for code, label in handlers() if code in fit]


def receivers() -> Sequence[tuple[str, str]]:
    """To whom a call-out can be handed over."""
    return handover.choices()


@cached("calling_rules")
def calling_rules() -> dict[tuple[str, str], tuple[bool, bool]]:
    """`(level, purpose)` → (automatic analysis, approval before it goes out). After a change:
    `bump("calling_rules")`."""
    from huying.callouts.models import CallingRule

    rows = CallingRule.objects.values_list("level", "purpose", "automatic", "approval")
    return {(level, purpose): (automatic, approval) for level, purpose, automatic, approval in rows}
