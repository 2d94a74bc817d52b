"""From an upload to a stored file."""

from __future__ import annotations

import errno
import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Protocol

from django.conf import settings
from django.db import transaction

from huying.kernel.errors import Invalid, Refusal, TooLarge
from huying.kernel.files import images, kinds, playing, reading, sniffing, store
from huying.kernel.files.kinds import Kind
from huying.kernel.files.names import clean_name
from huying.kernel.models import StoredFile

logger = logging.getLogger(__name__)


class StorageFull(Refusal):
    """The disk is full. Nobody did anything wrong."""

    status: ClassVar[int] = 507
    default_code: ClassVar[str] = "storage_full"


class Upload(Protocol):
    """What is needed of an upload: Django's `UploadedFile` and `File` have it."""

    @property
    def name(self) -> str | None: ...

    def chunks(self) -> Iterable[bytes]: ...


def accept(upload: Upload, *, uploader: str = "") -> StoredFile:
    """Check an upload, keep it, and return its row, still attached to nothing.

    Images are written anew without their metadata, of films the position is blotted out. A `Refusal` says in Chinese
    what is wrong and what to do; nothing is kept then. `uploader` is who may attach it later.
    """
    try:
        with store.incoming() as path:
            sha256, size = _receive(upload, path)
            return _keep(path, sha256, size, upload.name or "", uploader)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            logger.error("No space left for attachments")
            raise StorageFull("服务器存储空间不足，附件没有保存。请稍后再试，或联系管理员。") from error
        raise


def _receive(upload: Upload, path: Path) -> tuple[str, int]:
    """Write the upload piece by piece; digest and size."""
    most: int = settings.MAX_ATTACHMENT_BYTES
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for piece in upload.chunks():
            size += len(piece)
            if size > most:
                raise TooLarge(
                    f"文件超过 {most // 1024 // 1024} MB，不能上传。请压缩图片、缩短录像，或拆分后上传。",
                    code="file_too_large",
                )
            digest.update(piece)
            file.write(piece)
    if not size:
        raise Invalid("文件是空的，请重新选择。", code="file_empty")
    return digest.hexdigest(), size


def _keep(path: Path, sha256: str, size: int, name: str, uploader: str) -> StoredFile:
    kind = sniffing.sniff(path)
    row = StoredFile(sha256=sha256, size=size, media_type=kind.media_type, uploader=uploader)
    thumbnail: Path | None = None
    if kind.is_image:
        picture = images.rewrite(path, kind)
        kind, path, thumbnail = picture.kind, picture.path, picture.thumbnail
        row.width, row.height, row.thumbnail = picture.width, picture.height, True
        row.media_type = kind.media_type
        row.size, row.sha256 = path.stat().st_size, store.digest_of(path)
    elif _check(path, kind):
        row.sha256 = store.digest_of(path)
    row.name = clean_name(name, kind)
    with transaction.atomic():
        store.lock(row.sha256)
        if not store.path_of(row.sha256).exists():
            if thumbnail is not None:
                store.keep(thumbnail, store.thumbnail_path_of(row.sha256))
            store.keep(path, store.path_of(row.sha256))
        row.save(force_insert=True)
    return row


def _check(path: Path, kind: Kind) -> bool:
    """Look closer at what is not an image. True when the file was changed. Word and Excel were checked in sniffing."""
    if kind is kinds.PDF:
        reading.check_pdf(path)
    elif kind is kinds.TXT:
        reading.check_text(path)
    elif kind not in {kinds.DOCX, kinds.XLSX}:
        return playing.check(path, kind)
    return False
