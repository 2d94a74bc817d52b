"""What is asked for beside the main way: the course that all requests share, and more time."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.enums import RequestKind
from huying.cases.flow.states import ACKNOWLEDGED, HANDLING
from huying.cases.steps import extending, requests
from huying.cases.steps.requests import ANSWERED, LIVE
from huying.matters.flow import STAY, Notice, Outcome, Step

NOT_YOURS_TO_DECIDE = "没有等您审批的这种申请；申请、审核和审批不能是同一个人"
BY_THE_UNIT = "由正在办理的单位申请；已有一项申请没有批的，批了或者撤回之后才能再申请"
WHERE = (*LIVE, *ANSWERED)  # somewhere here a request may stand; which kind where is said by `requests.STANDING`

STEPS = (
    Step(
        key="ask_extension",
        label="申请延期",
        permission="cases.ask_request",
        sources=(ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(STAY, notices=(Notice("chiefs", "request_asked"),), done="延期申请已提交，等负责人审核；照常办理"),
        ),
        input=inputs.AskExtension,
        check=extending.check_ask_extension,
        record=requests.record_asked,
        whose=requests.own_unit,
        fits=requests.may_ask,
        unfit=BY_THE_UNIT,
        side=True,
        note="到期之前申请，一轮一次，最多的工作日是参数；申请期间照常办理、照常计时。",
    ),
    Step(
        key="ask_complex",
        label="申请复杂件",
        permission="cases.ask_request",
        sources=(ACKNOWLEDGED, HANDLING),
        outcomes=(
            Outcome(
                STAY, notices=(Notice("chiefs", "request_asked"),), done="复杂件申请已提交，等负责人审核；照常办理"
            ),
        ),
        input=inputs.AskComplex,
        check=extending.check_ask_complex,
        record=requests.record_asked,
        whose=requests.own_unit,
        fits=extending.may_ask_complex,
        unfit=f"{BY_THE_UNIT}；重办的件和已经是复杂件的不用申请",
        side=True,
        note="派单后规定天数内申请，批准后按时限表里复杂件的时限办。",
    ),
    Step(
        key="endorse_request",
        label="同意申请",
        permission="cases.endorse_request",
        sources=WHERE,
        outcomes=(
            Outcome(
                STAY,
                notices=(Notice("dispatchers", "request_endorsed"),),
                done="已同意，报区中心审批",
                key="endorsed",
            ),
            Outcome(
                STAY,
                notices=(Notice("dispatchers", "request_endorsed"), Notice("supervisors", "request_endorsed")),
                done="已同意，报区中心认定",
                key="panel",
            ),
            Outcome(
                STAY,
                notices=(Notice("holder", "request_granted"), Notice("reporter", "extended")),
                done="已同意，时限已经延长，并告知诉求人",
                key="granted",
            ),
        ),
        input=inputs.Endorse,
        check=requests.check_endorse,
        record=requests.record_decided,
        whose=requests.own_unit,
        fits=requests.may_endorse,
        unfit="没有等您审核的申请；自己提出的申请由另一位负责人审核",
        primary=True,
        note="承办单位负责人审核本单位的申请；设为不须区中心核准的延期，同意即生效。",
    ),
    Step(
        key="grant_extension",
        label="批准延期",
        permission="cases.decide_request",
        sources=LIVE,
        outcomes=(
            Outcome(
                STAY,
                notices=(Notice("holder", "request_granted"), Notice("reporter", "extended")),
                done="已批准延期，时限已经延长，并告知诉求人",
            ),
        ),
        input=inputs.GrantExtension,
        check=extending.check_grant_extension,
        record=requests.record_decided,
        whose=requests.by_centre,
        fits=requests.may_decide(RequestKind.EXTENSION),
        unfit=NOT_YOURS_TO_DECIDE,
        primary=True,
        note="时限从头按延长后的天数重算，暂停过的照样扣除；上级时限更早的仍以上级为准。",
    ),
    Step(
        key="grant_complex",
        label="批准复杂件",
        permission="cases.decide_request",
        sources=LIVE,
        outcomes=(
            Outcome(
                STAY,
                notices=(Notice("holder", "request_granted"), Notice("reporter", "extended")),
                done="已定为复杂件，时限已经延长，并告知诉求人",
            ),
        ),
        input=inputs.GrantComplex,
        check=extending.check_grant_complex,
        record=requests.record_decided,
        whose=requests.by_centre,
        fits=requests.may_decide(RequestKind.COMPLEX),
        unfit=NOT_YOURS_TO_DECIDE,
        primary=True,
        note="以后退回重派的，也按复杂件的时限办。",
    ),
    Step(
        key="refuse_request",
        label="不批申请",
        permission="cases.refuse_request",
        sources=WHERE,
        outcomes=(
            Outcome(STAY, notices=(Notice("lead", "request_refused"),), done="没有批准这项申请，已告知申请单位"),
        ),
        input=inputs.RefuseRequest,
        check=requests.check_refuse,
        record=requests.record_decided,
        whose=requests.centre_or_own,
        fits=requests.may_refuse,
        unfit="没有等您审批的申请；自己经手过的申请由另一位审批",
        note="负责人或区中心不同意，写明理由；时限和统计都不变。",
    ),
    Step(
        key="withdraw_request",
        label="撤回申请",
        permission="cases.ask_request",
        sources=WHERE,
        outcomes=(Outcome(STAY, done="申请已撤回"),),
        input=inputs.WithdrawRequest,
        check=requests.check_withdraw,
        record=requests.record_decided,
        whose=requests.centre_or_own,
        fits=requests.may_withdraw,
        unfit="没有可以撤回的申请；区中心提出的由提出的人撤回",
        confirm="撤回后这项申请不再审批，需要时可以重新申请。",
        side=True,
        note="批下来之前，申请单位可以撤回。",
    ),
)
