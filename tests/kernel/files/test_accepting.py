"""What is taken in, as what, and what is left of it."""

from __future__ import annotations

import errno
import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from huying.kernel.errors import Refusal
from huying.kernel.files import accept
from huying.kernel.files.names import LONGEST
from huying.kernel.files.store import path_of, thumbnail_path_of
from huying.kernel.models import StoredFile
from tests.kernel.files import samples

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def take(content: bytes, name: str = "x") -> StoredFile:
    return accept(SimpleUploadedFile(name, content), uploader="user:1")


def kept(stored: StoredFile) -> bytes:
    return path_of(stored.sha256).read_bytes()


# --- kinds


@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [
        (samples.image("JPEG"), "image/jpeg", "x.jpg"),
        (samples.image("PNG"), "image/png", "x.png"),
        (samples.image("WEBP"), "image/webp", "x.webp"),
        (samples.image("GIF"), "image/png", "x.png"),
        (samples.pdf(), "application/pdf", "x.pdf"),
        (samples.docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "x.docx"),
        (samples.xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "x.xlsx"),
        ("路灯不亮\r\n已三天".encode(), "text/plain", "x.txt"),
        ("路灯不亮".encode("gb18030"), "text/plain", "x.txt"),
        (b"\xef\xbb\xbf" + "路灯".encode(), "text/plain", "x.txt"),
        (samples.mp3(), "audio/mpeg", "x.mp3"),
        (samples.film(b"M4A ", b"soun"), "audio/mp4", "x.m4a"),
        (samples.film(b"mp42", b"soun"), "audio/mp4", "x.m4a"),
        (samples.wav(), "audio/wav", "x.wav"),
        (samples.amr(), "audio/amr", "x.amr"),
        (samples.film(), "video/mp4", "x.mp4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_content_decides_what_it_is(content: bytes, media_type: str, name: str) -> None:
    stored = take(content)
    assert (stored.media_type, stored.name) == (media_type, name)
    assert stored.state == StoredFile.State.LOOSE
    assert stored.uploader == "user:1"
    data = kept(stored)
    assert hashlib.sha256(data).hexdigest() == stored.sha256
    assert len(data) == stored.size
    if not media_type.startswith("image/"):
        assert data == content
        assert not stored.thumbnail


# --- images


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_everything_else_about_the_photo_is_gone(orientation: int) -> None:
    stored = take(samples.photo(orientation), "IMG_1.JPG")
    turned = orientation >= 5
    assert (stored.width, stored.height) == ((48, 64) if turned else (64, 48))
    data = kept(stored)
    for trace in (b"HUAWEI", b"Exif", b"secret comment"):
        assert trace not in data
    with Image.open(io.BytesIO(data)) as picture:
        assert not picture.getexif()
        assert picture.format == "JPEG"
        corner = picture.convert("RGB").getpixel((2, 2))
    assert isinstance(corner, tuple)
    assert (corner[0] > 150) == (orientation in {1, 4, 5, 6}), "the red half is where it was seen"


def test_a_thumbnail_is_made_at_once() -> None:
    stored = take(samples.image("PNG", (2000, 1000)))
    assert stored.thumbnail
    with Image.open(thumbnail_path_of(stored.sha256)) as thumbnail:
        assert thumbnail.size == (480, 240)
        assert thumbnail.format == "JPEG"


def test_a_large_photo_is_stored_reduced() -> None:
    stored = take(samples.image("JPEG", (8160, 6120)))
    assert (stored.width, stored.height) == (4096, 3072)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_is_read(mode: str) -> None:
    picture = Image.new(mode, (8, 8))
    out = io.BytesIO()
    picture.save(out, "PNG")
    stored = take(out.getvalue())
    with Image.open(path_of(stored.sha256)) as read:
        assert read.size == (8, 8)


def test_sixteen_bits_a_channel_stay_the_same_grey() -> None:
    out = io.BytesIO()
    Image.new("I;16", (8, 8), 32768).save(out, "PNG")
    with Image.open(path_of(take(out.getvalue()).sha256)) as read:
        grey = read.convert("L").getpixel((4, 4))
    assert isinstance(grey, int)
    assert 126 <= grey <= 129


def test_transparency_stays_and_is_white_in_the_thumbnail() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(out, "PNG")
    stored = take(out.getvalue())
    with Image.open(path_of(stored.sha256)) as picture:
        assert picture.mode == "RGBA"
    with Image.open(thumbnail_path_of(stored.sha256)) as thumbnail:
        assert thumbnail.getpixel((4, 4)) == (255, 255, 255)


def test_a_print_shop_jpeg_becomes_an_ordinary_one() -> None:
    stored = take(samples.image("JPEG", mode="CMYK"))
    with Image.open(path_of(stored.sha256)) as picture:
        assert picture.mode == "RGB"


def test_the_first_frame_of_an_animation_stays() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with Image.open(path_of(take(out.getvalue()).sha256)) as picture:
        assert picture.convert("RGB").getpixel((8, 8)) == (255, 0, 0) or picture.format == "PNG"
        assert getattr(picture, "n_frames", 1) == 1


def test_what_a_phone_appends_to_a_photo_is_dropped() -> None:
    live_photo = samples.photo() + samples.image("JPEG") + samples.located_film()
    stored = take(live_photo)
    assert b"ftyp" not in kept(stored)


# --- films


def test_where_a_film_was_made_is_blotted_out() -> None:
    stored = take(samples.located_film())
    data = kept(stored)
    assert samples.POSITION not in data
    assert b"+00.0000+000.0000/" in data
    assert b"Wuhan" not in data
    assert len(data) == len(samples.located_film()), "nothing moves"


# --- names


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("现场照片.JPG", "现场照片.jpg"),
        ("C:\\Users\\me\\..\\photo.jpeg", "photo.jpeg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie_ x.jpg"),
        ("", "附件.jpg"),
        (".jpg", "附件.jpg"),
        ("CON.jpg", "_CON.jpg"),
        ("照片.png", "照片.jpg"),
        ("x\u200b\ufeff.jpg", "x.jpg"),
    ],
)
def test_names_are_harmless_and_end_as_what_the_file_is(given: str, name: str) -> None:
    upload = SimpleUploadedFile("x", samples.image("JPEG"))
    upload._name = given  # type: ignore[attr-defined]  # past Django's own cleaning
    assert accept(upload).name == name


def test_long_names_keep_their_extension() -> None:
    stored = take(samples.pdf(), "长" * 200 + ".pdf")
    assert len(stored.name) == LONGEST
    assert stored.name.endswith("长.pdf")


# --- storing


def test_equal_files_are_stored_once(media: Path) -> None:
    first, second = take(samples.pdf(), "a.pdf"), take(samples.pdf(), "b.pdf")
    assert first.pk != second.pk
    assert first.sha256 == second.sha256
    assert [path.name for path in media.rglob("*") if path.is_file()] == [first.sha256]


def test_nothing_is_left_of_a_refused_file(media: Path) -> None:
    with pytest.raises(Refusal):
        take(samples.photo()[:500])
    assert not StoredFile.objects.exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


class Endless:
    """An upload that never ends."""

    name = "endless.txt"

    def __init__(self) -> None:
        self.given = 0

    def chunks(self) -> Iterator[bytes]:
        while True:
            self.given += 65536
            yield b"a" * 65536


def test_too_much_is_refused_without_taking_it_all(settings: Settings) -> None:
    settings.MAX_ATTACHMENT_BYTES = 1024 * 1024
    upload = Endless()
    with pytest.raises(Refusal, match="1 MB") as refused:
        accept(upload)
    assert refused.value.status == 413
    assert upload.given < 1.1 * 1024 * 1024


class Large:
    """A text of 16 MB that is in memory nowhere."""

    name = "large.txt"

    def chunks(self) -> Iterator[bytes]:
        for _ in range(256):
            yield b"a" * 65536


def test_a_large_file_is_never_in_memory() -> None:
    tracemalloc.start()
    try:
        accept(Large())
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_full_disk_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huying.kernel.files.store.keep", full)
    with pytest.raises(Refusal, match="存储空间不足") as refused:
        take(samples.image("JPEG"))
    assert refused.value.status == 507
    assert not StoredFile.objects.exists()
