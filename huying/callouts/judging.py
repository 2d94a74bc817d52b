"""What the centre reads before it judges: calls that one may repeat, whom the rules and others like it would call, and
how requests to stay away were ruled before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from huying.callouts.duplicates import LOOKED_AT, WITHIN, alike
from huying.callouts.enums import DeclineReason, Verdict
from huying.callouts.flow import CALLOUTS
from huying.callouts.models import Response
from huying.callouts.options import callable_by
from huying.callouts.queries import callouts_for, concealing, responses_for, title_of, url_of
from huying.callouts.states import ANALYSING, APPROVING, ISSUED, RATED
from huying.knowledge.history import Asked
from huying.knowledge.rules.book import rules_for
from huying.matters.detail import TONES
from huying.matters.models import LedgerLine, Matter, Words
from huying.matters.timeline import Story
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.ui.components import Tone

LIKE = 0.2  # share of pairs of characters from which another call is shown; the flow itself doubts from more
MOST_ALIKE, MOST_UNITS, MOST_RULED = 5, 3, 8
LATELY = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Alike:
    """Another open call that this one may repeat. `share`: how like it is, in per cent."""

    number: str
    title: str
    url: str
    state: str
    tone: Tone
    caller: str
    share: int
    at: datetime


def likes_of(
    actor: Actor, title: str, street_id: int | None, purpose: str, now: datetime, *, without: int = 0
) -> list[Alike]:
    """Open calls in the same street, the likest first; those of the same purpose count for more. The reader learns of
    those it may see. One query."""
    if len(title.strip()) < 2:
        return []
    rows = callouts_for(actor).filter(state__in=(ANALYSING, APPROVING, ISSUED), opened_at__gte=now - WITHIN)
    if street_id is not None:
        rows = rows.filter(street=street_id)
    scored = [(alike(title, m.title), m) for m in rows.exclude(pk=without).order_by("-opened_at")[:LOOKED_AT]]
    scored.sort(key=lambda pair: (-pair[0], pair[1].subkind != purpose))
    return [_alike(matter, share, actor) for share, matter in scored[:MOST_ALIKE] if share >= LIKE]


def _alike(matter: Matter, share: float, actor: Actor) -> Alike:
    state = CALLOUTS.state[matter.state]
    caller = directory().name_of(matter.lead_id)
    title = title_of(matter, actor)
    return Alike(
        matter.number,
        title,
        url_of(matter),
        state.label,
        TONES[state.tone],
        caller,
        round(share * 100),
        matter.opened_at,
    )


@dataclass(frozen=True, slots=True)
class Proposed:
    """A unit that may have to be called, and why."""

    name: str
    why: str
    called: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """`alone`: units called for which neither a rule nor an earlier call speaks."""

    likes: Sequence[Alike]
    proposed: Sequence[Proposed]
    alone: Sequence[str]


def advice_of(matter: Matter, actor: Actor, story: Story) -> Analysis:
    """Three queries: other calls, the rules' own, whom such calls were answered by."""
    now, called = timezone.now(), set(matter.callout.called)
    proposed = proposals(matter, story.words.get("text", ""), called)
    book = directory()
    backed = {one.name for one in proposed}
    alone = [name for unit in called if (name := book.name_of(unit)) and name not in backed]
    likes = likes_of(actor, matter.title, matter.street_id, matter.subkind, now, without=matter.pk)
    return Analysis(likes, proposed, alone if proposed else [])


def proposals(matter: Matter, text: str, called: set[int]) -> list[Proposed]:
    """By the rules of dispatch, then by who answered calls for the same purpose on the same ground."""
    book = directory()
    caller = book.by_id.get(matter.lead_id or 0)
    fit = {unit.id: unit for unit in callable_by(caller)} if caller else {}
    found: dict[int, str] = {}
    asked = Asked(
        text=f"{matter.title}\n{text}", urgency=matter.urgency, street=matter.street_id, community=matter.community_id
    )
    ruled = rules_for(asked)
    for hit in (*([ruled.decides] if ruled.decides else []), *ruled.others):
        for unit in (hit.lead, *hit.helpers):
            if unit in fit:
                found.setdefault(unit, f"派单口径“{hit.subject}”（{hit.source}）")
    for unit_id, n in answered_before(matter).items():
        if unit_id in fit:
            found.setdefault(unit_id, f"本街道同类呼叫由它办过 {n} 次")
    first = list(found.items())[: MOST_UNITS + len(called)]
    return [Proposed(fit[unit].label, why, unit in called) for unit, why in first]


def answered_before(matter: Matter) -> dict[int, int]:
    """Units by how often they saw a call for the same purpose in the same street through; one query."""
    rows = (
        Response.objects.filter(matter__state=RATED, matter__subkind=matter.subkind, matter__street=matter.street_id)
        .filter(matter__opened_at__gte=timezone.now() - LATELY)
        .exclude(callout=matter.pk)
        .values("matter__lead")
        .annotate(n=Count("pk"))
        .order_by("-n")[:MOST_UNITS]
    )
    return {row["matter__lead"]: row["n"] for row in rows}


# --- ruling ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ruled:
    number: str
    title: str
    url: str
    verdict: str
    tone: Tone
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Declines:
    """Earlier requests of this unit to stay away: how many of each ruling, and of those for the same reason and purpose
    the newest with what was said."""

    unit: str
    cause: str
    asked: int
    released: int
    bound: int
    newest: Sequence[Ruled]


def declines_of(matter: Matter, actor: Actor) -> Declines:
    """Three queries."""
    row = matter.response
    of_kind = responses_for(actor).filter(lead=matter.lead_id).exclude(pk=matter.pk).exclude(response__declined_for="")
    n = of_kind.aggregate(
        asked=Count("pk"),
        released=Count("pk", filter=Q(response__verdict=Verdict.RELEASED)),
        bound=Count("pk", filter=Q(response__verdict=Verdict.BOUND)),
    )
    like = of_kind.filter(response__declined_for=row.declined_for).exclude(response__verdict="")
    like = like.select_related("response").order_by("-opened_at")[:MOST_RULED]
    rows = list(like)
    ruling = LedgerLine.objects.filter(matter=OuterRef("matter"), seq=OuterRef("seq"), step="rule")
    said = Words.objects.filter(Exists(ruling), matter__in=rows, field="reason", erased_at=None).order_by("seq")
    conceal = concealing(actor) or str
    reasons = {words.matter_id: conceal(words.text) for words in said}
    return Declines(
        unit=directory().name_of(matter.lead_id),
        cause=DeclineReason(row.declined_for).label if row.declined_for else "",
        asked=n["asked"],
        released=n["released"],
        bound=n["bound"],
        newest=[_ruled(one, reasons.get(one.pk, ""), actor) for one in rows],
    )


def _ruled(matter: Matter, reason: str, actor: Actor) -> Ruled:
    verdict = Verdict(matter.response.verdict)
    tone: Tone = "green" if verdict is Verdict.RELEASED else "orange"
    return Ruled(matter.number, title_of(matter, actor), url_of(matter), verdict.label, tone, matter.moved_at, reason)
