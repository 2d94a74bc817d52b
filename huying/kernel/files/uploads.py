"""A limit for whole requests: Django limits form fields, but would write an endless file to the disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class RequestLimit(FileUploadHandler):
    """First of `FILE_UPLOAD_HANDLERS`: refuses before anything is read, and leaves the rest to the next."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: Mapping[str, Any],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        most: int = settings.MAX_REQUEST_BYTES
        if content_length > most:
            raise RequestDataTooBig(f"一次上传的内容超过 {most // 1024 // 1024} MB，请分几次上传。")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
