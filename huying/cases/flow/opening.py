"""How a voice becomes a case, is understood, and may be answered at once."""

from __future__ import annotations

from huying.cases import inputs, motions
from huying.cases.flow.states import CLOSED, HANDLING, JOINED, RECEIVED, TRIAGED, WAITING
from huying.cases.steps import checking, intake, sorting
from huying.matters.flow import ALL, BACK, STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="receive",
        label="受理",
        permission="cases.receive",
        sources=(),
        outcomes=(
            Outcome(RECEIVED, starts=("triage",), notices=(Notice("reporter", "received"),)),
            Outcome(JOINED, notices=(Notice("reporter", "received_joined"),)),
        ),
        input=inputs.Receive,
        check=intake.check_receive,
        record=intake.record_receive,
        note="任何渠道的一件诉求成为一个可追踪的事项。",
    ),
    Step(
        key="import_history",
        label="导入历史件",
        permission="cases.import",
        sources=(),
        outcomes=(Outcome(CLOSED),),
        input=inputs.ImportHistory,
        check=intake.check_history,
        record=intake.record_history,
        by_system=True,
        note="别处已经办结的件，保留原来的时间，不通知任何人。",
    ),
    Step(
        key="triage",
        label="研判",
        permission="cases.triage",
        sources=(RECEIVED,),
        outcomes=(
            Outcome(
                TRIAGED,
                starts=("dispatch",),
                stops=("triage",),
                notices=(Notice("dispatchers_if_urgent", "triaged"),),
                done="已研判，等待派单",
            ),
        ),
        input=inputs.Triage,
        check=sorting.check_triage,
        record=sorting.record_triage,
        primary=True,
        reverse="recall_triage",
        note="判明类型、分类、紧急程度和地点。",
    ),
    Step(
        key="answer",
        label="即时答复",
        permission="cases.answer",
        sources=(RECEIVED, TRIAGED),
        outcomes=(
            Outcome(
                CLOSED,
                stops=(ALL,),
                notices=(Notice("reporter", "answered"),),
                done="已答复诉求人，这件诉求已结案",
            ),
        ),
        input=inputs.Answer,
        check=sorting.check_answer,
        fits=motions.is_usual,
        unfit="议提案由承办单位书面答复，不能当场答复结案",
        record=sorting.record_answer,
        confirm="答复会发给诉求人，这件诉求随即结案。",
        note="能当场答复的，答复后结案；按比例抽查。",
    ),
    Step(
        key="spot_check",
        label="抽查答复",
        permission="cases.spot_check",
        sources=(CLOSED,),
        outcomes=(
            Outcome(STAY, done="抽查结果已记下"),
            Outcome(
                RECEIVED,
                starts=("triage",),
                notices=(Notice("reporter", "answer_redone"),),
                done="抽查结果已记下，这件诉求转重新研判",
            ),
        ),
        input=inputs.SpotCheck,
        check=checking.check_spot_check,
        fits=checking.may_spot_check,
        unfit="这件没有抽到，或者已经抽查过；自己的答复要由别人抽查",
        record=checking.record_spot_check,
        primary=True,
        note="即时答复按比例抽出来，由没有答复过这件的人核对；有误的可以转重新研判。",
    ),
    Step(
        key="return_to_reporter",
        label="退回补充",
        permission="cases.return_to_reporter",
        sources=(RECEIVED, TRIAGED, HANDLING),
        outcomes=(
            Outcome(
                WAITING,
                starts=("waiting",),
                pauses=True,
                notices=(Notice("reporter", "question"),),
                done="已请诉求人补充，补充之前各项时限暂停",
            ),
        ),
        input=inputs.ReturnToReporter,
        reverse="recall_question",
        note="情况不清，请诉求人补充；各时钟暂停。",
    ),
    Step(
        key="add_information",
        label="补充信息",
        permission="cases.add_information",
        sources=(WAITING,),
        outcomes=(
            Outcome(
                BACK,
                stops=("waiting",),
                resumes=True,
                notices=(Notice("holder", "information_added"),),
                done="补充的情况已记下，回到“{state}”",
            ),
        ),
        input=inputs.AddInformation,
        check=intake.check_information,
        record=intake.record_information,
        primary=True,
        note="补充后回到原来的环节，各时钟继续。",
    ),
    Step(
        key="no_answer",
        label="未补充，继续办理",
        permission="cases.add_information",
        sources=(WAITING,),
        outcomes=(Outcome(BACK, stops=("waiting",), resumes=True, notices=(Notice("holder", "no_answer"),)),),
        input=inputs.NoAnswer,
        by_system=True,
        note="到期没有补充，由系统退回原环节。",
    ),
)
