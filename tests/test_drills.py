"""A drill that could not fail would prove nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drills._served import Acknowledged, Appeals, Served


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    def judge(*stored: tuple[str, str]) -> list[str]:
        appeals = Appeals(Served(Path("/nowhere")), 2)
        appeals.acknowledged = {0: Acknowledged("WC1", 0, 0), 1: Acknowledged("WC2", 0, 0)}
        monkeypatch.setattr(appeals, "stored", lambda: list(stored))
        return appeals.broken()

    return judge


def test_what_is_kept_is_well(judged: Callable[..., list[str]]) -> None:
    assert judged(("K-0", "WC1"), ("K-1", "WC2")) == []


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ([("K-0", "WC1")], "来件 K-1 已确认为 WC2，库里没有"),
        ([("K-0", "WC1"), ("K-1", "WC2"), ("K-1", "WC3")], "来件 K-1 受理了 2 次"),
        ([("K-0", "WC1"), ("K-1", "WC9")], "来件 K-1 已确认为 WC2，库里是 WC9"),
    ],
)
def test_what_is_lost_doubled_or_renumbered_is_told(
    judged: Callable[..., list[str]], stored: list[tuple[str, str]], words: str
) -> None:
    assert judged(*stored) == [words]


def test_what_was_never_acknowledged_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    appeals = Appeals(Served(Path("/nowhere")), 2)
    monkeypatch.setattr(appeals, "stored", list)
    assert appeals.broken() == ["有 2 件没有等到确认"]
