"""Writes that are kept back and sent in one go."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.models import CalendarOverride, Generation
from huying.kernel.writes import together, write

DAYS = [dt.date(2026, 5, n) for n in range(1, 21)]


def add(*days: dt.date) -> None:
    insert_rows(CalendarOverride, ("date", "working", "note"), [(day, True, "100% 是") for day in days])


def there() -> int:
    return CalendarOverride.objects.count()


@pytest.mark.django_db
class TestTogether:
    def test_several_statements_are_one_journey(self) -> None:
        with CaptureQueriesContext(connection) as asked, transaction.atomic(), together():
            add(DAYS[0])
            insert_rows(Generation, ("key", "n"), [("a", 1)])
            update_rows(CalendarOverride, ("working",), [(DAYS[0], False)], key="date")
        sent = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
        assert len(sent) == 1
        assert CalendarOverride.objects.get().working is False
        assert CalendarOverride.objects.get().note == "100% 是"

    def test_what_is_read_sees_what_was_written(self) -> None:
        with transaction.atomic(), together():
            add(DAYS[0])
            assert there() == 1
            add(DAYS[1])
            with transaction.atomic():
                assert there() == 2

    def test_copy_keeps_its_turn(self) -> None:
        with transaction.atomic(), together():
            write("INSERT INTO kernel_generation (key, n) VALUES (%s, 1)", ["a"])
            add(*DAYS)
            update_rows(CalendarOverride, ("working",), [(day, False) for day in DAYS], key="date")
        assert there() == 20
        assert not CalendarOverride.objects.filter(working=True).exists()

    def test_an_inner_one_is_part_of_the_outer(self) -> None:
        with CaptureQueriesContext(connection) as asked, transaction.atomic(savepoint=False), together():
            with together():
                add(DAYS[0])
            add(DAYS[1])
        assert len(asked) == 1
        assert there() == 2

    def test_after_an_error_nothing_is_sent(self) -> None:
        with pytest.raises(RuntimeError), transaction.atomic(), together():
            add(DAYS[0])
            raise RuntimeError
        assert there() == 0
        add(DAYS[0])
        assert there() == 1

    def test_what_a_savepoint_takes_back_stays_taken_back(self) -> None:
        with transaction.atomic(), together():
            add(DAYS[0])
            with pytest.raises(RuntimeError), transaction.atomic():
                add(DAYS[1])
                raise RuntimeError
            add(DAYS[2])
        assert set(CalendarOverride.objects.values_list("date", flat=True)) == {DAYS[0], DAYS[2]}

    def test_a_refused_statement_is_told_as_ever(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic(), together():
            add(DAYS[0])
            add(DAYS[0])
        assert there() == 0


@pytest.mark.django_db(transaction=True)
def test_it_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError), together():
        pass


@pytest.mark.django_db
def test_rows_met_are_counted() -> None:
    add(DAYS[0])
    assert update_rows(CalendarOverride, ("working",), [(day, False) for day in DAYS], key="date") == 1
    assert update_rows(CalendarOverride, ("working",), [(DAYS[3], False)], key="date") == 0
