"""A grid is redrawn: nothing that stands on it is orphaned, and last year's figures stay where they were."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely

from huying.matters.models import Matter
from huying.places.models import Place
from huying.places.redraw import redraw
from huying.places.rows import PlaceRow
from tests.factories.cases import advance, receive
from tests.factories.district import SIZE, SOUTH, WEST, District

pytestmark = pytest.mark.django_db


def test_open_matters_and_the_worker_go_along(district: District) -> None:
    left = receive(district, lon=WEST + 0.2 * SIZE, lat=SOUTH + 0.5 * SIZE)
    right = receive(district, lon=WEST + 0.8 * SIZE, lat=SOUTH + 0.5 * SIZE)
    over = advance(district, receive(district), "closed")
    old = district.places["grid0"]
    halves = [
        PlaceRow(
            code=f"42010600300101{n + 1}",
            name=f"新{n + 1}网格",
            geometry=shapely.box(WEST + n * SIZE / 2, SOUTH, WEST + (n + 1) * SIZE / 2, SOUTH + SIZE),
        )
        for n in range(2)
    ]
    redraw(ended=[old.code], rows=halves, day=dt.date.today())
    new = {p.code: p.pk for p in Place.objects.grids().current()}
    assert Matter.objects.get(pk=left.pk).grid_id == new["420106003001011"]
    assert Matter.objects.get(pk=right.pk).grid_id == new["420106003001012"]
    assert Matter.objects.get(pk=over.pk).grid_id == old.pk
    worker = district.users["grid_worker"].posts.get()
    assert set(worker.grids.values_list("code", flat=True)) == {"420106003001011", "420106003001012"}
