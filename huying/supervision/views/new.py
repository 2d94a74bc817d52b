"""Issuing a supervision."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from huying.kernel.errors import Refusal
from huying.matters.attachments import uploader
from huying.matters.engine import open_one
from huying.matters.models import Matter
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.supervision.enums import SupervisionKind
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS
from huying.supervision.forms import IssueForm
from huying.supervision.queries import Row, listed, rows_of, title_of
from huying.supervision.queues import MOST_NAMED, supervisions_for
from huying.ui.components import Crumb

BOARDS = ("leaders_board", "city_board")


@desk("supervision.issue")
@require_http_methods(["GET", "POST"])
def new_supervision(request: UserRequest) -> HttpResponse:
    """The form; with `matter` in the address it begins with what is known of those."""
    mine = uploader(request.actor)
    about = named_matters(request)
    if request.method == "GET":
        return _page(request, IssueForm(initial=_beginning(request, about), uploader=mine), about)
    form = IssueForm(request.POST, request.FILES, uploader=mine)
    if not form.is_valid():
        return _page(request, form, about)
    try:
        matter = open_one(SUPERVISIONS, "issue", by=request.actor, data=form.input)
    except Refusal as refusal:
        form.refuse(refusal)
        form.keep_files()
        return _page(request, form, about)
    unit = directory().name_of(matter.lead_id)
    messages.success(request, f"{matter.number} 已下达{unit}，文书可以在这一页下载。")
    return redirect("supervision:detail", number=matter.number)


def _page(request: UserRequest, form: IssueForm, about: list[Matter]) -> HttpResponse:
    context = {
        "form": form,
        "already": _already(request, about),
        "crumbs": [Crumb("督办件", reverse("supervision:list")), Crumb("发起督办")],
    }
    return render(request, "supervision/new.html", context, status=form.status if form.is_bound else 200)


def named_matters(request: UserRequest) -> list[Matter]:
    """The matters of the address, as far as this reader may see them."""
    numbers = [part.strip() for given in request.GET.getlist("matter") for part in given.split(",")][:MOST_NAMED]
    if not numbers:
        return []
    seen = Matter.objects.visible_to(request.actor).filter(number__in=numbers)
    return list(seen.exclude(kind__in=(SUPERVISIONS.kind, INSTRUCTIONS.kind)).order_by("pk"))


def _beginning(request: UserRequest, about: list[Matter]) -> dict[str, object]:
    if not about:
        return {}
    first = about[0]
    unit = directory().by_id.get(first.lead_id or 0)
    known: dict[str, object] = {"matters": [matter.number for matter in about], "kind": _kind(first)}
    if len(about) == 1:
        known["title"] = title_of(first, request.actor)
    if unit is not None and all(matter.lead_id == first.lead_id for matter in about):
        known["lead"] = unit.code
    return known


def _kind(matter: Matter) -> SupervisionKind | None:
    """What it looks like."""
    if matter.rework_count:
        return SupervisionKind.REWORK
    if matter.is_open and matter.next_due_at is not None and matter.next_due_at < timezone.now():
        return SupervisionKind.OVERDUE
    return SupervisionKind.MESSAGE_BOARD if matter.channel in BOARDS else None


def _already(request: UserRequest, about: list[Matter]) -> list[Row]:
    """What is under way about the same."""
    if not about:
        return []
    same = supervisions_for(request.actor).filter(supervision__about__matter__in=[m.pk for m in about])
    rows = same.filter(closed_at=None)
    return rows_of(list(listed(rows.distinct()).order_by("-id")[:5]), request.actor, timezone.now())
