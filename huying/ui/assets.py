"""Reads the manifest that Vite leaves beside what it built."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

log = logging.getLogger(__name__)

DIST = Path(__file__).resolve().parent / "static" / "dist"


@dataclass(frozen=True, slots=True)
class Assets:
    """Addresses that one entry point needs, in the order in which they are to be loaded."""

    styles: tuple[str, ...]
    modules: tuple[str, ...]  # what the script imports, to be fetched at the same time
    script: str


_read: tuple[Path, Mapping[str, Mapping[str, object]]] | None = None


def manifest() -> Mapping[str, Mapping[str, object]] | None:
    """None when nothing is built.

    Read once: WhiteNoise lists the files when the server starts, so pages must go on naming those of that build, which
    the next one leaves where they are. While debugging both look anew, and a build needs no restart.
    """
    global _read
    path = DIST / "manifest.json"
    if _read is None or _read[0] != path or settings.DEBUG:
        try:
            _read = (path, json.loads(path.read_text()))
        except (OSError, ValueError):
            return None
    return _read[1]


def assets(entry: str) -> Assets | None:
    """What `{% vite entry %}` writes. None when nothing is built: pages then come without looks, but they come.

    `KeyError` for an entry point that the build does not have: that is a mistake of ours, not of the installation.
    """
    chunks = manifest()
    if chunks is None:
        log.error("front end is not built: %s is missing", DIST / "manifest.json")
        return None
    styles: list[str] = []
    modules: list[str] = []

    def visit(name: str) -> str:
        chunk = chunks[name]
        for imported in _names(chunk, "imports"):
            file = visit(imported)
            if file not in modules:
                modules.append(file)
        styles.extend(file for file in _names(chunk, "css") if file not in styles)
        return str(chunk["file"])

    script = visit(f"src/{entry}.ts")
    return Assets(
        styles=tuple(_url(file) for file in styles),
        modules=tuple(_url(file) for file in modules),
        script=_url(script),
    )


def _names(chunk: Mapping[str, object], key: str) -> list[str]:
    names = chunk.get(key, [])
    return [str(name) for name in names] if isinstance(names, list) else []


def _url(file: str) -> str:
    return static(f"dist/{file}")
