"""Plain texts and PDF."""

from __future__ import annotations

import codecs
import mmap
import re
from pathlib import Path

from huying.kernel.errors import Invalid

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_PIECE = 256 * 1024
_PAGE_BEHIND = re.compile(rb"(?i)<(?:html|script|svg|!doctype|iframe|\?php)")


def looks_like_text(head: bytes) -> bool:
    return not _CONTROL.search(head.removesuffix(b"\x1a"))


def check_text(path: Path) -> None:
    """UTF-8 or GB18030 throughout, without control characters."""
    if not (_decodes(path, "utf-8-sig") or _decodes(path, "gb18030")):
        raise Invalid("文本文件的编码无法识别。请用记事本打开，另存为 UTF-8 编码后上传。", code="file_broken")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                if _CONTROL.search(piece.rstrip(b"\x1a")):
                    return False
                decoder.decode(piece)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def check_pdf(path: Path) -> None:
    """Begins as a PDF at its first byte, ends as one, and is nothing else."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        end = data.rfind(b"%%EOF")
        if end < 0 or len(data) - end > 1024 + 5:
            raise Invalid("PDF 不完整，请重新导出后上传。", code="file_broken")
        if b"PK\x05\x06" in data[-66_000:] or _PAGE_BEHIND.search(data, end) or _PAGE_BEHIND.search(data, 0, 1024):
            raise Invalid("PDF 里夹带了其他文件，不能上传。请重新导出后上传。", code="file_polyglot")
