"""More time for a round (延期), and the longer limit of a complex case (复杂件)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from huying.cases import inputs, options
from huying.cases.enums import RequestKind, RequestVerdict
from huying.cases.models import CaseRequest
from huying.cases.parameters import COMPLEX_WITHIN, EXTENSION_BY_CENTRE, EXTENSION_DAYS, REWORK_EXTENSION_DAYS
from huying.cases.steps.particulars import data_of
from huying.cases.steps.requests import TO_CENTRE, asked_kind, begin, date_words, end, load_open, of_kind, request_of
from huying.kernel.bulk import select_rows
from huying.kernel.calendar import Unit, current_calendar
from huying.kernel.errors import Conflict, Invalid
from huying.matters.clocks import extended_due
from huying.matters.flow import Change
from huying.matters.limits import Case, limit_for
from huying.matters.models import Clock, Matter
from huying.people.actors import Actor

ROUNDS = ("handle", "rework")  # clocks of which one measures the round


def round_clock(change: Change) -> Clock | None:
    return next((clock for clock in change.clocks if clock.kind in ROUNDS), None)


def lengthened(changes: Sequence[Change]) -> dict[tuple[int, int], list[CaseRequest]]:
    """What has been granted for clocks of these cases before, by case and the line that started the clock."""
    rows = select_rows(
        CaseRequest,
        '"case_id" = ANY(%s) AND "verdict" = %s AND "kind" = ANY(%s)',
        [
            [c.matter.pk for c in changes],
            RequestVerdict.GRANTED.value,
            [RequestKind.EXTENSION.value, RequestKind.COMPLEX.value],
        ],
    )
    found: dict[tuple[int, int], list[CaseRequest]] = {}
    for row in rows:
        found.setdefault((row.case_id, row.clock_seq or 0), []).append(row)
    return found


# --- asking ----------------------------------------------------------------------------------------------------------


def check_ask_extension(changes: Sequence[Change]) -> None:
    begin(changes, RequestKind.EXTENSION)
    before = lengthened(changes)
    for change in changes:
        if (clock := _running(change)) is None:
            continue
        days = data_of(change, inputs.AskExtension).days
        granted = before.get((change.matter.pk, clock.started_seq), [])
        if any(row.kind == RequestKind.EXTENSION for row in granted):
            change.refuse(Conflict("这一轮已经延期过一次，不能再延期。", code="extended_already"))
        most = REWORK_EXTENSION_DAYS.value if clock.kind == "rework" else EXTENSION_DAYS.value
        left = most - sum(row.days or 0 for row in granted)
        if left <= 0:
            words = f"已按复杂件延长，合起来满 {most} 个工作日，不能再延期"
            change.refuse(Conflict(f"这件{words}。", code="extended_enough"))
        elif days > left:
            words = f"最多 {left} 个工作日"
            if left < most:
                words = f"按复杂件已经延长，最多再延 {left} 个工作日"
            change.refuse(Invalid("延期的天数太多。", fields={"days": [words]}))
        _ask(change, clock, days)


def check_ask_complex(changes: Sequence[Change]) -> None:
    begin(changes, RequestKind.COMPLEX)
    calendar = current_calendar()
    for change in changes:
        if (clock := _running(change)) is None:
            continue
        if "complex" in change.matter.aspects:
            change.refuse(Conflict("这件已经是复杂件。", code="complex_already"))
        if clock.kind != "handle":
            change.refuse(Conflict("重办的件不能再申请复杂件，需要时间的请申请延期。", code="rework"))
        gone = calendar.workdays_between(timezone.localdate(clock.started_at), timezone.localdate(change.at))
        if gone > COMPLEX_WITHIN.value:
            words = f"派单超过 {COMPLEX_WITHIN.value} 个工作日，不能再申请复杂件，需要时间的请申请延期"
            change.refuse(Conflict(f"{words}。", code="too_late"))
        days = complex_days(change, clock)
        if days <= 0:
            change.refuse(Conflict("这件现在的办理时限不短于复杂件，不用申请。", code="long_enough"))
        else:
            _ask(change, clock, days)


def complex_days(change: Change, clock: Clock) -> int:
    """By how many working days the limit of a complex case is longer; 0 where the table gives none in working days."""
    matter = change.matter
    as_complex = Case(
        matter.subkind,
        matter.category,
        matter.urgency,
        matter.channel,
        clock.organisation_id,
        frozenset({*matter.aspects, "complex"}),
    )
    amount, unit = limit_for(change.flow.kind, clock.kind, as_complex, clock.started_at)
    return int(amount - clock.amount) if unit is Unit.WORKING_DAYS and clock.unit == Unit.WORKING_DAYS else 0


def _running(change: Change) -> Clock | None:
    """The clock of the round, if it may still be lengthened; otherwise the change is refused."""
    clock = round_clock(change)
    if clock is None:
        change.refuse(Conflict("这件没有正在走的办理时限，不用延期。", code="no_clock"))
        return None
    if clock.unit == Unit.CALENDAR_HOURS:
        change.refuse(Conflict("特急件按小时计时，不能延期。", code="by_the_hour"))
        return None
    if change.at > clock.due_at:
        change.refuse(Conflict("已经过了时限；延期要在到期之前申请。", code="too_late"))
        return None
    return clock


def _ask(change: Change, clock: Clock, days: int) -> None:
    request = request_of(change)
    wanted = extended_due(clock, days, current_calendar()).at
    if change.refusal is None and wanted <= clock.due_at:
        change.refuse(Conflict("这件受上级时限约束，延期要先报上级同意、改了上级时限才有用。", code="ceiling"))
    request.days, request.clock_seq = days, clock.started_seq
    request.due_before, request.due_after = clock.due_at, wanted
    change.facts |= {"days": days, "clock": clock.kind, "due": clock.due_at.isoformat()}
    change.told["asked"] = f"延期 {days} 个工作日" if request.kind == RequestKind.EXTENSION else "按复杂件办理"


# --- granting --------------------------------------------------------------------------------------------------------


def chief_decides(request: CaseRequest) -> bool:
    """Whether the chief's assent is enough (a figure of the district)."""
    return request.kind in (RequestKind.EXTENSION, RequestKind.COMPLEX) and not EXTENSION_BY_CENTRE.value


def check_grant_extension(changes: Sequence[Change]) -> None:
    for change in of_kind(load_open(changes, turn=TO_CENTRE), RequestKind.EXTENSION):
        request, days = request_of(change), data_of(change, inputs.GrantExtension).days
        if days is not None and days > (request.days or 0):
            change.refuse(Invalid("批的天数太多。", fields={"days": [f"申请的是 {request.days} 个工作日，不能多批"]}))
        request.days = days or request.days
        lengthen(change)


def check_grant_complex(changes: Sequence[Change]) -> None:
    for change in of_kind(load_open(changes, turn=TO_CENTRE), RequestKind.COMPLEX):
        lengthen(change)


def lengthen(change: Change) -> None:
    """Let the clock of the round run so much longer, as if it had been asked for and granted in time."""
    request, clock = request_of(change), round_clock(change)
    if clock is None or clock.started_seq != request.clock_seq:
        change.refuse(Conflict("申请时的那个时限已经结束，不能再延期。", code="no_clock"))
        return
    days = request.days or 0
    request.due_before = clock.due_at
    request.due_after = extended_due(clock, days, current_calendar()).at
    change.extends[clock.kind] = days
    change.mark("complex" if request.kind == RequestKind.COMPLEX else "extended")
    change.facts |= {"days": days, "clock": clock.kind, "due": clock.due_at.isoformat()}
    change.facts["extended_to"] = request.due_after.isoformat()
    end(change, RequestVerdict.GRANTED)
    change.told |= {
        "until": date_words(request.due_after),
        "why": options.plain_ground(request.ground) or options.ground_names().get(request.ground, ""),
    }


def may_ask_complex(matter: Matter, actor: Actor) -> bool:
    return asked_kind(matter) is None and "complex" not in matter.aspects and matter.rework_count == 0
