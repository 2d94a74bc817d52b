"""What passes between the upper level and us."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CHECKING,
    CLOSED,
    DEFERRED,
    DISPATCHED,
    HANDLING,
    JOINED,
    OBJECTED,
    OBJECTING,
    PASSED,
    RECEIVED,
    REJECTING,
    REPLY_REVIEW,
    RESOLVED,
    TRIAGED,
    UNDER_REVIEW,
    WAITING,
)
from huying.cases.steps import upper
from huying.matters.flow import STAY, Notice, Outcome, Step

_OPEN = (
    *(RECEIVED, TRIAGED, REJECTING, DISPATCHED, ACKNOWLEDGED, HANDLING, OBJECTING, OBJECTED, PASSED, CHECKING),
    *(WAITING, DEFERRED, AWAITING_APPROVAL, REPLY_REVIEW, JOINED, RESOLVED, UNDER_REVIEW),
)
_TOLD = (Notice("holder", "redo_from_above"), Notice("chiefs", "redo_from_above"))
_REDONE = (
    Outcome(
        HANDLING,
        starts=("rework",),
        cancels=("callback", "review"),
        notices=(
            Notice("reporter", "redone_from_above"),
            *_TOLD,
            Notice("centre_if_confidential", "contact_again"),
        ),
        done="已记下，转{holder}重办",
    ),
    Outcome(
        RECEIVED,
        starts=("triage",),
        cancels=("callback", "review"),
        notices=(Notice("reporter", "redone_from_above"), Notice("dispatchers", "redo_from_above")),
        done="已记下，转重新研判",
    ),
)
_UNFIT = "这件没有上级的编号，也没有上级时限，不是上级转来的"

STEPS = (
    Step(
        key="urge_from_above",
        label="登记上级催办",
        permission="cases.upper",
        sources=_OPEN,
        outcomes=(
            Outcome(
                STAY,
                starts=("upper",),
                notices=(
                    Notice("holder", "urged_from_above"),
                    Notice("holders_chiefs", "urged_from_above"),
                    Notice("dispatchers", "answer_above"),
                ),
                done="上级催办已记下，已告知{holder}及其负责人",
            ),
            Outcome(
                STAY,
                notices=(Notice("holder", "urged_from_above"), Notice("holders_chiefs", "urged_from_above")),
                done="上级再次催办已记下，已告知{holder}及其负责人",
            ),
        ),
        input=inputs.UrgeFromAbove,
        check=upper.check_urge,
        record=upper.record_urge,
        fits=upper.has_upper,
        unfit=_UNFIT,
        note="上级催办：告知手上有这件事的单位和负责人，开始计答复上级的时限，这件排到前面。",
    ),
    Step(
        key="answer_above",
        label="答复上级",
        permission="cases.answer_upper",
        sources=(*_OPEN, CLOSED),
        outcomes=(Outcome(STAY, stops=("upper",), done="给上级的答复已记下"),),
        input=inputs.AnswerAbove,
        check=upper.check_answer,
        record=upper.record_answer,
        fits=upper.has_upper,
        unfit=_UNFIT,
        note="区中心答复上级的催办，或者报告办理结果；上级的系统从接口读到。",
    ),
    Step(
        key="callback_from_above",
        label="登记上级回访",
        permission="cases.upper",
        sources=(*_OPEN, CLOSED),
        outcomes=(Outcome(STAY, done="上级回访已记下"), *_REDONE),
        input=inputs.CallBackFromAbove,
        check=upper.check_callback,
        record=upper.record_callback,
        fits=upper.has_upper,
        unfit=_UNFIT,
        note="上级回访的结果记在我们的回访旁边；上级那边说没有解决或不满意的，这边重办。",
    ),
    Step(
        key="rework_from_above",
        label="登记上级重办",
        permission="cases.upper",
        sources=(*_OPEN, CLOSED),
        outcomes=(*_REDONE, Outcome(STAY, notices=_TOLD, done="上级重办已记下，{holder}正在办，按上级的时限")),
        input=inputs.ReworkFromAbove,
        check=upper.check_rework,
        record=upper.record_rework,
        fits=upper.has_upper,
        unfit=_UNFIT,
        note="上级要求重办：不论结案多久都重办，上级的时限比我们的严就以上级的为准。",
    ),
    Step(
        key="ruling_from_above",
        label="登记上级审核",
        permission="cases.upper",
        sources=(*_OPEN, CLOSED),
        outcomes=(Outcome(STAY, done="上级审核已记下"), *_REDONE),
        input=inputs.RuleFromAbove,
        check=upper.check_ruling,
        record=upper.record_ruling,
        fits=upper.has_upper,
        unfit=_UNFIT,
        note="上级认可我们的报告，或者退回；退回的重办。",
    ),
)
