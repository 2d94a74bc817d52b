"""What each metric of cases means. The order here is the order on pages."""

from __future__ import annotations

from django.db.models import Q

from huying.cases.enums import Verdict
from huying.cases.metrics.exclusions import IMPORTED, JOINED
from huying.kernel.registry import Counted, Metric

CLOCKS, DISPATCHES, CALLBACKS, CLOSINGS = "cases.clocks", "cases.dispatches", "cases.callbacks", "cases.closings"
OBJECTIONS = "cases.objections"
OWNER = "cases"
HANDED_BACK = (
    "hand_back",
)  # steps by which a unit says at once that a case is not its own; what it objects to is apart

_WITHOUT_CLOCK = Counted(CLOSINGS, Q(excluded__in=(IMPORTED, JOINED)))  # closed without a limit of its own
_HISTORY = "导入的历史件，以及并入别的件、随主件答复的件"
_WITHDRAWN = "诉求人撤诉的"
_TAKEN_BACK = "签收之前由区中心收回的"
_STOPPED = "经批准中止办理时限的（退回派单、挂账等，按中止它的环节列出）"
_PAUSED = "时限暂停中的（等诉求人补充等，按所处状态列出）"
_NOT_DUE = "还没有到期、仍在办理的"
_PER_ROUND = "一件交给一个单位、办理一轮算一次；重办的，每次重办另算一次"
_HOW = "两个值之间按比例插值"

ON_TIME = Metric(
    id="cases.on_time",
    label="按时办结率",
    unit="%",
    owner=OWNER,
    numerator="审批通过时没有超过办理时限（重办的为重办时限）的次数",
    denominator="办理时限或重办时限在本期到期的次数",
    exclusions=(_STOPPED, _PAUSED, _NOT_DUE, _HISTORY),
    formula="本期应办结的里面，按时办结的所占比例。按到期的日子归入月份，时限暂停的时间不算，上级时限更早的以上级时限为准。",
    grain=_PER_ROUND,
    good="high",
    yes="按时办结",
    no="没有按时办结",
    counts=(Counted(CLOCKS, Q(kind__in=("handle", "rework")), Q(met=True)), _WITHOUT_CLOCK),
)
CONTACTED = Metric(
    id="cases.contacted",
    label="办前沟通率",
    unit="%",
    owner=OWNER,
    numerator="在办前沟通时限内联系上诉求人的次数",
    denominator="办前沟通时限在本期到期的次数",
    exclusions=(
        "免联系的（匿名、多次联系不上、诉求人要求不联系）",
        "要求保密、由区中心联系的",
        _STOPPED,
        _PAUSED,
        _NOT_DUE,
    ),
    formula="本期应办前沟通的里面，办理之前按时联系上诉求人的所占比例。按沟通时限到期的日子归入月份。",
    grain="一件签收一次算一次",
    good="high",
    yes="按时联系上",
    no="没有按时联系上",
    counts=(Counted(CLOCKS, Q(kind="contact"), Q(met=True, ended_by="contact")),),
)
CALLED_BACK = Metric(
    id="cases.called_back",
    label="回访率",
    unit="%",
    owner=OWNER,
    numerator="已经接通回访、议提案已经收回征求意见表的次数",
    denominator="回访时限在本期到期的次数",
    exclusions=("经审核免回访结案的（匿名、不要求答复、多次未接通）", "回访之前诉求人已要求重办的", _NOT_DUE, _HISTORY),
    formula="本单位办结、本期应回访的里面，已经接通回访的所占比例。按回访时限到期的日子归入月份。",
    grain="一件办结一次算一次",
    good="high",
    yes="已回访",
    no="没有回访",
    counts=(Counted(CLOCKS, Q(kind="callback"), Q(ended_by__in=("callback", "record_opinion"))), _WITHOUT_CLOCK),
)
SATISFIED = Metric(
    id="cases.satisfied",
    label="满意率",
    unit="%",
    owner=OWNER,
    numerator="回访时表示满意的次数",
    denominator="本期接通的回访次数",
    exclusions=("没有接通的回访",),
    formula="本期接通的回访里面，诉求人满意的所占比例。哪一档起算满意由系统设置中的参数决定，每次回访按当时的设置判定，以后不变。按回访的日子归入月份。",
    grain="一次回访算一次",
    good="high",
    yes="满意",
    no="不满意",
    counts=(Counted(CALLBACKS, Q(), Q(content=True)),),
)
SOLVED = Metric(
    id="cases.solved",
    label="解决率",
    unit="%",
    owner=OWNER,
    numerator="回访时表示问题已经解决的次数",
    denominator="本期接通的回访次数",
    exclusions=("没有接通的回访",),
    formula="本期接通的回访里面，诉求人认可已经解决的所占比例。按回访的日子归入月份。",
    grain="一次回访算一次",
    good="high",
    yes="已解决",
    no="没有解决",
    counts=(Counted(CALLBACKS, Q(), Q(solved=True)),),
)
FIRST_TIME = Metric(
    id="cases.first_time",
    label="一次办结率",
    unit="%",
    owner=OWNER,
    numerator="本单位第一次办理之后回访，表示问题已经解决的次数",
    denominator="本单位第一次办理之后、本期接通的回访次数",
    exclusions=("没有接通的回访",),
    formula="本单位第一次办理之后接通的回访里面，诉求人认可已经解决、不用重办的所占比例。按回访的日子归入月份。",
    grain="一件算一次",
    good="high",
    yes="一次解决",
    no="没有一次解决",
    counts=(Counted(CALLBACKS, Q(again=False), Q(solved=True)),),
)
REWORKED = Metric(
    id="cases.reworked",
    label="重办率",
    unit="%",
    owner=OWNER,
    numerator="结案之前由本单位重办过的件数",
    denominator="本期结案、由本单位主办的件数",
    exclusions=(_HISTORY, _WITHDRAWN),
    formula="本期结案的件里面，由本单位重办过一次以上的所占比例；区中心当场答复过、别的单位办过，第一次交给本单位的不算重办。按结案的日子归入月份；结案后又重办的，以最后一次结案为准。",
    grain="一件算一次",
    good="low",
    yes="重办过",
    no="没有重办",
    counts=(Counted(CLOSINGS, Q(), Q(redone=True)),),
)
RETURNED = Metric(
    id="cases.handed_back",
    label="退回派单率",
    unit="%",
    owner=OWNER,
    numerator="签收之前退回派单的次数",
    denominator="签收时限在本期到期的派单次数",
    exclusions=(_TAKEN_BACK,),
    formula="派给本单位的里面，签收之前以不属于本单位职责等理由退回的所占比例；按派单申诉办的另算。按签收时限到期的日子归入月份。",
    grain="一件派给一个单位一次算一次",
    yes="退回派单",
    no="没有退回",
    counts=(Counted(DISPATCHES, Q(), Q(ended_by__in=HANDED_BACK)),),
)


OBJECTED = Metric(
    id="cases.objected",
    label="申诉率",
    unit="%",
    owner=OWNER,
    numerator="本单位申诉、负责人同意报到区中心的派单次数",
    denominator="签收时限在本期到期的派单次数",
    exclusions=(_TAKEN_BACK,),
    formula="派给本单位的里面，提出派单申诉、由负责人报到区中心的所占比例，成立不成立都算；签收之前退回的另算。按签收时限到期的日子归入月份。",
    grain="一件派给一个单位一次算一次",
    yes="申诉",
    no="没有申诉",
    counts=(Counted(DISPATCHES, Q(), Q(objected=True)),),
)
UPHELD = Metric(
    id="cases.upheld",
    label="申诉成立比例",
    unit="%",
    owner=OWNER,
    numerator="裁定申诉成立的次数",
    denominator="本期裁定的申诉次数",
    exclusions=("本单位负责人不同意的", "本单位撤回的", "没有裁定就了结的（并案、撤诉、承办单位撤销等）"),
    formula="本单位提出、本期裁定的派单申诉里面，裁定成立、改由别的单位办理的所占比例。按裁定的日子归入月份。",
    grain="一次申诉算一次",
    yes="成立",
    no="不成立",
    counts=(Counted(OBJECTIONS, Q(), Q(verdict=Verdict.UPHELD)),),
)


def _time(key: str, label: str, kind: str, begins: str, ends: str, exclusions: tuple[str, ...]) -> Metric:
    return Metric(
        id=f"cases.{key}",
        label=label,
        unit="小时",
        owner=OWNER,
        numerator=f"从{begins}到{ends}的工作小时，不含暂停的时间",
        denominator=f"时限在本期到期、已经{ends}的次数",
        exclusions=exclusions,
        formula=f"平均值，以及九成在多少小时以内（第 90 百分位数，{_HOW}）。按时限到期的日子归入月份。",
        grain="一件算一次",
        good="low",
        counts=(Counted(CLOCKS, Q(kind=kind, met__isnull=False), value="minutes"),),
    )


TO_ACKNOWLEDGE = _time("hours_to_acknowledge", "签收用时", "acknowledge", "派单", "签收", ())
TO_CONTACT = _time(
    "hours_to_contact", "办前沟通用时", "contact", "签收", "联系上诉求人", ("免联系的", "要求保密、由区中心联系的")
)
TO_CLOSE = _time("hours_to_close", "办结用时", "handle", "派单", "审批通过", ())
VOLUME = Metric(
    id="cases.volume",
    label="结案件数",
    unit="件",
    owner=OWNER,
    numerator="本期结案、由本单位主办的件数",
    exclusions=(_HISTORY, _WITHDRAWN),
    formula="按结案的日子归入月份；结案后又重办的，以最后一次结案为准。当场答复、没有交给单位的不在其内。",
    grain="一件算一次",
    counts=(Counted(CLOSINGS),),
)

METRICS = (
    ON_TIME,
    CONTACTED,
    CALLED_BACK,
    SATISFIED,
    SOLVED,
    FIRST_TIME,
    REWORKED,
    RETURNED,
    OBJECTED,
    UPHELD,
    TO_ACKNOWLEDGE,
    TO_CONTACT,
    TO_CLOSE,
    VOLUME,
)
