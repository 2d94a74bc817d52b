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
REPEATS_FROM = declare(
    Parameter(
        key="cases.repeats_from",
        label="几次起算反复反映",
        unit="次",
        default=3,
        least=2,
        most=50,
        note="同一诉求人就同一件事反映满这些次，进“反复反映”列表，并告诉办理单位负责人。",
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
SMALL_NUMBER = declare(
    Parameter(
        key="cases.small_number",
        label="考核指标参加排名的最少件数",
        unit="件",
        default=10,
        least=1,
        most=1000,
        note="分母不到这个数的比例标明“件数少”，不参加排名。",
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
EXTENSION_DAYS = declare(
    Parameter(
        key="cases.extension_days",
        label="延期最多",
        unit="个工作日",
        default=10,
        least=1,
        most=60,
        note="一轮办理只能延期一次；按复杂件延长的天数算在里面。",
    )
)
REWORK_EXTENSION_DAYS = declare(
    Parameter(
        key="cases.rework_extension_days",
        label="重办时延期最多",
        unit="个工作日",
        default=3,
        least=1,
        most=60,
        note="重办的每一轮可以延期一次，最多这些天。",
    )
)
EXTENSION_BY_CENTRE = declare(
    Parameter(
        key="cases.extension_by_centre",
        label="延期、复杂件须区中心核准",
        unit="",
        default=1,
        least=0,
        most=1,
        note="不须的，承办单位负责人同意即生效。",
        choices=((1, "须核准"), (0, "负责人同意即可")),
    )
)
COMPLEX_WITHIN = declare(
    Parameter(
        key="cases.complex_within",
        label="复杂件在派单后几天内申请",
        unit="个工作日",
        default=2,
        least=1,
        most=15,
        note="过了这些天，只能申请延期。",
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
MOTION_MEETING = declare(
    Parameter(
        key="cases.motion_meeting",
        label="议提案提交答复之前要不要面商",
        unit="",
        default=1,
        least=0,
        most=1,
        note="要面商的，这一轮没有当面沟通记录，就要写明原因才能提交。",
        choices=((0, "不要求"), (1, "要求当面沟通，或者写明原因")),
    )
)
