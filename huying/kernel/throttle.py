"""How often something may be done: token buckets in the memory of this process.

Counting in the database would cost every request a write. So each web process counts on its own, and a caller whose
requests reach several of them may do up to that many times the rate; what a limit is for (one caller must not take the
machine from all others) holds all the same.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass

from huying.kernel.errors import TooMany


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Throttle:
    """A bucket for each name. It holds one minute's worth, so whoever was quiet may send a minute's worth at once."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def take(self, name: str, per_minute: int) -> None:
        """Take one token out.

        Raises:
            TooMany: with the seconds until there is one again.
        """
        now = time.monotonic()
        with self._lock:
            bucket = self._buckets.setdefault(name, _Bucket(per_minute, now))
            bucket.tokens = min(per_minute, bucket.tokens + (now - bucket.at) * per_minute / 60)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return
            wait = max(1, math.ceil((1 - bucket.tokens) * 60 / per_minute))
        raise TooMany(f"请求太频繁：每分钟最多 {per_minute} 次，请 {wait} 秒后再试。", retry_after=wait)

    def forget(self) -> None:
        """Start over; for tests."""
        with self._lock:
            self._buckets.clear()
