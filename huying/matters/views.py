"""Messages, alarms and attachments: pages that every kind of matter shares."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from huying.kernel.errors import Invalid, Missing
from huying.kernel.files import serve
from huying.kernel.models import StoredFile
from huying.kernel.paging import keyset
from huying.matters import alarms, queries
from huying.matters.flow import flows
from huying.matters.inbox import mark_read
from huying.matters.messages import urls
from huying.matters.models import Alarm, Attachment, Matter
from huying.people.access import desk
from huying.people.requests import UserRequest

PAGE = 50


# --- messages --------------------------------------------------------------------------------------------------------


@desk()
@require_GET
def inbox(request: UserRequest) -> HttpResponse:
    """Messages to this person, the newest first."""
    rows = queries.inbox(request.actor)
    only_new = request.GET.get("new") == "1"
    about = request.GET.get("about", "")
    if about in queries.ABOUT:
        rows = rows.filter(queries.ABOUT[about][1])
    if only_new:
        rows = rows.filter(read_at=None)
    page = keyset(rows, ["-id"], request.GET.get("cursor"), PAGE)
    context = {
        "page": page,
        "only_new": only_new,
        "about": about,
        "tabs": [(key, label) for key, (label, _) in queries.ABOUT.items()],
        "unread": queries.unread(request.actor),
        "user_id": request.user.pk,
    }
    return render(request, "matters/desk_messages.html", context)


@desk()
@require_POST
def open_message(request: UserRequest, pk: int) -> HttpResponse:
    """Mark it as read and go where it leads."""
    delivery = queries.inbox(request.actor).filter(pk=pk).first()
    if delivery is None:
        raise Missing("没有这条消息。")
    mark_read(request.actor, timezone.now(), pk)
    return redirect(delivery.message.url or "matters:messages")


@desk()
@require_POST
def read_all(request: UserRequest) -> HttpResponse:
    read = mark_read(request.actor, timezone.now())
    messages.success(request, f"{read} 条消息已标为已读。" if read else "没有未读消息。")
    return redirect("matters:messages")


# --- alarms ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AlarmRow:
    alarm: Alarm
    state: str
    url: str


@desk(alarms.PERMISSION)
@require_GET
def alarm_list(request: UserRequest) -> HttpResponse:
    """Alarms nobody has acknowledged first, then what the others turned out to be."""
    rows = queries.alarms_for(request.actor)
    waiting = list(rows.filter(acknowledged_at=None).order_by("raised_at", "id")[:PAGE])
    page = keyset(rows.filter(acknowledged_at__isnull=False), ["-id"], request.GET.get("cursor"), PAGE)
    context = {
        "waiting": [_alarm_row(alarm) for alarm in waiting],
        "page": page,
        "judged": [_alarm_row(alarm) for alarm in page.rows],
        "truth": queries.truth_of_words(),
        "user_id": request.user.pk,
    }
    return render(request, "matters/desk_alarms.html", context)


def _alarm_row(alarm: Alarm) -> AlarmRow:
    matter = alarm.matter
    link = urls.get(matter.kind)
    return AlarmRow(alarm, flows[matter.kind].state[matter.state].label, link(matter) if link else "")


@desk(alarms.PERMISSION)
@require_POST
def acknowledge_alarm(request: UserRequest, pk: int) -> HttpResponse:
    """Somebody has seen it and says whether it is real."""
    judged = {"yes": True, "no": False}.get(request.POST.get("real", ""))
    if judged is None:
        raise Invalid("请选择是否属实：“属实”或“误报”。", fields={"real": ["请选择一项"]})
    alarm = alarms.acknowledge(pk, by=request.actor, real=judged, at=timezone.now())
    said = "属实，请立即处置" if judged else "误报，已记入词语统计"
    messages.success(request, f"{alarm.matter.number} 的险情提示已确认：{said}。")
    return redirect("matters:alarms")


# --- attachments -----------------------------------------------------------------------------------------------------


def _file(request: UserRequest, pk: UUID) -> StoredFile:
    """The file, if it hangs on a matter that this actor may see. Asked each time: what is visible changes."""
    seen = Matter.objects.visible_to(request.actor)
    attached = Attachment.objects.filter(file_id=pk, matter__in=seen).select_related("file").first()
    if attached is None or request.actor.role.deidentified:
        raise Missing("没有这个附件，或者您的岗位无权查看。")
    return attached.file


@desk("cases.view")
@require_GET
def file(request: UserRequest, pk: UUID) -> HttpResponseBase:
    return serve(_file(request, pk), inline=True, request=request)


@desk("cases.view")
@require_GET
def thumbnail(request: UserRequest, pk: UUID) -> HttpResponseBase:
    return serve(_file(request, pk), thumbnail=True, request=request)
