"""Files up, checked as everywhere, and down to whoever may see the case."""

from __future__ import annotations

import hashlib
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Router, UploadedFile
from ninja.params.models import Path

from huying.cases.api.access import Number, door, scoped
from huying.cases.api.answers import Uploaded, shown_files
from huying.cases.flow import CASES
from huying.kernel.api import OneFile, answer_once
from huying.kernel.errors import Missing
from huying.kernel.files import ACCEPTED, accept, serve
from huying.kernel.idempotency import Answer
from huying.matters.attachments import uploader
from huying.people.bearer import caller, key_of
from huying.people.roles import PERSONAL

router = Router(tags=["附件"])

# Whoever may do a step to which files belong.
UPLOADING = dict.fromkeys(
    step.permission
    for step in CASES.steps
    if "attachments" in step.input.model_fields and not step.by_system and step.permission not in PERSONAL
)


@router.post(
    "/attachments",
    response={201: Uploaded},
    summary="上传附件",
    description=f"可以上传{ACCEPTED}。图片会去掉位置等信息。得到的编号写进诉求件或环节的 attachments，"
    "一天内没有用上就删除。",
    **scoped(*UPLOADING, once=True, **{"x-problems": [507]}),
)
def upload(request: HttpRequest, file: Annotated[UploadedFile, OneFile(title="文件")]) -> HttpResponse:
    actor = caller(request)

    def work() -> Answer:
        stored = accept(file, uploader=uploader(actor))
        told = Uploaded(id=stored.pk, name=stored.name, media_type=stored.media_type, size=stored.size)
        return Answer(201, told.model_dump_json().encode())

    def content() -> bytes:
        digest = hashlib.sha256()
        for piece in file.chunks():
            digest.update(piece)
        file.seek(0)
        return digest.digest() + (file.name or "").encode()

    return answer_once(request, key_of(request).prefix, work, content)


@router.get(
    "/cases/{number}/attachments/{id}",
    summary="下载附件",
    description="附件的内容，以下载方式给出。",
    **scoped(
        "cases.view",
        responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
    ),
)
def download(
    request: HttpRequest,
    number: Number,
    id: Annotated[UUID, Path(..., title="附件编号")],
) -> HttpResponseBase:
    actor = caller(request)
    matter = door(actor, number)
    row = shown_files(matter, actor).filter(file_id=id).first()
    if row is None:
        raise Missing("没有这个附件。")
    return serve(row.file, request=request)
