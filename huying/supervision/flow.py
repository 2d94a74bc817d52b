"""The tables of supervisions (督办件) and instructions (交办件): states, clocks and steps."""

from __future__ import annotations

from huying.kernel.inputs import Input
from huying.matters.flow import ALL, STAY, ClockKind, Flow, Hook, Hours, Notice, Outcome, State, Step, flows
from huying.supervision import inputs
from huying.supervision.enums import InstructionKind, Rung, SupervisionKind
from huying.supervision.steps import answering, instructing, issuing, ladder

ISSUED, WORKING, REVIEWING, REPORTED = "issued", "working", "reviewing", "reported"
UNASSIGNED, CLOSED, WITHDRAWN = "unassigned", "closed", "withdrawn"
AT_THE_UNIT = (ISSUED, WORKING, REVIEWING)
OPEN = (*AT_THE_UNIT, REPORTED, UNASSIGNED)
AT_THIS_RUNG = "督办件已经到了这一层级，或者有文书等着签发"

_TO_UNIT = (Notice("holder", "issued"), Notice("holders_chiefs", "issued"))
_PRESSED = (Notice("holder", "escalated"), Notice("chiefs", "escalated"))


def _rung(key: str, rung: Rung, label: str, form: type[Input], check: Hook, note: str) -> Step:
    """A rung that takes effect when somebody else has signed its document."""
    return Step(
        key=key,
        label=label,
        permission="supervision.issue",
        sources=(*AT_THE_UNIT, REPORTED),
        outcomes=(Outcome(STAY, notices=(Notice("leaders", "to_sign"),), done="已拟稿，等领导签发"),),
        input=form,
        check=check,
        record=ladder.record_draft,
        fits=ladder.may_climb(rung),
        unfit=AT_THIS_RUNG,
        note=note,
    )


SUPERVISIONS = Flow(
    kind="supervision",
    label="督办件",
    number_prefix="DB",
    subkinds=tuple((kind.value, kind.label) for kind in SupervisionKind),
    succession="succeed",
    at_centre=("supervisor",),
    states=(
        State(ISSUED, "待签收", "已经交给负责的单位", "new"),
        State(WORKING, "待反馈", "负责的单位正在办", "busy"),
        State(REVIEWING, "待负责人审核", "负责的单位正在核对结果", "busy", chiefs_turn=True),
        State(REPORTED, "待督导审核", "正在核对办理结果", "done"),
        State(UNASSIGNED, "待改派", "正在找负责的单位", "waiting"),
        State(CLOSED, "已办结", "办完了", "closed", final=True),
        State(WITHDRAWN, "已撤销", "不再督办", "closed", final=True),
    ),
    clocks=(
        ClockKind("acknowledge", "签收"),
        ClockKind("feedback", "反馈"),
        ClockKind("rework", "再办"),
        ClockKind("review", "审核", Hours.CENTRE),
    ),
    steps=(
        Step(
            key="issue",
            label="发起督办",
            permission="supervision.issue",
            sources=(),
            outcomes=(Outcome(ISSUED, starts=("acknowledge", "feedback"), notices=_TO_UNIT),),
            input=inputs.Issue,
            check=issuing.check_issue,
            record=issuing.record_issue,
            note="对一件或几件事发提醒单或督办通知，交一个单位限时反馈。",
        ),
        Step(
            key="acknowledge",
            label="签收",
            permission="supervision.handle",
            sources=(ISSUED,),
            outcomes=(Outcome(WORKING, stops=("acknowledge",), done="已签收，按要求办理后提交反馈"),),
            input=inputs.Acknowledge,
            check=answering.check_acknowledge,
            record=answering.record_acknowledge,
            primary=True,
            note="被督办单位接手并指定经办人。",
        ),
        Step(
            key="hand_back",
            label="退回",
            permission="supervision.handle",
            sources=(ISSUED,),
            outcomes=(
                Outcome(
                    UNASSIGNED,
                    cancels=("acknowledge", "feedback"),
                    notices=(Notice("supervisors", "handed_back"),),
                    done="已退回，由督导员改派",
                ),
            ),
            input=inputs.HandBack,
            check=issuing.check_hand_back,
            confirm="由督导员改派别的单位，退回原因计入统计。",
            note="签收之前退回，不属本单位职责等。",
        ),
        Step(
            key="readdress",
            label="改派",
            permission="supervision.issue",
            sources=(UNASSIGNED, ISSUED),
            outcomes=(
                Outcome(
                    ISSUED,
                    starts=("acknowledge", "feedback"),
                    cancels=("acknowledge", "feedback"),
                    notices=_TO_UNIT,
                    done="已改派给{holder}，等待签收",
                ),
            ),
            input=inputs.Readdress,
            check=issuing.check_readdress,
            record=issuing.record_readdress,
            primary=True,
            note="改由别的单位办理，重新计时，另发一份文书。",
        ),
        Step(
            key="feedback",
            label="提交反馈",
            permission="supervision.handle",
            sources=(WORKING,),
            outcomes=(
                Outcome(REVIEWING, notices=(Notice("chiefs", "to_endorse"),), done="反馈已提交，等单位负责人审核"),
            ),
            input=inputs.Feedback,
            check=answering.check_feedback,
            record=answering.record_feedback,
            primary=True,
            note="写明办理情况、原因和下一步措施；反馈时限继续计时。",
        ),
        Step(
            key="send_back",
            label="退回修改",
            permission="supervision.endorse",
            sources=(REVIEWING,),
            outcomes=(Outcome(WORKING, notices=(Notice("holder", "sent_back"),), done="已退回经办人修改"),),
            input=inputs.SendBack,
            check=answering.check_send_back,
            note="负责人不同意，退回经办人。",
        ),
        Step(
            key="endorse",
            label="审核报出",
            permission="supervision.endorse",
            sources=(REVIEWING,),
            outcomes=(
                Outcome(
                    REPORTED,
                    starts=("review",),
                    stops=("feedback", "rework"),
                    notices=(Notice("supervisors", "reported"),),
                    done="反馈已报出，等督导员审核",
                ),
            ),
            input=inputs.Endorse,
            check=answering.check_endorse,
            primary=True,
            note="单位负责人审核后报督导员，不得审核自己提交的反馈。",
        ),
        Step(
            key="return_feedback",
            label="退回再办",
            permission="supervision.review",
            sources=(REPORTED,),
            outcomes=(
                Outcome(
                    WORKING,
                    starts=("rework",),
                    stops=("review",),
                    notices=(Notice("holder", "returned"), Notice("chiefs", "returned")),
                    done="已退回{holder}再办",
                ),
            ),
            input=inputs.ReturnFeedback,
            check=answering.check_return,
            note="没有办到位，退回单位再办，退回次数计入统计。",
        ),
        Step(
            key="accept",
            label="审核通过",
            permission="supervision.review",
            sources=(REPORTED,),
            outcomes=(
                Outcome(
                    CLOSED,
                    stops=("review",),
                    notices=(Notice("holder", "accepted"), Notice("chiefs", "accepted")),
                    done="反馈已审核通过，督办件办结",
                ),
            ),
            input=inputs.Accept,
            check=answering.check_accept,
            primary=True,
            confirm="督办件随即办结。",
            note="督导员认可反馈，督办件办结。",
        ),
        Step(
            key="notify",
            label="下达督办通知",
            permission="supervision.issue",
            sources=(*AT_THE_UNIT, REPORTED),
            outcomes=(Outcome(STAY, notices=_PRESSED, done="督办通知已下达给{holder}"),),
            input=inputs.Notify,
            check=ladder.check_notify,
            record=ladder.record_notify,
            fits=ladder.may_climb(Rung.NOTICE),
            unfit=AT_THIS_RUNG,
            confirm="督办通知随即下达。",
            note="提醒之后仍未办好的，升级为督办通知。",
        ),
        _rung("summon", Rung.TALK, "拟约谈通知", inputs.Summon, ladder.check_summon, "约谈单位负责人，签发后生效。"),
        _rung("publish", Rung.BULLETIN, "拟通报", inputs.Publish, ladder.check_publish, "全区通报，签发后生效。"),
        _rung(
            "hand_over",
            Rung.HANDOVER,
            "拟移交问责",
            inputs.HandOver,
            ladder.check_hand_over,
            "移交纪检监察机关或有权处理的单位，签发后生效。",
        ),
        Step(
            key="sign",
            label="签发",
            permission="supervision.sign",
            sources=(*AT_THE_UNIT, REPORTED),
            outcomes=(
                Outcome(
                    STAY,
                    notices=(*_PRESSED, Notice("supervisors", "signed")),
                    done="已签发，文书编号生效，并通知{holder}",
                ),
            ),
            input=inputs.Sign,
            check=ladder.check_sign,
            record=ladder.record_sign,
            fits=ladder.may_sign,
            unfit="没有等着签发的文书，或者是您自己拟的稿，要由别人签发",
            primary=True,
            confirm="文书编号生效，并通知被督办单位。",
            note="约谈、通报和移交问责由拟稿人以外的人签发。",
        ),
        Step(
            key="decline",
            label="不予签发",
            permission="supervision.sign",
            sources=OPEN,
            outcomes=(Outcome(STAY, notices=(Notice("supervisors", "declined"),), done="没有签发，这份文书作废"),),
            input=inputs.Decline,
            check=ladder.check_decline,
            record=ladder.record_decline,
            fits=ladder.has_draft,
            unfit="没有等着签发的文书",
            note="文书作废，督办件照原来的层级办理。",
        ),
        Step(
            key="retract",
            label="撤回拟稿",
            permission="supervision.issue",
            sources=OPEN,
            outcomes=(Outcome(STAY, done="拟稿已撤回"),),
            input=inputs.Decline,
            check=ladder.check_decline,
            record=ladder.record_decline,
            fits=ladder.has_draft,
            unfit="没有等着签发的文书",
            note="签发之前，督导员可以把拟好的文书撤回。",
        ),
        Step(
            key="cancel",
            label="撤销督办",
            permission="supervision.issue",
            sources=OPEN,
            outcomes=(
                Outcome(
                    WITHDRAWN,
                    cancels=(ALL,),
                    notices=(Notice("holder", "cancelled"), Notice("chiefs", "cancelled")),
                    done="督办已撤销，各项时限停止",
                ),
            ),
            input=inputs.Cancel,
            check=issuing.check_cancel,
            confirm="各项时限随即停止，单位不用再反馈。",
            note="督办有误或已无必要的。",
        ),
        Step(
            key="succeed",
            label="单位变更承接",
            permission="supervision.issue",
            sources=AT_THE_UNIT,
            outcomes=(
                Outcome(STAY, notices=(Notice("holder", "issued"),)),
                Outcome(
                    UNASSIGNED,
                    cancels=("acknowledge", "feedback", "rework"),
                    notices=(Notice("supervisors", "handed_back"),),
                ),
            ),
            input=inputs.Succeed,
            check=issuing.check_succeed,
            by_system=True,
            note="被督办单位撤销后由承接单位接着办；没有承接单位的待改派。",
        ),
    ),
)
flows.add(SUPERVISIONS.kind, SUPERVISIONS)

RECORDED, TASKED, TO_REPORT = "recorded", "tasked", "to_report"

INSTRUCTIONS = Flow(
    kind="instruction",
    label="交办件",
    number_prefix="JB",
    subkinds=tuple((kind.value, kind.label) for kind in InstructionKind),
    at_centre=("supervisor",),
    states=(
        State(RECORDED, "待分解", "已经登记", "new"),
        State(TASKED, "办理中", "各单位正在办", "busy"),
        State(TO_REPORT, "待报告", "都办完了，正在写报告", "done"),
        State(CLOSED, "已报告", "已经报告办理情况", "closed", final=True),
        State(WITHDRAWN, "已撤销", "不再办理", "closed", final=True),
    ),
    clocks=(
        ClockKind("assign", "分解", Hours.CENTRE),
        ClockKind("finish", "办结", Hours.CENTRE),
        ClockKind("report", "报告", Hours.CENTRE),
    ),
    steps=(
        Step(
            key="record",
            label="登记",
            permission="supervision.instruct",
            sources=(),
            outcomes=(Outcome(RECORDED, starts=("assign", "finish"), notices=(Notice("supervisors", "recorded"),)),),
            input=inputs.Record,
            check=instructing.check_record,
            record=instructing.record_record,
            note="登记领导批示、上级交办事项或日报条目，附原件扫描页；领导可以自己写。",
        ),
        Step(
            key="assign",
            label="分解任务",
            permission="supervision.assign",
            sources=(RECORDED, TASKED, TO_REPORT),
            outcomes=(Outcome(TASKED, stops=("assign",), cancels=("report",), done="任务已分解，各单位收到督办件"),),
            input=inputs.Assign,
            check=instructing.check_assign,
            record=instructing.record_assign,
            primary=True,
            note="每个承办单位一件督办件，各自限时反馈。",
        ),
        Step(
            key="gather",
            label="任务全部办结",
            permission="supervision.assign",
            sources=(TASKED,),
            outcomes=(Outcome(TO_REPORT, starts=("report",), notices=(Notice("supervisors", "gathered"),)),),
            input=inputs.Gather,
            check=instructing.check_gather,
            by_system=True,
            note="各项任务都审核通过或撤销之后，由系统转为待报告。",
        ),
        Step(
            key="report",
            label="报告办理情况",
            permission="supervision.assign",
            sources=(TO_REPORT,),
            outcomes=(
                Outcome(
                    CLOSED,
                    stops=("report", "finish"),
                    notices=(Notice("leaders", "finished"),),
                    done="报告已呈送，交办件办结",
                ),
            ),
            input=inputs.Report,
            check=instructing.check_report,
            primary=True,
            confirm="报告会呈给领导，交办件随即办结。",
            note="把各单位的反馈汇总报告批示人或交办单位，交办件办结。",
        ),
        Step(
            key="instruct_again",
            label="再次批示",
            permission="supervision.instruct",
            sources=(CLOSED,),
            outcomes=(
                Outcome(
                    RECORDED,
                    starts=("assign", "finish"),
                    notices=(Notice("supervisors", "again"),),
                    done="已再次批示，等待重新分解",
                ),
            ),
            input=inputs.InstructAgain,
            check=instructing.check_instruct_again,
            record=instructing.record_instruct_again,
            note="对报告不满意或有新要求的，再次批示，重新分解。",
        ),
        Step(
            key="withdraw",
            label="撤销",
            permission="supervision.assign",
            sources=(RECORDED, TASKED, TO_REPORT),
            outcomes=(Outcome(WITHDRAWN, cancels=(ALL,), done="交办件已撤销"),),
            input=inputs.Cancel,
            check=instructing.check_withdraw,
            confirm="交办件不再办理。",
            note="登记有误的；在办的任务要先撤销。",
        ),
    ),
)
flows.add(INSTRUCTIONS.kind, INSTRUCTIONS)
