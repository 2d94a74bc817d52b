"""One demo for all tests of this folder: building it takes longer than any of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from huying.cases import defaults
from huying.dockets import defaults as docket_defaults
from huying.kernel.generation import bump, forget_all
from huying.matters.models import Channel
from huying.simulator import demo
from huying.supervision import defaults as supervision_defaults

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


def have_defaults() -> None:
    """What migrations have loaded is gone where a transactional test has emptied the tables."""
    if not Channel.objects.exists():
        defaults.load(apps)
        defaults.load_rejections(apps)
        defaults.load_requests(apps)
        supervision_defaults.load(apps)
        docket_defaults.load(apps)
        for key in ("channels", "categories", "limits", "checklist", "alarm_words", "grounds"):
            bump(key)


def district_first() -> None:
    """As after the commit that a real build makes: what it changed may be kept in memory again."""
    from huying.simulator import district

    have_defaults()
    district.build(seed=demo.SEED, grids=GRIDS)
    connection.run_on_commit.clear()
