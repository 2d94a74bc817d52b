"""Recordings and films: is it one, is anything else in it, and where was it made."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from huying.kernel.errors import Invalid
from huying.kernel.files.kinds import AMR, M4A, MP3, MP4, WAV, Kind

BROKEN = "录音或视频已损坏或不完整，请重新导出后上传。"
_CONTAINERS = frozenset({b"moov", b"trak", b"udta", b"mdia", b"minf", b"meta"})
_POSITION = re.compile(rb"[+-]\d{1,3}\.\d{2,}[+-]\d{1,3}\.\d{2,}(?:[+-]\d+(?:\.\d+)?)?")  # ISO 6709
_BITRATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def check(path: Path, kind: Kind) -> bool:
    """Refuse what is broken or only looks like one. True when the file was changed: its position was blotted out."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        if b"PK\x05\x06" in data[-66_000:]:
            raise Invalid("文件里夹带了压缩包，不能上传。", code="file_polyglot")
        if kind in {MP4, M4A}:
            return _check_boxes(data)
        sound = (
            (kind is WAV and b"fmt " in data[12:4096])
            or (kind is AMR and len(data) > 16)
            or (kind is MP3 and _has_frames(data))
        )
        if not sound:
            raise Invalid(BROKEN, code="file_broken")
        return False


# --- MP4 and M4A: boxes in boxes


def has_picture(path: Path) -> bool:
    """Whether a track of an ISO media file has pictures; a recording has none."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return any(
            name == b"hdlr" and data[start + 8 : start + 12] == b"vide" for name, start, _ in _boxes(data, 0, len(data))
        )


def _check_boxes(data: mmap.mmap) -> bool:
    names = {name for name, _, _ in _boxes(data, 0, len(data))}
    if not {b"ftyp", b"moov", b"hdlr"} <= names or not {b"mdat", b"moof"} & names:
        raise Invalid(BROKEN, code="file_broken")
    return _blot_out_position(data)


def _boxes(
    data: mmap.mmap, start: int, end: int, *, depth: int = 0, strict: bool = True
) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of the content of every box, those inside containers too.

    Together the boxes must fill the file. Only what makers add of their own (`udta`, `meta`) may break off.
    """
    at = start
    while at < end:
        if not strict and at + 8 > end:
            return
        if at + 8 > end:
            raise Invalid(BROKEN, code="file_broken")
        size, name, header = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0 and not depth:
            size = end - at
        if size < header or at + size > end or depth > 8:
            if not strict:
                return
            raise Invalid(BROKEN, code="file_broken")
        yield name, at + header, at + size
        if name in _CONTAINERS:
            inner = at + header
            if name == b"meta" and data[inner + 4 : inner + 8] != b"hdlr":
                inner += 4  # in MP4 it begins with a version, in QuickTime it does not
            yield from _boxes(data, inner, at + size, depth=depth + 1, strict=strict and name not in {b"udta", b"meta"})
        at += size


def _blot_out_position(data: mmap.mmap) -> bool:
    """Phones write where a film was made; zeros instead of digits keep the file's structure."""
    changed = False
    for name, start, end in list(_boxes(data, 0, len(data))):
        if name in {b"udta", b"meta"}:
            for found in _POSITION.finditer(data[start:end]):
                at = start + found.start()
                data[at : start + found.end()] = re.sub(rb"\d", b"0", found.group())
                changed = True
        elif name == b"loci":
            data[start:end] = bytes(end - start)
            changed = True
    return changed


# --- MP3


def is_mpeg_frame(header: bytes) -> bool:
    return _frame_length(header) is not None


def _frame_length(header: bytes) -> int | None:
    """Bytes of the frame with this header of four bytes; None when it is none of layer III."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0 or (header[1] >> 1) & 3 != 1:
        return None
    version, bitrate, rate = (header[1] >> 3) & 3, header[2] >> 4, (header[2] >> 2) & 3
    if version == 1 or bitrate in {0, 15} or rate == 3:
        return None
    kilobits = (_BITRATES if version == 3 else _BITRATES_LOW)[bitrate]
    samples = 144 if version == 3 else 72
    return samples * kilobits * 1000 // _SAMPLE_RATES[version][rate] + ((header[2] >> 1) & 1)


def _has_frames(data: mmap.mmap) -> bool:
    """Two frames on end, after the tag and some padding."""
    at = 0
    if data[:3] == b"ID3":
        size = data[6:10]
        at = 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    for begin in range(at, min(at + 4096, len(data) - 4)):
        length = _frame_length(data[begin : begin + 4])
        if length and (is_mpeg_frame(data[begin + length : begin + length + 4]) or begin + length == len(data)):
            return True
    return False
