"""Caches notice changes: their own at once, those of others after a moment, and never what was rolled back."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from huying.kernel import generation
from huying.kernel.calendar import current_calendar
from huying.kernel.generation import bump, cached, forget_all
from huying.kernel.models import CalendarOverride, Generation


@pytest.fixture
def always_recheck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "RECHECK_SECONDS", 0.0)


class Loader:
    """Returns the database's value of a key, and counts how often it was asked."""

    def __init__(self, *keys: str) -> None:
        self.calls = 0
        self.current = cached(*keys)(self.load)

    def load(self) -> int:
        self.calls += 1
        return CalendarOverride.objects.count()


def add_override(day: str) -> None:
    CalendarOverride.objects.create(date=day, working=False)


def in_another_connection(work: object) -> None:
    def run() -> None:
        try:
            assert callable(work)
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.fixture
def loader() -> Iterator[Loader]:
    forget_all()
    yield Loader("test")
    forget_all()


@pytest.mark.django_db(transaction=True)
class TestAcrossTransactions:
    def test_loads_once_and_asks_one_query_for_all_keys(self, loader: Loader) -> None:
        other = Loader("other", "test")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            for _ in range(50):
                loader.current()
                other.current()
        assert (loader.calls, other.calls) == (1, 1)
        assert sum("kernel_generation" in q["sql"] for q in queries) == 1

    def test_own_change_is_seen_right_after_the_commit(self, loader: Loader) -> None:
        assert loader.current() == 0
        with transaction.atomic():
            add_override("2026-11-23")
            bump("test")
        assert loader.current() == 1

    def test_within_the_transaction_the_change_is_seen_and_not_kept(self, loader: Loader) -> None:
        seen_elsewhere: list[int] = []
        assert loader.current() == 0
        with transaction.atomic():
            add_override("2026-11-23")
            bump("test")
            assert loader.current() == 1
            in_another_connection(lambda: seen_elsewhere.append(loader.current()))
        assert seen_elsewhere == [0]

    @pytest.mark.usefixtures("always_recheck")
    def test_what_was_rolled_back_is_not_seen_and_its_number_may_come_again(self, loader: Loader) -> None:
        assert loader.current() == 0
        with pytest.raises(RuntimeError), transaction.atomic():
            add_override("2026-11-23")
            bump("test")
            assert loader.current() == 1
            raise RuntimeError
        assert loader.current() == 0

        def change() -> None:
            with transaction.atomic():
                add_override("2026-11-24")
                bump("test")

        in_another_connection(change)
        assert Generation.objects.get(key="test").n == 1
        assert loader.current() == 1

    def test_a_savepoint_rolled_back_leaves_the_cache_alone(self, loader: Loader) -> None:
        loader.current()
        with transaction.atomic():
            with pytest.raises(RuntimeError), transaction.atomic():
                bump("test")
                raise RuntimeError
            loader.current()
            assert loader.calls == 1

    def test_another_process_is_noticed_at_the_next_recheck(
        self, loader: Loader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert loader.current() == 0
        add_override("2026-11-23")
        with connection.cursor() as cursor:  # as another process does it: no commit hook runs here
            cursor.execute("INSERT INTO kernel_generation (key, n) VALUES ('test', 7)")
        assert loader.current() == 0
        monkeypatch.setattr(generation, "RECHECK_SECONDS", 0.0)
        assert loader.current() == 1
        assert loader.calls == 2

    def test_a_change_of_one_key_leaves_the_others(self, loader: Loader) -> None:
        other = Loader("other")
        loader.current()
        other.current()
        bump("test")
        loader.current()
        other.current()
        assert (loader.calls, other.calls) == (2, 1)

    def test_a_change_while_loading_is_not_lost(self, always_recheck: None) -> None:
        """The value under way is stored under the generation it began with, so the next call loads again."""
        changed = False

        @cached("test")
        def slow() -> int:
            nonlocal changed
            n = CalendarOverride.objects.count()
            if not changed:
                changed = True

                def change() -> None:
                    add_override("2026-11-23")
                    bump("test")

                in_another_connection(change)
            return n

        forget_all()
        assert slow() == 0
        assert slow() == 1

    def test_many_threads_load_once(self, loader: Loader) -> None:
        barrier = threading.Barrier(4)

        def ask() -> None:
            try:
                barrier.wait()
                assert loader.current() == 0
            finally:
                connection.close()

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert loader.calls == 1

    def test_the_calendar_follows_the_overrides_of_the_district(self) -> None:
        from datetime import date

        assert current_calendar().is_workday(date(2026, 11, 23))
        with transaction.atomic():
            add_override("2026-11-23")
            bump("calendar")
        assert not current_calendar().is_workday(date(2026, 11, 23))
        assert current_calendar() is current_calendar()


def test_a_cache_needs_a_key() -> None:
    with pytest.raises(ValueError, match="key"):
        cached()
