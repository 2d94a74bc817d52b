"""What is wrong with the rules in force as a whole: conflicts, units that are no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huying.knowledge.models import RuleVersion
from huying.knowledge.rules.conditions import Conditions, may_overlap
from huying.people.directory import directory


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules, equally specific, that may hold at once and name other units; `ranked`: their priorities settle it."""

    one: RuleVersion
    other: RuleVersion
    ranked: bool


def conflicts(versions: Sequence[RuleVersion]) -> list[Conflict]:
    """Of what is in force; those that nothing but the code settles come first."""
    ready = [(version, version.asked, version.unless) for version in versions]
    found: list[Conflict] = []
    for at, (one, a, unless) in enumerate(ready):
        for other, b, unless2 in ready[at + 1 :]:
            if one.lead == other.lead or a.specificity != b.specificity:
                continue
            if may_overlap(a, b) and not _excepted(unless, b) and not _excepted(unless2, a):
                first, second = sorted((one, other), key=lambda v: (v.priority, v.rule.code))
                found.append(Conflict(first, second, first.priority != second.priority))
    return sorted(found, key=lambda c: (c.ranked, c.one.rule.code, c.other.rule.code))


def _excepted(exceptions: Sequence[Conditions], asked: Conditions) -> bool:
    """Whether whatever the other rule asks for is an exception of this one: it names the same words or less."""
    for one in exceptions:
        only_words = not (one.categories or one.places or one.kinds or one.urgencies or one.channels or one.none_words)
        if only_words and one.any_words and not one.all_words and asked.any_words:  # noqa: SIM102
            if set(asked.any_words) <= set(one.any_words):
                return True
    return False


@dataclass(frozen=True, slots=True)
class Gone:
    """A rule that names a unit which is no more, and who has taken over from it ("" = nobody)."""

    version: RuleVersion
    unit: str
    heir: str


def gone(versions: Sequence[RuleVersion]) -> list[Gone]:
    book = directory()
    found: list[Gone] = []
    for version in versions:
        for code in (version.lead, *version.helpers):
            listed = book.by_code.get(code)
            if listed is not None and not listed.current:
                heir = book.heir_of(listed.id)
                found.append(Gone(version, listed.label, heir.label if heir else ""))
    return found
