"""One matter as the page about it shows it, whatever its kind: clocks in words, what can be taken back, and what higher
rooms have to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models.expressions import BaseExpression
from django.template.loader import render_to_string
from django.urls import reverse

from huying.kernel.calendar import current_calendar
from huying.kernel.registry import Registry, detail_panels
from huying.matters.flow import Flow, Step
from huying.matters.models import Clock, Matter
from huying.matters.parameters import UNDO_SECONDS
from huying.matters.queries import Remaining, clocks_of, remaining_of
from huying.matters.timeline import Story
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.ui.components import Tone

# How the tone of a state is drawn.
TONES: dict[str, Tone] = {"new": "blue", "busy": "purple", "waiting": "yellow", "done": "teal", "closed": "grey"}


@dataclass(frozen=True, slots=True)
class Mark:
    """What makes a matter unlike others, as a word."""

    label: str
    tone: Tone


# --- clocks ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClockLine:
    label: str
    remaining: Remaining | None  # of one that runs
    ended: str = ""  # of one that has stopped
    limit: str = ""
    waits: bool = False  # for somebody outside, and presses nobody here
    helper: int | None = None  # the organisation that helps, of a clock aside


_UNITS = {"working_minutes": "个工作分钟", "working_days": "个工作日", "calendar_hours": "小时"}


def clock_lines(matter: Matter, flow: Flow, now: datetime) -> list[ClockLine]:
    """Running clocks first, then how the others ended."""
    calendar = current_calendar()
    return [_clock_line(clock, flow, remaining_of(clock, flow, now, calendar)) for clock in clocks_of(matter)]


def _clock_line(clock: Clock, flow: Flow, remaining: Remaining) -> ClockLine:
    limit = limit_words(clock.amount, clock.unit)
    helper = clock.organisation_id if clock.aside else None
    if clock.stopped_at is None:
        waits = bool(flow.clock[clock.kind].on_due)
        return ClockLine(remaining.label, remaining, limit=limit, waits=waits, helper=helper)
    verdict = {True: "按时完成", False: "超时完成", None: "已取消"}[clock.met]
    ended = "已结束" if flow.clock[clock.kind].on_due else verdict
    return ClockLine(remaining.label, None, ended, limit, helper=helper)


def limit_words(amount: float, unit: str) -> str:
    """时限 2 个工作小时, 5 个工作日, 24 小时."""
    if unit == "working_minutes" and amount >= 60 and amount % 60 == 0:
        return f"时限 {amount / 60:g} 个工作小时"
    if unit == "calendar_hours" and amount > 24:
        return f"时限 {round(amount / 24)} 天"
    if unit == "calendar_hours" and amount < 1:
        return f"时限 {amount * 60:g} 分钟"
    return f"时限 {amount:g} {_UNITS[unit]}"


def pressing(clocks: Sequence[ClockLine]) -> ClockLine | None:
    """The one that is told beside the title: while it waits for its reporter, that it waits."""
    running = [clock for clock in clocks if clock.remaining and clock.helper is None]
    if any(clock.remaining and clock.remaining.paused for clock in running):
        going = [clock for clock in running if clock.remaining and not clock.remaining.paused and not clock.waits]
        running = going or [clock for clock in running if clock.remaining and clock.remaining.paused]
    return next(iter(running), None)


# --- taking back -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undo:
    """The step that this person has just taken, and how long it can still be taken back by one press."""

    label: str
    url: str
    version: int
    seconds: int


def undo_of(
    matter: Matter, flow: Flow, steps: Sequence[Step], story: Story, actor: Actor, now: datetime, *, step_url: str
) -> Undo | None:
    """`steps`: those on offer; `step_url`: the name of the address of a step, which takes number and key."""
    newest = story.lines[0]
    left = UNDO_SECONDS.value - int((now - newest.recorded_at).total_seconds())
    if left <= 0 or newest.actor_id is None or newest.actor_id != actor.user_id:
        return None
    for step in steps:
        if newest.step in flow.reversed_by(step):
            return Undo(step.label, reverse(step_url, args=[matter.number, step.key]), matter.version, left)
    return None


# --- what higher rooms say -------------------------------------------------------------------------------------------

# What a higher room wants to know of a matter whose page is opened, asked in the query that fetches it: the name under
# which the matter then carries it → an expression over its row.
along: Registry[Callable[[], BaseExpression]] = Registry("what is asked along with a matter")


def asked_along() -> dict[str, BaseExpression]:
    """For the `annotate` of a room's door."""
    return {name: make() for name, make in along.items()}


@dataclass(frozen=True, slots=True)
class Panel:
    key: str
    label: str
    html: str


def panels_of(request: UserRequest, matter: Matter) -> list[Panel]:
    """What higher rooms have to say about this matter; they are given the matter."""
    found: list[Panel] = []
    for panel in detail_panels:
        if panel.permission and not request.actor.may(panel.permission):
            continue
        context = panel.context(request, matter)
        if context is not None:
            html = render_to_string(panel.template, {**context, "matter": matter}, request)
            found.append(Panel(panel.key, panel.label, html))
    return found
