"""One step for many chosen cases: asked once, then told one by one what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from huying.cases.flow import CASES
from huying.cases.forms import step_form
from huying.cases.queries import title_of
from huying.cases.queues import cases_for, looks_like_number
from huying.cases.views.exports import export_chosen
from huying.cases.views.lists import BULK_STEPS, EXPORT, back_address
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing, Refusal
from huying.matters.engine import UNKNOWN, Move, move
from huying.matters.flow import Step, acts_on
from huying.matters.forms import InputForm
from huying.matters.models import Matter
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Crumb

MOST = 200  # at once


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one. `again`: how it is chosen once more, as it is now; "" for one that cannot be seen."""

    number: str
    title: str
    done: bool
    words: str
    again: str = ""


@desk("cases.dispatch", "cases.remind", "cases.export")
@require_POST
def bulk(request: UserRequest) -> HttpResponseBase:
    """First it asks, with what the step needs; `confirmed` makes it do so."""
    back = back_address(request)
    picks = picks_of(request.POST.getlist("case"))
    if not picks:
        messages.warning(request, "还没有勾选诉求件。请先在列表里勾选，再选要办的事。")
        return redirect(back)
    if len(picks) > MOST:
        raise Invalid(f"一次最多办 {MOST} 件，现在勾选了 {len(picks)} 件，请分几次办。", code="too_many")
    key = request.POST.get("act", "")
    if key == EXPORT:
        return export_chosen(request, [pick.number for pick in picks])
    if key not in BULK_STEPS:
        raise Missing("没有这项批量操作。")
    step = CASES.step[key]
    if not request.actor.may(step.permission):
        raise Forbidden(f"您的岗位不能{step.label}。")
    form = step_form(key)(request.POST) if "confirmed" in request.POST else step_form(key)()
    if form.is_bound and form.is_valid():
        return _carry_out(request, step, picks, form, back)
    return _ask(request, step, picks, form, back)


def picks_of(values: Sequence[str]) -> list[Pick]:
    """The boxes that were ticked, each once; what is none is left out."""
    found: dict[str, Pick] = {}
    for value in values:
        typed, _, version = value.rpartition(".")
        number = looks_like_number(typed)
        if number and version.isascii() and version.isdigit() and len(version) < 10:
            found[number] = Pick(number, int(version))
    return list(found.values())


def _ask(request: UserRequest, step: Step, picks: Sequence[Pick], form: InputForm, back: str) -> HttpResponse:
    candidates = _candidates(request.actor, step, picks)
    going = [candidate for candidate in candidates if not candidate.why_not]
    context = {
        "step": step,
        "form": form,
        "going": going,
        "staying": [candidate for candidate in candidates if candidate.why_not],
        "picks": candidates,
        "back": back,
        "crumbs": [Crumb("诉求件", back), Crumb(f"批量{step.label}")],
    }
    return render(request, "cases/desk_bulk.html", context, status=form.status if form.is_bound else 200)


def _candidates(actor: Actor, step: Step, picks: Sequence[Pick]) -> list[Candidate]:
    """One query."""
    rows = cases_for(actor).filter(number__in=[pick.number for pick in picks]).select_related("case")
    known = {matter.number: matter for matter in rows}
    found: list[Candidate] = []
    for pick in picks:
        matter = known.get(pick.number)
        if matter is None:
            found.append(Candidate(pick, "", "", UNKNOWN))
        else:
            state = CASES.state[matter.state].label
            found.append(Candidate(pick, title_of(matter, actor), state, _why_not(step, matter, actor, pick.version)))
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


def _carry_out(request: UserRequest, step: Step, picks: Sequence[Pick], form: InputForm, back: str) -> HttpResponse:
    actor = request.actor
    moves = [Move(pick.number, actor, form.input, version=pick.version) for pick in picks]
    results = move(CASES, step.key, moves)
    refusals = [result.refusal for result in results if result.refusal is not None]
    if len(refusals) == len(results) and (wrong := _about_input(refusals)) is not None:
        form.refuse(wrong)  # what was typed is wrong for all of them: say it beside the field
        return _ask(request, step, picks, form, back)
    now = {m.number: m for m in cases_for(actor).filter(number__in=[pick.number for pick in picks])}
    outcomes = [
        _outcome(pick, step, result.matter, result.refusal, now.get(pick.number), actor)
        for pick, result in zip(picks, results, strict=True)
    ]
    context = {
        "step": step,
        "done": [outcome for outcome in outcomes if outcome.done],
        "refused": [outcome for outcome in outcomes if not outcome.done],
        "back": back,
        "crumbs": [Crumb("诉求件", back), Crumb(f"批量{step.label}的结果")],
        "list_url": reverse("cases:list"),
    }
    return render(request, "cases/desk_bulk_result.html", context)


def _about_input(refusals: Sequence[Refusal]) -> Refusal | None:
    first = refusals[0]
    return first if first.fields and all(refusal.fields == first.fields for refusal in refusals) else None


def _outcome(
    pick: Pick, step: Step, moved: Matter | None, refusal: Refusal | None, now: Matter | None, actor: Actor
) -> Outcome:
    title = title_of(now, actor) if now else ""
    if moved is not None:
        state = CASES.state[moved.state].label
        where = directory().name_of(moved.holder_id)
        return Outcome(pick.number, title, True, f"已{step.label}，{where}，现在是“{state}”")
    assert refusal is not None
    words = refusal.message
    if isinstance(refusal, Conflict) and refusal.code == "already_moved" and now is not None:
        words = f"您勾选之后有人办过，现在是“{CASES.state[now.state].label}”，没有{step.label}"
    return Outcome(pick.number, title, False, words, f"{now.number}.{now.version}" if now else "")
