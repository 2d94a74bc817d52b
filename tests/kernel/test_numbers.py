"""Numbers of matters are printable, unique under concurrency, and cost one query."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from huying.kernel.numbers import create_number_sequence, next_numbers, sequence_name

DAY = date(2026, 11, 22)


def create(kind: str) -> None:
    operation = create_number_sequence(kind)
    with connection.cursor() as cursor:
        cursor.execute(str(operation.sql))


def drop(kind: str) -> None:
    operation = create_number_sequence(kind)
    with connection.cursor() as cursor:
        cursor.execute(str(operation.reverse_sql))


@pytest.fixture
def sample(db: None) -> None:
    create("sample")


@pytest.mark.usefixtures("sample")
def test_printable_and_ascending() -> None:
    assert next_numbers("sample", "WC", 3, DAY) == ["WC20261122000001", "WC20261122000002", "WC20261122000003"]
    assert next_numbers("sample", "HS", 1, date(2027, 1, 1)) == ["HS20270101000004"]


@pytest.mark.usefixtures("sample")
def test_one_query_for_many_and_none_for_none() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert len(set(next_numbers("sample", "WC", 5000, DAY))) == 5000
        assert next_numbers("sample", "WC", 0, DAY) == []
    assert len(queries) == 1


@pytest.mark.usefixtures("sample")
def test_past_a_million_the_number_grows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(%s, 999999)", [sequence_name("sample")])
    assert next_numbers("sample", "WC", 1, DAY) == ["WC202611221000000"]


@pytest.mark.usefixtures("sample")
def test_each_kind_has_its_own() -> None:
    create("sample_two")
    next_numbers("sample", "WC", 10, DAY)
    assert next_numbers("sample_two", "WC", 1, DAY) == ["WC20261122000001"]


@pytest.mark.django_db
def test_backwards_the_sequence_is_gone() -> None:
    create("sample")
    drop("sample")
    with pytest.raises(ProgrammingError), transaction.atomic():
        next_numbers("sample", "WC", 1, DAY)


@pytest.mark.parametrize("kind", ["", "Case", "a b", "x;DROP TABLE", "1", "案", "a" * 60])
def test_a_kind_is_an_identifier(kind: str) -> None:
    with pytest.raises(ValueError, match="not a kind"):
        create_number_sequence(kind)


@pytest.fixture
def committed_sample(transactional_db: None) -> Iterator[None]:
    create("sample")
    yield
    drop("sample")


@pytest.mark.usefixtures("committed_sample")
def test_nobody_gets_a_number_twice() -> None:
    taken: list[str] = []
    barrier = threading.Barrier(6)

    def take() -> None:
        try:
            barrier.wait()
            for n in (1, 7, 100):
                with transaction.atomic():
                    taken.extend(next_numbers("sample", "WC", n, DAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 6 * 108


@pytest.mark.usefixtures("committed_sample")
def test_a_rollback_leaves_a_gap_and_no_repeat() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        next_numbers("sample", "WC", 1, DAY)
        raise RuntimeError
    assert next_numbers("sample", "WC", 1, DAY) == ["WC20261122000002"]
