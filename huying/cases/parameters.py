"""Figures of this room that a district may set for itself."""

from __future__ import annotations

from huying.cases.enums import Satisfaction
from huying.kernel.parameters import Parameter, declare

REWORK_DAYS = declare(
    Parameter(
        key="cases.rework_days",
        label="结案后可要求重办的天数",
        unit="天",
        default=15,
        least=1,
        most=365,
        note="超过这些天，诉求人要重新提出。",
    )
)
CONTACT_TRIES = declare(
    Parameter(
        key="cases.contact_tries",
        label="办前沟通至少尝试",
        unit="次",
        default=3,
        least=1,
        most=20,
        note="满这些次联系不上，才能以“联系不上”免办前沟通。",
    )
)
CALLBACK_TRIES = declare(
    Parameter(
        key="cases.callback_tries",
        label="回访至少尝试",
        unit="次",
        default=3,
        least=1,
        most=20,
        note="满这些次未接通，才能以“未接通”免回访结案。",
    )
)
SATISFIED_FROM = declare(
    Parameter(
        key="cases.satisfied_from",
        label="哪一档起算满意",
        unit="",
        default=Satisfaction.FAIR,
        least=Satisfaction.DISSATISFIED,
        most=Satisfaction.VERY_SATISFIED,
        note="低于这一档的回访算不满意，转重办。",
        choices=tuple((level.value, level.label) for level in Satisfaction),
    )
)
DISPUTED_FROM = declare(
    Parameter(
        key="cases.disputed_from",
        label="退回、申诉几次转为责任争议",
        unit="次",
        default=2,
        least=1,
        most=10,
        note="同一件退回、申诉满这些次，或者有两个单位都说不归自己管，就由裁定定下承办单位。",
    )
)
