"""Documents of a docket."""

from __future__ import annotations

import io

from django.db.models import OuterRef, Subquery, TextField
from django.http import FileResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.dockets.minutes import Decided, Minutes, write
from huying.dockets.models import Invitation, Meeting
from huying.dockets.queries import concealing, docket_door, title_of
from huying.kernel.errors import Missing
from huying.matters.models import Clock, LedgerLine, Matter, Words
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@desk("dockets.view")
@require_GET
def minutes(request: UserRequest, number: str, pk: int) -> FileResponse:
    """The minutes of a meeting that was held, as a Word file."""
    matter = docket_door(request.actor, number)
    meeting = Meeting.objects.filter(pk=pk, docket=matter.pk, held_seq__isnull=False).first()
    if meeting is None:
        raise Missing("没有这次会议，或者还没有登记纪要。")
    made = write(minutes_of(matter, meeting, request.actor))
    name = f"联席会议纪要 {matter.number} {timezone.localtime(meeting.at):%Y%m%d}.docx"
    return FileResponse(io.BytesIO(made), content_type=DOCX, as_attachment=True, filename=name)


def minutes_of(matter: Matter, meeting: Meeting, actor: Actor) -> Minutes:
    """What the reader may read of them, as it was written down. Issued by the lead of the docket."""
    conceal, book = concealing(actor), directory()
    rows = Words.objects.filter(matter=matter, seq__in=[meeting.planned_seq, meeting.held_seq or 0])
    said = {row.field: "（内容已按规定抹除）" if row.erased_at else row.text for row in rows.order_by("seq")}
    said = {name: conceal(text) if conceal else text for name, text in said.items()}
    invitations = list(Invitation.objects.filter(meeting=meeting).order_by("pk"))
    invited = [one.organisation_id for one in invitations]
    bodies = dict.fromkeys([matter.lead_id or 0, *invited, *meeting.attended])
    attended = [key for key in bodies if key in meeting.attended]
    answers = [one.seq for one in invitations if one.seq is not None]
    people = dict(Words.objects.filter(matter=matter, seq__in=answers, field="who").values_list("seq", "text"))
    who = {one.organisation_id: people.get(one.seq or 0, "") for one in invitations if one.attending}

    def names(keys: list[int]) -> list[str]:
        return [book.by_id[key].name for key in keys if key in book.by_id]

    def with_people(keys: list[int]) -> list[str]:
        told = [(book.by_id[key].name, who.get(key, "")) for key in keys if key in book.by_id]
        return [f"{name}（{conceal(person) if conceal else person}）" if person else name for name, person in told]

    away = [one.organisation_id for one in invitations if one.organisation_id not in meeting.attended]
    excused = [one.organisation_id for one in invitations if one.attending is False]
    written = LedgerLine.objects.get(matter=matter, seq=meeting.held_seq or 0).at
    lead = book.by_id.get(matter.lead_id or 0)
    return Minutes(
        issuer=lead.name if lead else book.centre.name,
        title=title_of(matter, actor),
        number=matter.number,
        at=timezone.localtime(meeting.at),
        place=meeting.place,
        chair=said.get("chair", ""),
        agenda=paragraphs(said.get("agenda", "")),
        said=paragraphs(said.get("minutes", "")),
        decided=_decided(meeting, actor),
        attended=with_people(attended),
        excused=names([key for key in away if key in excused]),
        absent=names([key for key in away if key not in excused]),
        copies=names([key for key in matter.co_handlers if key not in attended]),
        day=timezone.localdate(written),
    )


def paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.splitlines() if part.strip()]


def _decided(meeting: Meeting, actor: Actor) -> list[Decided]:
    said = Words.objects.filter(matter=OuterRef("pk"), seq=1, field="text").values("text")
    first = Clock.objects.filter(matter=OuterRef("pk"), kind="feedback").order_by("started_seq").values("due_at")[:1]
    rows = Matter.objects.filter(decision__meeting=meeting).order_by("pk")
    rows = rows.annotate(said=Subquery(said, output_field=TextField()), due=Subquery(first))
    conceal, found = concealing(actor), []
    for work in rows:
        text = str(getattr(work, "said", "") or work.title)
        due = getattr(work, "due", None)
        until = timezone.localtime(due).strftime("%-m月%-d日前反馈") if due else ""
        found.append(Decided(conceal(text) if conceal else text, directory().name_of(work.lead_id), until))
    return found
