"""Appeals that are judged unreasonable: an approved procedure of its own."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import ACKNOWLEDGED, AWAITING_APPROVAL, DEFERRED, DISPATCHED, HANDLING, TRIAGED
from huying.cases.steps import requests, unreasonable
from huying.cases.steps.requests import ANSWERED, LIVE
from huying.matters.flow import STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="propose_unreasonable",
        label="申请不合理诉求认定",
        permission="cases.propose_unreasonable",
        sources=(ACKNOWLEDGED, HANDLING, AWAITING_APPROVAL, *ANSWERED),
        outcomes=(
            Outcome(
                STAY,
                notices=(Notice("chiefs", "request_asked"),),
                done="认定申请已提交，等承办单位负责人审核；照常办理和答复",
            ),
        ),
        input=inputs.ProposeUnreasonable,
        check=unreasonable.check_propose,
        record=requests.record_asked,
        whose=requests.centre_or_own,
        fits=unreasonable.may_propose,
        unfit="没有承办单位、已经认定过，或者已有一项申请没有批",
        side=True,
        note="承办单位或接线员提出，附证据，写明解释过几次；诉求人照常得到答复。",
    ),
    Step(
        key="approve_unreasonable",
        label="同意认定",
        permission="cases.decide_request",
        sources=(*LIVE, *ANSWERED),
        outcomes=(
            Outcome(
                STAY,
                done="您的意见已记下，还要另一个岗位的一人同意才算认定",
                key="first",
            ),
            Outcome(
                STAY,
                notices=(Notice("lead", "request_granted"),),
                done="已认定，这件单独统计；照常答复诉求人",
                key="second",
            ),
        ),
        input=inputs.ApproveUnreasonable,
        check=unreasonable.check_approve,
        record=requests.record_decided,
        whose=requests.by_centre,
        fits=unreasonable.may_approve,
        unfit=f"没有等您认定的申请；{unreasonable.OTHER_ROLE}",
        primary=True,
        note="派单审核员和督导员各一人同意才算认定，从此单独统计。",
    ),
    Step(
        key="revoke_unreasonable",
        label="撤销认定",
        permission="cases.decide_request",
        sources=(TRIAGED, DISPATCHED, *LIVE, DEFERRED, *ANSWERED),
        outcomes=(Outcome(STAY, notices=(Notice("lead", "unreasonable_revoked"),), done="认定已撤销，恢复正常统计"),),
        input=inputs.RevokeUnreasonable,
        check=unreasonable.check_revoke,
        record=unreasonable.record_revoke,
        whose=requests.by_centre,
        fits=unreasonable.may_revoke,
        unfit="这件没有认定过",
        side=True,
        note="有了新的事实，或者认定有误的，由区中心撤销。",
    ),
)
