"""What the board says: calls that run, who has not come, today's cases, what is late, alarms, regimes in force."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Value
from django.urls import reverse
from django.utils import timezone

from huying.callouts.enums import Raised
from huying.callouts.flow import CALLOUTS
from huying.callouts.queries import callouts_for, responses_for
from huying.callouts.responses import RESPONSES
from huying.callouts.states import ANALYSING, APPROVING, DECLINED, ISSUED, RESPONDED, WAITING
from huying.cases.queues import cases_for
from huying.kernel.calendar import DEFAULT_HOURS, Calendar, Unit, current_calendar, remaining_words
from huying.kernel.generation import cached
from huying.kernel.privacy import mask_text
from huying.matters import regimes
from huying.matters.alarms import PERMISSION as ALARMS
from huying.matters.detail import TONES
from huying.matters.flow import flows
from huying.matters.messages import urls
from huying.matters.models import Clock, Matter
from huying.matters.queries import Remaining, alarms_for, remaining_of
from huying.people.directory import Listed, directory
from huying.places.enums import Level
from huying.places.models import Boundary
from huying.places.tree import place_tree
from huying.ui.components import Tone
from huying.web.board.seeing import View
from huying.web.figures import today

RUNNING = (ANALYSING, APPROVING, ISSUED)
ABSENT = (WAITING, RESPONDED, DECLINED)  # was called and has not come
MOST_CALLS = 200
MOST_LATE = 30
MOST_ALARMS = 6
JUST_NOW = "刚刚"
SOON = timedelta(minutes=15)  # before its limit somebody is looked after


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit that was called, with where it stands. `tone` as on pages of responses; `late`: past its limit to come."""

    label: str
    state: str
    tone: Tone
    late: bool


@dataclass(frozen=True, slots=True)
class Call:
    number: str
    title: str
    purpose: str
    emergency: bool
    level: str
    caller: str
    raised: str
    where: str
    since: datetime
    since_words: str
    state: str
    tone: Tone
    issued: bool
    units: Sequence[UnitState]
    late: bool
    point: tuple[float, float] | None
    exact: bool  # the point itself was told, not only whose ground it is


@dataclass(frozen=True, slots=True)
class Absent:
    """A unit that was called and has not come. `remaining`: until it must have answered, or fed back; `counts`: it
    runs day and night, so that it can be counted down to the second."""

    unit: str
    phone: str
    dialled: str
    number: str
    title: str
    state: str
    tone: Tone
    remaining: Remaining | None
    counts: bool
    late: bool
    soon: bool
    presses: int


@dataclass(frozen=True, slots=True)
class StreetRow:
    code: str
    name: str
    calls: int
    received: int
    closed: int
    late: int


@dataclass(frozen=True, slots=True)
class Late:
    number: str
    url: str
    title: str
    kind: str
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Danger:
    url: str
    title: str
    words: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Cases:
    received: int
    closed: int
    late: int


@dataclass(frozen=True, slots=True)
class Board:
    at: datetime
    regimes: Sequence[regimes.Standing]
    calls: Sequence[Call]
    absent: Sequence[Absent]
    cases: Cases | None
    streets: Sequence[StreetRow]
    late: Sequence[Late]
    dangers: Sequence[Danger]

    @property
    def late_calls(self) -> int:
        return sum(call.late for call in self.calls)

    @property
    def unanswered(self) -> int:
        return sum(one.state == RESPONSES.state[WAITING].label for one in self.absent)

    @property
    def late_absent(self) -> int:
        return sum(one.late for one in self.absent)

    @property
    def unplaced(self) -> int:
        return sum(call.point is None for call in self.calls)

    @property
    def street_columns(self) -> list[Sequence[StreetRow]]:
        """Side by side where there are many, so that all of them are seen at once."""
        half = -(-len(self.streets) // 2)
        return [self.streets[:half], self.streets[half:]] if len(self.streets) > 8 else [self.streets]

    @property
    def to_go_out(self) -> int:
        """Not issued yet: looked at by the centre, or with the chief."""
        return sum(not call.issued for call in self.calls)


def board_of(view: View, now: datetime) -> Board:
    """Nine statements, however much there is."""
    matters = _running(view)
    responses = _responses(view, matters)
    clocks = _clocks(responses)
    by_call: dict[int, list[Matter]] = {}
    for response in responses:
        by_call.setdefault(response.response.callout_id, []).append(response)
    late = {pk for pk, clock in clocks.items() if clock.due_at <= now}
    calls = [_call(matter, by_call.get(matter.pk, ()), late, now) for matter in matters]
    counted = _cases_by_street(view, now) if view.sees("case") else None
    return Board(
        at=now,
        regimes=regimes.standing(now),
        calls=calls,
        absent=_absent(responses, {m.pk: m for m in matters}, clocks, now),
        cases=_summed(counted) if counted is not None else None,
        streets=_streets(view, matters, counted or {}),
        late=_late(view, now),
        dangers=_dangers(view),
    )


# --- call-outs -------------------------------------------------------------------------------------------------------


def _running(view: View) -> list[Matter]:
    if not view.sees("callout"):
        return []
    rows = callouts_for(view.actor).filter(view.condition, state__in=RUNNING, closed_at=None)
    return list(rows.select_related("callout").order_by("-opened_at", "-pk")[:MOST_CALLS])


def _responses(view: View, matters: Sequence[Matter]) -> list[Matter]:
    if not view.sees("callout"):
        return []
    rows = responses_for(view.actor).filter(response__callout__in=[m.pk for m in matters])
    return list(rows.select_related("response").order_by("pk"))


def _clocks(responses: Sequence[Matter]) -> dict[int, Clock]:
    """Of those who have not come, the clock that runs against them."""
    kinds = {WAITING: "respond", RESPONDED: "feed_back", DECLINED: "respond"}
    wanted = {response.pk: kinds[response.state] for response in responses if response.state in ABSENT}
    rows = Clock.objects.filter(matter__in=list(wanted), stopped_at=None, kind__in=sorted(set(kinds.values())))
    return {clock.matter_id: clock for clock in rows if clock.kind == wanted[clock.matter_id]}


def _call(matter: Matter, responses: Iterable[Matter], late: set[int], now: datetime) -> Call:
    book, state = directory(), CALLOUTS.state[matter.state]
    units = [
        UnitState(
            book.name_of(response.lead_id),
            RESPONSES.state[response.state].label,
            TONES[RESPONSES.state[response.state].tone],
            response.pk in late,
        )
        for response in responses
    ]
    if matter.state != ISSUED:
        units = [UnitState(book.name_of(unit), "待发出", "grey", False) for unit in matter.callout.called]
    point, exact = point_of(matter)
    return Call(
        number=matter.number,
        title=mask_text(matter.title),
        purpose=_purpose(matter),
        emergency=matter.subkind == "emergency",
        level=matter.callout.get_level_display(),
        caller=book.name_of(matter.lead_id),
        raised=f"已提级到{Raised(matter.callout.raised).label}" if matter.callout.raised else "",
        where=mask_text(matter.callout.address) or ground(matter),
        since=matter.callout.issued_at or matter.opened_at,
        since_words=elapsed(matter.callout.issued_at or matter.opened_at, now),
        state=state.label,
        tone=TONES[state.tone],
        issued=matter.state == ISSUED,
        units=units,
        late=any(unit.late for unit in units),
        point=point,
        exact=exact,
    )


def _purpose(matter: Matter) -> str:
    return dict(CALLOUTS.subkinds).get(matter.subkind, "")


def ground(matter: Matter) -> str:
    tree = place_tree()
    return "，".join(filter(None, (tree.name_of(matter.street_id), tree.name_of(matter.community_id))))


def elapsed(since: datetime, now: datetime) -> str:
    """How long it has been going on, as people say it."""
    minutes = max(int((now - since) / timedelta(minutes=1)), 0)
    if minutes >= 24 * 60:
        return f"{minutes // (24 * 60)} 天"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} 分钟" if rest else JUST_NOW
    return f"{hours} 小时 {rest} 分钟" if rest and hours < 3 else f"{hours} 小时"


def _absent(
    responses: Sequence[Matter], matters: Mapping[int, Matter], clocks: Mapping[int, Clock], now: datetime
) -> list[Absent]:
    calendar = current_calendar()
    found = []
    for response in responses:
        above = matters[response.response.callout_id]
        if response.state not in ABSENT or above.state != ISSUED:
            continue
        found.append((clocks.get(response.pk), response, above))
    far = now + timedelta(days=3650)
    found.sort(key=lambda one: (one[1].state != WAITING, one[0].due_at if one[0] else far, one[1].pk))
    return [_missed(response, above, clock, now, calendar) for clock, response, above in found]


def _missed(response: Matter, above: Matter, clock: Clock | None, now: datetime, calendar: Calendar) -> Absent:
    unit: Listed | None = directory().by_id.get(response.lead_id or 0)
    state = RESPONSES.state[response.state]
    return Absent(
        unit=unit.label if unit else "",
        phone=unit.duty_phone if unit else "",
        dialled=unit.dialled if unit else "",
        number=above.number,
        title=mask_text(above.title),
        state=state.label,
        tone=TONES[state.tone],
        remaining=remaining_of(clock, RESPONSES, now, calendar) if clock else None,
        counts=clock is not None and clock.unit == Unit.CALENDAR_HOURS and clock.paused_at is None,
        late=clock is not None and clock.due_at <= now,
        soon=clock is not None and now < clock.due_at <= now + SOON,
        presses=response.response.presses,
    )


# --- where ---------------------------------------------------------------------------------------------------------


@cached("places")
def _middles() -> Mapping[int, tuple[float, float]]:
    """The middles of streets and communities, for what has no point of its own."""
    rows = Boundary.objects.at(timezone.localdate()).exclude(place__level=Level.DISTRICT)
    found: dict[int, tuple[float, float]] = {}
    corners: dict[int, list[tuple[float, float]]] = {}
    for place, level, street, community, *box in rows.values_list(
        "place", "place__level", "place__street", "place__community", "min_x", "max_x", "min_y", "max_y"
    ):
        middle = ((box[0] + box[1]) / 2, (box[2] + box[3]) / 2)
        if level != Level.GRID:
            found[place] = middle
        for above in (street, community):
            if above is not None and above != place:
                corners.setdefault(above, []).append(middle)
    for place, middles in corners.items():  # drawn only by what lies in it
        n = len(middles)
        found.setdefault(place, (sum(x for x, _ in middles) / n, sum(y for _, y in middles) / n))
    return found


def point_of(matter: Matter) -> tuple[tuple[float, float] | None, bool]:
    """Longitude and latitude, and whether that is the place itself."""
    if matter.lon is not None and matter.lat is not None:
        return (matter.lon, matter.lat), True
    middles = _middles()
    return middles.get(matter.community_id or 0) or middles.get(matter.street_id or 0), False


# --- cases, what is late, alarms -------------------------------------------------------------------------------------


def _cases_by_street(view: View, now: datetime) -> dict[int | None, Cases]:
    """Received and closed today, and late by now, in one statement of three parts, each on an index of its own."""
    rows = cases_for(view.actor).filter(view.condition)
    begun = today(now)

    def part(name: str, condition: Q) -> QuerySet[Matter, tuple[int | None, str, int]]:
        found = rows.filter(condition).order_by().values("street_id").annotate(what=Value(name), n=Count("pk"))
        return found.values_list("street_id", "what", "n")

    parts = (
        part("received", Q(opened_at__gte=begun)),
        part("closed", Q(closed_at__gte=begun)),
        part("late", Q(closed_at=None, next_due_at__lt=now)),
    )
    counted: dict[int | None, Counter[str]] = {}
    for street, what, n in parts[0].union(*parts[1:], all=True):
        counted.setdefault(street, Counter())[what] += n
    return {street: Cases(n["received"], n["closed"], n["late"]) for street, n in counted.items()}


def _summed(counted: Mapping[int | None, Cases]) -> Cases:
    rows = counted.values()
    return Cases(sum(c.received for c in rows), sum(c.closed for c in rows), sum(c.late for c in rows))


def _streets(view: View, matters: Sequence[Matter], counted: Mapping[int | None, Cases]) -> list[StreetRow]:
    """Those a reader of this scope has to do with, in the order of their codes."""
    calls = Counter(matter.street_id for matter in matters)
    nothing = Cases(0, 0, 0)
    rows = []
    for place in place_tree().by_code.values():
        if place.level != Level.STREET or (view.place is not None and view.place.id != place.id):
            continue
        if view.scope != "all" and place.id not in counted and place.id not in calls:
            continue
        cases = counted.get(place.id, nothing)
        rows.append(StreetRow(place.code, place.name, calls.get(place.id, 0), cases.received, cases.closed, cases.late))
    return rows


def _late(view: View, now: datetime) -> list[Late]:
    """What has been late longest, of every kind but the calls, which stand beside it."""
    kinds = [kind for kind in ("case", "supervision", "docket") if view.sees(kind)]
    if not kinds:
        return []
    rows = Matter.objects.visible_to(view.actor).overdue(now).filter(district=settings.DISTRICT_CODE, kind__in=kinds)
    calendar = current_calendar()
    found = []
    for matter in rows.filter(view.condition).order_by("next_due_at", "pk")[:MOST_LATE]:
        link = urls.get(matter.kind)
        assert matter.next_due_at is not None
        found.append(
            Late(
                matter.number,
                link(matter) if link else "",
                mask_text(matter.title),
                flows[matter.kind].label,
                directory().name_of(matter.holder_id),
                remaining_words(now, matter.next_due_at, Unit.CALENDAR_HOURS, DEFAULT_HOURS, calendar),
            )
        )
    return found


def _dangers(view: View) -> list[Danger]:
    if ALARMS not in view.permissions:
        return []
    rows = alarms_for(view.actor).filter(acknowledged_at=None).order_by("raised_at")
    if view.place is not None:
        rows = rows.filter(matter__street_id=view.place.id)
    if view.body is not None:
        rows = rows.filter(matter__holder_id=view.body.id)
    return [
        Danger(reverse("matters:alarms"), mask_text(alarm.matter.title), "、".join(alarm.words), alarm.raised_at)
        for alarm in rows[:MOST_ALARMS]
    ]
