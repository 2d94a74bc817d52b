"""Token buckets."""

from __future__ import annotations

import time

import pytest

from huying.kernel.errors import TooMany
from huying.kernel.throttle import Throttle


def test_a_minutes_worth_at_once_then_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    throttle = Throttle()
    for _ in range(60):
        throttle.take("a", 60)
    with pytest.raises(TooMany) as refused:
        throttle.take("a", 60)
    assert refused.value.retry_after == 1
    throttle.take("b", 60)
    now += 1.0
    throttle.take("a", 60)
    with pytest.raises(TooMany):
        throttle.take("a", 60)
    now += 3600
    for _ in range(60):
        throttle.take("a", 60)
    with pytest.raises(TooMany):
        throttle.take("a", 60)


def test_who_waits_as_long_as_told_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    throttle = Throttle()
    throttle.take("a", 1)
    with pytest.raises(TooMany) as refused:
        throttle.take("a", 1)
    assert refused.value.retry_after is not None
    now += refused.value.retry_after
    throttle.take("a", 1)
