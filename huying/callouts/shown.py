"""One call-out as its page shows it: the whole loop as one line, each unit that was called, and what caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone

from huying.callouts.enums import DeclineReason, Justified, Level, Raised, Solved, Verdict
from huying.callouts.flow import CALLOUTS
from huying.callouts.models import CausingMatter, Response
from huying.callouts.queries import OUT_OF_IT, Called, place_words, purpose_words, title_of, url_of
from huying.callouts.responses import RESPONSES
from huying.callouts.states import (
    ACCEPTED,
    ANALYSING,
    APPROVING,
    AT_WORK,
    DECLINED,
    DRAFTED,
    FED_BACK,
    FILED,
    ISSUED,
    RATED,
    RATING,
    WAITING,
)
from huying.cases.enums import Satisfaction
from huying.matters.detail import TONES, clock_lines, pressing
from huying.matters.flow import Step, flows
from huying.matters.messages import urls
from huying.matters.models import Matter
from huying.matters.queries import Remaining, most_pressing
from huying.matters.scopes import scope_of
from huying.matters.timeline import Story
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.ui.components import Crumb, Fact, Tone

BESIDE_A_UNIT = ("press", "rule", "accept", "send_back", "rate")  # offered beside each unit of a call-out
COMMANDING = ("raise_level", "add_units")  # offered beside the units


# --- the loop --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the loop. `at`: when it was reached; `words`: how it stands."""

    label: str
    how: Literal["done", "now", "ahead", "left"]  # `left`: it ended before
    words: str = ""
    at: datetime | None = None


def loop_of(matter: Matter, story: Story, called: Sequence[UnitLine], linked: int) -> list[Stage]:
    """问题发现、平台受理、分析研判、呼应办理、全程监督、评价反馈."""
    at = {line.step: line.at for line in reversed(story.lines)}
    state, row = matter.state, matter.callout
    expected = [unit for unit in called if unit.expected]
    met = [unit for unit in expected if unit.state_key in (ACCEPTED, RATED)]
    came = [unit for unit in expected if unit.state_key not in (WAITING, DECLINED)]
    presses = sum(unit.presses for unit in called)
    rated = [unit for unit in met if unit.rated and unit.caller_rated]
    issued = row.issued_at is not None
    ended = matter.closed_at is not None
    submitted = at.get("submit") or (matter.opened_at if state != DRAFTED else None)

    def how(reached: bool, done: bool) -> Literal["done", "now", "ahead", "left"]:
        if done:
            return "done"
        if ended:
            return "left"
        return "now" if reached else "ahead"

    watched = [f"提级到{Raised(row.raised).label}"] if row.raised else []
    watched += [f"催办 {presses} 次"] if presses else []
    late = sum(unit.late for unit in called)
    watched += [f"{late} 个单位超时"] if late else []
    return [
        Stage(
            "问题发现",
            "done",
            f"关联 {linked} 件事项" if linked else directory().name_of(matter.lead_id),
            matter.opened_at,
        ),
        Stage(
            "平台受理",
            how(state == DRAFTED, submitted is not None),
            "草稿，还没有提交" if state == DRAFTED else "",
            submitted,
        ),
        Stage(
            "分析研判",
            how(state in (ANALYSING, APPROVING), issued),
            _analysed(matter),
            row.issued_at or at.get("analyse"),
        ),
        Stage(
            "呼应办理",
            how(state == ISSUED, state in (RATING, FILED)),
            f"{len(expected)} 个单位，响应 {len(came)} 个，验收 {len(met)} 个" if called else "",
        ),
        Stage(
            "全程监督",
            how(state == ISSUED, state in (RATING, FILED)),
            "，".join(watched) or ("没有催办、提级" if issued else ""),
        ),
        Stage(
            "评价反馈",
            how(state == RATING, state == FILED),
            f"双方都评了的 {len(rated)} 个" if met else "",
            matter.closed_at if state == FILED else None,
        ),
    ]


def turn_of(matter: Matter, called: Sequence[UnitLine]) -> str:
    """Of a call-out that has gone out: for which units it waits; "" where somebody has it in hand as the state says."""
    if matter.state != ISSUED:
        return ""
    waits = (
        ("等{}响应", [unit for unit in called if unit.state_key == WAITING]),
        ("等区中心裁定{}的退出申请", [unit for unit in called if unit.state_key == DECLINED]),
        ("等{}办理反馈", [unit for unit in called if unit.state_key in AT_WORK]),
        (f"等{directory().name_of(matter.lead_id)}验收{{}}的结果", [u for u in called if u.state_key == FED_BACK]),
    )
    told = [words.format(_named(units)) for words, units in waits if units]
    return "；".join(told) or "没有单位在办，可以增加单位或者撤回呼叫"


def _named(units: Sequence[UnitLine]) -> str:
    return units[0].unit.name if len(units) == 1 else f"{units[0].unit.name}等 {len(units)} 个单位"


def _analysed(matter: Matter) -> str:
    match matter.state:
        case "analysing":
            return "等区中心研判"
        case "approving":
            return f"等{directory().name_of(matter.holder_id)}负责人同意"
        case _:
            return ("自动研判" if matter.callout.automatic else "区中心研判") if matter.callout.issued_at else ""


# --- the units called ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Rating:
    """What one side said of the other, as everybody concerned reads it."""

    by: str
    words: Sequence[str]
    stars: int | None = None
    comment: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit that was called, on the page of the call-out."""

    unit: Called
    number: str
    url: str  # "" for whoever may not open it
    state_key: str
    state: str
    tone: Tone
    remaining: Remaining | None
    times: Sequence[Fact]
    presses: int
    declined: str
    buttons: Sequence[Button]
    ratings: Sequence[Rating]
    expected: bool
    late: bool
    rated: bool
    caller_rated: bool


def unit_lines(callout: Matter, actor: Actor, now: datetime, own: Matter | None = None) -> list[UnitLine]:
    """Whoever may see the call-out sees how every unit stands. Two queries, which also fetch the clocks of the call-out
    and of `own`, the response whose page it is."""
    rows = Response.objects.filter(callout=callout.pk).select_related("matter__holder_user").order_by("pk")
    responses = list(rows)
    for response in responses:
        if own is not None and response.pk == own.pk:
            response.matter = own
        response.matter.response = response
        response.callout = callout.callout
    prefetch_related_objects([callout, *(response.matter for response in responses)], "clocks")
    left = most_pressing([response.matter for response in responses], RESPONSES, now)
    seen = scope_of(actor)
    return [_unit_line(one, callout, actor, left.get(one.pk), seen.allows(actor, one.matter)) for one in responses]


def _unit_line(one: Response, callout: Matter, actor: Actor, left: Remaining | None, opens: bool) -> UnitLine:
    matter, state = one.matter, RESPONSES.state[one.matter.state]
    steps = RESPONSES.available(matter, actor) if opens else []
    return UnitLine(
        unit=Called.of(directory().by_id.get(matter.lead_id or 0)),
        number=matter.number,
        url=url_of(matter) if opens else "",
        state_key=matter.state,
        state=state.label,
        tone=TONES[state.tone],
        remaining=left if matter.is_open else None,
        times=times_of(one),
        presses=one.presses,
        declined=declined_words(one),
        buttons=[response_button(matter, step) for step in steps if step.key in BESIDE_A_UNIT],
        ratings=ratings_of(one, callout),
        expected=matter.state not in OUT_OF_IT,
        late=left is not None and left.warning == "red",
        rated=one.rated_at is not None,
        caller_rated=one.caller_rated_at is not None,
    )


def response_button(matter: Matter, step: Step, *, primary: bool = False) -> Button:
    return Button(step.label, reverse("callouts:response-step", args=[matter.number, step.key]), primary)


def times_of(one: Response) -> list[Fact]:
    told = (
        ("响应", one.responded_at),
        ("到场", one.arrived_at),
        ("反馈", one.fed_back_at),
        ("验收", one.accepted_at),
    )
    return [Fact(label, _short(at)) for label, at in told if at is not None]


def _short(at: datetime) -> str:
    return timezone.localtime(at).strftime("%-m月%-d日 %H:%M")


def declined_words(one: Response) -> str:
    if not one.declined_for:
        return ""
    words = f"申请退出：{DeclineReason(one.declined_for).label}"
    return f"{words}；裁定：{Verdict(one.verdict).label}" if one.verdict else words


def ratings_of(one: Response, callout: Matter, said: Mapping[str, str] | None = None) -> list[Rating]:
    """Both sides, as far as they have rated. `said`: the comments by step, where the story was read."""
    book, found, said = directory(), [], said or {}
    if one.rated_at is not None and one.solved:
        grade = Satisfaction(one.satisfaction).label if one.satisfaction else ""
        found.append(
            Rating(
                f"{book.name_of(callout.lead_id)}评{book.name_of(one.matter.lead_id)}",
                [Solved(one.solved).label, grade],
                one.satisfaction,
                said.get("rate", ""),
                one.rated_at,
            )
        )
    if one.caller_rated_at is not None and one.justified:
        place = "地点准确" if one.right_address else "地点不准"
        clear = f"情况清楚 {one.clear} 分"
        found.append(
            Rating(
                f"{book.name_of(one.matter.lead_id)}评{book.name_of(callout.lead_id)}",
                [Justified(one.justified).label, clear, place],
                one.clear,
                said.get("rate_caller", ""),
                one.caller_rated_at,
            )
        )
    return found


# --- what caused it --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cause:
    """A matter that caused a call-out; it goes its own way. `url`: where it stands."""

    number: str
    title: str
    url: str
    state: str
    tone: Tone
    holder: str


@dataclass(frozen=True, slots=True)
class Causes:
    """The linked matters that the reader may see, and how many there are besides. `known`: numbers of all seen that
    ever were linked."""

    rows: Sequence[Cause]
    hidden: int
    known: Sequence[str]

    @property
    def total(self) -> int:
        return len(self.rows) + self.hidden


def causes_of(callout: Matter, actor: Actor) -> Causes:
    """One query, however many."""
    links = list(CausingMatter.objects.filter(callout=callout.pk).select_related("matter").order_by("-pk"))
    scope = scope_of(actor)
    standing = [link.matter for link in links if link.removed_at is None]
    seen = [matter for matter in standing if scope.allows(actor, matter)]
    known = [link.matter.number for link in links if scope.allows(actor, link.matter)]
    return Causes([_cause(matter, actor) for matter in seen], len(standing) - len(seen), known)


def _cause(matter: Matter, actor: Actor) -> Cause:
    state = flows[matter.kind].state[matter.state]
    link = urls.get(matter.kind)
    return Cause(
        number=matter.number,
        title=title_of(matter, actor),
        url=link(matter) if link else "",
        state=state.label,
        tone=TONES[state.tone],
        holder="" if matter.closed_at else directory().name_of(matter.holder_id),
    )


# --- both kinds ------------------------------------------------------------------------------------------------------


def callout_facts(matter: Matter, address: str) -> list[Fact]:
    row, book = matter.callout, directory()
    facts = [
        Fact("呼叫类型", purpose_words(matter)),
        Fact("呼叫层级", Level(row.level).label),
        Fact("提级", f"已提到{Raised(row.raised).label}" if row.raised else ""),
        Fact("呼叫单位", book.name_of(matter.lead_id)),
        Fact("地点", address),
        Fact("所属区域", place_words(matter)),
        Fact("希望到场", _short(row.wanted_at) if row.wanted_at else ""),
        Fact("发起时间", _short(matter.opened_at)),
        Fact("发出时间", _short(row.issued_at) if row.issued_at else ""),
    ]
    return [fact for fact in facts if fact.value]


def callout_summary(matter: Matter, title: str, story: Story, now: datetime) -> dict[str, object]:
    state = CALLOUTS.state[matter.state]
    clocks = clock_lines(matter, CALLOUTS, now)
    return {
        "matter": matter,
        "title": title,
        "state": state,
        "tone": TONES[state.tone],
        "marks": [],
        "story": story,
        "said": newest(story, "text"),
        "wanted": newest(story, "wanted", ("draft", "revise", "take_over")),
        "clocks": [clock for clock in clocks if clock.remaining],
        "ended_clocks": [clock for clock in clocks if not clock.remaining],
        "pressing": pressing(clocks),
    }


def newest(story: Story, field: str, steps: Sequence[str] = ("draft", "revise", "take_over")) -> str:
    """What was written in this box last, at one of these steps."""
    for line in story.lines:
        if line.step in steps and (text := story.said.get(line.seq, {}).get(field)):
            return text
    return ""


def crumbs_of(matter: Matter) -> list[Crumb]:
    if matter.kind == CALLOUTS.kind:
        return [Crumb("呼叫", reverse("callouts:list")), Crumb(matter.number)]
    return [Crumb("响应", reverse("callouts:responses")), Crumb(matter.number)]
