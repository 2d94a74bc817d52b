"""The states and clocks of cases."""

from __future__ import annotations

from huying.matters.flow import ClockKind, Hours, State

RECEIVED, TRIAGED, DISPATCHED, ACKNOWLEDGED, HANDLING = "received", "triaged", "dispatched", "acknowledged", "handling"
WAITING, AWAITING_APPROVAL, RESOLVED, CLOSED = "waiting", "awaiting_approval", "resolved", "closed"
JOINED = "joined"
UNDER_REVIEW = "under_review"
REPLY_REVIEW = "reply_review"
# What another case about the same thing may still go along with.
JOINABLE = (RECEIVED, TRIAGED, DISPATCHED, ACKNOWLEDGED, HANDLING, WAITING, AWAITING_APPROVAL)
LATE = "只有办理这一步的本人能马上撤回；时间过了，或者之后又有了新的办理，就不能再撤回"

STATES = (
    State(RECEIVED, "待研判", "我们收到了，正在看怎么办", "new"),
    State(TRIAGED, "待派单", "正在找负责的单位", "new"),
    State(DISPATCHED, "待签收", "已经交给负责的单位，等他们接手", "new"),
    State(ACKNOWLEDGED, "待沟通", "负责的单位已经接手，会先联系您", "busy"),
    State(HANDLING, "办理中", "正在为您办理", "busy"),
    State(JOINED, "已并入", "和另一件同样的事一起办，办好了一起答复您", "busy"),
    State(WAITING, "待补充", "等您补充一点情况", "waiting"),
    State(AWAITING_APPROVAL, "待审批", "已经办好，负责人正在核对结果", "busy", chiefs_turn=True),
    State(REPLY_REVIEW, "待审核答复", "已经办好，正在核对给您的答复", "busy"),
    State(RESOLVED, "待回访", "办好了，我们会打电话问问您是否满意", "done"),
    State(UNDER_REVIEW, "第三方评价", "您两次说没有办好，正请两位不相干的人分别评一评", "busy"),
    State(CLOSED, "已结案", "这件事办完了", "closed", final=True),
)
CLOCKS = (
    ClockKind("triage", "研判", Hours.CENTRE),
    ClockKind("dispatch", "派单", Hours.CENTRE),
    ClockKind("acknowledge", "签收"),
    ClockKind("contact", "办前沟通"),
    ClockKind("handle", "办理"),
    ClockKind("callback", "回访", Hours.CENTRE),
    ClockKind("rework", "重办"),
    ClockKind("review", "第三方评价", Hours.CENTRE, told=("supervisor",)),
    ClockKind("upper", "答复上级", Hours.CENTRE),
    ClockKind("reply_review", "审核公开答复", Hours.CENTRE),
    ClockKind("revise", "修改答复"),
    ClockKind("waiting", "等待补充", on_due="no_answer"),
)
