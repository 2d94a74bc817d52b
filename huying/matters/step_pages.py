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
from typing import ClassVar, TypedDict
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from huying.kernel.errors import Conflict, Forbidden, Missing, Refusal
from huying.matters.attachments import uploader
from huying.matters.engine import Move, move
from huying.matters.enums import ReplyUse
from huying.matters.flow import Change, Flow, Step, acts_on
from huying.matters.forms import Chosen, InputForm
from huying.matters.models import Matter
from huying.matters.reply_boxes import Offers, count_used, offers_for, put_beside, with_inserted
from huying.matters.timeline import Story
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.drafts import FIELD, forget, read, seal, waiting
from huying.people.models import Draft
from huying.people.requests import UserRequest
from huying.ui.components import Crumb, Fact, TimelineEntry

RECENT = 4  # entries of the timeline that stand beside a form


class Parts(TypedDict):
    """What the form of a step needs besides what was typed."""

    uploader: str
    choices: Mapping[str, Chosen]
    again: Sequence[UUID]


class StepPages:
    """Of one kind of matter. GET asks for what the step needs, POST takes it; `version` is the one the presser saw."""

    flow: ClassVar[Flow]
    this: ClassVar[str]  # 这件诉求: what one matter of this kind is called on its pages
    list_label: ClassVar[str]  # 诉求件: the list it stands in
    list_url: ClassVar[str]
    detail_url: ClassVar[str]  # names of addresses; the latter two take a number
    step_url: ClassVar[str]
    template: ClassVar[str] = "matters/desk_step.html"
    # Steps that answer an earlier one, the newest of these, which is read before the form and not after it; and the
    # heading over it.
    judging: ClassVar[Mapping[str, tuple[tuple[str, ...], str]]] = {}

    # --- what a room says --------------------------------------------------------------------------------------------

    def door(self, actor: Actor, number: str) -> Matter:
        """The matter, or `Missing`."""
        raise NotImplementedError

    def told(self, matter: Matter, actor: Actor) -> Story:
        raise NotImplementedError

    def summary(self, matter: Matter, actor: Actor, story: Story, now: datetime) -> dict[str, object]:
        """What each page about it shows: `matter`, `title`, `state`, `tone`, `marks`, `turn`, `pressing`, `clocks`."""
        raise NotImplementedError

    def form(self, step: Step, matter: Matter) -> type[InputForm]:
        raise NotImplementedError

    def beginning(self, step: Step, matter: Matter, request: UserRequest) -> dict[str, object]:
        """What is known before anybody types."""
        return {}

    def choices(self, step: Step, matter: Matter) -> dict[str, Chosen]:
        """Those that depend on the matter."""
        return {}

    def carried(self, step: Step, matter: Matter) -> Sequence[UUID]:
        """Files of an earlier line of this step that may come along again."""
        return ()

    def replies(self, step: Step) -> Mapping[str, ReplyUse]:
        """Boxes beside which reply templates are offered."""
        return {}

    def beside(self, step: Step, form: InputForm, story: Story) -> dict[str, object]:
        """What else the room's own template shows."""
        return {}

    def advice(
        self, request: UserRequest, matter: Matter, step: Step, form: InputForm, story: Story
    ) -> dict[str, object]:
        """What else it shows of this matter and of what was typed."""
        return {}

    def retyped(self, request: UserRequest, matter: Matter, step: Step) -> QueryDict | None:
        """What to show again as typed, where a button was pressed that sends nothing; None where it is sent."""
        return None

    def stops(self, request: UserRequest, matter: Matter, step: Step, form: InputForm) -> bool:
        """Whether its writer sees `advice` once more before this is sent."""
        return False

    def told_facts(self, request: UserRequest, matter: Matter, step: Step, form: InputForm) -> Mapping[str, object]:
        """What the line says beside the input."""
        return {}

    def judged(self, step: Step, story: Story) -> TimelineEntry | None:
        answered, _ = self.judging.get(step.key, ((), ""))
        lines = zip(story.entries, story.lines, strict=True)
        return next((entry for entry, line in lines if line.step in answered), None) if answered else None

    def holds_messages(self, step: Step) -> bool:
        """Whether what this step takes back had told somebody."""
        return bool(self.flow.reversed_by(step))

    # --- the page ----------------------------------------------------------------------------------------------------

    def take(self, request: UserRequest, number: str, key: str) -> HttpResponse:
        matter = self.door(request.actor, number)
        wanted = self.flow.step.get(key)
        if wanted is None or wanted.opens or wanted.by_system:
            raise Missing("没有这个环节。")
        if not request.actor.may(wanted.permission):
            raise Forbidden(f"您的岗位不能{wanted.label}。")
        kind = self.form(wanted, matter)
        offers = offers_for(self.replies(wanted), matter, request.actor)
        if request.method == "GET":
            if wanted not in self.flow.available(matter, request.actor):
                return self._not_now(request, matter, wanted)
            return self._begun(request, matter, wanted, kind, offers)
        of_this: Parts = {
            "uploader": uploader(request.actor),
            "choices": self.choices(wanted, matter),
            "again": self.carried(wanted, matter),
        }
        version = _version(request.POST.get("version", ""))
        typed = with_inserted(request, offers) or self.retyped(request, matter, wanted)
        if typed is not None:
            form = kind(typed, request.FILES, **of_this)
            form.leave_unchecked()
            form.status = 200
            return self._ask(request, matter, wanted, form, offers, version=version)
        form = kind(request.POST, request.FILES, **of_this)
        overtaken = version is not None and version != matter.version
        if not form.is_valid():
            if overtaken:
                return self._overtaken(request, matter, wanted, form, offers, version)
            return self._ask(request, matter, wanted, form, offers, version=version)
        if self.stops(request, matter, wanted, form):
            form.keep_files()
            form.status = 200
            return self._ask(request, matter, wanted, form, offers, version=version)
        facts = self.told_facts(request, matter, wanted, form)
        try:
            sent = Move(matter.pk, request.actor, form.input, version=version, facts=facts)
            [result] = move(self.flow, wanted.key, [sent])
            moved = result.unwrap()
        except Conflict as refusal:
            if refusal.code == "already_moved":
                form.keep_files()
                now = self.door(request.actor, number)
                return self._overtaken(request, now, wanted, form, offers, version)
            return self._refused(request, matter, wanted, form, offers, refusal, version)
        except Refusal as refusal:
            return self._refused(request, matter, wanted, form, offers, refusal, version)
        count_used(request, offers)
        forget(request.user.pk, draft_key(wanted, matter))
        assert result.change is not None
        messages.success(request, self.done_words(moved, result.change))
        return redirect(self.detail_url, number=number)

    def _begun(
        self, request: UserRequest, matter: Matter, step: Step, kind: type[InputForm], offers: Offers
    ) -> HttpResponse:
        """The form as it begins: with what its writer has left unsent, else with what is known."""
        mine, choices = uploader(request.actor), self.choices(step, matter)
        draft = None if is_button(step) else waiting(request.user.pk, draft_key(step, matter))
        if draft is None:
            known = self.beginning(step, matter, request)
            again = known.get("attachments", ())
            assert isinstance(again, Sequence)
            form = kind(initial=known, uploader=mine, choices=choices, again=again)
            return self._ask(request, matter, step, form, offers)
        typed = read(draft)
        form = kind(typed, uploader=mine, choices=choices, again=self.carried(step, matter))
        form.leave_unchecked()
        form.status = 200
        seen = _version(typed.get("version", ""))
        entries = self.told(matter, request.actor).entries
        since = _since(entries, matter, seen) if seen not in (None, matter.version) else ()
        return self._ask(request, matter, step, form, offers, since=since, draft=draft)

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
        if is_button(step):
            raise refusal  # there is nothing to correct
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
        draft: Draft | None = None,
    ) -> HttpResponse:
        """`since`: what others have done since the form was opened, or the draft was written."""
        put_beside(form, offers)
        key = draft_key(step, matter)
        story = self.told(matter, request.actor)
        recent = list(story.entries)
        judged = self.judged(step, story)
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
            "judged_title": self.judging[step.key][1] if judged else "",
            "recent": recent[:RECENT],
            "since": since,
            "doing": step.key,
            "draft_key": "" if is_button(step) else key,
            "draft_seal": seal(request.user.pk, key),
            "draft": draft,
            "draft_unsent": request.GET.get(FIELD) == key,
            "crumbs": self._crumbs(matter, step),
            **self.beside(step, form, story),
            **self.advice(request, matter, step, form, story),
        }
        return render(request, self.template, context, status=form.status if form.is_bound else 200)

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

    def _not_now(self, request: UserRequest, matter: Matter, step: Step) -> HttpResponse:
        """Opened by its address, where it is not offered: why not, and the way back."""
        story = self.told(matter, request.actor)
        taken = any(line.step == step.key for line in story.lines)
        context = {
            **self.summary(matter, request.actor, story, timezone.now()),
            "this": self.this,
            "step": step,
            "back_url": reverse(self.detail_url, args=[matter.number]),
            "heading": f"现在{'' if taken else '还'}不能{step.label}",
            "why": self.why_not(matter, step, request.actor),
            "recent": story.entries[:RECENT],
            "crumbs": self._crumbs(matter, step),
        }
        return render(request, "matters/desk_not_now.html", context, status=Conflict.status)

    def why_not(self, matter: Matter, step: Step, actor: Actor) -> str:
        """Why this step is not offered, as a clause."""
        state = self.flow.state[matter.state].label
        if matter.state not in step.sources:
            sources = "、".join(f"“{self.flow.state[key].label}”" for key in step.sources)
            return f"{self.this}现在是“{state}”，这一步要在{sources}时办理"
        if not acts_on(actor, matter):
            return f"{self.this}现在由{directory().name_of(matter.holder_id)}办理，不在您的岗位手上"
        return step.unfit

    def done_words(self, moved: Matter, change: Change) -> SafeString:
        """What happened and where it went."""
        state = self.flow.state[moved.state].label
        done = change.done or change.outcome.done or f"已{change.step.label}，现在是“{{state}}”"
        words = done.format(holder=directory().name_of(moved.holder_id), state=state)
        if self.holds_messages(change.step):
            words = f"{words}，没有发出的通知不再发送"
        return format_html('<span class="number">{}</span> {}。', moved.number, words)


def draft_key(step: Step, matter: Matter) -> str:
    """One for each step and matter."""
    return f"step-{step.key.replace('_', '-')}-{matter.pk}"


def is_button(step: Step) -> bool:
    """Whether it needs nothing said: pressing it is all."""
    return not step.input.model_fields


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
