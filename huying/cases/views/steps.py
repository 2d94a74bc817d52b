"""Taking a case one step further: the form of the step, and what stands against it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from huying.cases.flow import CASES
from huying.cases.forms import RevealForm, beginning, narrowed, step_form
from huying.cases.queries import door
from huying.cases.views.detail import summary, told
from huying.kernel.errors import Conflict, Forbidden, Missing, Refusal
from huying.matters.attachments import uploader
from huying.matters.engine import move_one
from huying.matters.flow import Step
from huying.matters.forms import InputForm
from huying.matters.models import Matter
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Crumb

RECENT = 4  # entries of the timeline that stand beside a form


@desk("cases.view")
@require_http_methods(["GET", "POST"])
def step(request: UserRequest, number: str, key: str) -> HttpResponse:
    """GET asks for what the step needs, POST takes it; `version` is the one the presser saw."""
    matter = door(request.actor, number)
    wanted = CASES.step.get(key)
    if wanted is None or wanted.opens or wanted.by_system:
        raise Missing("没有这个环节。")
    if not request.actor.may(wanted.permission):
        raise Forbidden(f"您的岗位不能{wanted.label}。")
    kind = step_form(wanted.key)
    mine, choices = uploader(request.actor), narrowed(wanted.key, matter)
    if request.method == "GET":
        if wanted not in CASES.available(matter, request.actor):
            return _outdated(request, matter, wanted, None, status=409)
        known = beginning(wanted.key, matter, matter.case, request.actor, request.user)
        return _ask(request, matter, wanted, kind(initial=known, uploader=mine, choices=choices))
    form = kind(request.POST, request.FILES, uploader=mine, choices=choices)
    version = _version(request.POST.get("version", ""))
    if not form.is_valid():
        return _ask(request, matter, wanted, form, version=version)
    try:
        moved = move_one(CASES, wanted.key, matter.pk, by=request.actor, data=form.input, version=version)
    except Conflict as refusal:
        if refusal.code == "already_moved":
            return _outdated(request, door(request.actor, number), wanted, version, status=refusal.status)
        return _refused(request, matter, wanted, form, refusal, version)
    except Refusal as refusal:
        return _refused(request, matter, wanted, form, refusal, version)
    messages.success(request, done_words(moved, wanted, matter))
    return redirect("cases:detail", number=number)


def _version(typed: str) -> int | None:
    """None when the page did not say: then the state alone is compared."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def _refused(
    request: UserRequest, matter: Matter, step: Step, form: InputForm, refusal: Refusal, version: int | None
) -> HttpResponse:
    form.refuse(refusal)
    form.keep_files()
    return _ask(request, matter, step, form, version=version)


def _ask(
    request: UserRequest, matter: Matter, step: Step, form: InputForm, *, version: int | None = None
) -> HttpResponse:
    story = told(matter, request.actor)
    context = {
        **summary(matter, request.actor, story, timezone.now(), ended_clocks=False),
        "step": step,
        "form": form,
        "version": matter.version if version is None else version,
        "recent": story.entries[:RECENT],
        "reveal_form": RevealForm(auto_id="reveal-%s"),
        "person": None,
        "crumbs": [
            Crumb("诉求件", reverse("cases:list")),
            Crumb(matter.number, reverse("cases:detail", args=[matter.number])),
            Crumb(step.label),
        ],
    }
    return render(request, "cases/desk_step.html", context, status=form.status if form.is_bound else 200)


def _outdated(request: UserRequest, matter: Matter, step: Step, version: int | None, *, status: int) -> HttpResponse:
    """Somebody was faster: what happened since this page was opened."""
    story = told(matter, request.actor)
    since = [
        entry for entry, line in zip(story.entries, story.lines, strict=True) if version is None or line.seq > version
    ]
    context = {
        **summary(matter, request.actor, story, timezone.now(), ended_clocks=False),
        "step": step,
        "since": since if version is not None else since[:1],
        "crumbs": [
            Crumb("诉求件", reverse("cases:list")),
            Crumb(matter.number, reverse("cases:detail", args=[matter.number])),
            Crumb(step.label),
        ],
    }
    return render(request, "cases/desk_outdated.html", context, status=status)


def done_words(moved: Matter, step: Step, before: Matter) -> str:
    """What happened and where it went."""
    state = CASES.state[moved.state]
    words = f"{moved.number} 已{step.label}"
    if moved.state == before.state:
        return f"{words}，仍为“{state.label}”。"
    if state.final:
        return f"{words}，这件诉求已结案。"
    if moved.holder_id != before.holder_id:
        return f"{words}，转{directory().name_of(moved.holder_id)}，现在是“{state.label}”。"
    return f"{words}，现在是“{state.label}”。"
