"""Word and Excel files: a zip archive that must hold what it says, and nothing that runs."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from huying.kernel.errors import Invalid
from huying.kernel.files.kinds import DOCX, XLSX, Kind

MOST_ENTRIES = 3000
MOST_UNPACKED_BYTES = 200 * 1024 * 1024
MOST_RATIO = 200  # of an entry above MEASURED_BYTES; ordinary sheets stay below 50
MEASURED_BYTES = 5 * 1024 * 1024
_PIECE = 1024 * 1024

_MAIN_PART = {
    b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": DOCX,
    b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": XLSX,
}
_RUNS = re.compile(r"(?i)vbaproject|/activex/|\.(?:exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|msi|jar|lnk)$")
_REMOTE_TEMPLATE = re.compile(rb"(?i)attachedtemplate[^>]*target=[\"'](?:https?:|ftp:|\\\\|file://[^/])")
_MARKUP_BEHIND = re.compile(rb"(?i)<(?:html|script|svg|!doctype|\?php)")

NO_MACROS = "文件里带有宏或程序，不能上传。请在 Office 或 WPS 中另存为不含宏的 docx 或 xlsx 后上传。"
BROKEN = "文件已损坏，无法打开。请用 Office 或 WPS 打开后另存一份再上传。"
BOMB = "文件解压后过大，不能上传。请删去多余的内容，或拆分后上传。"


def kind_of(path: Path) -> Kind:
    """Word or Excel. `Invalid` for every other archive, and for one that may do harm."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            _check_outline(archive)
            kind = _declared_kind(archive)
            _check_contents(archive)
            _check_tail(path, archive)
            return kind
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeError, ValueError):
        raise Invalid(BROKEN, code="file_broken") from None


def _check_outline(archive: zipfile.ZipFile) -> None:
    """What the directory of the archive says, before anything is unpacked."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES:
        raise Invalid(BOMB, code="file_bomb")
    if min((entry.header_offset for entry in entries), default=1) != 0:  # something stands before the archive
        raise Invalid(BROKEN, code="file_polyglot")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names):
        raise Invalid(BROKEN, code="file_broken")
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/"):
            raise Invalid(BROKEN, code="file_broken")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:  # the standard knows no others
            raise Invalid(BROKEN, code="file_broken")
        if entry.flag_bits & 0x1:
            raise Invalid("文件设有密码，无法打开。请去掉密码后上传。", code="file_encrypted")
        if _RUNS.search(name):
            raise Invalid(NO_MACROS, code="file_macro")
        if entry.file_size > MEASURED_BYTES and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise Invalid(BOMB, code="file_bomb")


def _declared_kind(archive: zipfile.ZipFile) -> Kind:
    names = set(archive.namelist())
    if "[Content_Types].xml" not in names:
        if "OFD.xml" in names:
            raise Invalid("不接受 OFD 文件，请用阅读软件导出为 PDF 后上传。", code="file_type")
        raise Invalid("不接受压缩包，请解压后分别上传。", code="file_type")
    types = _read(archive, "[Content_Types].xml", 4 * _PIECE)
    if b"macroEnabled" in types or b"vbaProject" in types:
        raise Invalid(NO_MACROS, code="file_macro")
    found = [kind for part, kind in _MAIN_PART.items() if part in types]
    main = {DOCX: "word/document.xml", XLSX: "xl/workbook.xml"}
    if len(found) != 1 or main[found[0]] not in names:
        if any(name.startswith("ppt/") for name in names):
            raise Invalid("不接受演示文稿，请导出为 PDF 后上传。", code="file_type")
        raise Invalid(
            "不是标准的 Word 或 Excel 文件。请用 Office 或 WPS 另存为 docx 或 xlsx 后上传。", code="file_type"
        )
    return found[0]


def _check_contents(archive: zipfile.ZipFile) -> None:
    """Unpack everything once, without keeping it: sizes and checksums must be as stated."""
    total = 0
    for entry in archive.infolist():
        relations = entry.filename.endswith(".rels")
        kept = b""
        with archive.open(entry) as stream:
            while piece := stream.read(_PIECE):
                total += len(piece)
                if total > MOST_UNPACKED_BYTES:
                    raise Invalid(BOMB, code="file_bomb")
                if relations:
                    kept += piece
        if relations and _REMOTE_TEMPLATE.search(kept):
            raise Invalid("文件会在打开时从网上下载模板，不能上传。请复制内容到新文件后上传。", code="file_macro")


def _check_tail(path: Path, archive: zipfile.ZipFile) -> None:
    """Nothing may stand behind the archive but its comment, and that must not be a page."""
    with path.open("rb") as file:
        file.seek(-22 - len(archive.comment), 2)
        if file.read(4) != b"PK\x05\x06" or _MARKUP_BEHIND.search(archive.comment):
            raise Invalid(BROKEN, code="file_polyglot")


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise Invalid(BOMB, code="file_bomb")
    return content
