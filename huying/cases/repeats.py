"""What the same person has raised before, with its answers; and counting it on the case that was raised first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.joined import replies_of
from huying.cases.models import CaseLink
from huying.cases.parameters import REWORK_DAYS
from huying.cases.queries import title_of
from huying.cases.steps.repeats import REPEAT, times
from huying.kernel import outbox
from huying.kernel.privacy import mask_text
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.detail import TONES
from huying.matters.engine import Move, move
from huying.matters.models import Matter
from huying.matters.scopes import scope_of
from huying.people.actors import SYSTEM, Actor
from huying.ui.components import Tone

BATCH = 1000
MOST_LISTED = 10
ANSWERED_ENOUGH = 2  # answered so often and nothing new: it may be answered by what was said before


@outbox.periodic("cases.repeats", 5)
def look_after_repeats() -> None:
    count_repeats()


def count_repeats(now: datetime | None = None, *, quiet: bool = False) -> int:
    """Tell the first case of those that have come in since. Its cost follows these. `quiet`: simulations only."""
    now = now or timezone.now()
    mains = CaseLink.objects.repeats().filter(counted=False).values_list("main", flat=True).order_by("main").distinct()
    wanted = [Move(main, SYSTEM, {}) for main in mains[:BATCH]]
    results = move(CASES, "count_repeats", wanted, now=now, quiet=quiet) if wanted else ()
    return sum(result.refusal is None for result in results)


def may_be_done_over(matter: Matter, now: datetime) -> bool:
    """Whether it was closed so lately that doing it over says more than a new case."""
    return matter.closed_at is not None and now <= matter.closed_at + timedelta(days=REWORK_DAYS.value)


@dataclass(frozen=True, slots=True)
class Earlier:
    """One of the cases about the same thing by the same person. `number` is empty where the reader may not see it."""

    number: str
    title: str
    state: str
    tone: Tone
    at: datetime
    reply: str
    first: bool


@dataclass(frozen=True, slots=True)
class Repeated:
    """`answered`: how many of the others have an answer; `rework`: one that can still be done over."""

    times: int
    others: Sequence[Earlier]
    hidden: int
    answered: int
    rework: str


def repeated(matter: Matter, actor: Actor, now: datetime) -> Repeated | None:
    """Three queries, of a case that has been raised more than once."""
    own = CaseLink.objects.repeats().filter(case=matter.pk).values("main")
    links = list(
        CaseLink.objects.repeats()
        .filter(Q(main=matter.pk) | Q(main__in=own))
        .select_related("case__matter", "main__matter")
        .order_by("-at")
    )
    found = {link.main_id: link.main.matter for link in links} | {link.case_id: link.case.matter for link in links}
    firsts = {link.main_id for link in links}
    found.pop(matter.pk, None)
    if not found and matter.repeat_count < 2:
        return None
    seen = sorted(
        (m for m in found.values() if scope_of(actor).allows(actor, m)), key=lambda m: m.opened_at, reverse=True
    )[:MOST_LISTED]
    replies = replies_of({m.pk for m in seen}) if seen else {}
    late = [m for m in seen if may_be_done_over(m, now) and actor.may("cases.rework")]
    return Repeated(
        times=times(matter),
        others=[_earlier(m, actor, replies.get(m.pk, ""), first=m.pk in firsts) for m in seen],
        hidden=len(found) - len(seen),
        answered=sum(m.pk in replies and m.closed_at is not None for m in seen),
        rework=late[0].number if late and matter.state in ("received", "triaged") else "",
    )


def _earlier(matter: Matter, actor: Actor, reply: str, *, first: bool) -> Earlier:
    state = CASES.state[matter.state]
    # What is proposed and not approved is not yet an answer.
    said = mask_text(reply) if matter.closed_at is not None or matter.state == "resolved" else ""
    return Earlier(
        matter.number, title_of(matter, actor), state.label, TONES[state.tone], matter.opened_at, said, first
    )


def earlier_answer(matter: Matter) -> tuple[str, str]:
    """Number of the newest earlier case that was answered, and what was said; two empty texts where there is none."""
    own = CaseLink.objects.repeats().filter(case=matter.pk).values("main")
    rows = Matter.objects.filter(closed_at__isnull=False).exclude(pk=matter.pk)
    ids = CaseLink.objects.repeats().filter(main__in=own).values("case")
    for found in rows.filter(Q(pk__in=own) | Q(pk__in=ids)).order_by("-closed_at")[:1]:
        return found.number, mask_text(replies_of({found.pk}).get(found.pk, ""))
    return "", ""


def _panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    """What they were, and their answers, is looked up after the page."""
    if matter.kind != CASES.kind or REPEAT not in matter.aspects:
        return None
    return {"times": times(matter)}


detail_panels.declare(
    DetailPanel(key="repeats", label="反复反映", template="cases/desk_repeats_panel.html", context=_panel, order=12)
)
