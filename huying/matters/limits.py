"""Which limit applies: a table of data, read into memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huying.kernel.calendar import SHANGHAI, Unit
from huying.kernel.errors import Refusal
from huying.kernel.generation import cached

_MINUTES = {Unit.WORKING_MINUTES: 1, Unit.WORKING_DAYS: 390, Unit.CALENDAR_HOURS: 60}


@dataclass(frozen=True, slots=True)
class Case:
    """What a limit may depend on, as it stands after the step."""

    subkind: str
    category: str
    urgency: str
    channel: str
    organisation_id: int | None
    aspects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    subkind: str
    category: str
    urgency: str
    channel: str
    organisation_id: int | None
    season: tuple[int, int] | None
    regime: str
    amount: float
    unit: Unit
    priority: int
    id: int = 0  # of the row
    aspect: str = ""

    def fits(self, case: Case, day: int, regimes: Collection[str]) -> bool:
        return (
            (not self.subkind or self.subkind == case.subkind)
            and (not self.urgency or self.urgency == case.urgency)
            and (not self.channel or self.channel == case.channel)
            and (not self.aspect or self.aspect in case.aspects)
            and (self.organisation_id is None or self.organisation_id == case.organisation_id)
            and (not self.category or case.category == self.category or case.category.startswith(self.category + "."))
            and (not self.regime or self.regime in regimes)
            and (self.season is None or _in_season(day, *self.season))
        )


def _in_season(day: int, first: int, last: int) -> bool:
    return first <= day <= last if first <= last else day >= first or day <= last


class NoLimit(Refusal):
    status = 500
    default_code = "no_limit"


@cached("limits")
def rules() -> Mapping[tuple[str, str], tuple[Rule, ...]]:
    """`(matter kind, clock)` to its rules, the strongest first. After a change: `bump("limits")`."""
    from huying.matters.models import Limit

    found: dict[tuple[str, str], list[Rule]] = {}
    for limit in Limit.objects.all():
        season = (
            (limit.season_from, limit.season_to)
            if limit.season_from is not None and limit.season_to is not None
            else None
        )
        found.setdefault((limit.matter_kind, limit.clock), []).append(
            Rule(
                limit.subkind,
                limit.category,
                limit.urgency,
                limit.channel,
                limit.organisation_id,
                season,
                limit.regime,
                limit.amount,
                Unit(limit.unit),
                limit.priority,
                limit.pk,
                limit.aspect,
            )
        )
    for listed in found.values():
        listed.sort(key=lambda rule: (-rule.priority, rule.amount * _MINUTES[rule.unit]))
    return {key: tuple(listed) for key, listed in found.items()}


@cached("limits")
def _regimes() -> Sequence[tuple[str, datetime, datetime | None]]:
    from huying.matters.models import Regime

    return list(Regime.objects.values_list("key", "since", "until"))


def regimes_at(at: datetime) -> frozenset[str]:
    """Keys of the regimes in force. After a change: `bump("limits")`."""
    return frozenset(key for key, since, until in _regimes() if since <= at and (until is None or at < until))


def rule_for(matter_kind: str, clock: str, case: Case, at: datetime) -> Rule:
    """The rule that applies.

    Raises:
        NoLimit: when the table has no rule that fits; the default rules always do.
    """
    local = at.astimezone(SHANGHAI)
    day = local.month * 100 + local.day
    regimes = regimes_at(at)
    for rule in rules().get((matter_kind, clock), ()):
        if rule.fits(case, day, regimes):
            return rule
    raise NoLimit(f"没有设置时限“{clock}”，请管理员在时限表中补上。")


def limit_for(matter_kind: str, clock: str, case: Case, at: datetime) -> tuple[float, Unit]:
    """Amount and unit of the rule that applies. Raises as `rule_for`."""
    rule = rule_for(matter_kind, clock, case, at)
    return rule.amount, rule.unit
