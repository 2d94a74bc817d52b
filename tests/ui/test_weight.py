"""What the built bundles weigh, compressed as the server sends them: office lines and old phones wait for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from huying.ui.assets import DIST, assets, manifest

PAGE = 20.0  # kilobytes left for the HTML of a page of residents, which nobody has compressed beforehand
STAFF_PAGE = 60.0


def weight(*entries: str) -> float:
    """Kilobytes of styles and scripts of these entry points, each file once."""
    files: set[Path] = set()
    for entry in entries:
        found = assets(entry)
        assert found is not None
        files |= {DIST / "assets" / Path(url).name for url in (*found.styles, *found.modules, found.script)}
    return sum((file.parent / f"{file.name}.br").stat().st_size for file in files) / 1024


@pytest.mark.skipif(manifest() is None, reason="前端尚未构建：在 frontend 目录运行 npm ci && npm run build")
def test_the_bundles_leave_room_for_the_page() -> None:
    scripts = {path.removeprefix("src/").removesuffix(".ts") for path in manifest() or {} if path.startswith("src/")}
    everything = [entry for entry in scripts if entry != "resident"]
    assert weight(*everything) <= 300 - STAFF_PAGE  # also with the map and whatever else a page asks for
    assert weight("resident") <= 100 - PAGE
