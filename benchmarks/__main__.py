"""`./dev bench [NAME …] [--json]`: runs the measurements, each in a process of its own, one after the other.

A measurement is a module here whose name is its own (`page-weight` is `page_weight.py`). It prints JSON objects, one a
line: name, value, unit, floor, ratio, goal, met, n, machine. With --json they are passed on as they are; else a table.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def measurements() -> dict[str, str]:
    """Name → module. A name that Python keeps for itself has an underscore behind it in the file's name."""
    return {
        file.stem.strip("_").replace("_", "-"): f"benchmarks.{file.stem}"
        for file in sorted(HERE.glob("*.py"))
        if not file.stem.startswith("_")
    }


def number(value: Any) -> str:
    return f"{value:,.4g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value or "")


def shown(result: dict[str, Any]) -> str:
    verdict = {True: "达标", False: "未达标"}.get(result.get("met", ""), "")
    against = f"  下限 {number(result['floor'])}，比值 {number(result.get('ratio'))}" if result.get("floor") else ""
    goal = f"，目标 ≤ {number(result['goal'])}" if result.get("goal") else ""
    return f"{result['name']:<20}{number(result['value'])} {result.get('unit', '')}{against}{goal}  {verdict}"


def main(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    names = [argument for argument in arguments if argument != "--json"]
    known = measurements()
    if unknown := [name for name in names if name not in known]:
        print(f"没有这样的测量：{'、'.join(unknown)}。可选：{'、'.join(known)}", file=sys.stderr)
        return 2
    failed = False
    for name in names or known:
        with subprocess.Popen(
            [sys.executable, "-m", known[name], "--json"], cwd=HERE.parent, stdout=subprocess.PIPE, text=True
        ) as running:
            assert running.stdout is not None
            for line in running.stdout:
                try:
                    result = json.loads(line)
                except ValueError:
                    print(line, end="", file=sys.stderr)
                    continue
                print(line.strip() if as_json else shown(result), flush=True)
                failed = failed or result.get("met") is False
        failed = failed or running.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
