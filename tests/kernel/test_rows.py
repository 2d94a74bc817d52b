"""Rows loaded quickly are rows like any others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

from huying.matters.models import Clock, Matter
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def test_a_loaded_row_is_whole_and_can_be_saved(district: District) -> None:
    known = receive(district)
    row = Matter.objects.get(pk=known.pk)
    assert row == known
    assert row.pk == known.pk
    assert not row._state.adding
    assert row._state.db == "default"
    assert row.holder.pk == known.holder_id
    row.holder_id = district.organisations["urban"].pk  # the organisation read before must not stay
    assert row.holder == district.organisations["urban"]
    row.refresh_from_db()
    assert row.holder_id == known.holder_id
    row.next_due_provisional = True
    row.save(update_fields=["next_due_provisional"])
    assert Matter.objects.get(pk=known.pk).next_due_provisional


def test_columns_left_out_are_read_when_asked_for(district: District) -> None:
    known = receive(district)
    row = Matter.objects.only("number").get(pk=known.pk)
    assert row.get_deferred_fields()
    assert row.title == known.title


def test_related_rows_come_along(district: District) -> None:
    known = receive(district)
    clock = Clock.objects.select_related("matter").get(matter=known)
    with connection.execute_wrapper(_refuse):
        assert clock.matter.number == known.number


def _refuse(*_: object) -> None:
    raise AssertionError("asked the database again")


def test_a_fresh_row_names_all_its_columns() -> None:
    with pytest.raises(AssertionError, match="missing or unknown"):
        Clock.fresh(kind="triage")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22 20:00:00+08", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("2026-11-22 12:00:00.000001+00", datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=UTC)),
        ("2026-11-22 12:00:00.5+00", datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("0001-01-01 00:00:00+00", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999+00", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_moments_are_read_exactly(text: str, moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        (found,) = cursor.fetchone()
    assert found == moment
    assert found.tzinfo is UTC


def test_moments_in_another_zone_of_the_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TIME ZONE 'Asia/Shanghai'")
        cursor.execute("SELECT '2026-11-22 12:00:00+00'::timestamptz")
        assert cursor.fetchone() == (datetime(2026, 11, 22, 12, tzinfo=UTC),)


def test_what_is_no_moment_of_python_is_refused() -> None:
    with connection.cursor() as cursor, pytest.raises(DataError):
        cursor.execute("SELECT 'infinity'::timestamptz")
        cursor.fetchone()
