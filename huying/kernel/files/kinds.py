"""Which kinds of files are accepted, and what each is called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    media_type: str
    extensions: tuple[str, ...]  # the first is the one given to a file that has none of them

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


JPEG = Kind("jpeg", "image/jpeg", (".jpg", ".jpeg"))
PNG = Kind("png", "image/png", (".png",))
WEBP = Kind("webp", "image/webp", (".webp",))
GIF = Kind("gif", "image/gif", (".gif",))
PDF = Kind("pdf", "application/pdf", (".pdf",))
DOCX = Kind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",))
XLSX = Kind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",))
TXT = Kind("txt", "text/plain", (".txt",))
MP3 = Kind("mp3", "audio/mpeg", (".mp3",))
M4A = Kind("m4a", "audio/mp4", (".m4a",))
WAV = Kind("wav", "audio/wav", (".wav",))
AMR = Kind("amr", "audio/amr", (".amr",))
MP4 = Kind("mp4", "video/mp4", (".mp4",))

KINDS = (JPEG, PNG, WEBP, GIF, PDF, DOCX, XLSX, TXT, MP3, M4A, WAV, AMR, MP4)
BY_MEDIA_TYPE = {kind.media_type: kind for kind in KINDS}
ACCEPTED = (
    "图片（JPG、PNG、WebP、GIF）、PDF、Word（docx）、Excel（xlsx）、文本（txt）、"
    "录音（MP3、M4A、WAV、AMR）和视频（MP4）"
)


def accept_attribute() -> str:
    """For `<input type="file" accept="…">`."""
    return ",".join(extension for kind in KINDS for extension in kind.extensions)
