"""Requests beside the main way: asked, endorsed, decided by the people of the district whose turn it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from huying.cases.flow import CASES
from huying.kernel.files import accept
from huying.matters.attachments import uploader
from huying.matters.engine import move_one
from huying.matters.models import Matter
from tests.factories.district import District

EXTENSION = {"days": 5, "ground": "ext-weather", "explanation": "连续降雨，路面不能施工，放晴后两天完成。"}
COMPLEX = {"ground": "cx-units", "explanation": "涉及城管、水务和街道，要先会商。"}


def take(
    district: District, matter: Matter, key: str, who: str, *, at: datetime | None = None, **data: object
) -> Matter:
    return move_one(CASES, key, matter.pk, by=district.actor(who), data=data, at=at)


def deferral(**more: object) -> dict[str, object]:
    until = timezone.localdate() + timedelta(days=90)
    plan = "已报区发改局立项，明年一季度下达资金后开工。"
    return {"ground": "df-funds", "until": until.isoformat(), "plan": plan} | more


def unreasonable(district: District, who: str = "handler", **more: object) -> dict[str, object]:
    file = accept(SimpleUploadedFile("答复记录.txt", "三次答复".encode()), uploader=uploader(district.actor(who)))
    return {
        "ground": "un-beyond",
        "times": 3,
        "explanation": "三次说明补偿标准依据的文件，诉求人坚持要求三倍补偿。",
        "attachments": [str(file.pk)],
    } | more


def endorsed(district: District, matter: Matter, ask: str, **data: object) -> Matter:
    """Asked by the handler and endorsed by the chief."""
    matter = take(district, matter, ask, "handler", **data)
    return take(district, matter, "endorse_request", "chief")
