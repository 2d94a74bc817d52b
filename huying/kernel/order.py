"""Chinese order: the key by which names are sorted. The embedded database has no collation that knows pinyin."""

from __future__ import annotations

import unicodedata

MOST = 200


def sort_key(text: str) -> str:
    """Pinyin with tones for Chinese, folded letters for the rest; stored beside the name and sorted bytewise."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes a tenth of what every process needs to start

    syllables = lazy_pinyin(unicodedata.normalize("NFKC", text).casefold(), style=Style.TONE3)
    return " ".join(" ".join(syllables).split())[:MOST]
