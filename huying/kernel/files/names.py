"""File names that can be shown, put into a header and saved on any system."""

from __future__ import annotations

import re
import unicodedata

from huying.kernel.files.kinds import Kind

LONGEST = 120  # characters, with the extension
_NOT_ON_EVERY_SYSTEM = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


def clean_name(given: str, kind: Kind) -> str:
    """The uploader's name without path, invisible or reversing characters, and with the extension of what it is."""
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    # Cc: control, Cf: direction and zero width, Cs: halves of characters, Co and Cn: nobody's
    name = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    name = " ".join(_NOT_ON_EVERY_SYSTEM.sub("_", name).split()).rstrip(". ")
    lowered = name.lower()
    extension = next((e for e in kind.extensions if lowered.endswith(e)), None)
    if extension is None:
        stem, extension = name, kind.extensions[0]
        if kind.is_image:  # an image may have become another kind of image
            stem = re.sub(r"(?i)\.(?:gif|jfif|bmp|png|jpe?g|webp)$", "", stem)
    else:
        stem = name[: -len(extension)]
    stem = stem[: LONGEST - len(extension)].strip(". ") or "附件"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return f"{stem}{extension}"
