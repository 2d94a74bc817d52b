"""The page on which a matter is taken one step further: the form of the step, and what stands against it.

A room inherits from `StepPages`, says what is its own and gives `take` to its view:

    PAGES = CasePages()

    @desk("cases.view")
    @require_http_methods(["GET", "POST"])
    def step(request, number, key):
        return PAGES.take(request, number, key)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from huying.kernel.errors import Conflict, Forbidden, Missing, Refusal
from huying.matters.attachments import uploader
from huying.matters.engine import move_one
from huying.matters.enums import ReplyUse
from huying.matters.flow import Flow, Step
from huying.matters.forms import Chosen, InputForm
from huying.matters.models import Matter
from huying.matters.reply_boxes import Offers, count_used, offers_for, put_beside, with_inserted
from huying.matters.timeline import Story
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Crumb, Fact, TimelineEntry

RECENT = 4  # entries of the timeline that stand beside a form


class StepPages:
    """Of one kind of matter. GET asks for what the step needs, POST takes it; `version` is the one the presser saw."""

    flow: ClassVar[Flow]
    this: ClassVar[str]  # 这件诉求: what one matter of this kind is called on its pages
    list_label: ClassVar[str]  # 诉求件: the list it stands in
    list_url: ClassVar[str]
    detail_url: ClassVar[str]  # names of addresses; the latter two take a number
    step_url: ClassVar[str]
    template: ClassVar[str] = "matters/desk_step.html"
    # Steps that decide about what another step has proposed: that is read before the form, not after it.
    judging: ClassVar[Mapping[str, str]] = {}

    # --- what a room says --------------------------------------------------------------------------------------------

    def door(self, actor: Actor, number: str) -> Matter:
        """The matter, or `Missing`."""
        raise NotImplementedError

    def told(self, matter: Matter, actor: Actor) -> Story:
        raise NotImplementedError

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        """What each page about it shows: `matter`, `title`, `state`, `tone`, `marks`, `turn`, `pressing`, `clocks`."""
        raise NotImplementedError

    def form(self, step: Step) -> type[InputForm]:
        raise NotImplementedError

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        """What is known before anybody types."""
        return {}

    def choices(self, step: Step, matter: Matter) -> dict[str, Chosen]:
        """Those that depend on the matter."""
        return {}

    def replies(self, step: Step) -> Mapping[str, ReplyUse]:
        """Boxes beside which reply templates are offered."""
        return {}

    # --- the page ----------------------------------------------------------------------------------------------------

    def take(self, request: UserRequest, number: str, key: str) -> HttpResponse:
        matter = self.door(request.actor, number)
        wanted = self.flow.step.get(key)
        if wanted is None or wanted.opens or wanted.by_system:
            raise Missing("没有这个环节。")
        if not request.actor.may(wanted.permission):
            raise Forbidden(f"您的岗位不能{wanted.label}。")
        kind = self.form(wanted)
        mine, choices = uploader(request.actor), self.choices(wanted, matter)
        offers = offers_for(self.replies(wanted), matter, request.actor)
        if request.method == "GET":
            if wanted not in self.flow.available(matter, request.actor):
                return self._outdated(request, matter, wanted, None, status=409)
            known = self.beginning(wanted, matter, request)
            return self._ask(request, matter, wanted, kind(initial=known, uploader=mine, choices=choices), offers)
        version = _version(request.POST.get("version", ""))
        if (typed := with_inserted(request, offers)) is not None:
            form = kind(typed, request.FILES, uploader=mine, choices=choices)
            form.leave_unchecked()
            form.status = 200
            return self._ask(request, matter, wanted, form, offers, version=version)
        form = kind(request.POST, request.FILES, uploader=mine, choices=choices)
        overtaken = version is not None and version != matter.version
        if not form.is_valid():
            if overtaken:
                return self._overtaken(request, matter, wanted, form, offers, version)
            return self._ask(request, matter, wanted, form, offers, version=version)
        try:
            moved = move_one(self.flow, wanted.key, matter.pk, by=request.actor, data=form.input, version=version)
        except Conflict as refusal:
            if refusal.code == "already_moved":
                form.keep_files()
                now = self.door(request.actor, number)
                return self._overtaken(request, now, wanted, form, offers, version)
            return self._refused(request, matter, wanted, form, offers, refusal, version)
        except Refusal as refusal:
            return self._refused(request, matter, wanted, form, offers, refusal, version)
        count_used(request, offers)
        messages.success(request, self.done_words(moved, wanted, matter))
        return redirect(self.detail_url, number=number)

    def _refused(
        self,
        request: UserRequest,
        matter: Matter,
        step: Step,
        form: InputForm,
        offers: Offers,
        refusal: Refusal,
        version: int | None,
    ) -> HttpResponse:
        if not step.input.model_fields:
            raise refusal  # pressing it is all: there is nothing to correct
        form.refuse(refusal)
        form.keep_files()
        return self._ask(request, matter, step, form, offers, version=version)

    def _ask(
        self,
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
        story = self.told(matter, request.actor)
        recent = list(story.entries)
        judged = self._judged(step, story)
        if judged is not None:
            recent.remove(judged)
        context = {
            **self.summary(matter, request.actor, story, timezone.now()),
            "this": self.this,
            "step": step,
            "step_action": reverse(self.step_url, args=[matter.number, step.key]),
            "back_url": reverse(self.detail_url, args=[matter.number]),
            "form": form,
            "offers": any(offers.values()),
            "version": matter.version if version is None else version,
            "judged": [judged] if judged else [],
            "recent": recent[:RECENT],
            "since": since,
            "doing": step.key,
            "crumbs": self._crumbs(matter, step),
        }
        return render(request, self.template, context, status=form.status if form.is_bound else 200)

    def _judged(self, step: Step, story: Story) -> TimelineEntry | None:
        proposal = self.judging.get(step.key)
        lines = zip(story.entries, story.lines, strict=True)
        return next((entry for entry, line in lines if line.step == proposal), None) if proposal else None

    def _crumbs(self, matter: Matter, step: Step) -> list[Crumb]:
        return [
            Crumb(self.list_label, reverse(self.list_url)),
            Crumb(matter.number, reverse(self.detail_url, args=[matter.number])),
            Crumb(step.label),
        ]

    # --- somebody was faster -----------------------------------------------------------------------------------------

    def _overtaken(
        self, request: UserRequest, matter: Matter, step: Step, form: InputForm, offers: Offers, version: int | None
    ) -> HttpResponse:
        """Where the step can still be taken the form stays as it was filled in, under what has happened meanwhile; else
        what was written is shown once more, to be copied."""
        form.status = Conflict.status
        if step not in self.flow.available(matter, request.actor):
            return self._outdated(request, matter, step, version, status=form.status, form=form)
        since = _since(self.told(matter, request.actor).entries, matter, version)
        return self._ask(request, matter, step, form, offers, since=since)

    def _outdated(
        self,
        request: UserRequest,
        matter: Matter,
        step: Step,
        version: int | None,
        *,
        status: int,
        form: InputForm | None = None,
    ) -> HttpResponse:
        """What happened since this page was opened."""
        story = self.told(matter, request.actor)
        context = {
            **self.summary(matter, request.actor, story, timezone.now()),
            "this": self.this,
            "step": step,
            "back_url": reverse(self.detail_url, args=[matter.number]),
            "since": _since(story.entries, matter, version),
            "typed": _written(form) if form else [],
            "crumbs": self._crumbs(matter, step),
        }
        return render(request, "matters/desk_outdated.html", context, status=status)

    def done_words(self, moved: Matter, step: Step, before: Matter) -> str:
        """What happened and where it went."""
        state = self.flow.state[moved.state]
        words = f"{moved.number} 已{step.label}"
        if self.flow.reversed_by(step):
            return f"{words}，回到“{state.label}”，没有发出的通知不再发送。"
        if moved.state == before.state:
            return f"{words}，仍为“{state.label}”。"
        if state.final:
            return f"{words}，{self.this}已结案。"
        if moved.holder_id != before.holder_id:
            return f"{words}，转{directory().name_of(moved.holder_id)}，现在是“{state.label}”。"
        return f"{words}，现在是“{state.label}”。"


def _version(typed: str) -> int | None:
    """None when the page did not say: then the state alone is compared."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None


def _since(entries: Sequence[TimelineEntry], matter: Matter, version: int | None) -> Sequence[TimelineEntry]:
    """Of the entries, the newest first, those that came after `version`; without one the newest."""
    return entries[: matter.version - version] if version is not None else entries[:1]


def _written(form: InputForm) -> list[Fact]:
    """The texts that somebody has written and would not like to write again."""
    return [
        Fact(str(form.fields[plan.name].label), text)
        for plan in form.plans
        if plan.kind in ("text", "line") and (text := str(form[plan.name].data or "").strip())
    ]
