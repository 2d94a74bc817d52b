"""Answers to motions as files."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from huying.cases.models import MotionAnswer
from huying.cases.motion_letter import letter_of, write
from huying.cases.motion_shown import reads_letters
from huying.cases.queries import concealing, door
from huying.kernel.errors import Forbidden, Missing
from huying.kernel.files.kinds import DOCX
from huying.people.access import desk
from huying.people.requests import UserRequest


@desk("cases.view")
@require_GET
def letter(request: UserRequest, number: str, pk: int) -> HttpResponse:
    """One answer as a Word file; what awaits approval as a draft, so that the chief reads what will be sent."""
    matter = door(request.actor, number)
    if not reads_letters(request.actor):
        raise Forbidden("答复函写有代表或委员的姓名，不对您的岗位开放。")
    answer = MotionAnswer.objects.filter(case=matter.pk, pk=pk).select_related("case__motion").first()
    if answer is None:
        raise Missing("没有这份答复函。")
    made = letter_of(matter, answer.case.motion, answer, concealing(matter, request.actor))
    response = HttpResponse(write(made), content_type=DOCX.media_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(made.file_name)}"
    response["Cache-Control"] = "private, no-store"
    return response
