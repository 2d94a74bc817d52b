"""What a file really is, from its bytes. Its name and the type that the browser states count for nothing."""

from __future__ import annotations

import re
from pathlib import Path

from huying.kernel.errors import Invalid
from huying.kernel.files import kinds, office, playing, reading
from huying.kernel.files.kinds import Kind

HEAD = 4096

_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MARKUP = re.compile(rb"\s*(?:<\?xml|<!doctype|<!--|<html|<svg|<head|<body|<script|<iframe|<\?php)", re.IGNORECASE)

NO_HEIC = (
    "这是苹果手机的 HEIC 格式照片，多数电脑打不开。请在手机“设置 → 相机 → 格式”中选“兼容性最佳”后重拍，"
    "或把照片用微信发给自己后另存为 JPG 再上传。"
)
_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "这是旧版 Office 文件，或设有打开密码。请另存为不加密的 docx 或 xlsx 后上传。"),
    (b"Rar!", "不接受压缩包，请解压后分别上传。"),
    (b"7z\xbc\xaf", "不接受压缩包，请解压后分别上传。"),
    (b"\x1f\x8b", "不接受压缩包，请解压后分别上传。"),
    (b"BM", "不接受 BMP 图片，请另存为 JPG 或 PNG 后上传。"),
    (b"II*\x00", "不接受 TIFF 图片，请另存为 JPG 或 PNG 后上传。"),
    (b"MM\x00*", "不接受 TIFF 图片，请另存为 JPG 或 PNG 后上传。"),
    (b"{\\rtf", "不接受 RTF 文件，请另存为 docx 后上传。"),
    (b"\x1aE\xdf\xa3", "不接受这种视频，请转换为 MP4 后上传。"),
    (b"\x30\x26\xb2\x75", "不接受这种音视频，请转换为 MP4 或 MP3 后上传。"),
    (b"FLV", "不接受这种视频，请转换为 MP4 后上传。"),
    (b"\xff\xfe", "文本文件的编码无法识别。请用记事本打开，另存为 UTF-8 编码后上传。"),
    (b"\xfe\xff", "文本文件的编码无法识别。请用记事本打开，另存为 UTF-8 编码后上传。"),
    (b"MZ", "不接受程序文件。"),
    (b"\x7fELF", "不接受程序文件。"),
    (b"#!", "不接受脚本文件。"),
)


def not_accepted(detail: str = "") -> Invalid:
    return Invalid(detail or f"不接受这种文件。可以上传：{kinds.ACCEPTED}。", code="file_type")


def sniff(path: Path) -> Kind:
    """The kind of a file. `Invalid` when it is none that is accepted, with what to do instead."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(b"\xff\xd8\xff"):
        return kinds.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return kinds.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return kinds.GIF
    if head.startswith(b"RIFF"):
        return _riff(head)
    if head[4:8] == b"ftyp":
        return _boxes(path, head)
    if head.startswith(b"%PDF-"):
        return kinds.PDF
    if head.startswith(b"PK\x03\x04"):
        return office.kind_of(path)
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return kinds.AMR
    if head.startswith(b"ID3") or playing.is_mpeg_frame(head[:4]):
        return kinds.MP3
    for magic, detail in _REFUSED:
        if head.startswith(magic):
            raise not_accepted(detail)
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        raise not_accepted("不接受网页和 SVG 文件，请截图或导出为 PDF 后上传。")
    if reading.looks_like_text(head):
        return kinds.TXT
    raise not_accepted()


def _riff(head: bytes) -> Kind:
    match head[8:12]:
        case b"WEBP":
            return kinds.WEBP
        case b"WAVE":
            return kinds.WAV
        case b"AVI ":
            raise not_accepted("不接受 AVI 视频，请转换为 MP4 后上传。")
        case _:
            raise not_accepted()


def _boxes(path: Path, head: bytes) -> Kind:
    brand = head[8:12]
    if brand in _HEIC:
        raise not_accepted(NO_HEIC)
    if brand == b"avif":
        raise not_accepted("不接受 AVIF 图片，请另存为 JPG 或 PNG 后上传。")
    if brand == b"qt  ":
        raise not_accepted("不接受 MOV 视频，请用手机自带的编辑功能或微信转存为 MP4 后上传。")
    if brand.startswith(b"3g"):
        raise not_accepted("不接受 3GP 视频，请转换为 MP4 后上传。")
    return kinds.MP4 if playing.has_picture(path) else kinds.M4A
