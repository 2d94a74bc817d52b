"""What pages show beside the stars: the responses behind a number, and what each side wrote about the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from huying.callouts.enums import Justified, Solved
from huying.callouts.queries import responses_for
from huying.callouts.responses import RESPONSES
from huying.callouts.stars.league import Given, Mark
from huying.callouts.stars.measured import REASONS, Measured, Side
from huying.cases.enums import Satisfaction
from huying.dockets.queries import concealing, title_of
from huying.kernel.errors import Missing
from huying.kernel.paging import CappedCount
from huying.matters.detail import TONES
from huying.matters.messages import urls
from huying.matters.models import LedgerLine, Matter, Words
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.ui.components import Tone

PAGE = 50
SAID = 30  # ratings that a unit's page shows
STEPS: Mapping[Side, str] = {"called": "rate", "caller": "rate_caller"}


def door(code: str) -> Listed:
    """The unit behind a code: everybody who may read stars may read every unit's.

    Raises:
        Missing
    """
    unit = directory().by_code.get(code)
    if unit is None:
        raise Missing("没有这个单位。")
    return unit


# --- behind a number -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A response as a list shows it; without a number when the reader may not see which it is."""

    given: Given
    number: str
    title: str
    url: str
    state: str
    tone: Tone
    other: str  # the unit on the other side
    value: str

    @property
    def mark(self) -> Mark | None:
        return Mark(self.given.stars) if self.given.stars else None

    @property
    def reason(self) -> str:
        return REASONS.get(self.given.missing, self.given.missing)


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: str
    n: int
    current: bool

    @property
    def count(self) -> CappedCount:
        return CappedCount(self.n, False)


@dataclass(frozen=True, slots=True)
class Behind:
    rows: Sequence[Row]
    tabs: Sequence[Tab]
    page: int
    pages: int
    n: int
    hidden: int  # on this page


def tabs_of(given: Sequence[Given], show: str) -> list[Tab]:
    """All, each number of stars, and what is left out."""
    keys = ["", *(str(stars) for stars in (5, 4, 3, 2, 1)), "left"]
    chosen = show if show in keys else ""
    labels = {"": "全部", "left": "不计入"} | {str(stars): Mark(stars).name for stars in (5, 4, 3, 2, 1)}
    return [Tab(key, labels[key], len(shown_of(given, key)), key == chosen) for key in keys]


def shown_of(given: Sequence[Given], show: str) -> list[Given]:
    match show:
        case "left":
            return [one for one in given if one.stars is None]
        case "1" | "2" | "3" | "4" | "5":
            return [one for one in given if one.stars == int(show)]
        case _:
            return list(given)


def behind_page(given: Sequence[Given], side: Side, unit: str, show: str, page: int, actor: Actor) -> Behind:
    """One page of the responses behind a number: one query. What the reader may not see counts and stays nameless."""
    chosen = shown_of(given, show)
    pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(1, page), pages)
    here = chosen[(page - 1) * PAGE : page * PAGE]
    rows = rows_of(here, side, unit, actor)
    return Behind(rows, tabs_of(given, show), page, pages, len(chosen), sum(not row.number for row in rows))


def rows_of(given: Sequence[Given], side: Side, unit: str, actor: Actor) -> list[Row]:
    seen = visible([one.row.id for one in given], actor)
    book = directory()
    rows = []
    for one in given:
        matter = seen.get(one.row.id)
        state = RESPONSES.state[matter.state] if matter else None
        rows.append(
            Row(
                given=one,
                number=matter.number if matter else "",
                title=title_of(matter, actor) if matter else "",
                url=url_of(matter) if matter else "",
                state=state.label if state else "",
                tone=TONES[state.tone] if state else "grey",
                other=book.name_of(one.row.caller if side == "called" else one.row.unit),
                value="" if one.value is None else f"{one.value:.2f}".rstrip("0").rstrip(".") + unit,
            )
        )
    return rows


def visible(ids: Collection[int], actor: Actor) -> dict[int, Matter]:
    """Those of these responses that the reader may see. One query."""
    return {matter.pk: matter for matter in responses_for(actor).filter(pk__in=list(ids))}


def url_of(matter: Matter) -> str:
    find = urls.get(matter.kind)
    return find(matter) if find else ""


# --- what they wrote -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """One rating: by whom, of which response, in which words."""

    number: str
    title: str
    url: str
    at: dt.datetime
    by: str
    verdict: str
    comment: str


def said_about(rows: Sequence[Measured], side: Side, actor: Actor) -> list[Said]:
    """The newest ratings among these responses, with what was written, as far as the reader may see them. Three
    queries."""
    rated = [
        row.id for row in reversed(rows) if (row.by_caller is not None if side == "called" else "clear" in row.values)
    ]
    seen = list(responses_for(actor).filter(pk__in=rated[: SAID * 3]).select_related("response"))
    when = "rated_at" if side == "called" else "caller_rated_at"
    found = [matter for matter in seen if getattr(matter.response, when) is not None]
    newest = sorted(found, key=lambda matter: (getattr(matter.response, when), matter.pk), reverse=True)[:SAID]
    comments = _comments([matter.pk for matter in newest], STEPS[side], actor)
    book = directory()
    return [
        Said(
            number=matter.number,
            title=title_of(matter, actor),
            url=url_of(matter),
            at=getattr(matter.response, when),
            by=book.name_of(next(iter(matter.co_handlers), None) if side == "called" else matter.lead_id),
            verdict=_verdict(matter, side),
            comment=comments.get(matter.pk, ""),
        )
        for matter in newest
    ]


def _verdict(matter: Matter, side: Side) -> str:
    row = matter.response
    if side == "called":
        return f"{Solved(row.solved).label}，{Satisfaction(row.satisfaction or 3).label}"
    place = "地点准确" if row.right_address else "地点不准确"
    return f"{Justified(row.justified).label}，情况清楚 {row.clear} 分，{place}"


def _comments(ids: Sequence[int], step: str, actor: Actor) -> dict[int, str]:
    """What was written with the ratings; both sides write under the same name, so the line says whose it is."""
    if not ids:
        return {}
    lines = LedgerLine.objects.filter(matter__in=ids, step=step).values_list("matter_id", "seq")
    texts = {
        (matter, seq): "（内容已按规定抹除）" if erased else text
        for matter, seq, text, erased in Words.objects.filter(matter__in=ids, field="comment").values_list(
            "matter_id", "seq", "text", "erased_at"
        )
    }
    hide = concealing(actor)
    found = {}
    for matter, seq in lines:
        if text := texts.get((matter, seq), ""):
            found[matter] = hide(text) if hide else text
    return found
