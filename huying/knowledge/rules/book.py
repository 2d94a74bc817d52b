"""The rules in force, in memory, and what they say of a matter.

    hit = decide(Asked(text=…, category="03.01.01", street=12))
    hit.code, hit.lead, hit.helpers, hit.source

After a change to any version: `bump("rules")`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from huying.kernel.generation import cached
from huying.knowledge.history import Asked
from huying.knowledge.models import RuleVersion
from huying.knowledge.rules.matcher import Matcher, RuleHit, Ruling, Units
from huying.people.directory import directory
from huying.people.enums import OrganisationKind
from huying.places.tree import place_tree

SHOWN = 3  # rules that are told beside the one that decides


def ruling(version: RuleVersion) -> Ruling:
    """As it is matched. Needs `rule` beside it."""
    return Ruling(
        rule=version.rule_id,
        version=version.pk,
        code=version.rule.code,
        n=version.n,
        subject=version.subject,
        conditions=version.asked,
        exceptions=version.unless,
        lead=version.lead,
        helpers=tuple(version.helpers),
        document=version.document,
        clause=version.clause,
        priority=version.priority,
    )


def current_units() -> Units:
    """Who stands behind each code today, heirs in place of those that are no more."""
    book = directory()
    by_code = {one.code: heir.id for one in book.by_id.values() if (heir := book.heir_of(one.id)) is not None}
    local = (OrganisationKind.STREET, OrganisationKind.COMMUNITY)
    by_place = {one.place_id: one.id for one in book.handlers() if one.kind in local and one.place_id is not None}
    return Units(by_code, by_place)


def matcher_of(rulings: Iterable[Ruling]) -> Matcher:
    places = {code: one.id for code, one in place_tree().by_code.items()}
    return Matcher(list(rulings), current_units(), places)


@dataclass(slots=True)
class Published:
    """Every published version: rule → versions, the one with the latest first day first."""

    versions: Mapping[int, Sequence[RuleVersion]]
    _days: dict[dt.date, Matcher] = field(default_factory=dict)

    def in_force(self, day: dt.date) -> list[RuleVersion]:
        """What holds on that day, by code."""
        found = (next((one for one in ones if one.valid_from <= day), None) for ones in self.versions.values())
        return [one for one in found if one is not None and (one.valid_to is None or day < one.valid_to)]

    def on(self, day: dt.date) -> Matcher:
        if day not in self._days:
            self._days.clear()  # midnight has passed
            self._days[day] = matcher_of(ruling(one) for one in self.in_force(day))
        return self._days[day]


@cached("rules", "organisations", "places")
def published() -> Published:
    found: dict[int, list[RuleVersion]] = {}
    rows = RuleVersion.objects.filter(state=RuleVersion.State.PUBLISHED).select_related("rule")
    for version in rows.order_by("rule__code", "-valid_from", "-n"):
        found.setdefault(version.rule_id, []).append(version)
    return Published(found)


def matcher() -> Matcher:
    """Today's."""
    return published().on(timezone.localdate())


def decide(asked: Asked) -> RuleHit | None:
    """The rule that says who handles this; None where none does."""
    return matcher().decide(asked)


# --- for whoever rules on who handles something ----------------------------------------------------------------------


def citable() -> list[tuple[str, str]]:
    """The rules in force, as a ruling cites them: `K012.3`, with its subject and clause."""
    standing = published().in_force(timezone.localdate())
    return [(f"{one.rule.code}.{one.n}", f"{one.rule.code} {one.subject}") for one in standing]


def cited_words(cited: str) -> str:
    """What was cited, in words that stay right when the rule is replaced."""
    code, _, n = cited.partition(".")
    for versions in published().versions.values():
        for one in versions:
            if one.rule.code == code and str(one.n) == n:
                return f"{code} 第 {n} 版“{one.subject}”（{one.document}{one.clause}）"
    return f"{code} 第 {n} 版"


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules say of a matter: the one that decides, and others that hold and give way to it."""

    decides: RuleHit | None
    others: Sequence[RuleHit]

    @property
    def lead_name(self) -> str:
        return directory().name_of(self.decides.lead) if self.decides else ""

    @property
    def helper_names(self) -> str:
        return "、".join(directory().name_of(unit) for unit in self.decides.helpers) if self.decides else ""

    @property
    def others_told(self) -> Sequence[tuple[RuleHit, str]]:
        return [(hit, directory().name_of(hit.lead)) for hit in self.others]


def rules_for(asked: Asked) -> Ruled:
    """For a page on which somebody chooses a unit: `knowledge/rules/decides.html` shows it as `ruled`."""
    hits = matcher().hits(asked)
    return Ruled(hits[0] if hits else None, hits[1 : SHOWN + 1])
