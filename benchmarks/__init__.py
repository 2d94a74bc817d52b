"""What every measurement shares: the machine's line and the result's line."""

from __future__ import annotations

import json
import os
import platform


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def report(
    name: str, value: float, unit: str, *, floor: float | None, goal: float | None, n: int, **more: object
) -> None:
    """Print one result. With a floor, the ratio to it is what the goal bounds; without, the value itself."""
    ratio = value / floor if floor else None
    measured = value if ratio is None else ratio
    result = {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "floor": round(floor, 4) if floor else None,
        "ratio": round(ratio, 2) if ratio is not None else None,
        "goal": goal,
        "met": measured <= goal if goal is not None else None,
        "n": n,
        "machine": machine(),
        **more,
    }
    print(json.dumps(result, ensure_ascii=False), flush=True)
