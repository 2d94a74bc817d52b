"""Batches: which one a call may belong to, telling everybody in one, and how a list shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from huying.cases.flow import CASES, JOINABLE
from huying.cases.models import Batch, CaseLink
from huying.cases.queues import cases_for
from huying.cases.steps.batches import ANNOUNCED
from huying.kernel import outbox
from huying.kernel.outbox import Payload
from huying.kernel.search import fold
from huying.matters import messages
from huying.matters.detail import TONES
from huying.matters.models import Matter, Words
from huying.matters.queries import Remaining, most_pressing
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.tree import place_tree
from huying.ui.components import Tone

AT_ONCE = 1000  # messages
OFFERED = 3
HOUR = timedelta(hours=1)
TOLD = "case.announced"
RUNNING = Q(stopped_at=None, main__matter__closed_at=None)


# --- telling everybody -----------------------------------------------------------------------------------------------


@outbox.handler(ANNOUNCED)
def tell_all(payloads: list[Payload]) -> None:
    """One message for each reporter, a few statements for each thousand of them."""
    for payload in payloads:
        main, seq = int(str(payload["main"])), int(str(payload["seq"]))
        said = Words.objects.filter(matter=main, seq=seq, field="text", erased_at=None).values_list("text", flat=True)
        text = said.first()
        if text is None:
            continue
        messages.send(_drafts(Matter.objects.filter(pk=main), text, seq))
        waiting = CaseLink.objects.waiting().filter(main=main).order_by("case").values_list("case", flat=True)
        last = 0
        while batch := list(waiting.filter(case__gt=last)[:AT_ONCE]):
            last = batch[-1]
            messages.send(_drafts(Matter.objects.filter(pk__in=batch), text))


def _drafts(matters: QuerySet[Matter], text: str, seq: int | None = None) -> list[messages.Draft]:
    return [
        messages.Draft(TOLD, m, messages.Recipients(set(), m.raised_by_id), {"said": text}, seq=seq) for m in matters
    ]


# --- which one a call belongs to -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """A running batch that what is being typed may belong to. `why`: by what it was known."""

    number: str
    name: str
    unit: str
    since: datetime
    announcement: str
    announced_at: datetime | None
    joined: int
    why: str


def offered(
    actor: Actor, text: str, *, place_ids: Sequence[int], placed: bool, category: str, at: datetime
) -> list[Offered]:
    """Those that fit in place, and in category or words; two queries.

    Args:
        place_ids: street, community and grid that are known; `placed`: whether the community is.
    """
    found: list[tuple[Batch, str]] = []
    said = fold(text)
    rows = Batch.objects.running(at).filter(main__matter__state__in=JOINABLE).select_related("main__matter")
    for batch in rows.filter(main__matter__in=cases_for(actor).values("pk")).order_by("-made_at"):
        here = not batch.places or bool(set(batch.places) & set(place_ids))
        if placed and not here:
            continue
        words = [word for word in batch.words if fold(word) in said]
        alike = bool(category and batch.category) and f"{category}.".startswith(f"{batch.category}.")
        # Where it is not known yet where, what is said has to tell.
        if words or (alike and placed):
            found.append((batch, f"说到“{words[0]}”" if words else "分类相同"))
    found = found[:OFFERED]
    joined = sizes([batch.pk for batch, _ in found]) if found else {}
    return [
        Offered(
            number=batch.main.matter.number,
            name=batch.name,
            unit=directory().name_of(batch.main.matter.lead_id or batch.main.matter.holder_id),
            since=batch.begins_at,
            announcement=batch.announcement,
            announced_at=batch.announced_at,
            joined=joined.get(batch.pk, 0),
            why=why,
        )
        for batch, why in found
    ]


def sizes(mains: Sequence[int]) -> dict[int, int]:
    """How many have come in of each, the main one left out."""
    return dict(CaseLink.objects.standing().filter(main__in=mains).values_list("main").annotate(Count("pk")))


# --- as pages show them ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. `size`: with the main case; `offers`: whether calls are offered it."""

    number: str
    name: str
    place: str
    state: str
    tone: Tone
    unit: str
    size: int
    last_hour: int
    remaining: Remaining | None
    begins_at: datetime
    offers: str
    closed_at: datetime | None


def batches_for(actor: Actor) -> QuerySet[Batch]:
    """Those whose main case this actor may see."""
    return Batch.objects.filter(main__matter__in=cases_for(actor).values("pk")).select_related("main__matter")


def counted(rows: QuerySet[Batch], now: datetime) -> QuerySet[Batch]:
    links = CaseLink.objects.standing().filter(main=OuterRef("pk")).order_by().values("main")
    lately = links.filter(at__gt=now - HOUR)
    return rows.annotate(
        joined=Subquery(links.annotate(n=Count("pk")).values("n")),
        last_hour=Subquery(lately.annotate(n=Count("pk")).values("n")),
    )


def rows_of(batches: Sequence[Batch], now: datetime) -> list[Row]:
    """One query; of `counted` ones."""
    matters = [batch.main.matter for batch in batches]
    pressing = most_pressing(matters, CASES, now)
    return [_row(batch, pressing.get(batch.pk), now) for batch in batches]


def _row(batch: Batch, remaining: Remaining | None, now: datetime) -> Row:
    matter = batch.main.matter
    state = CASES.state[matter.state]
    return Row(
        number=matter.number,
        name=batch.name,
        place=places_of(batch),
        state=state.label,
        tone=TONES[state.tone],
        unit=directory().name_of(matter.lead_id or matter.holder_id),
        size=(getattr(batch, "joined", None) or 0) + 1,
        last_hour=getattr(batch, "last_hour", None) or 0,
        remaining=remaining,
        begins_at=batch.begins_at,
        offers=offers_of(batch, now),
        closed_at=matter.closed_at,
    )


def offers_of(batch: Batch, now: datetime) -> str:
    matter = batch.main.matter
    if matter.closed_at is not None:
        return "已结束"
    if batch.stopped_at is not None:
        return "已停止并入"
    if matter.state not in JOINABLE:
        return "已办结，正在回访"
    if batch.ends_at is not None and batch.ends_at <= now:
        return "已过预计时间"
    return "未开始" if batch.begins_at > now else "正在并入"


def places_of(batch: Batch) -> str:
    tree = place_tree()
    return "、".join(filter(None, map(tree.name_of, batch.places))) or "全区"


@dataclass(frozen=True, slots=True)
class Hour:
    """How many came in. `at`: when it began."""

    at: datetime
    n: int


def by_hour(batch: Batch, now: datetime, most: int = 12) -> list[Hour]:
    """The last hours, the newest first; one query."""
    links = CaseLink.objects.standing().filter(main=batch.pk, at__gt=now - most * HOUR)
    counts = [0] * most
    for at in links.values_list("at", flat=True):
        counts[max(0, min(most - 1, int((now - at) / HOUR)))] += 1
    while counts and counts[-1] == 0:  # before it began
        counts.pop()
    return [Hour(timezone.localtime(now - (i + 1) * HOUR), n) for i, n in enumerate(counts)]
