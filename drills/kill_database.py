"""The database's first process is killed in the middle of 200 requests: the service comes back without hands, and every
case that was acknowledged is there, once."""

from __future__ import annotations

import sys
import time

import psutil

from drills._served import Appeals, served, verdict
from huying.kernel.postgres import Layout

CASES = 200
MOST_SECONDS = 30.0  # until requests are answered again


def main() -> int:
    with served() as server:
        appeals = Appeals(server, CASES)
        pid_file = Layout.of(server.data_dir).cluster / "postmaster.pid"
        killed_at = 0.0

        def kill() -> None:
            nonlocal killed_at
            psutil.Process(int(pid_file.read_text().split("\n", 1)[0])).kill()
            killed_at = time.monotonic()
            print(f"同时发出 {CASES} 个受理请求，确认到 {len(appeals.acknowledged)} 件时强行终止了数据库。")

        appeals.send(kill, after=CASES // 4)
        again = [one.answered for one in appeals.acknowledged.values() if one.sent > killed_at]
        if not again:
            print("终止得太晚，请求已全部确认，什么也没有验证。")
            return 1
        seconds = min(again) - killed_at
        print(f"服务自行恢复，用了 {seconds:.1f} 秒（要求 {MOST_SECONDS:.0f} 秒以内）。")
        return verdict(appeals) or int(seconds > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
