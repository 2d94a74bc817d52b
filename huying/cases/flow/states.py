"""The states and clocks of cases."""

from __future__ import annotations

from huying.matters.flow import ClockKind, Hours, State

RECEIVED, TRIAGED, DISPATCHED, ACKNOWLEDGED, HANDLING = "received", "triaged", "dispatched", "acknowledged", "handling"
WAITING, AWAITING_APPROVAL, RESOLVED, CLOSED = "waiting", "awaiting_approval", "resolved", "closed"
JOINED = "joined"
OBJECTING, OBJECTED = "objecting", "objected"
REJECTING = "rejecting"
DEFERRED = "deferred"
PASSED, CHECKING = "passed", "checking"
UNDER_REVIEW = "under_review"
REPLY_REVIEW = "reply_review"
# What another case about the same thing may still go along with.
JOINABLE = (
    RECEIVED,
    TRIAGED,
    DISPATCHED,
    ACKNOWLEDGED,
    HANDLING,
    OBJECTING,
    OBJECTED,
    PASSED,
    CHECKING,
    WAITING,
    AWAITING_APPROVAL,
    DEFERRED,
)
# Where co-handlers' parts are worked on, beside whoever has the case in hand.
SHARED = (
    DISPATCHED,
    ACKNOWLEDGED,
    HANDLING,
    OBJECTING,
    OBJECTED,
    PASSED,
    CHECKING,
    WAITING,
    AWAITING_APPROVAL,
    DEFERRED,
)
# Where an enterprise is served, once a unit leads.
SERVED = (*SHARED, RESOLVED)
LATE = "只有办理这一步的本人能马上撤回；时间过了，或者之后又有了新的办理，就不能再撤回"

STATES = (
    State(RECEIVED, "待研判", "我们收到了，正在看怎么办", "new"),
    State(TRIAGED, "待派单", "正在找负责的单位", "new"),
    State(DISPATCHED, "待签收", "已经交给负责的单位，等他们接手", "new"),
    State(ACKNOWLEDGED, "待沟通", "负责的单位已经接手，会先联系您", "busy"),
    State(HANDLING, "办理中", "正在为您办理", "busy"),
    State(OBJECTING, "申诉待审核", "正在确认由哪个单位来办", "busy", chiefs_turn=True),
    State(OBJECTED, "申诉待裁定", "正在确认由哪个单位来办", "busy"),
    State(REJECTING, "不予受理待审核", "正在核实这件事能不能受理", "new"),
    State(PASSED, "待接收", "转给了能直接办的单位，等他们接手", "busy"),
    State(CHECKING, "现场核查", "正派人到现场去看", "busy"),
    State(JOINED, "已并入", "和另一件同样的事一起办，办好了一起答复您", "busy"),
    State(WAITING, "待补充", "等您补充一点情况", "waiting"),
    State(DEFERRED, "挂账", "眼下还办不了，我们记着，条件一到就接着办", "waiting"),
    State(AWAITING_APPROVAL, "待审批", "已经办好，负责人正在核对结果", "busy", chiefs_turn=True),
    State(REPLY_REVIEW, "待审核答复", "已经办好，正在核对给您的答复", "busy"),
    State(RESOLVED, "待回访", "办好了，我们会打电话问问您是否满意", "done"),
    State(UNDER_REVIEW, "第三方评价", "您两次说没有办好，正请两位不相干的人分别评一评", "busy"),
    State(CLOSED, "已结案", "这件事办完了", "closed", final=True),
)
CLOCKS = (
    ClockKind("triage", "研判", Hours.CENTRE),
    ClockKind("dispatch", "派单", Hours.CENTRE),
    ClockKind("acknowledge", "签收", counted=True),
    ClockKind("contact", "办前沟通", counted=True),
    ClockKind("handle", "办理", counted=True),
    ClockKind("objection", "派单申诉"),  # never runs: its limit says until when a unit may object
    ClockKind("ruling", "裁定", Hours.CENTRE),
    ClockKind("rejection", "不予受理审核", Hours.CENTRE),
    ClockKind("callback", "回访", Hours.CENTRE, counted=True),
    ClockKind("rework", "重办", counted=True),
    ClockKind("part", "协办", aside=True, within=("handle", "rework"), states=SHARED),
    ClockKind("service", "服务专员联系企业", aside=True, states=SERVED),
    ClockKind("take_on", "接收转办"),
    ClockKind("site_check", "现场核查"),
    ClockKind("review", "第三方评价", Hours.CENTRE, told=("supervisor",)),
    ClockKind("upper", "答复上级", Hours.CENTRE),
    ClockKind("reply_review", "审核公开答复", Hours.CENTRE),
    ClockKind("revise", "修改答复"),
    ClockKind("waiting", "等待补充", on_due="no_answer"),
    ClockKind("deferral_review", "挂账复核", on_due="deferral_review_due"),
    ClockKind("deferral", "挂账", on_due="deferral_ends"),
)
