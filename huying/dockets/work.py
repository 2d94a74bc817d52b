"""The table of tracked work: what a docket has decided, with an owner and a clock of its own."""

from __future__ import annotations

from huying.dockets import inputs
from huying.dockets.steps import working
from huying.matters.flow import ALL, STAY, ClockKind, Flow, Hours, Notice, Outcome, State, Step, flows

ASSIGNED, FED_BACK, ACCEPTED, GIVEN_UP = "assigned", "fed_back", "accepted", "given_up"

WORK = Flow(
    kind="docket_work",
    label="议题任务",
    number_prefix="YR",
    succession="succeed",
    states=(
        State(ASSIGNED, "落实中", "负责的单位正在落实", "busy"),
        State(FED_BACK, "待验收", "已经落实，牵头单位正在核对", "done"),
        State(ACCEPTED, "已验收", "已经落实", "closed", final=True),
        State(GIVEN_UP, "已取消", "不再办理", "closed", final=True),
    ),
    clocks=(ClockKind("feedback", "反馈"), ClockKind("review", "验收", Hours.HOLDER)),
    steps=(
        Step(
            key="assign",
            label="交办",
            permission="dockets.lead",
            sources=(),
            outcomes=(
                Outcome(
                    ASSIGNED,
                    starts=("feedback",),
                    notices=(Notice("holder", "assigned"), Notice("holders_chiefs", "assigned")),
                ),
            ),
            input=inputs.Assign,
            check=working.check_assign,
            record=working.record_assign,
            note="议题的一条议定事项成为责任单位的任务，单独计时；由议题的“登记议定事项”带出。",
        ),
        Step(
            key="report",
            label="反馈进展",
            permission="dockets.work",
            sources=(ASSIGNED,),
            outcomes=(Outcome(STAY, done="进展已反馈，时限照走"),),
            input=inputs.Report,
            note="责任单位说明进展，时限照走。",
        ),
        Step(
            key="feed_back",
            label="反馈结果",
            permission="dockets.work",
            sources=(ASSIGNED,),
            outcomes=(
                Outcome(
                    FED_BACK,
                    starts=("review",),
                    stops=("feedback",),
                    notices=(Notice("holder", "fed_back"),),
                    done="结果已反馈，等牵头单位验收",
                ),
            ),
            input=inputs.FeedBack,
            check=working.check_feed_back,
            record=working.record_feed_back,
            primary=True,
            note="责任单位落实后反馈，转议题牵头单位验收。",
        ),
        Step(
            key="accept",
            label="验收通过",
            permission="dockets.lead",
            sources=(FED_BACK,),
            outcomes=(
                Outcome(ACCEPTED, stops=("review",), notices=(Notice("lead", "accepted"),), done="任务已验收通过"),
            ),
            input=inputs.Accept,
            check=working.check_accept,
            fits=working.may_judge,
            unfit="自己反馈的结果不能自己验收，请由另一位同事验收",
            primary=True,
            confirm="任务随即了结，不能再退回。",
            note="牵头单位验收，不得验收自己反馈的。",
        ),
        Step(
            key="send_back",
            label="退回重办",
            permission="dockets.lead",
            sources=(FED_BACK,),
            outcomes=(
                Outcome(
                    ASSIGNED,
                    starts=("feedback",),
                    stops=("review",),
                    notices=(Notice("holder", "sent_back"),),
                    done="已退回{holder}重办，重新计时",
                ),
            ),
            input=inputs.SendWorkBack,
            check=working.check_send_back,
            note="没有落实到位的退回责任单位，重新计时。",
        ),
        Step(
            key="give_up",
            label="取消任务",
            permission="dockets.lead",
            sources=(ASSIGNED, FED_BACK),
            outcomes=(Outcome(GIVEN_UP, cancels=(ALL,), notices=(Notice("lead", "given_up"),), done="任务已取消"),),
            input=inputs.GiveUp,
            check=working.check_give_up,
            whose=working.leads,
            confirm="任务不再办理，原因写进议题。",
            note="不再需要办的，由牵头单位或区中心取消并写明原因。",
        ),
        Step(
            key="succeed",
            label="单位变更承接",
            permission="dockets.lead",
            sources=(ASSIGNED, FED_BACK),
            outcomes=(Outcome(STAY, notices=(Notice("holder", "succeeded"),)),),
            input=inputs.Succeed,
            check=working.check_succeed,
            by_system=True,
            note="单位撤销后由承接单位接着办；没有的由牵头单位或区中心接手。",
        ),
    ),
)
flows.add(WORK.kind, WORK)
