"""The processes of one server: started together, restarted when they die, stopped together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from huying.kernel.commands import Trouble

logger = logging.getLogger("huying.serve")

LIFELINE = "HUYING_LIFELINE"
STOP_SECONDS = 4.0  # what is unfinished then is killed: the database rolls it back
STEADY_SECONDS = 10.0  # a process that lived this long has started well
MOST_FAILED_STARTS = 5


def hold_lifeline() -> None:
    """In a child: end when the parent is gone, however it went. The pipe's other end is open in the parent only."""
    number = os.environ.pop(LIFELINE, None)
    if number is None:
        return

    def watch(pipe: int) -> None:
        os.read(pipe, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, args=[int(number)], name="lifeline", daemon=True).start()


@dataclass
class Child:
    name: str
    command: Sequence[str]
    environment: dict[str, str]
    inherits: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failed_starts: int = 0
    not_before: float = 0.0
    ever_steady: bool = False


@dataclass
class Children:
    children: list[Child] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._our_end, self._their_end = os.pipe()[::-1]
        self._stopping = threading.Event()

    def add(self, name: str, command: Sequence[str], environment: dict[str, str], *inherits: int) -> None:
        self.children.append(Child(name, command, environment, inherits))

    def stop_on_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stopping.set())

    def run(self, is_ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Until a signal arrives. Calls `when_ready` once, when `is_ready` first says so."""
        announced = False
        try:
            while not self._stopping.is_set():
                for child in self.children:
                    self._look_after(child)
                if not announced and is_ready():
                    announced = True
                    when_ready()
                self._stopping.wait(0.2)
        finally:
            self._stop_all()

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process and child.process.poll() is None:
            if now - child.started_at > STEADY_SECONDS:
                child.ever_steady, child.failed_starts = True, 0
            return
        if child.process:
            child.failed_starts += 1
            logger.warning("%s ended with code %s, starting it again", child.name, child.process.returncode)
            child.process = None
            if child.failed_starts >= MOST_FAILED_STARTS and not child.ever_steady:
                raise Trouble(f"{child.name} 连续 {child.failed_starts} 次启动失败，原因见上面的输出。")
            child.not_before = now + min(0.2 * 2**child.failed_starts, 5) if child.failed_starts > 1 else now
        if now < child.not_before:
            return
        child.started_at = now
        child.process = subprocess.Popen(
            [sys.executable, "-m", *child.command],
            env={**child.environment, LIFELINE: str(self._their_end)},
            pass_fds=(self._their_end, *child.inherits),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches only the parent, who stops the others in order
        )

    def _stop_all(self) -> None:
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(deadline - time.monotonic(), 0.05))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
