"""One demo for all tests of this folder: building it takes longer than any of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from huying.kernel.generation import forget_all
from huying.simulator import demo

GRIDS, DAYS, BACKGROUND = 600, 60, 60


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A small demo, rolled back after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        forget_all()
        district_first()
        demo.ensure(background=BACKGROUND, days=DAYS)
        yield
        transaction.set_rollback(True)
    forget_all()


def district_first() -> None:
    """As after the commit that a real build makes: what it changed may be kept in memory again."""
    from huying.simulator import district

    district.build(seed=demo.SEED, grids=GRIDS)
    connection.run_on_commit.clear()
