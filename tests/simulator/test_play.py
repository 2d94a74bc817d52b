"""When people come, through which channel, and how units differ."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from click.testing import CliRunner

from huying.kernel.calendar import SHANGHAI, Calendar
from huying.simulator.arrivals import arrivals, channel_for, situation_for
from huying.simulator.command import demo, simulate
from huying.simulator.habits import habit_of
from huying.simulator.play import fitting_length, windows

UNTIL = dt.datetime(2026, 7, 14, 16, 0, tzinfo=SHANGHAI)
FIRST = UNTIL - dt.timedelta(days=4)


def test_seasons_hours_and_channels_are_those_of_such_a_centre() -> None:
    calendar = Calendar()
    year = list(
        arrivals(
            dt.datetime(2025, 1, 1, tzinfo=SHANGHAI), dt.datetime(2026, 1, 1, tzinfo=SHANGHAI),
            scale=0.02, seed=3, calendar=calendar,
        )
    )  # fmt: skip
    assert 0.9 < len(year) / (187_300 * 0.02) < 1.1
    assert [a.at for a in year] == sorted(a.at for a in year)
    night = [a for a in year if a.at.hour < 6]
    assert 0 < len(night) < len(year) / 15
    work = [a for a in year if calendar.is_workday(a.at.date())]
    assert len(work) / len(year) > 0.72
    chance = Random(1)
    heating = [a.at.month for a in year if situation_for(a, chance).category.startswith("03.04")]
    assert sum(month in (10, 11, 12, 1, 2, 3) for month in heating) > 0.8 * len(heating) > 0
    channels = [channel_for(a, situation_for(a, chance), chance) for a in year]
    assert 0.5 < channels.count("hotline") / len(channels) < 0.75
    assert {"phone", "neighbours", "city_board", "leaders_board", "portal", "grid", "enterprise"} <= set(channels)


def test_units_have_habits_of_their_own() -> None:
    habits = [habit_of(code, 1) for code in ("chengguan", "fangguan", "gongan", "shichang", "reli")]
    assert habits == [habit_of(code, 1) for code in ("chengguan", "fangguan", "gongan", "shichang", "reli")]
    assert len({habit.pace for habit in habits}) == 5


def test_windows_fill_the_time() -> None:
    ends = windows(FIRST, UNTIL, length=dt.timedelta(hours=30))
    assert ends == sorted(set(ends))
    assert ends[-1] == UNTIL
    assert len(ends) == 4
    assert fitting_length(1.0) == dt.timedelta(days=1)
    assert fitting_length(0.001) == dt.timedelta(days=14)


def test_somebody_elses_database_is_not_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://their@server/data")
    result = CliRunner().invoke(demo, ["--fresh"])
    assert result.exit_code == 2
    assert "只用于内置数据库" in result.output


def test_a_wrong_use_is_explained() -> None:
    result = CliRunner().invoke(simulate, ["--days", "0"])
    assert result.exit_code == 2
    assert "--days" in result.output
