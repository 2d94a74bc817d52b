"""A year of the district through the flow engine: `python -m benchmarks.simulate [--days N] [--workers N]`.

Some weeks at full size (513 cases a day) on an embedded database of their own, durable as in production. A case takes
several days, so the last ones are unfinished: the year's minutes are counted from steps per second and from the steps
that a finished case has taken.

- `simulate`: cases per second, counted as finished ones.
- `simulate-year`: minutes for 187,300 cases with all their steps and clocks.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import report

GOAL = 10.0  # minutes
SETTLED = 10  # days after which nearly all that happens to a case has happened
SEED = 2026


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=24)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--workers", type=int, help="processes; one for each core unless given")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    if options.days <= SETTLED:
        parser.error(f"--days must be more than {SETTLED}")
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    with tempfile.TemporaryDirectory(prefix="huying-simulate-") as name:
        Path(name).chmod(0o755)  # as root the database runs as another user
        os.environ["HUYING_DATA_DIR"] = name
        subprocess.run([sys.executable, "-m", "huying.cli", "migrate"], check=True, stdout=subprocess.DEVNULL)
        from huying.kernel.commands import database

        with database():
            measure(options.days, options.scale, options.workers or os.cpu_count() or 1)


def measure(days: int, scale: float, workers: int) -> None:
    import datetime as dt

    from django.utils import timezone

    from huying.matters.models import LedgerLine, Matter
    from huying.simulator.arrivals import YEAR
    from huying.simulator.running import run

    now = timezone.now()
    done = run(days=days, scale=scale, seed=SEED, workers=workers, now=now)
    if done.refusals:
        raise SystemExit(f"有步骤被拒绝：{done.refusals[:3]}")
    settled = Matter.objects.filter(opened_at__lt=now - dt.timedelta(days=SETTLED))
    cases = settled.count()
    steps = LedgerLine.objects.filter(matter__in=settled).count() / cases
    finished = done.moves / steps / done.seconds
    more = {"workers": workers, "steps_per_second": round(done.moves / done.seconds), "steps_per_case": round(steps, 2)}
    report("simulate", finished, "cases/s", floor=None, goal=None, n=done.opened, **more)
    report("simulate-year", YEAR / finished / 60, "min", floor=None, goal=GOAL, n=done.opened, **more)


if __name__ == "__main__":
    main()
