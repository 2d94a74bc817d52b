"""A stored file in a browser: named, harmless, asked about each time; and what nobody needs is swept."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import transaction
from django.http import FileResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from huying.kernel.errors import Missing
from huying.kernel.files import accept, serve, sweep_loose, sweep_unreferenced
from huying.kernel.files.store import path_of
from huying.kernel.models import StoredFile
from tests.kernel.files import samples

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def take(content: bytes, name: str) -> StoredFile:
    return accept(SimpleUploadedFile(name, content))


def body(response: object) -> bytes:
    assert isinstance(response, FileResponse)
    content = response.getvalue()
    finish(response)
    return content


def finish(response: FileResponse) -> None:
    """Close the file only: closing the response ends a request, and with it the test's database session."""
    assert response.file_to_stream is not None
    response.file_to_stream.close()


def test_a_document_is_downloaded_under_its_chinese_name() -> None:
    response = serve(take(samples.pdf(), "处理结果.pdf"), inline=True)
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%A4%84")
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "no-cache" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert body(response) == samples.pdf()


def test_an_image_is_shown_only_when_asked_for() -> None:
    stored = take(samples.image("PNG"), "a.png")
    for inline, disposition in ((False, "attachment"), (True, "inline")):
        response = serve(stored, inline=inline)
        assert isinstance(response, FileResponse)
        finish(response)
        assert response["Content-Disposition"].startswith(disposition)
        assert response["Content-Type"] == "image/png"


def test_a_thumbnail_is_a_jpeg() -> None:
    response = serve(take(samples.image("PNG"), "a.png"), thumbnail=True)
    assert response["Content-Type"] == "image/jpeg"
    assert body(response).startswith(b"\xff\xd8")
    with pytest.raises(Missing):
        serve(take(samples.pdf(), "a.pdf"), thumbnail=True)


def test_a_browser_that_has_it_gets_304_after_the_permission_was_checked() -> None:
    stored = take(samples.pdf(), "a.pdf")
    request = RequestFactory().get("/", headers={"If-None-Match": f'"{stored.sha256}"'})
    response = serve(stored, request=request)
    assert response.status_code == 304
    assert "private" in response["Cache-Control"]


def test_lost_bytes_are_told() -> None:
    stored = take(samples.pdf(), "a.pdf")
    path_of(stored.sha256).unlink()
    with pytest.raises(Missing, match="管理员"):
        serve(stored)


# --- sweeping


def age(path: Path, hours: int) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def test_an_upload_that_nobody_attached_goes_after_a_day(media: Path) -> None:
    old, attached, fresh = take(samples.pdf(), "old.pdf"), take(samples.wav(), "a.wav"), take(samples.amr(), "n.amr")
    StoredFile.objects.exclude(pk=fresh.pk).update(uploaded_at=timezone.now() - timedelta(hours=25))
    StoredFile.objects.filter(pk=attached.pk).update(
        state=StoredFile.State.ATTACHED, owner_kind="matter", owner_key="1"
    )
    for stored in (old, attached):
        age(path_of(stored.sha256), 25)

    assert sweep_loose() == 1
    assert sweep_unreferenced() == 1

    assert set(StoredFile.objects.values_list("pk", flat=True)) == {attached.pk, fresh.pk}
    assert not path_of(old.sha256).exists()
    assert path_of(attached.sha256).exists()
    assert path_of(fresh.sha256).exists()


def test_bytes_shared_with_an_attached_file_stay() -> None:
    loose, attached = take(samples.pdf(), "a.pdf"), take(samples.pdf(), "b.pdf")
    StoredFile.objects.filter(pk=attached.pk).update(
        state=StoredFile.State.ATTACHED, owner_kind="matter", owner_key="1"
    )
    StoredFile.objects.filter(pk=loose.pk).update(uploaded_at=timezone.now() - timedelta(hours=25))
    age(path_of(loose.sha256), 25)
    assert sweep_loose() == 1
    assert sweep_unreferenced() == 0
    assert path_of(attached.sha256).exists()


def test_what_a_kill_or_a_rollback_left_goes(media: Path) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        stored = take(samples.image("PNG"), "a.png")
        raise ZeroDivisionError
    half = media / "incoming" / "half"
    half.write_bytes(b"half")
    for path in media.rglob("*"):
        if path.is_file():
            age(path, 25)
    assert sweep_unreferenced() == 2
    assert not [path for path in media.rglob("*") if path.is_file()]
    assert not path_of(stored.sha256).exists()


def test_a_day_of_hourly_sweeps_covers_everything(media: Path) -> None:
    stored = take(samples.pdf(), "a.pdf")
    StoredFile.objects.all().delete()
    age(path_of(stored.sha256), 25)
    assert sum(sweep_unreferenced(hour=hour) for hour in range(24)) == 1


# --- whole requests


def test_a_request_without_end_is_refused_before_it_is_read(settings: Settings) -> None:
    settings.MAX_REQUEST_BYTES = 1024 * 1024
    settings.FILE_UPLOAD_HANDLERS = [
        "huying.kernel.files.uploads.RequestLimit",
        "django.core.files.uploadhandler.TemporaryFileUploadHandler",
    ]
    small = RequestFactory().post("/", {"file": SimpleUploadedFile("a.txt", b"a" * 1000)})
    uploaded = small.FILES["file"]
    assert isinstance(uploaded, TemporaryUploadedFile)
    assert uploaded.read() == b"a" * 1000
    uploaded.close()
    large = RequestFactory().post("/", {"file": SimpleUploadedFile("a.txt", b"a" * 2_000_000)})
    with pytest.raises(RequestDataTooBig, match="分几次上传"):
        large.FILES  # noqa: B018
