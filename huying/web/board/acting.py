"""One call-out opened beside the board, and what can be done about it from there: pressed, raised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.urls import reverse

from huying.callouts.flow import CALLOUTS
from huying.callouts.queries import callout_door, responses_for
from huying.callouts.responses import RESPONSES
from huying.callouts.states import ISSUED
from huying.callouts.steps.running import next_level
from huying.kernel.calendar import Unit, current_calendar
from huying.kernel.errors import Conflict
from huying.kernel.privacy import mask_text
from huying.matters.detail import TONES
from huying.matters.engine import Move, move
from huying.matters.messages import urls
from huying.matters.models import Clock, Matter, Words
from huying.matters.queries import Remaining, remaining_of
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.ui.components import Confirmation, Fact, Tone
from huying.ui.text import short_moment
from huying.web.board.content import ABSENT, JUST_NOW, elapsed, ground

PRESSES, RAISES = "press", "raise"


@dataclass(frozen=True, slots=True)
class Called:
    """One unit of it. `press`: whether this reader may press it."""

    number: str
    unit: str
    phone: str
    dialled: str
    state: str
    tone: Tone
    times: str
    remaining: Remaining | None
    counts: bool
    late: bool
    presses: int
    press: Confirmation | None


@dataclass(frozen=True, slots=True)
class Panel:
    number: str
    title: str
    state: str
    tone: Tone
    url: str
    facts: Sequence[Fact]
    text: str
    wanted: str
    units: Sequence[Called]
    press: Confirmation | None
    raising: Confirmation | None
    close_url: str


class RaiseForm(forms.Form):
    reason = forms.CharField(
        label="为什么提级", min_length=4, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


def panel_of(actor: Actor, number: str, now: datetime, query: str = "", refused: RaiseForm | None = None) -> Panel:
    """
    Raises:
        Missing
    """
    matter = callout_door(actor, number)
    responses = _responses(actor, matter)
    rows = Clock.objects.filter(
        matter__in=[r.pk for r in responses], stopped_at=None, kind__in=("respond", "feed_back")
    )
    clocks: dict[int, Clock] = {}
    for clock in rows.order_by("-due_at"):  # the nearest stays
        clocks[clock.matter_id] = clock
    pressable = [response for response in responses if may_press(actor, response)]
    words = dict(
        Words.objects.filter(matter=matter, field__in=("text", "wanted")).order_by("seq").values_list("field", "text")
    )
    state, link = CALLOUTS.state[matter.state], urls.get(CALLOUTS.kind)
    since = matter.callout.issued_at or matter.opened_at
    return Panel(
        number=matter.number,
        title=mask_text(matter.title),
        state=state.label,
        tone=TONES[state.tone],
        url=link(matter) if link else "",
        facts=[
            Fact("呼叫单位", directory().name_of(matter.lead_id)),
            Fact("层级", matter.callout.get_level_display()),
            Fact("类型", dict(CALLOUTS.subkinds).get(matter.subkind, "")),
            Fact("提级", f"已提级到{matter.callout.get_raised_display()}" if matter.callout.raised else ""),
            Fact("地点", mask_text(matter.callout.address)),
            Fact("辖区", ground(matter)),
            Fact("发出" if matter.callout.issued_at else "提出", f"{short_moment(since)}，{_so_far(since, now)}"),
            Fact("希望到场", short_moment(matter.callout.wanted_at) if matter.callout.wanted_at else ""),
        ],
        text=mask_text(words.get("text", "")),
        wanted=mask_text(words.get("wanted", "")),
        units=[_called(r, clocks.get(r.pk), now, matter, r in pressable, query) for r in responses],
        press=_press_question(matter, pressable, query) if pressable else None,
        raising=_raise_question(matter, responses, query, refused) if may_raise(actor, matter) else None,
        close_url=reverse("web:board") + (f"?{query}" if query else ""),
    )


def _so_far(since: datetime, now: datetime) -> str:
    words = elapsed(since, now)
    return words if words == JUST_NOW else f"已 {words}"


def _responses(actor: Actor, matter: Matter) -> list[Matter]:
    rows = responses_for(actor).filter(response__callout=matter.pk).select_related("response__callout")
    return list(rows.order_by("pk"))


def may_press(actor: Actor, response: Matter) -> bool:
    return RESPONSES.step["press"] in RESPONSES.available(response, actor)


def may_raise(actor: Actor, matter: Matter) -> bool:
    return CALLOUTS.step["raise_level"] in CALLOUTS.available(matter, actor)


def _called(response: Matter, clock: Clock | None, now: datetime, matter: Matter, press: bool, query: str) -> Called:
    unit, state, row = directory().by_id.get(response.lead_id or 0), RESPONSES.state[response.state], response.response
    label = unit.label if unit else ""
    happened = (("响应", row.responded_at), ("到场", row.arrived_at), ("反馈", row.fed_back_at))
    times = [f"{short_moment(at)} {what}" for what, at in happened if at]
    times += [f"催办 {row.presses} 次"] if row.presses else []
    return Called(
        number=response.number,
        unit=label,
        phone=unit.duty_phone if unit else "",
        dialled=unit.dialled if unit else "",
        state=state.label,
        tone=TONES[state.tone],
        times="，".join(times),
        remaining=remaining_of(clock, RESPONSES, now, current_calendar()) if clock else None,
        counts=clock is not None and clock.unit == Unit.CALENDAR_HOURS and clock.paused_at is None,
        late=clock is not None and clock.due_at <= now,
        presses=row.presses,
        press=_press_question(matter, [response], query, one=True) if press else None,
    )


def _address(name: str, matter: Matter, query: str, **more: str) -> str:
    given = "&".join(filter(None, (urlencode(more), query)))
    return reverse(f"web:{name}", args=[matter.number]) + (f"?{given}" if given else "")


def board_address(matter_number: str, query: str) -> str:
    """The board with this call-out open beside it."""
    given = "&".join(filter(None, (query, urlencode({"callout": matter_number}))))
    return f"{reverse('web:board')}?{given}"


def _names(responses: Sequence[Matter]) -> str:
    return "、".join(directory().name_of(response.lead_id) for response in responses)


def _press_question(matter: Matter, responses: Sequence[Matter], query: str, *, one: bool = False) -> Confirmation:
    named = _names(responses)
    return Confirmation(
        id=f"press-{responses[0].number}" if one else "press-all",
        label="催办" if one else f"催办全部 {len(responses)} 个单位",
        title=f"催办{named}？",
        body=f"{named}的值班人员和负责人马上收到催办。",
        verb="催办",
        action=_address("board-press", matter, query, **({"unit_response": responses[0].number} if one else {})),
        back_url=board_address(matter.number, query),
    )


def _raise_question(
    matter: Matter, responses: Sequence[Matter], query: str, refused: RaiseForm | None = None
) -> Confirmation:
    level = next_level(matter.callout)
    assert level is not None
    absent = [response for response in responses if response.state in ABSENT]
    reason = f"{_names(absent)}还没有到场，请协调。" if absent else ""
    return Confirmation(
        id="raise",
        label=f"提级到{level.label}",
        title=f"把这个呼叫提级到{level.label}？",
        body=f"{level.label}的负责人马上收到通知，被呼叫的单位也会知道。",
        verb="提级",
        action=_address("board-raise", matter, query),
        form=refused or RaiseForm(initial={"reason": reason}, prefix="raise"),
        back_url=board_address(matter.number, query),
    )


def question(
    actor: Actor, number: str, what: str, query: str, one: str = "", refused: RaiseForm | None = None
) -> Confirmation:
    """What a button asks, as the page behind it shows.

    Raises:
        Missing, Conflict
    """
    matter = callout_door(actor, number)
    responses = _responses(actor, matter)
    if what == PRESSES:
        pressable = [r for r in responses if may_press(actor, r) and one in ("", r.number)]
        if not pressable:
            raise Conflict("现在没有可以催办的单位：都已办好，或者不在您的岗位手上。", code="nothing_to_press")
        return _press_question(matter, pressable, query, one=bool(one))
    if not may_raise(actor, matter):
        raise Conflict("这个呼叫现在不能提级。", code="not_raisable")
    return _raise_question(matter, responses, query, refused)


def press(actor: Actor, number: str, one: str = "") -> str:
    """Press every unit of it that this actor may press, or the one of that response. Returns what happened, in words.

    Raises:
        Refusal
    """
    matter = callout_door(actor, number)
    wanted = [r for r in _responses(actor, matter) if may_press(actor, r) and one in ("", r.number)]
    if not wanted:
        raise Conflict("现在没有可以催办的单位：都已办好，或者不在您的岗位手上。", code="nothing_to_press")
    results = move(RESPONSES, "press", [Move(response.pk, actor, {}) for response in wanted])
    done = [r for r, result in zip(wanted, results, strict=True) if result.refusal is None]
    if not done:
        results[0].unwrap()
    left = [r for r, result in zip(wanted, results, strict=True) if result.refusal is not None]
    kept = f"；{_names(left)}没有催办：刚刚有了变化" if left else ""
    return f"{matter.number} 已催办{_names(done)}，值班人员和负责人都已收到{kept}。"


def raise_level(actor: Actor, number: str, reason: str) -> str:
    """
    Raises:
        Refusal
    """
    matter = callout_door(actor, number)
    if matter.state != ISSUED:
        raise Conflict("这个呼叫现在不能提级。", code="not_raisable")
    [result] = move(CALLOUTS, "raise_level", [Move(matter.pk, actor, {"reason": reason})])
    result.unwrap()
    raised = callout_door(actor, number).callout.get_raised_display()
    return f"{matter.number} 已提级到{raised}，负责人已收到通知。"
