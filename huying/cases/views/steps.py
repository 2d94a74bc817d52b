"""Taking a case one step further: the form of the step, and what stands against it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from huying.cases.flow import CASES
from huying.cases.forms import REPLIES, RevealForm, beginning, narrowed, step_form
from huying.cases.queries import door
from huying.cases.views.detail import summary, told
from huying.kernel.errors import Conflict, Forbidden, Missing, Refusal
from huying.matters.attachments import uploader
from huying.matters.engine import move_one
from huying.matters.flow import Step
from huying.matters.forms import InputForm
from huying.matters.models import Matter
from huying.matters.reply_boxes import Offers, count_used, offers_for, put_beside, with_inserted
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Crumb, Fact, TimelineEntry

RECENT = 4  # entries of the timeline that stand beside a form
JUDGING = ("approve", "send_back")


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
    offers = offers_for(REPLIES.get(wanted.key, {}), matter, request.actor)
    if request.method == "GET":
        if wanted not in CASES.available(matter, request.actor):
            return _outdated(request, matter, wanted, None, status=409)
        known = beginning(wanted.key, matter, matter.case, request.actor, request.user)
        return _ask(request, matter, wanted, kind(initial=known, uploader=mine, choices=choices), offers)
    version = _version(request.POST.get("version", ""))
    if (typed := with_inserted(request, offers)) is not None:
        form = kind(typed, request.FILES, uploader=mine, choices=choices)
        form.leave_unchecked()
        form.status = 200
        return _ask(request, matter, wanted, form, offers, version=version)
    form = kind(request.POST, request.FILES, uploader=mine, choices=choices)
    overtaken = version is not None and version != matter.version
    if not form.is_valid():
        if overtaken:
            return _overtaken(request, matter, wanted, form, offers, version)
        return _ask(request, matter, wanted, form, offers, version=version)
    try:
        moved = move_one(CASES, wanted.key, matter.pk, by=request.actor, data=form.input, version=version)
    except Conflict as refusal:
        if refusal.code == "already_moved":
            form.keep_files()
            return _overtaken(request, door(request.actor, number), wanted, form, offers, version)
        return _refused(request, matter, wanted, form, offers, refusal, version)
    except Refusal as refusal:
        return _refused(request, matter, wanted, form, offers, refusal, version)
    count_used(request, offers)
    messages.success(request, done_words(moved, wanted, matter))
    return redirect("cases:detail", number=number)


def _version(typed: str) -> int | None:
    """None when the page did not say: then the state alone is compared."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def _refused(
    request: UserRequest,
    matter: Matter,
    step: Step,
    form: InputForm,
    offers: Offers,
    refusal: Refusal,
    version: int | None,
) -> HttpResponse:
    if is_button(step):
        raise refusal  # there is nothing to correct
    form.refuse(refusal)
    form.keep_files()
    return _ask(request, matter, step, form, offers, version=version)


def is_button(step: Step) -> bool:
    """Whether it needs nothing said: pressing it is all."""
    return not step.input.model_fields


def _ask(
    request: UserRequest,
    matter: Matter,
    step: Step,
    form: InputForm,
    offers: Offers,
    *,
    version: int | None = None,
    since: Sequence[TimelineEntry] = (),
) -> HttpResponse:
    """`since`: what others have done since the form was opened."""
    put_beside(form, offers)
    story = told(matter, request.actor)
    recent = list(story.entries)
    judged = _judged(step, story)
    if judged is not None:
        recent.remove(judged)
    context = {
        **summary(matter, request.actor, story, timezone.now(), ended_clocks=False),
        "step": step,
        "form": form,
        "offers": any(offers.values()),
        "version": matter.version if version is None else version,
        "judged": [judged] if judged else [],
        "recent": recent[:RECENT],
        "since": since,
        "reveal_form": RevealForm(auto_id="reveal-%s"),
        "person": None,
        "doing": step.key,
        "crumbs": _crumbs(matter, step),
    }
    return render(request, "cases/desk_step.html", context, status=form.status if form.is_bound else 200)


def _judged(step: Step, story: Story) -> TimelineEntry | None:
    """What the chief decides about: it is read before the form, not after it."""
    if step.key not in JUDGING:
        return None
    lines = zip(story.entries, story.lines, strict=True)
    return next((entry for entry, line in lines if line.step == "propose"), None)


def _crumbs(matter: Matter, step: Step) -> list[Crumb]:
    return [
        Crumb("诉求件", reverse("cases:list")),
        Crumb(matter.number, reverse("cases:detail", args=[matter.number])),
        Crumb(step.label),
    ]


def _overtaken(
    request: UserRequest, matter: Matter, step: Step, form: InputForm, offers: Offers, version: int | None
) -> HttpResponse:
    """Somebody was faster. Where the step can still be taken the form stays as it was filled in, under what has
    happened meanwhile; else what was written is shown once more, to be copied."""
    form.status = Conflict.status
    if step not in CASES.available(matter, request.actor):
        return _outdated(request, matter, step, version, status=form.status, form=form)
    since = _since(told(matter, request.actor).entries, matter, version)
    return _ask(request, matter, step, form, offers, since=since)


def _since(entries: Sequence[TimelineEntry], matter: Matter, version: int | None) -> Sequence[TimelineEntry]:
    """Of the entries, the newest first, those that came after `version`; without one the newest."""
    return entries[: matter.version - version] if version is not None else entries[:1]


def _outdated(
    request: UserRequest,
    matter: Matter,
    step: Step,
    version: int | None,
    *,
    status: int,
    form: InputForm | None = None,
) -> HttpResponse:
    """Somebody was faster: what happened since this page was opened."""
    story = told(matter, request.actor)
    context = {
        **summary(matter, request.actor, story, timezone.now(), ended_clocks=False),
        "step": step,
        "since": _since(story.entries, matter, version),
        "typed": _written(form) if form else [],
        "crumbs": _crumbs(matter, step),
    }
    return render(request, "cases/desk_outdated.html", context, status=status)


def _written(form: InputForm) -> list[Fact]:
    """The texts that somebody has written and would not like to write again."""
    return [
        Fact(str(form.fields[plan.name].label), text)
        for plan in form.plans
        if plan.kind in ("text", "line") and (text := str(form[plan.name].data or "").strip())
    ]


def done_words(moved: Matter, step: Step, before: Matter) -> str:
    """What happened and where it went."""
    state = CASES.state[moved.state]
    words = f"{moved.number} 已{step.label}"
    if CASES.reversed_by(step):
        return f"{words}，回到“{state.label}”，没有发出的通知不再发送。"
    if moved.state == before.state:
        return f"{words}，仍为“{state.label}”。"
    if state.final:
        return f"{words}，这件诉求已结案。"
    if moved.holder_id != before.holder_id:
        return f"{words}，转{directory().name_of(moved.holder_id)}，现在是“{state.label}”。"
    return f"{words}，现在是“{state.label}”。"
