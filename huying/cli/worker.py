"""`huying worker`: background jobs, the outbox and what comes round."""

from __future__ import annotations

import signal
import threading

import click

from huying.cli.children import hold_lifeline
from huying.kernel.commands import needs_database


@click.command("worker", short_help="只启动后台任务。")
@click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1, 64), help="同时执行的任务数。")
@needs_database
def worker(concurrency: int) -> None:
    """只启动后台任务：消息投递、时限巡查、账本锚定等。`huying serve` 已包含一个；多机部署时可另外启动更多。"""
    from huying.kernel.jobs import run_worker
    from huying.kernel.outbox import run_dispatcher

    hold_lifeline()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    dispatcher = threading.Thread(target=run_dispatcher, args=[stop], name="dispatcher")
    dispatcher.start()
    try:
        run_worker(stop, concurrency=concurrency)
    finally:
        stop.set()
        dispatcher.join()
