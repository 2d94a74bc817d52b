"""From an empty data directory to the first page: `python -m benchmarks.start [--again]`.

Everything `huying demo` does on its first start is in it: the database is created and migrated, the demo district and
its year of cases are built, web and worker are started; the clock stops at the first answered page. `start-again` is
the second start of the same directory.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import report

GOAL = 90.0  # seconds
PATIENCE = 600.0


def first_page(data: Path) -> float:
    """Seconds until the demo on this data directory has answered; it is stopped again."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "HUYING_DATA_DIR")}
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "huying.cli", "demo", "--port", "0", "--data", str(data)],
        env=environment, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        try:
            assert running.stdout is not None
            for line in running.stdout:
                if found := re.search(r"http://[\w.:]+", line):
                    fetch(found.group())
                    return time.perf_counter() - began
                if time.perf_counter() - began > PATIENCE:
                    break
            raise SystemExit("演示系统没有启动。")
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


def fetch(address: str) -> None:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("GET", "/account/sign-in/")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"首页返回 {answer.status}。")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure a second start as well")
    parser.add_argument("--json", action="store_true", help="accepted for symmetry; the output is always JSON lines")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="huying-start-") as name:
        data = Path(name)
        data.chmod(0o755)  # as root the database runs as another user
        report("start", first_page(data), "s", floor=None, goal=GOAL, n=1)
        if options.again:
            report("start-again", first_page(data), "s", floor=None, goal=None, n=1)


if __name__ == "__main__":
    main()
