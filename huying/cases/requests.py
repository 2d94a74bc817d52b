"""What is asked for on cases, as pages show it: the marks in lists, the panel of a case, what a list says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest
from django.utils import timezone

from huying.cases import options
from huying.cases.enums import RequestKind, RequestVerdict
from huying.cases.flow import CASES
from huying.cases.models import CaseRequest
from huying.cases.steps.requests import TO_CENTRE, TO_CHIEF, asked_words, date_words, requests_on, words_of
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.aspects import Aspect, aspects
from huying.matters.models import Matter
from huying.people.models import User
from huying.ui.components import Tone
from huying.ui.text import day

TONES: dict[str, Tone] = {"": "yellow", RequestVerdict.GRANTED: "green", RequestVerdict.REFUSED: "red"}

aspects.declare(
    Aspect(key="extension_asked", label="申请延期", meaning="正在申请延期", tone="yellow", order=10),
    Aspect(key="complex_asked", label="申请复杂件", meaning="正在申请复杂件", tone="yellow", order=11),
    Aspect(key="deferral_asked", label="申请挂账", meaning="正在申请挂账", tone="yellow", order=12),
    Aspect(key="unreasonable_asked", label="申请认定", meaning="正在申请不合理诉求认定", tone="yellow", order=13),
    Aspect(key=TO_CHIEF, label="待审核", meaning="申请等负责人审核", shown=False, order=14),
    Aspect(key=TO_CENTRE, label="待审批", meaning="申请等区中心审批", shown=False, order=15),
    Aspect(key="extended", label="已延期", meaning="批准过延期", tone="blue", order=16),
    Aspect(key="complex", label="复杂件", meaning="批准为复杂件", tone="blue", order=17),
    Aspect(key="deferral_due", label="待复核", meaning="挂账到了复核的日子", tone="orange", order=18),
    Aspect(key="unreasonable", label="不合理诉求", meaning="认定为不合理诉求，单独统计", order=19),
)


# --- the panel of a case ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as its line on the page. `course`: who did what, each a sentence."""

    what: str
    ground: str
    result: str
    tone: Tone
    course: Sequence[tuple[str, datetime]]
    due_before: datetime | None
    due_after: datetime | None


def _asked(row: CaseRequest, matter: Matter) -> Asked:
    moves = row.kind in (RequestKind.EXTENSION, RequestKind.COMPLEX) and row.verdict in ("", RequestVerdict.GRANTED)
    return Asked(
        what=asked_words(row),
        ground=options.ground_names().get(row.ground, ""),
        result=_result(row, matter),
        tone=TONES.get(row.verdict, "grey"),
        course=list(_course(row)),
        due_before=row.due_before if moves else None,
        due_after=row.due_after if moves else None,
    )


def _result(row: CaseRequest, matter: Matter) -> str:
    if row.verdict == RequestVerdict.GRANTED and row.over_at is not None:
        return "挂账已结束" if row.kind == RequestKind.DEFERRAL else "已撤销"
    if row.verdict == RequestVerdict.GRANTED and row.kind == RequestKind.UNREASONABLE:
        return "已认定"
    if row.verdict:
        return str(RequestVerdict(row.verdict).label)
    if TO_CHIEF in matter.aspects:
        return "待负责人审核"
    return "待另一人同意" if row.first_at else "待区中心审批"


def _course(row: CaseRequest) -> Sequence[tuple[str, datetime]]:
    found: list[tuple[str, datetime]] = [(f"{_name(row.asked_by)}申请", row.asked_at)]
    if row.endorsed_at:
        found.append((f"{_name(row.endorsed_by)}审核同意", row.endorsed_at))
    if row.first_at:
        found.append((f"{_name(row.first_by)}同意", row.first_at))
    if row.decided_at and row.decided_at != row.endorsed_at:
        said = {
            RequestVerdict.GRANTED: f"{_name(row.decided_by)}{'同意' if row.first_at else '批准'}",
            RequestVerdict.REFUSED: f"{_name(row.decided_by)}没有批准",
            RequestVerdict.WITHDRAWN: f"{_name(row.decided_by)}撤回",
            RequestVerdict.LAPSED: "办到下一环节，申请失效",
        }
        found.append((said[RequestVerdict(row.verdict)], row.decided_at))
    if row.over_at:
        found.append(("恢复办理" if row.kind == RequestKind.DEFERRAL else "撤销认定", row.over_at))
    return found


def _name(user: User | None) -> str:
    return user.display_name if user is not None else "系统"


def _panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    if matter.kind != CASES.kind:
        return None
    found = requests_on(matter)
    return {"requests": [_asked(row, matter) for row in found]} if found else None


detail_panels.declare(
    DetailPanel(key="requests", label="申请", template="cases/desk_requests.html", context=_panel, order=5)
)


# --- lists -----------------------------------------------------------------------------------------------------------


def with_open_request(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """With what is being asked for on each, in the same query."""
    wanted = CaseRequest.objects.open().filter(case=OuterRef("pk"))
    told = JSONObject(
        kind=F("kind"), days=F("days"), until=F("until"), times=F("times"), ground=F("ground"), asked=F("asked_at")
    )
    return rows.annotate(request_told=Subquery(wanted.values(told=told)[:1]))


def open_words(matter: Matter) -> str:
    """延期 5 个工作日：受天气影响不能施工; "" where nothing is asked for."""
    told = getattr(matter, "request_told", None)
    if not isinstance(told, dict):
        return ""
    until = date.fromisoformat(told["until"]) if told["until"] else None
    what = words_of(told["kind"], told["days"], until, told["times"])
    ground = options.ground_names().get(told["ground"], "")
    return f"{what}：{ground}" if ground else what


def with_deferral(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """With the deferral that holds on each."""
    holding = CaseRequest.objects.standing(RequestKind.DEFERRAL).filter(case=OuterRef("pk"))
    told = JSONObject(until=F("until"), since=F("decided_at"), ground=F("ground"))
    return rows.annotate(deferral_told=Subquery(holding.values(told=told)[:1]))


def deferral_words(matter: Matter) -> str:
    """已挂 12 天，12月23日 前复核，至 2027年3月1日：需资金立项."""
    told = getattr(matter, "deferral_told", None)
    if not isinstance(told, dict):
        return ""
    since = timezone.localdate(datetime.fromisoformat(told["since"]))
    days = (timezone.localdate() - since).days
    until = f"，至 {day(date.fromisoformat(told['until']))}" if told["until"] else ""
    review = ""
    if "deferral_due" not in matter.aspects and matter.next_due_at is not None:
        review = f"，{date_words(matter.next_due_at)} 前复核"
    ground = options.ground_names().get(told["ground"], "")
    return f"{f'已挂 {days} 天' if days else '今天挂账'}{review}{until}：{ground}"
