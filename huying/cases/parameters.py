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
REVIEW_FROM = declare(
    Parameter(
        key="cases.review_from",
        label="第几次未解决或不满意转第三方评价",
        unit="次",
        default=2,
        least=2,
        most=9,
        note="之前的直接转重办。没有两位合适的第三方评价员时，仍转重办。",
    )
)
REVIEW_SAMPLE = declare(
    Parameter(
        key="cases.review_sample",
        label="回访后结案的件，多少件抽一件请第三方评价",
        unit="件",
        default=0,
        least=0,
        most=10_000,
        note="按编号抽，谁也不能挑选；填 0 就是不抽。",
    )
)
