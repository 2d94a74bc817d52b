"""Cases ticked in a list that are about the same thing: which one leads, what becomes of the others, and doing it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huying.cases import inputs
from huying.cases.flow import CASES, JOINABLE
from huying.cases.forms import step_form
from huying.cases.joined import followers
from huying.cases.queries import title_of
from huying.cases.queues import cases_for
from huying.cases.searching import looks_like_number
from huying.cases.views.bulk import Became, Pick, Told, keep_told, picks_of
from huying.kernel.inputs import parse
from huying.matters.detail import TONES
from huying.matters.engine import UNKNOWN, Move, Result, move
from huying.matters.models import Matter
from huying.matters.parameters import UNDO_SECONDS
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Crumb, Tone

MOST = 50
MERGE = CASES.step["merge"]
_KEY = re.compile(r"[\w\-]{16,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticked row. `why_not`: why it can neither lead nor be merged; `becomes`: what will be, if it does not lead."""

    pick: Pick
    title: str
    state: str
    tone: Tone
    unit: str
    opened_at: object
    joined: int
    why_not: str
    becomes: Sequence[str]


def _why_not(matter: Matter) -> str:
    if matter.state == "joined":
        return "已并入别的件，请勾选它的主件"
    if matter.closed_at is not None:
        return "已经结案"
    return "" if matter.state in JOINABLE else f"现在是“{CASES.state[matter.state].label}”，不能并案"


def _becomes(matter: Matter, joined: int) -> list[str]:
    """In words, what merging it would do."""
    found = []
    if matter.lead_id is not None:
        units = [matter.lead_id, *matter.co_handlers]
        found.append(f"{'、'.join(filter(None, map(directory().name_of, units)))}不再办这一件，原时限取消")
    found.append("诉求人收到并案通知" if matter.raised_by_id else "诉求人没有留联系方式，凭编号查得到")
    if joined:
        found.append(f"并入它的 {joined} 件跟着走")
    return found


def _candidates(actor: Actor, picks: Sequence[Pick]) -> list[Candidate]:
    """Two queries."""
    rows = cases_for(actor).filter(number__in=[pick.number for pick in picks]).select_related("case")
    known = {matter.number: matter for matter in rows}
    joined = followers([matter.pk for matter in known.values()])
    found = [
        _candidate(known[p.number], p, actor, joined.get(known[p.number].pk, 0)) for p in picks if p.number in known
    ]
    return sorted(found, key=lambda one: (bool(one.why_not), -_progress(known[one.pick.number]), -one.joined))


def _candidate(matter: Matter, pick: Pick, actor: Actor, joined: int) -> Candidate:
    state = CASES.state[matter.state]
    return Candidate(
        pick=Pick(matter.number, pick.version or matter.version),
        title=title_of(matter, actor),
        state=state.label,
        tone=TONES[state.tone],
        unit=directory().name_of(matter.lead_id or matter.holder_id),
        opened_at=matter.opened_at,
        joined=joined,
        why_not=_why_not(matter),
        becomes=_becomes(matter, joined),
    )


def _progress(matter: Matter) -> int:
    """How far it has come: what is most nearly done leads, unless somebody says otherwise."""
    order = [key for key in JOINABLE if key != "waiting"]
    return order.index(matter.state) if matter.state in order else 0


@desk("cases.merge")
@require_http_methods(["GET", "POST"])
def merge(request: UserRequest) -> HttpResponse:
    """`number` in the address names the ticked cases; the form carries them with the versions its reader saw."""
    actor, posted = request.actor, request.method == "POST"
    picks = picks_of(request.POST.getlist("case")) if posted else _named(request.GET.getlist("number"))
    candidates = _candidates(actor, picks[:MOST])
    going = [one for one in candidates if not one.why_not]
    if len(going) < 2:
        messages.warning(request, "能并案的不到两件。请在列表里勾选两件以上正在办理的件。")
        return redirect("cases:list")
    form = step_form(MERGE.key)(request.POST if posted else {"main": going[0].pick.number})
    if not posted:
        form.leave_unchecked()
        return _ask(request, candidates, form, secrets.token_urlsafe(16))
    key = request.POST.get("once", "")
    key = key if _KEY.fullmatch(key) else secrets.token_urlsafe(16)
    main = next((one for one in going if one.pick.number == request.POST.get("main")), None)
    if main is None:
        form.add_error("main", "请选出哪一件作主件。")
    if main is None or not form.is_valid():
        return _ask(request, candidates, form, key, status=422)
    data = parse(inputs.Merge, {"main": main.pick.number, "note": request.POST.get("note", "")})
    others = [one.pick for one in going if one is not main]

    def work() -> Told:
        results = move(CASES, MERGE.key, [Move(p.number, actor, data, version=p.version) for p in others])
        told = [_became(pick, main.pick.number, result) for pick, result in zip(others, results, strict=True)]
        return Told(MERGE.key, told, reverse("cases:detail", args=[main.pick.number]))

    keep_told(request, key, work)
    return redirect("cases:bulk-chosen", key=key)


def _named(values: Sequence[str]) -> list[Pick]:
    """Version 0: as it is now."""
    found = [number for value in values if (number := looks_like_number(value))]
    return [Pick(number, 0) for number in dict.fromkeys(found)]


def _became(pick: Pick, main: str, result: Result) -> Became:
    moved = result.matter
    if moved is None:
        words = result.refusal.message if result.refusal else UNKNOWN
        return Became(pick.number, False, words, str(pick))
    return Became(pick.number, True, f"已并到 {main}，随它一起办、一起答复", f"{moved.number}.{moved.version}")


def _ask(
    request: UserRequest, candidates: Sequence[Candidate], form: forms.Form, key: str, *, status: int = 200
) -> HttpResponse:
    chosen: Mapping[str, object] = form.data
    context = {
        "form": form,
        "note": form["note"],
        "going": [one for one in candidates if not one.why_not],
        "staying": [one for one in candidates if one.why_not],
        "main": chosen.get("main", ""),
        "wrong": form.errors.get("main", [""])[0] if status != 200 else "",
        "once": key,
        "seconds": UNDO_SECONDS.value,
        "back": reverse("cases:list"),
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb("批量并案")],
    }
    return render(request, "cases/desk_merge.html", context, status=status)
