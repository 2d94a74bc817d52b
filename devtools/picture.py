"""Draws what lists, searches and one case cost as the district grows:

    uv run --group picture python -m devtools.picture OUT.svg RESULTS.json …

Each file holds the lines of one `./dev bench list search --json` at one number of cases.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

# The lines of the picture: what the names of their measurements begin with.
LINES = {
    "lists and filters": "list-",
    "one case": "list-detail",
    "searches": "search-",
}
NOT_LISTS = ("list-home", "list-units", "list-unit-page", "list-figure")
GOAL = 50.0


def read(files: list[Path]) -> dict[str, dict[int, list[float]]]:
    """Line → number of cases → 95th percentiles in milliseconds."""
    found: dict[str, dict[int, list[float]]] = {line: defaultdict(list) for line in LINES}
    for file in files:
        for text in file.read_text(encoding="utf-8").splitlines():
            try:
                result: dict[str, Any] = json.loads(text)
            except ValueError:
                continue
            name = result["name"]
            if name.startswith(NOT_LISTS):
                continue
            line = max((key for key, start in LINES.items() if name.startswith(start)), key=lambda k: len(LINES[k]))
            found[line][result["cases"]].append(result["value"])
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "huying"  # the same figures, the same file
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.6))
    for line, by_size in read([Path(name) for name in arguments[1:]]).items():
        sizes = sorted(by_size)
        middle = [median(by_size[size]) for size in sizes]
        (drawn,) = axes.plot(sizes, middle, marker="o", label=f"{line} (median of {len(by_size[sizes[0]])})")
        least, most = [min(by_size[size]) for size in sizes], [max(by_size[size]) for size in sizes]
        axes.fill_between(sizes, least, most, alpha=0.15, color=drawn.get_color())
    axes.axhline(GOAL, linestyle="--", color="grey", label="goal: 50 ms")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("cases")
    axes.set_ylabel("95th percentile, ms")
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(arguments[0], metadata={"Date": None})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
