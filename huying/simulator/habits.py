"""How units differ: some are quick and careful, some are not. Fixed by the seed and the unit's code."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Habit:
    """`pace` stretches every wait; the others are probabilities."""

    pace: float
    late: float  # a handling limit missed
    slow_start: float  # an acknowledgement missed
    careless: float  # a result with which people are not satisfied
    sent_back: float  # a proposal that the chief does not accept


def habit_of(code: str, seed: int) -> Habit:
    chance = Random(f"{seed}:{code}")  # noqa: S311 — habits, no secret
    pace = min(1.8, chance.lognormvariate(0.0, 0.28))
    slack = chance.random()
    return Habit(
        pace=pace,
        late=0.008 + 0.05 * slack * pace,
        slow_start=0.02 + 0.06 * chance.random() * pace,
        careless=0.035 + 0.06 * chance.random() * slack,
        sent_back=0.03 + 0.06 * chance.random(),
    )
