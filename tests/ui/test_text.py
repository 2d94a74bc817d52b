from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from huying.ui import text

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)  # 16:00 in Wuhan


def test_moments_are_written_in_full_and_in_local_time() -> None:
    assert text.moment(datetime(2026, 11, 22, 6, 5, tzinfo=UTC)) == "2026年11月22日 14:05"
    assert text.day(date(2026, 1, 5)) == "2026年1月5日"
    assert text.day(datetime(2026, 1, 4, 16, 30, tzinfo=UTC)) == "2026年1月5日"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 22, 1, 0, tzinfo=UTC), "今天 09:00"),
        (datetime(2026, 11, 21, 1, 0, tzinfo=UTC), "11月21日 09:00"),
        (datetime(2025, 12, 31, 15, 59, tzinfo=UTC), "2025年12月31日 23:59"),
        (datetime(2026, 11, 21, 16, 0, tzinfo=UTC), "今天 00:00"),
    ],
)
def test_short_moments_leave_out_what_goes_without_saying(at: datetime, words: str) -> None:
    assert text.short_moment(at, NOW) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (9_999, "9,999"), (10_000, "1万"), (187_300, "18.73万"), (792_000, "79.2万"), (-20_000, "-2万")],
)
def test_large_numbers_are_told_in_wan(number: int, words: str) -> None:
    assert text.wan(number) == words


def test_numbers_are_grouped() -> None:
    assert text.grouped(187300) == "187,300"
    assert text.grouped(98.44) == "98.44"


@pytest.mark.parametrize(("octets", "words"), [(12, "1 KB"), (218_400, "213 KB"), (1_482_113, "1.4 MB")])
def test_sizes_of_files(octets: int, words: str) -> None:
    assert text.file_size(octets) == words
