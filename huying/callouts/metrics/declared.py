"""What each metric of call-outs means. The order here is the order on pages."""

from __future__ import annotations

from django.db.models import Q

from huying.callouts.metrics.sources import CALLS, CLOCKS, ISSUED, RATINGS
from huying.cases.enums import Satisfaction
from huying.kernel.registry import Counted, Metric, MetricGroup

OWNER = "callouts"
GROUP = MetricGroup(key=OWNER, label="呼应", kinds=("callout_response", "callout"), order=20)

_RELEASED = "裁定同意退出的"
_CANCELLED = "呼叫撤回、转议题或移交，随之取消的"
_NOT_DUE = "还没有到期的"
_PER_CALL = "一个单位被呼叫一次算一次"

RESPONDED = Metric(
    id="callouts.responded",
    label="响应度",
    unit="%",
    owner=OWNER,
    numerator="在响应时限内响应的次数",
    denominator="响应时限在本期到期的被呼叫次数",
    exclusions=(_RELEASED, _CANCELLED, _NOT_DUE),
    formula="被呼叫的里面，按时响应的所占比例。按响应时限到期的日子归入月份；申请退出、裁定应当响应的照原来的时限算。",
    grain=_PER_CALL,
    good="high",
    yes="按时响应",
    no="没有按时响应",
    counts=(Counted(CLOCKS, Q(kind="respond"), Q(met=True)),),
)
CLOSED = Metric(
    id="callouts.closed",
    label="办结率",
    unit="%",
    owner=OWNER,
    numerator="到统计时结果已经由呼叫单位验收的次数",
    denominator="反馈时限在本期到期的被呼叫次数",
    exclusions=(_RELEASED, _CANCELLED, _NOT_DUE),
    formula="应办结的里面，已经办结（呼叫单位验收通过）的所占比例。按第一次反馈时限到期的日子归入月份；退回重办的，以验收为准。超时之后才办结的也算办结，是否按时看按时反馈率。",
    grain=_PER_CALL,
    good="high",
    yes="已办结",
    no="没有办结",
    counts=(Counted(CLOCKS, Q(kind="feed_back", started_seq=1), Q(accepted=True)),),
)
SATISFIED = Metric(
    id="callouts.satisfied",
    label="满意率",
    unit="%",
    owner=OWNER,
    numerator="呼叫单位评价为满意或非常满意的次数",
    denominator="本期呼叫单位作出评价的次数",
    exclusions=("验收之后呼叫单位没有评价的",),
    formula="呼叫单位评价过的里面，满意的所占比例。按评价的日子归入月份。",
    grain=_PER_CALL,
    good="high",
    yes="满意",
    no="不满意",
    counts=(Counted(RATINGS, Q(), Q(satisfaction__gte=Satisfaction.SATISFIED)),),
)
FED_BACK = Metric(
    id="callouts.fed_back",
    label="按时反馈率",
    unit="%",
    owner=OWNER,
    numerator="在反馈时限内反馈结果的次数",
    denominator="反馈时限在本期到期的次数",
    exclusions=(_RELEASED, _CANCELLED, _NOT_DUE),
    formula="应反馈结果的里面，按时反馈的所占比例。按反馈时限到期的日子归入月份；退回重办的重新计时，另算一次。",
    grain="一个单位被呼叫一次、办理一轮算一次",
    good="high",
    yes="按时反馈",
    no="没有按时反馈",
    counts=(Counted(CLOCKS, Q(kind="feed_back"), Q(met=True)),),
)
DECLINED = Metric(
    id="callouts.declined",
    label="申请退出率",
    unit="%",
    owner=OWNER,
    numerator="申请退出、由区中心裁定的次数",
    denominator="本期被呼叫的次数",
    exclusions=(_CANCELLED, "退出申请还没有裁定的"),
    formula="被呼叫的里面，申请退出的所占比例，裁定同意不同意都算。按被呼叫的日子归入月份。",
    grain=_PER_CALL,
    yes="申请退出",
    no="没有申请",
    counts=(Counted(CALLS, Q(), Q(declined=True)),),
)
RELEASED = Metric(
    id="callouts.released",
    label="呼叫有误率",
    unit="%",
    owner=OWNER,
    numerator="裁定同意退出的次数",
    denominator="本期被呼叫的次数",
    exclusions=(_CANCELLED, "退出申请还没有裁定的"),
    formula="被呼叫的里面，裁定不该由本单位来的所占比例，说明呼叫找错了单位。按被呼叫的日子归入月份。",
    grain=_PER_CALL,
    yes="同意退出",
    no="应当响应",
    counts=(Counted(CALLS, Q(), Q(released=True)),),
)
CALLED = Metric(
    id="callouts.called",
    label="被呼叫次数",
    unit="次",
    owner=OWNER,
    numerator="本期被呼叫的次数",
    exclusions=(_CANCELLED, "退出申请还没有裁定的"),
    formula="按被呼叫的日子归入月份。一次呼叫请几个单位，就是几次；裁定退出的也在其内。",
    grain=_PER_CALL,
    counts=(Counted(CALLS),),
)
ISSUED_CALLS = Metric(
    id="callouts.issued",
    label="发起呼叫",
    unit="次",
    owner=OWNER,
    numerator="本单位在本期发出的呼叫",
    exclusions=("撤回的",),
    formula="按发出的日子归入月份。草拟、研判中和没有批准的不在其内。",
    grain="一次呼叫算一次",
    counts=(Counted(ISSUED),),
)
RAISED = Metric(
    id="callouts.raised",
    label="呼叫提级率",
    unit="%",
    owner=OWNER,
    numerator="提过级的呼叫，到时自动提级的也算",
    denominator="本单位在本期发出的呼叫",
    exclusions=("撤回的",),
    formula="本单位发出的呼叫里面，提级过的所占比例。按发出的日子归入月份。",
    grain="一次呼叫算一次",
    yes="提级",
    no="没有提级",
    counts=(Counted(ISSUED, Q(), Q(lifted=True)),),
)

METRICS = (RESPONDED, CLOSED, SATISFIED, FED_BACK, DECLINED, RELEASED, CALLED, ISSUED_CALLS, RAISED)
