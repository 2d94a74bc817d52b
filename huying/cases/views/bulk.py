"""One step for many chosen cases: asked once, then told one by one what became of each; where the step can be taken
back, that is offered beside each and for all as long as it is possible.

What is asked and what became of it stand under one address, which opens for whoever chose the cases, for a day: it can
be left, come back to and loaded again, and pressing twice does nothing twice.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from huying.cases.flow import CASES
from huying.cases.forms import step_form
from huying.cases.queries import title_of
from huying.cases.queues import cases_for
from huying.cases.searching import looks_like_number
from huying.cases.suggesting import Advice, leads_for
from huying.cases.views.exports import export_chosen
from huying.cases.views.lists import BULK_STEPS, EXPORT, back_address
from huying.kernel import idempotency
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing, Refusal
from huying.kernel.idempotency import Answer, Sending
from huying.kernel.registry import list_acts
from huying.matters.engine import UNKNOWN, Move, Result, move
from huying.matters.flow import Step, acts_on
from huying.matters.forms import InputForm
from huying.matters.models import Matter
from huying.matters.parameters import UNDO_SECONDS
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Crumb

MOST = 200  # at once
TAKEN_BACK = (*BULK_STEPS, "merge")  # merging is asked about on a page of its own


@dataclass(frozen=True, slots=True)
class Pick:
    """A chosen row: the case, and its version as the reader saw it."""

    number: str
    version: int

    def __str__(self) -> str:
        return f"{self.number}.{self.version}"


@dataclass(frozen=True, slots=True)
class Candidate:
    pick: Pick
    title: str
    state: str
    why_not: str = ""
    advice: Advice | None = None  # who should lead it


@dataclass(frozen=True, slots=True)
class Asked:
    """What was chosen: the step, the cases as they were seen, and the list to go back to."""

    step: str
    picks: Sequence[str]
    back: str


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one, as it is kept. `again`: how it is chosen once more, as it is now; "" for one that cannot be
    seen."""

    number: str
    done: bool
    words: str
    again: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of all. `left`: those of an earlier step, `of`, that were not taken back with these."""

    step: str
    outcomes: Sequence[Became]
    back: str
    left: Sequence[str] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The same as it is shown. `undo`: whether it can be taken back."""

    number: str
    title: str
    words: str
    again: str = ""
    undo: bool = False


@dataclass(frozen=True, slots=True)
class TakingBack:
    """The step that was taken, the one that takes it back, and for how long."""

    step: Step
    reverse: Step
    seconds: int


class _Wrong(Exception):
    """What was typed is wrong for all of them; nothing has happened."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


@desk("cases.view")
@require_http_methods(["GET", "POST"])
def bulk(request: UserRequest) -> HttpResponseBase:
    """Boxes of a list were ticked and a button pressed: the step is asked about under an address of its own."""
    back = back_address(request)
    if request.method == "GET":
        return redirect(back)
    key = request.POST.get("act", "")
    act = list_acts.get(key)
    if act is not None and not request.actor.may(act.permission):
        raise Forbidden(f"您的岗位不能{act.label}。")
    if act is None and key != EXPORT:
        _step_of(key, request.actor)
    picks = picks_of(request.POST.getlist("case"))
    if not picks:
        messages.warning(request, "还没有勾选诉求件。请先在列表里勾选，再选要办的事。")
        return redirect(back)
    if len(picks) > MOST:
        raise Invalid(f"一次最多办 {MOST} 件，现在勾选了 {len(picks)} 件，请分几次办。", code="too_many")
    if key == EXPORT:
        return export_chosen(request, [pick.number for pick in picks])
    if act is not None:
        if len(picks) > act.most:
            raise Invalid(f"“{act.label}”一次最多 {act.most} 件，请少勾选一些。", code="too_many")
        return redirect(act.url([pick.number for pick in picks]))
    at = secrets.token_urlsafe(16)
    asked = Asked(key, [str(pick) for pick in picks], back)
    idempotency.once(_kept_at(request, "asked", at), lambda: _kept(asked))
    return redirect("cases:bulk-chosen", key=at)


@desk("cases.dispatch", "cases.remind")
@require_http_methods(["GET", "POST"])
def chosen(request: UserRequest, key: str) -> HttpResponse:
    """First it asks, with what the step needs; POST makes it do so; from then on it tells what became of them."""
    told = _read(request, "told", key)
    if told is not None:
        if request.method == "POST":
            return redirect("cases:bulk-chosen", key=key)
        return _tell(request, _as_told(told))
    asked = still_asked(request, key)
    if asked is None:
        raise Missing("这次批量办理没有了：只保留一天，也只有勾选的人能打开。请回到列表重新勾选。")
    step = _step_of(asked.step, request.actor)
    picks = picks_of(asked.picks)
    if request.method == "GET":
        return _ask(request, key, step, picks, step_form(step.key)(), asked.back)
    form = step_form(step.key)(request.POST)
    if not form.is_valid():
        return _ask(request, key, step, picks, form, asked.back)
    try:
        idempotency.once(
            _kept_at(request, "told", key), lambda: _carry_out(request.actor, step, picks, form, asked.back)
        )
    except _Wrong as wrong:
        form.refuse(wrong.refusal)  # said beside the field
        return _ask(request, key, step, picks, form, asked.back)
    return redirect("cases:bulk-chosen", key=key)


def _step_of(key: str, actor: Actor) -> Step:
    if key not in BULK_STEPS:
        raise Missing("没有这项批量操作。")
    step = CASES.step[key]
    if not actor.may(step.permission):
        raise Forbidden(f"您的岗位不能{step.label}。")
    return step


# --- what is kept under an address -----------------------------------------------------------------------------------


def _kept_at(request: UserRequest, what: str, key: str) -> Sending:
    return Sending(f"user {request.user.pk}", f"cases.bulk.{what}", key, b"")


def _kept(what: Asked | Told) -> Answer:
    return Answer(200, json.dumps(asdict(what)).encode())


def _read(request: UserRequest, what: str, key: str) -> dict[str, Any] | None:
    found = idempotency.earlier(_kept_at(request, what, key))
    kept = json.loads(found.body) if found is not None else None
    return kept if isinstance(kept, dict) else None


def still_asked(request: UserRequest, key: str) -> Asked | None:
    """What this person chose under this key."""
    kept = _read(request, "asked", key)
    return Asked(**kept) if kept is not None else None


def is_told(request: UserRequest, key: str) -> bool:
    return _read(request, "told", key) is not None


def keep_told(request: UserRequest, key: str, work: Callable[[], Told]) -> None:
    """Do it once, and keep what became of it under this key: `cases:bulk-chosen` tells it."""
    idempotency.once(_kept_at(request, "told", key), lambda: _kept(work()))


def _as_told(kept: dict[str, Any]) -> Told:
    return Told(**{**kept, "outcomes": [Became(**one) for one in kept["outcomes"]]})


# --- asking ----------------------------------------------------------------------------------------------------------


def picks_of(values: Sequence[str]) -> list[Pick]:
    """The boxes that were ticked, each once; what is none is left out."""
    found: dict[str, Pick] = {}
    for value in values:
        typed, _, version = value.rpartition(".")
        number = looks_like_number(typed)
        if number and version.isascii() and version.isdigit() and len(version) < 10:
            found[number] = Pick(number, int(version))
    return list(found.values())


def _ask(request: UserRequest, key: str, step: Step, picks: Sequence[Pick], form: InputForm, back: str) -> HttpResponse:
    candidates = candidates_of(request.actor, step, picks)
    going = [candidate for candidate in candidates if not candidate.why_not]
    context = {
        "step": step,
        "key": key,
        "sure": sum(one.advice is not None and one.advice.sure_of_handler for one in going),
        "form": form,
        "going": going,
        "staying": [candidate for candidate in candidates if candidate.why_not],
        "picks": candidates,
        "back": back,
        "crumbs": [Crumb("诉求件", back), Crumb(f"批量{step.label}")],
    }
    return render(request, "cases/desk_bulk.html", context, status=form.status if form.is_bound else 200)


def candidates_of(actor: Actor, step: Step, picks: Sequence[Pick]) -> list[Candidate]:
    """One query; for dispatching two, three where units have objected to some."""
    rows = cases_for(actor).filter(number__in=[pick.number for pick in picks]).select_related("case")
    known = {matter.number: matter for matter in rows}
    leads = leads_for(list(known.values())) if step.key == "dispatch" else {}
    found: list[Candidate] = []
    for pick in picks:
        matter = known.get(pick.number)
        if matter is None:
            found.append(Candidate(pick, "", "", UNKNOWN))
        else:
            state = CASES.state[matter.state].label
            why_not = _why_not(step, matter, actor, pick.version)
            found.append(Candidate(pick, title_of(matter, actor), state, why_not, leads.get(matter.pk)))
    return found


def _why_not(step: Step, matter: Matter, actor: Actor, version: int) -> str:
    """What stands against it as far as that is known before; the engine asks again."""
    state = CASES.state[matter.state].label
    if matter.version != version:
        return f"您勾选之后有人办过，现在是“{state}”"
    if matter.state not in step.sources:
        return f"现在是“{state}”，不能{step.label}"
    if not acts_on(actor, matter):
        return f"现在由{directory().name_of(matter.holder_id)}办理，不在您的岗位手上"
    if step.fits is not None and not step.fits(matter, actor):
        return "须由另一位同事来办"
    return ""


# --- doing -----------------------------------------------------------------------------------------------------------


def _carry_out(actor: Actor, step: Step, picks: Sequence[Pick], form: InputForm, back: str) -> Answer:
    moves = [Move(pick.number, actor, form.input, version=pick.version) for pick in picks]
    results = move(CASES, step.key, moves)
    refusals = [result.refusal for result in results if result.refusal is not None]
    if len(refusals) == len(results) and (wrong := _about_input(refusals)) is not None:
        raise _Wrong(wrong)
    return _kept(Told(step.key, outcomes_of(picks, step, results, actor), back))


@desk("cases.dispatch", "cases.remind")
@require_POST
def take_back(request: UserRequest) -> HttpResponse:
    """Of the cases that were just taken through a step together, `only` one or all of them."""
    actor, back = request.actor, back_address(request)
    step = CASES.step.get(request.POST.get("step", ""))
    if step is None or step.key not in TAKEN_BACK or not step.reverse:
        raise Missing("没有这项批量操作。")
    reverse_step = CASES.step[step.reverse]
    if not actor.may(reverse_step.permission):
        raise Forbidden(f"您的岗位不能{reverse_step.label}。")
    picks = picks_of(request.POST.getlist("case"))[:MOST]
    only = picks_of(request.POST.getlist("only"))
    wanted = [pick for pick in only if pick in picks] if only else picks
    if not wanted:
        raise Missing("没有可以撤回的件。")

    def work() -> Answer:
        results = move(CASES, reverse_step.key, [Move(p.number, actor, {}, version=p.version) for p in wanted])
        left = [str(pick) for pick in picks if pick not in wanted]
        return _kept(Told(reverse_step.key, outcomes_of(wanted, reverse_step, results, actor), back, left, step.key))

    at = secrets.token_urlsafe(16)
    idempotency.once(_kept_at(request, "told", at), work)
    return redirect("cases:bulk-chosen", key=at)


def _about_input(refusals: Sequence[Refusal]) -> Refusal | None:
    first = refusals[0]
    return first if first.fields and all(refusal.fields == first.fields for refusal in refusals) else None


def outcomes_of(picks: Sequence[Pick], step: Step, results: Sequence[Result], actor: Actor) -> list[Became]:
    now = _known(picks, actor)
    return [
        _became(pick, step, result.matter, result.refusal, now.get(pick.number))
        for pick, result in zip(picks, results, strict=True)
    ]


def again_of(picks: Sequence[Pick], actor: Actor) -> dict[str, str]:
    """How these are chosen once more, as they are now."""
    return {number: f"{number}.{matter.version}" for number, matter in _known(picks, actor).items()}


def _known(picks: Sequence[Pick], actor: Actor) -> dict[str, Matter]:
    return {m.number: m for m in cases_for(actor).filter(number__in=[pick.number for pick in picks])}


def _became(pick: Pick, step: Step, moved: Matter | None, refusal: Refusal | None, now: Matter | None) -> Became:
    if moved is not None:
        state = CASES.state[moved.state].label
        words = f"已{step.label}，{directory().name_of(moved.holder_id)}，现在是“{state}”"
        if CASES.reversed_by(step):
            words = f"已{step.label}，回到“{state}”，没有发出的通知不再发送"
        return Became(pick.number, True, words, f"{moved.number}.{moved.version}")
    assert refusal is not None
    words = refusal.message
    if isinstance(refusal, Conflict) and refusal.code == "already_moved" and now is not None:
        words = f"您勾选之后有人办过，现在是“{CASES.state[now.state].label}”，没有{step.label}"
    return Became(pick.number, False, words, f"{now.number}.{now.version}" if now else "")


# --- telling ---------------------------------------------------------------------------------------------------------


def _tell(request: UserRequest, told: Told) -> HttpResponse:
    """Two queries, however many there are."""
    actor, now = request.actor, timezone.now()
    step = CASES.step[told.step]
    taken = CASES.step[told.of or told.step]  # what can still be taken back, of these or of those that are left
    left = picks_of(told.left)
    numbers = [*(one.number for one in told.outcomes), *(pick.number for pick in left)]
    known = {matter.number: matter for matter in cases_for(actor).filter(number__in=numbers).select_related("case")}
    seconds = {
        str(pick): remaining
        for pick in picks_of([*told.left, *(one.again for one in told.outcomes if one.done and not told.of)])
        if taken.reverse and (remaining := _seconds_left(pick, known.get(pick.number), now)) > 0
    }
    rows = [
        (one.done, Outcome(one.number, _title(known, one.number, actor), one.words, one.again, one.again in seconds))
        for one in told.outcomes
    ]
    beside = [
        Outcome(pick.number, title_of(matter, actor), _stands(matter), str(pick), str(pick) in seconds)
        for pick in left
        if (matter := known.get(pick.number)) is not None
    ]
    context = {
        "step": step,
        "done": [row for done, row in rows if done],
        "refused": [row for done, row in rows if not done],
        "left": beside,
        "undo": TakingBack(taken, CASES.step[taken.reverse], min(seconds.values())) if seconds else None,
        "undone": [CASES.step[key] for key in CASES.reversed_by(step)],
        "repeatable": taken.key in BULK_STEPS,
        "back": told.back,
        "crumbs": [
            Crumb("诉求件", told.back if taken.key in BULK_STEPS else reverse("cases:list")),
            Crumb(f"批量{step.label}的结果"),
        ],
    }
    return render(request, "cases/desk_bulk_result.html", context)


def _title(known: dict[str, Matter], number: str, actor: Actor) -> str:
    matter = known.get(number)
    return title_of(matter, actor) if matter is not None else ""


def _stands(matter: Matter) -> str:
    return f"{directory().name_of(matter.holder_id)}，现在是“{CASES.state[matter.state].label}”"


def _seconds_left(pick: Pick, matter: Matter | None, now: datetime) -> int:
    """For how long what was done to it can still be taken back; nothing has happened to it since."""
    if matter is None or matter.version != pick.version:
        return 0
    return UNDO_SECONDS.value - int((now - matter.moved_at).total_seconds())
