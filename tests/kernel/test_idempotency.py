"""The same request again: one effect, the same answer."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from huying.kernel.errors import Conflict, Invalid
from huying.kernel.idempotency import Answer, Sending, checked_key, forget_old_answers, once
from huying.kernel.models import CalendarOverride, KeptAnswer

DAY = dt.date(2026, 5, 1)


def effect(day: dt.date = DAY, secret: str = "K7H2M9XP") -> Callable[[], Answer]:
    def work() -> Answer:
        row = CalendarOverride.objects.create(date=day, working=True)
        return Answer(201, f'{{"made": {row.pk}, "code": "{secret}"}}'.encode(), {"Location": f"/{row.pk}"})

    return work


def never() -> Answer:
    raise AssertionError("done a second time")


def sending(key: str = "k-1", body: bytes = b"{}", caller: str = "a", path: str = "/cases") -> Sending:
    return Sending(caller, path, key, body)


def age(hours: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_kept_answer SET created_at = created_at - %s * interval '1h'", [hours])


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_the_answer_comes_again_and_nothing_is_done(self) -> None:
        first = once(sending(), effect())
        again = once(sending(), never)
        assert (again.status, again.body, again.headers) == (201, first.body, first.headers)
        assert (first.replayed, again.replayed) == (False, True)
        assert CalendarOverride.objects.count() == 1

    def test_another_body_under_the_key_is_refused(self) -> None:
        once(sending(), effect())
        with pytest.raises(Invalid) as refused:
            once(sending(body=b"[]"), never)
        assert refused.value.code == "idempotency_key_reused"

    def test_callers_paths_and_keys_do_not_meet(self) -> None:
        days = iter(DAY + dt.timedelta(days=n) for n in range(4))
        for one in (sending(), sending(caller="b"), sending(path="/attachments"), sending(key="k-2")):
            assert not once(one, effect(next(days))).replayed
        assert CalendarOverride.objects.count() == 4

    def test_a_refusal_is_not_kept(self) -> None:
        def refused() -> Answer:
            CalendarOverride.objects.create(date=DAY, working=True)
            raise Conflict("别人先办了。")

        with pytest.raises(Conflict):
            once(sending(), refused)
        assert not CalendarOverride.objects.exists()
        assert not KeptAnswer.objects.exists()
        assert once(sending(body=b'{"mended": true}'), effect()).status == 201

    def test_without_a_key_each_request_counts(self) -> None:
        once(sending(key=""), effect())
        once(sending(key=""), effect(DAY + dt.timedelta(days=1)))
        assert CalendarOverride.objects.count() == 2
        assert not KeptAnswer.objects.exists()

    def test_after_a_day_the_key_is_free_again(self) -> None:
        once(sending(), effect())
        age(23.9)
        assert once(sending(), never).replayed
        age(0.2)
        assert not once(sending(body=b"[]"), effect(DAY + dt.timedelta(days=1))).replayed
        assert once(sending(body=b"[]"), never).replayed

    def test_old_answers_are_swept(self) -> None:
        once(sending(), effect())
        once(sending(key="k-2"), effect(DAY + dt.timedelta(days=1)))
        assert forget_old_answers() == 0
        age(24.1)
        once(sending(key="k-3"), effect(DAY + dt.timedelta(days=2)))
        assert forget_old_answers() == 2
        assert KeptAnswer.objects.count() == 1

    def test_what_is_kept_cannot_be_read_in_the_table(self) -> None:
        once(sending(), effect(secret="K7H2M9XP"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT answer FROM kernel_kept_answer")
            assert b"K7H2M9XP" not in bytes(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_twins_have_one_effect_and_one_answer(self) -> None:
        together = threading.Barrier(6)

        def send(_: int) -> Answer:
            together.wait()
            try:
                return once(sending(), effect())
            finally:
                connection.close()

        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(send, range(6)))
        assert CalendarOverride.objects.count() == 1
        assert len({answer.body for answer in answers}) == 1
        assert sorted(answer.replayed for answer in answers) == [False] + [True] * 5

    def test_the_second_takes_over_when_the_first_fails(self) -> None:
        inside, go_on = threading.Event(), threading.Event()

        def fails() -> Answer:
            inside.set()
            assert go_on.wait(10)
            raise Conflict("没有办成。")

        def first() -> None:
            try:
                with pytest.raises(Conflict):
                    once(sending(), fails)
            finally:
                connection.close()

        failing = threading.Thread(target=first)
        failing.start()
        assert inside.wait(10)
        threading.Timer(0.2, go_on.set).start()
        assert not once(sending(), effect()).replayed
        failing.join()

    def test_effect_and_answer_are_there_together_or_not_at_all(self) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            once(sending(), effect())
            raise RuntimeError("the process is killed before the commit")
        assert not CalendarOverride.objects.exists()
        assert not once(sending(), effect()).replayed


@pytest.mark.parametrize("key", ["k", "7d6f0c52-6a0e-4d43-9a52-0f6f3f7a9c11", "~" * 200])
def test_good_keys(key: str) -> None:
    assert checked_key(key) == key


@pytest.mark.parametrize("key", ["", "a b", "键", "\x00", "a\n", "x" * 201])
def test_bad_keys(key: str) -> None:
    with pytest.raises(Invalid):
        checked_key(key)
