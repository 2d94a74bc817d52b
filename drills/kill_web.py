"""Everything of `huying serve` but the database is killed in the middle of 200 requests and started again: every case
that was acknowledged is there, once."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

import psutil

from drills._served import Appeals, served, verdict

CASES = 200


def main() -> int:
    with served() as server:
        appeals = Appeals(server, CASES)
        known_then = 0

        def kill_and_start_again() -> None:
            nonlocal known_then
            victims = server.tree()
            for victim in victims:  # the parent first, else it starts the others again
                with suppress(psutil.NoSuchProcess):
                    victim.kill()
            known_then = len(appeals.acknowledged)
            psutil.wait_procs(victims, timeout=10)
            print(f"同时发出 {CASES} 个受理请求，确认到 {known_then} 件时强行终止了全部 {len(victims)} 个进程。")
            began = time.monotonic()
            server.start()
            print(f"重新启动用了 {time.monotonic() - began:.1f} 秒。")

        appeals.send(kill_and_start_again, after=CASES // 4)
        if known_then >= CASES:
            print("终止得太晚，请求已全部确认，什么也没有验证。")
            return 1
        return verdict(appeals)


if __name__ == "__main__":
    sys.exit(main())
