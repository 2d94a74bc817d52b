"""Files of every kind, made on the spot."""

from __future__ import annotations

import io
import struct
import wave
import zipfile
from collections.abc import Mapping

import openpyxl
from PIL import Image

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
POSITION = b"+30.5433+114.3162/"


def image(form: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: object) -> bytes:
    """A picture whose left half is red and right half blue, so that turning and mirroring show."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    picture.convert(mode).save(out, form, **options)
    return out.getvalue()


def photo(orientation: int = 1, size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG as a phone makes it: with orientation, camera, and the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "HUAWEI"
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 32.0, 36.0), 3: "E", 4: (114.0, 18.0, 58.0)})
    return image("JPEG", size, exif=exif, comment=b"secret comment")


def archive(entries: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return out.getvalue()


def docx(more: Mapping[str, bytes | str] | None = None, main: str = WORD) -> bytes:
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
    return archive({"[Content_Types].xml": types, "word/document.xml": "<w:document/>", **(more or {})})


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number in range(2000):
        sheet.append(["武昌区", number, "路灯不亮"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1600))
    return out.getvalue()


def mp3() -> bytes:
    frame = b"\xff\xfb\x90\x00" + bytes(413)  # 128 kbit/s, 44.1 kHz: 417 bytes
    return b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + frame * 4


def amr() -> bytes:
    return b"#!AMR\n" + bytes([0x3C]) + bytes(31) * 3


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def film(brand: bytes = b"isom", handler: bytes = b"vide", udta: bytes = b"") -> bytes:
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(13))))
    return (
        box(b"ftyp", brand + bytes(4) + brand)
        + box(b"moov", track + (box(b"udta", udta) if udta else b""))
        + box(b"mdat", bytes(100))
    )


def located_film() -> bytes:
    place = box(b"\xa9xyz", struct.pack(">HH", len(POSITION), 0x15C7) + POSITION)
    return film(udta=place + box(b"loci", bytes(4) + b"\x15\xc7Wuhan\x00" + bytes(13)) + bytes(4))
