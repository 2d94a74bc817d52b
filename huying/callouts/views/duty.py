"""The page of a duty officer, on a phone: who calls us now, one tap to answer, to arrive, to feed back."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.callouts.forms import step_form
from huying.callouts.queries import ResponseRow, concealing, response_rows, responses_for, said_when_called
from huying.callouts.queues import at_work, own, to_accept, to_answer
from huying.callouts.responses import RESPONSES
from huying.callouts.states import DECLINED, RESPONDED
from huying.matters.attachments import uploader
from huying.matters.forms import InputForm
from huying.matters.live import channels_of
from huying.matters.models import Matter
from huying.matters.parameters import UNDO_SECONDS
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest

SHOWN = 30
NEXT = {
    "waiting": "respond",
    "responded": "arrive",
    "arrived": "feed_back",
    "conferring": "arrive",
    "handling": "feed_back",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One response as the duty officer sees it. `step`: what comes next, with its form where it is sent from here."""

    row: ResponseRow
    said: str
    wanted: str
    address: str
    step: str
    step_label: str
    step_url: str
    form: InputForm | None
    undo_url: str
    undo_seconds: int


@desk("callouts.respond")
@require_GET
def duty(request: UserRequest) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    rows = responses_for(actor).filter(closed_at=None).select_related("response__callout__matter")
    calling = list(rows.filter(to_answer(actor)).order_by("next_due_at", "id")[:SHOWN])
    busy = list(rows.filter(at_work(actor)).order_by("next_due_at", "id")[:SHOWN])
    accepting = list(rows.filter(to_accept(actor)).order_by("next_due_at", "id")[:SHOWN])
    declined = rows.filter(Q(lead=own(actor), state=DECLINED)).order_by("id")[:SHOWN]
    waiting = [*accepting, *declined]
    shown = [*calling, *busy, *waiting]
    told = {row.matter.pk: row for row in response_rows(shown, actor, now)}
    said = said_when_called([pk for m in shown for pk in (m.pk, m.response.callout_id)], actor)
    cards = {matter.pk: _card(matter, told[matter.pk], said, actor) for matter in shown}
    context = {
        "calling": [cards[matter.pk] for matter in calling],
        "busy": [cards[matter.pk] for matter in busy],
        "waiting": [cards[matter.pk] for matter in waiting],
        "channels": " ".join(channels_of(actor)),
        "may_call": actor.may("callouts.call"),
    }
    return render(request, "callouts/desk_duty.html", context)


def _card(matter: Matter, row: ResponseRow, said: dict[tuple[int, str], str], actor: Actor) -> Card:
    callout = matter.response.callout
    step = RESPONSES.step.get(NEXT.get(matter.state, ""))
    mine = matter.holder_id == actor.organisation_id
    form = None
    if step is not None and mine:
        kind = step_form(RESPONSES.kind, step.key)
        form = kind(uploader=uploader(actor))
        form.auto_id = f"{matter.pk}-%s"
    left = UNDO_SECONDS.value - int((timezone.now() - matter.moved_at).total_seconds())
    undoes = matter.state == RESPONDED and left > 0 and matter.holder_user_id == actor.user_id
    conceal = concealing(actor) or str
    return Card(
        row=row,
        said=said.get((callout.pk, "text"), ""),
        wanted=said.get((matter.pk, "wanted")) or said.get((callout.pk, "wanted"), ""),
        address=conceal(callout.address),
        step=step.key if form and step else "",
        step_label=step.label if form and step else "",
        step_url=reverse("callouts:response-step", args=[matter.number, step.key]) if form and step else "",
        form=form,
        undo_url=reverse("callouts:response-step", args=[matter.number, "take_back"]) if undoes else "",
        undo_seconds=left,
    )
