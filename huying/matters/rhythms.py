"""How often something is done again and again: a figure of the district, and another one while a regime holds.

PATROL = rhythms.declare(Rhythm(key="field.patrol", …))
next_at = now + rhythms.every(PATROL, now)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from huying.kernel import parameters
from huying.kernel.generation import cached
from huying.kernel.parameters import Parameter
from huying.kernel.registry import Registry
from huying.matters.limits import regimes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """`minutes`: the parameter that says how often, in usual times."""

    key: str
    label: str
    minutes: Parameter


rhythms: Registry[Rhythm] = Registry("rhythms")


def declare(rhythm: Rhythm) -> Rhythm:
    return rhythms.add(rhythm.key, rhythm)


def _minutes(*, key: str, label: str, default: int, note: str) -> Rhythm:
    figure = Parameter(key=key, label=label, unit="分钟", default=default, least=1, most=24 * 60, note=note)
    return declare(Rhythm(key=key, label=label, minutes=parameters.declare(figure)))


ALARM = _minutes(
    key="matters.alarm_minutes",
    label="险情无人确认时隔多久告知下一个人",
    default=5,
    note="逐个告知，直到有人确认。应急状态期间可以另定。",
)
CONFIRM = _minutes(
    key="matters.regime_minutes",
    label="应急通知没有确认时隔多久再提醒",
    default=15,
    note="启动应急状态后，各单位收到通知要确认，没有确认的反复提醒。应急状态期间可以另定。",
)


@cached("limits")
def _in_regimes() -> Mapping[tuple[str, str], int]:
    from huying.matters.models import RegimeRhythm

    return {(regime, key): n for regime, key, n in RegimeRhythm.objects.values_list("regime", "rhythm", "minutes")}


def every(rhythm: Rhythm, now: datetime) -> timedelta:
    """How long to wait before the next time: of all regimes in force that say so the shortest, else as usual. After a
    change: `bump("limits")`."""
    own = [n for regime in regimes_at(now) if (n := _in_regimes().get((regime, rhythm.key))) is not None]
    return timedelta(minutes=min(own) if own else rhythm.minutes.value)
