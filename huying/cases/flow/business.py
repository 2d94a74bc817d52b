"""Business environment: somebody is named who serves the enterprise, and tells what was done for it."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.business import serves
from huying.cases.flow.states import SERVED
from huying.cases.steps import business
from huying.matters.flow import STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="note_service",
        label="登记企业服务",
        permission="cases.serve",
        sources=SERVED,
        outcomes=(
            Outcome(STAY, stops=("service",), done="服务记录已登记"),
            Outcome(STAY, done="服务记录已登记：这次没有联系上企业"),
        ),
        input=inputs.NoteService,
        check=business.check_note,
        record=business.record_note,
        whose=serves,
        unfit="这一件的企业不是由您服务",
        note="服务专员与企业的每次联系；第一次联系上，联系时限随之停止。",
    ),
    Step(
        key="set_manager",
        label="指定服务专员",
        permission="cases.assign_service",
        sources=SERVED,
        outcomes=(Outcome(STAY, starts=("service",), done="服务专员已指定"),),
        input=inputs.SetManager,
        check=business.check_set,
        record=business.record_name,
        fits=business.is_business,
        unfit="营商环境的件，有了主办单位才指定服务专员",
        note="由区中心指定或更换服务企业的人。",
    ),
    Step(
        key="name_manager",
        label="安排服务专员",
        permission="cases.assign_service",
        sources=SERVED,
        outcomes=(
            Outcome(STAY, starts=("service",)),
            Outcome(STAY, notices=(Notice("supervisors", "no_manager"),)),
        ),
        input=inputs.NameManager,
        check=business.check_name,
        record=business.record_name,
        by_system=True,
        note="营商环境的件有了主办单位，由系统按服务专员表安排；没有合适的，告知督导员。",
    ),
)
