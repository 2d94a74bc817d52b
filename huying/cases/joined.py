"""Cases that go along with another about the same thing: who they are, and their answer when that one is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone

from huying.cases.flow import CASES, JOINED
from huying.cases.models import CaseLink
from huying.cases.queries import title_of
from huying.cases.withdrawals import unhandled
from huying.kernel import outbox
from huying.kernel.privacy import mask_text
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.detail import TONES
from huying.matters.engine import Move, move
from huying.matters.flow import acts_on
from huying.matters.models import Matter, Words
from huying.matters.parameters import UNDO_SECONDS
from huying.matters.scopes import scope_of
from huying.people.actors import SYSTEM, Actor
from huying.people.requests import UserRequest
from huying.ui.components import Tone

BATCH = 1000
MOST_LISTED = 20
UNANSWERED = "主件没有答复就了结了，改为单独办理。"
REPLIES = ("reply", "public_reply")  # fields of steps that hold what the reporter is answered


# --- the answer ------------------------------------------------------------------------------------------------------


@outbox.periodic("cases.joined", 5)
def answer_joined() -> None:
    now = timezone.now()
    sort_along(now)
    go_on(now)
    close_joined(now)


def sort_along(now: datetime) -> int:
    """Give kind and category of the main case to those that have none; returns how many. It waits until the triage can
    no longer be taken back. Its cost follows the links that wait."""
    settled = now - timedelta(seconds=UNDO_SECONDS.value)
    lacks = Q(case__matter__category="") & ~Q(main__matter__category="")
    lacks |= Q(case__matter__subkind="") & ~Q(main__matter__subkind="")
    rows = (
        CaseLink.objects.waiting()
        .filter(lacks, main__matter__moved_at__lte=settled, case__matter__state=JOINED)
        .order_by("case")
        .values_list("case", flat=True)
    )
    done = last = 0
    while batch := list(rows.filter(case__gt=last)[:BATCH]):
        last = batch[-1]
        results = move(CASES, "sort_along", [Move(case, SYSTEM, {}) for case in batch], now=now)
        done += sum(result.refusal is None for result in results)
    return done


def close_joined(now: datetime) -> int:
    """Close what goes along with a closed case, with the same answer; returns how many.

    Whatever way the main case was closed, and however much at the same time something was joined to it: this looks at
    what is, and not at what happened. It waits until the closing can no longer be taken back. Its cost follows the
    links that wait.
    """
    settled = now - timedelta(seconds=UNDO_SECONDS.value)
    rows = (
        CaseLink.objects.waiting()
        .filter(main__matter__closed_at__lte=settled, case__matter__state=JOINED)
        .exclude(unhandled("main__matter__"))
        .order_by("case")
        .values_list("case", "main", "main__matter__number")
    )
    closed = last = 0
    while batch := list(rows.filter(case__gt=last)[:BATCH]):
        last = batch[-1][0]
        replies = replies_of({main for _, main, _ in batch})
        moves = [
            Move(case, SYSTEM, {"main": number, "public_reply": mask_text(replies[main])})
            for case, main, number in batch
            if main in replies
        ]
        closed += sum(result.refusal is None for result in move(CASES, "close_joined", moves, now=now))
        alone = [Move(case, SYSTEM, {"reason": UNANSWERED}) for case, main, _ in batch if main not in replies]
        if alone:  # whoever raised the main case got no answer that could be handed on
            move(CASES, "unjoin", alone, now=now)
    return closed


def go_on(now: datetime) -> int:
    """What went along with a case that was taken back or not accepted is no less wanted: the first of them is handled
    by itself, the others go along with that one; returns how many. It waits, and costs, as `close_joined` does."""
    settled = now - timedelta(seconds=UNDO_SECONDS.value)
    rows = (
        CaseLink.objects.waiting()
        .filter(unhandled("main__matter__"), main__matter__closed_at__lte=settled, case__matter__state=JOINED)
        .order_by("main", "at", "case")
        .values_list("main", "main__matter__number", "case", "case__matter__number")
    )
    done, first = 0, dict[int, str]()
    leading: list[Move] = []
    following: list[Move] = []
    for main, number, case, own in rows:
        if main not in first:
            first[main] = own
            leading.append(Move(case, SYSTEM, {"main": number}))
        else:
            following.append(Move(case, SYSTEM, {"main": first[main]}))
    for step, moves in (("lead_on", leading), ("follow_on", following)):
        for start in range(0, len(moves), BATCH):
            results = move(CASES, step, moves[start : start + BATCH], now=now)
            done += sum(result.refusal is None for result in results)
    return done


def replies_of(matter_ids: set[int]) -> Mapping[int, str]:
    """What the reporters of closed cases were answered last. Their numbers of phones are not for others: mask them."""
    rows = Words.objects.filter(matter_id__in=matter_ids, field__in=REPLIES, erased_at=None)
    return dict(rows.order_by("matter_id", "-seq").distinct("matter_id").values_list("matter_id", "text"))


# --- who goes along --------------------------------------------------------------------------------------------------


def main_of(matter: Matter) -> Matter | None:
    """The case that this one goes along with, or was answered with."""
    links = CaseLink.objects.standing().filter(case=matter.pk).select_related("main__matter").order_by("-at")
    link = links.first()
    return link.main.matter if link else None


def followers(matter_ids: Sequence[int]) -> dict[int, int]:
    """How many go along with each of these."""
    rows = CaseLink.objects.standing().filter(main__in=matter_ids).values_list("main").annotate(Count("pk"))
    return dict(rows)


@dataclass(frozen=True, slots=True)
class Voice:
    """A case beside another. `number` and `title` are empty when the reader may not see it."""

    number: str
    title: str
    state: str
    tone: Tone
    at: datetime
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Together:
    """Everything that is tied to one case: the one it goes along with, and those that go along with it."""

    main: Voice | None
    answered: bool
    joined: Sequence[Voice]
    total: int
    hidden: int


def together(matter: Matter, actor: Actor) -> Together | None:
    """None when it stands alone. One query."""
    links = list(
        CaseLink.objects.standing()
        .filter(Q(case=matter.pk) | Q(main=matter.pk))
        .select_related("case__matter", "main__matter")
        .order_by("-at", "-pk")
    )
    if not links:
        return None
    mine = next((link for link in links if link.case_id == matter.pk), None)
    others = [link for link in links if link.main_id == matter.pk]
    seen = [link for link in others if scope_of(actor).allows(actor, link.case.matter)]
    return Together(
        main=_voice(mine.main.matter, actor, mine.at) if mine else None,
        answered=bool(mine and mine.answered),
        joined=[_voice(link.case.matter, actor, link.at) for link in seen[:MOST_LISTED]],
        total=len(others),
        hidden=len(others) - len(seen),
    )


def _voice(matter: Matter, actor: Actor, at: datetime) -> Voice:
    state = CASES.state[matter.state]
    if not scope_of(actor).allows(actor, matter):
        return Voice("", "", state.label, TONES[state.tone], at)
    return Voice(matter.number, title_of(matter, actor), state.label, TONES[state.tone], at, matter.state == JOINED)


def _panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    is_batch = "batch" in matter.aspects
    if matter.kind != CASES.kind or not (is_batch or getattr(matter, "linked", True)):  # the door knows
        return None
    actor = cast(UserRequest, request).actor
    found = together(matter, actor)
    if found is None and is_batch:
        found = Together(None, False, (), 0, 0)
    if found is None:
        return None
    return {
        "together": found,
        "may_free": found.total and may_free(actor),
        "shows_batches": actor.may("cases.batches"),
    }


def _alike_panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    """Only while it can be joined, or merged by whoever may."""
    actor = cast(UserRequest, request).actor
    if matter.kind != CASES.kind or not acts_on(actor, matter):
        return None
    for key in ("join", "merge"):
        step = CASES.step[key]
        if matter.state in step.sources and actor.may(step.permission):
            return {"joining": step}
    return None


def may_free(actor: Actor) -> bool:
    """Whether the page of the main case offers it; of each one the step itself says the rest."""
    return actor.scope == "all" and actor.may("cases.join")


detail_panels.declare(
    DetailPanel(key="joined", label="同一件事", template="cases/desk_joined.html", context=_panel, order=10),
    DetailPanel(
        key="alike",
        label="相近的件",
        template="cases/desk_alike_panel.html",
        context=_alike_panel,
        permission="cases.join",
        order=20,
    ),
)
