"""The database refuses whoever goes round the flow engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from huying.cases.flow import CASES
from huying.matters.engine import move_one
from huying.matters.models import LedgerLine, Matter
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def refused(attempt: Callable[[], object]) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        attempt()
    return str(error.value)


def test_an_update_of_the_state_is_refused(district: District) -> None:
    matter = receive(district)
    assert "没有对应的留痕" in refused(lambda: Matter.objects.filter(pk=matter.pk).update(state="closed"))
    assert "没有对应的留痕" in refused(
        lambda: Matter.objects.filter(pk=matter.pk).update(state="triaged", version=matter.version + 1)
    )
    assert "没有对应的留痕" in refused(lambda: Matter.objects.filter(pk=matter.pk).update(version=9))
    matter.state = "closed"
    assert "没有对应的留痕" in refused(matter.save)


@pytest.mark.parametrize("state", ["received", "closed"])
def test_an_insert_without_a_line_is_refused(district: District, state: str) -> None:
    matter = receive(district)
    matter.pk, matter.number, matter.state = None, "WC1", state
    assert "没有对应的留痕" in refused(lambda: matter.save(force_insert=True))


def test_deleting_and_truncating_are_refused(district: District) -> None:
    matter = receive(district)
    for table in ("matters_matter", "matters_ledgerline"):
        assert "只能追加" in refused(lambda table=table: run(f"DELETE FROM {table}"))
    assert "只能追加" in refused(lambda: run("UPDATE matters_ledgerline SET step = 'x'"))
    assert Matter.objects.filter(pk=matter.pk).exists()


def test_one_line_moves_one_matter_only(district: District) -> None:
    """A second matter cannot ride on the line of the first in the same transaction."""
    first, second = receive(district), receive(district)

    def both() -> None:
        move_one(
            CASES, "triage", first.pk, by=district.actor("call_taker"), data={"kind": "help", "category": "02.02.01"}
        )
        Matter.objects.filter(pk=second.pk).update(state="triaged", version=second.version + 1)

    assert "没有对应的留痕" in refused(both)
    assert Matter.objects.get(pk=first.pk).state == "received"


def test_a_line_that_does_not_continue_the_chain_is_refused(district: District) -> None:
    matter = receive(district)
    line = LedgerLine.objects.get(matter=matter)
    line.pk, line.seq, line.from_state = None, 2, "handling"
    assert "留痕不连续" in refused(lambda: line.save(force_insert=True))
    line.from_state = "received"  # right state, but the previous hash is not the head
    assert "留痕不连续" in refused(lambda: line.save(force_insert=True))


def test_number_kind_and_time_of_opening_never_change(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    for change in ({"number": "WC9"}, {"kind": "callout"}, {"district": "420107"}, {"opened_at": matter.moved_at}):
        assert "不可更改" in refused(lambda change=change: Matter.objects.filter(pk=matter.pk).update(**change))


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
