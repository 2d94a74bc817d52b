"""Taking a case one step further: the form of the step, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods

from huying.cases import inputs
from huying.cases.flow import CASES
from huying.cases.forms import REPLIES, beginning, carried, narrowed, step_form
from huying.cases.queries import door
from huying.cases.views.detail import summary, told
from huying.kernel.errors import Conflict, Forbidden, Missing, Refusal
from huying.matters.attachments import uploader
from huying.matters.blanks import blanks_in, in_words
from huying.matters.engine import Move, move
from huying.matters.flow import Change, Step, acts_on
from huying.matters.forms import Chosen, InputForm
from huying.matters.models import Matter
from huying.matters.reply_boxes import Offers, count_used, offers_for, put_beside, with_inserted
from huying.matters.timeline import Story
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.drafts import FIELD, forget, read, seal, waiting
from huying.people.forms import PurposeForm
from huying.people.models import Draft
from huying.people.requests import UserRequest
from huying.ui.components import Crumb, Fact, TimelineEntry

RECENT = 4  # entries of the timeline that stand beside a form
# Steps that decide about an earlier one: which, and the heading over it.
JUDGING = {
    "approve": ("propose", "请审阅办理结果"),
    "send_back": ("propose", "请审阅办理结果"),
    "spot_check": ("answer", "请核对答复"),
    "propose": ("send_back", "负责人退回的原因"),
}
AFTER_A_PROPOSAL = ("propose", "withdraw_proposal", "approve")


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
    offers = offers_for(REPLIES.get(wanted.key, {}), matter, request.actor)
    if request.method == "GET":
        if wanted not in CASES.available(matter, request.actor):
            return _not_now(request, matter, wanted)
        return _begun(request, matter, wanted, kind, offers)
    of_this: Parts = {
        "uploader": uploader(request.actor),
        "choices": narrowed(wanted.key, matter),
        "again": carried(wanted.key, matter),
    }
    version = _version(request.POST.get("version", ""))
    if (typed := with_inserted(request, offers)) is not None:
        form = kind(typed, request.FILES, **of_this)
        form.leave_unchecked()
        form.status = 200
        return _ask(request, matter, wanted, form, offers, version=version)
    form = kind(request.POST, request.FILES, **of_this)
    overtaken = version is not None and version != matter.version
    if not form.is_valid():
        if overtaken:
            return _overtaken(request, matter, wanted, form, offers, version)
        return _ask(request, matter, wanted, form, offers, version=version)
    try:
        [result] = move(CASES, wanted.key, [Move(matter.pk, request.actor, form.input, version=version)])
        moved = result.unwrap()
    except Conflict as refusal:
        if refusal.code == "already_moved":
            form.keep_files()
            return _overtaken(request, door(request.actor, number), wanted, form, offers, version)
        return _refused(request, matter, wanted, form, offers, refusal, version)
    except Refusal as refusal:
        return _refused(request, matter, wanted, form, offers, refusal, version)
    count_used(request, offers)
    forget(request.user.pk, draft_key(wanted, matter))
    assert result.change is not None
    messages.success(request, done_words(moved, result.change))
    return redirect("cases:detail", number=number)


class Parts(TypedDict):
    """What the form of a step needs besides what was typed."""

    uploader: str
    choices: Mapping[str, Chosen]
    again: Sequence[UUID]


def draft_key(step: Step, matter: Matter) -> str:
    """One for each step and matter."""
    return f"step-{step.key.replace('_', '-')}-{matter.pk}"


def _begun(request: UserRequest, matter: Matter, step: Step, kind: type[InputForm], offers: Offers) -> HttpResponse:
    """The form as it begins: with what its writer has left unsent, else with what is known."""
    mine, choices = uploader(request.actor), narrowed(step.key, matter)
    draft = None if is_button(step) else waiting(request.user.pk, draft_key(step, matter))
    if draft is None:
        known = beginning(step.key, matter, matter.case, request.actor, request.user)
        again = known.get("attachments", ())
        assert isinstance(again, Sequence)
        return _ask(request, matter, step, kind(initial=known, uploader=mine, choices=choices, again=again), offers)
    typed = read(draft)
    form = kind(typed, uploader=mine, choices=choices, again=carried(step.key, matter))
    form.leave_unchecked()
    form.status = 200
    seen = _version(typed.get("version", ""))
    since = _since(told(matter, request.actor).entries, matter, seen) if seen not in (None, matter.version) else ()
    return _ask(request, matter, step, form, offers, since=since, draft=draft)


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
    draft: Draft | None = None,
) -> HttpResponse:
    """`since`: what others have done since the form was opened, or the draft was written."""
    put_beside(form, offers)
    key = draft_key(step, matter)
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
        "judged_title": JUDGING[step.key][1] if judged else "",
        "recent": recent[:RECENT],
        "since": since,
        "reveal_form": PurposeForm(auto_id="reveal-%s"),
        "person": None,
        "doing": step.key,
        "blanks": in_words(found) if (found := _left_blank(step, story)) else "",
        "resumed": step.key == "propose" and not form.is_bound and form.initial.get("public_reply"),
        "draft_key": "" if is_button(step) else key,
        "draft_seal": seal(request.user.pk, key),
        "draft": draft,
        "draft_unsent": request.GET.get(FIELD) == key,
        "crumbs": _crumbs(matter, step),
    }
    return render(request, "cases/desk_step.html", context, status=form.status if form.is_bound else 200)


def _judged(step: Step, story: Story) -> TimelineEntry | None:
    """What is decided about: it is read before the form, not after it."""
    if step.key not in JUDGING:
        return None
    wanted, _ = JUDGING[step.key]
    for entry, line in zip(story.entries, story.lines, strict=True):
        if line.step == wanted:
            return entry
        if step.key == "propose" and line.step in AFTER_A_PROPOSAL:
            return None  # that reason was about an earlier one
    return None


def _left_blank(step: Step, story: Story) -> Sequence[str]:
    """What the chief is warned of: nothing is proposed with blanks any more, but what was proposed before may have."""
    if step.key not in ("approve", "send_back"):
        return ()
    return blanks_in(story.last_said("propose").get("public_reply", ""))


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


def _not_now(request: UserRequest, matter: Matter, step: Step) -> HttpResponse:
    """Opened by its address, where it is not offered: why not, and the way back."""
    story = told(matter, request.actor)
    taken = any(line.step == step.key for line in story.lines)
    context = {
        **summary(matter, request.actor, story, timezone.now(), ended_clocks=False),
        "step": step,
        "heading": f"现在{'' if taken else '还'}不能{step.label}",
        "why": why_not(matter, step, request.actor),
        "recent": story.entries[:RECENT],
        "crumbs": _crumbs(matter, step),
    }
    return render(request, "cases/desk_not_now.html", context, status=Conflict.status)


def why_not(matter: Matter, step: Step, actor: Actor) -> str:
    """Why this step is not offered, as a clause."""
    state = CASES.state[matter.state].label
    if matter.state not in step.sources:
        sources = "、".join(f"“{CASES.state[key].label}”" for key in step.sources)
        return f"这件诉求现在是“{state}”，这一步要在{sources}时办理"
    if not acts_on(actor, matter):
        return f"这件诉求现在由{directory().name_of(matter.holder_id)}办理，不在您的岗位手上"
    return step.unfit


def _written(form: InputForm) -> list[Fact]:
    """The texts that somebody has written and would not like to write again."""
    return [
        Fact(str(form.fields[plan.name].label), text)
        for plan in form.plans
        if plan.kind in ("text", "line") and (text := str(form[plan.name].data or "").strip())
    ]


def done_words(moved: Matter, change: Change) -> SafeString:
    """What happened and where it went."""
    state = CASES.state[moved.state].label
    done = change.done or change.outcome.done or f"已{change.step.label}，现在是“{{state}}”"
    words = done.format(holder=directory().name_of(moved.holder_id), state=state)
    if CASES.reversed_by(change.step) and change.step.input is inputs.Recall:
        words = f"{words}，没有发出的通知不再发送"
    return format_html('<span class="number">{}</span> {}。', moved.number, words)
