"""Images: decoded and written anew, so that nothing but the picture remains.

The position where a photo was taken, the camera's serial number, comments, colour profiles, further frames and whatever
was appended are gone. The orientation is applied before.
"""

from __future__ import annotations

import logging
import mmap
import re
import threading
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from huying.kernel.errors import Invalid
from huying.kernel.files.kinds import GIF, JPEG, PNG, WEBP, Kind

logger = logging.getLogger(__name__)

MOST_PIXELS = 65_000_000  # the largest usual sensor of a phone
LONGEST_SIDE = 4096  # larger photos are stored reduced: still enough to read a number plate
THUMBNAIL_SIDE = 480
_DECODER = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", GIF: "GIF"}
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
# A picture of that size takes 200 MB; two at a time is what a small server can bear.
_decoding = threading.BoundedSemaphore(2)

_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Long enough not to turn up by chance in the film that a phone appends.
_FOREIGN = re.compile(
    rb"(?i)<(?:html|script|svg[\s>]|!doctype|iframe|body|\?php)|%PDF-\d|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c"
)

Image.MAX_IMAGE_PIXELS = None  # the limit is checked here, before anything is decoded, and told in words


@dataclass(frozen=True, slots=True)
class Picture:
    kind: Kind
    width: int
    height: int
    path: Path
    thumbnail: Path


def rewrite(path: Path, kind: Kind) -> Picture:
    """Write the picture and a thumbnail of it beside `path`. `Invalid` when it cannot or must not be decoded."""
    _refuse_a_second_file(path, kind)
    with _decoding:
        try:
            return _rewrite(path, kind)
        except Invalid:
            raise
        except MemoryError:
            raise
        except Exception as error:  # decoders raise anything on broken data
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's trouble, not the picture's
            logger.info("An image could not be decoded: %r", error)
            raise Invalid("图片已损坏或不完整，请重新拍摄或截图后上传。", code="file_broken") from error


def _rewrite(path: Path, kind: Kind) -> Picture:
    with Image.open(path, formats=[_DECODER[kind]]) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS:
            raise Invalid(
                f"图片有 {width}×{height} 像素，太大了。请用手机或画图软件缩小到 6500 万像素以内后上传。",
                code="image_too_large",
            )
        if kind is JPEG:
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # decodes a large photo at half its size
        opened.load()
        image = ImageOps.exif_transpose(opened)
    transparency = image.info.get("transparency")
    image.info = {} if transparency is None else {"transparency": transparency}
    target = PNG if kind is GIF else kind
    image = _in_mode_of(target, image)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)

    rewritten, thumbnail = path.with_suffix(".picture"), path.with_suffix(".thumbnail")
    match target.name:
        case "jpeg":
            image.save(rewritten, "JPEG", quality=88)
        case "webp":
            image.save(rewritten, "WEBP", quality=86)
        case _:
            image.save(rewritten, "PNG")
    small = _on_white(image)
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    small.save(thumbnail, "JPEG", quality=80)
    return Picture(target, image.width, image.height, rewritten, thumbnail)


def _in_mode_of(kind: Kind, image: Image.Image) -> Image.Image:
    """A mode that the encoder of `kind` can write."""
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        image = image.point(lambda value: value * (1 / 256)).convert("L")  # 16 bits a channel become 8
    if kind is PNG:
        return image if image.mode in _PNG_MODES else image.convert("RGB")
    if kind is WEBP:
        return image if image.mode in {"RGB", "RGBA"} else image.convert("RGB")
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"LA", "RGBA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def _refuse_a_second_file(path: Path, kind: Kind) -> None:
    """Refuse a picture that is something else as well.

    Phones append things of their own to photos (a second picture, the film of a "live" photo): those are dropped by
    writing anew. An archive, a web page or a PDF behind a picture is meant to deceive somebody.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if _FOREIGN.search(data, _end_of(kind, data)) or b"PK\x05\x06" in data[-66_000:]:
            raise Invalid("图片里夹带了其他文件，不能上传。请重新截图或拍照后上传。", code="file_polyglot")


def _end_of(kind: Kind, data: mmap.mmap) -> int:
    """Where the picture ends; the length of the data when it does not end before."""
    length = len(data)
    if kind is JPEG:
        return _end_of_jpeg(data)
    if kind is PNG:
        at = 8
        while at + 8 <= length:
            size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
            at += 12 + size
            if name == b"IEND":
                return min(at, length)
        return length
    if kind is WEBP:
        return min(8 + int.from_bytes(data[4:8], "little"), length)
    return _end_of_gif(data)


def _end_of_jpeg(data: mmap.mmap) -> int:
    """After the marker that ends the first picture; thumbnails inside segments are skipped with their segments."""
    at, length = 2, len(data)
    while marker := _JPEG_MARKER.search(data, at):
        code = data[marker.start() + 1]
        if code == 0xD9:
            return marker.end()
        at = marker.end()
        if code not in {0x01, 0xD8}:
            at += int.from_bytes(data[at : at + 2], "big")
    return length


def _end_of_gif(data: mmap.mmap) -> int:
    def skip_table(flags: int, at: int) -> int:
        return at + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)

    def skip_blocks(at: int) -> int:
        while at < length and data[at]:
            at += data[at] + 1
        return at + 1

    length = len(data)
    if length < 13:
        return length
    at = skip_table(data[10], 13)
    while at < length:
        if data[at] == 0x3B:
            return at + 1
        if data[at] == 0x21:
            at = skip_blocks(at + 2)
        elif data[at] == 0x2C and at + 10 < length:
            at = skip_blocks(skip_table(data[at + 9], at + 10) + 1)
        else:
            return at
    return length
