from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import timezone

from huying.kernel.errors import Conflict, Invalid
from huying.places.locate import locate
from huying.places.models import Boundary, GridLayer, KeyPlace, Place
from huying.places.redraw import Redrawn, movers, redraw
from huying.places.rows import PlaceRow
from tests.places.conftest import BORN, COMMUNITY, centre, square

TODAY = timezone.localdate()
FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH = (f"{COMMUNITY}{n:03d}" for n in range(1, 7))


@pytest.fixture
def seen() -> Iterator[list[Redrawn]]:
    """What a room above is told."""
    told: list[Redrawn] = []

    def note(redrawn: Redrawn) -> int:
        told.append(redrawn)
        return 3

    movers.add("test", note)
    yield told
    del movers._items["test"]


def halves() -> list[PlaceRow]:
    """The first grid split into a narrow western and a broad eastern part."""
    return [
        PlaceRow(code=FIFTH, name="第5网格", geometry=square(0, 0, width=0.25), households=50),
        PlaceRow(code=SIXTH, name="第6网格", geometry=square(0.25, 0, width=0.75), households=150),
    ]


def test_a_split_keeps_the_past_and_moves_what_stood_there(four_grids: dict[str, int], seen: list[Redrawn]) -> None:
    old = Place.objects.get(code=FIRST)
    west = KeyPlace.objects.create(grid=old, name="菜场", kind="market", lon=114.3001, lat=30.5505)
    nowhere = KeyPlace.objects.create(grid=old, name="老年食堂", kind="public")
    layer = GridLayer.objects.create(grid=old, layer="police", person="王警官", valid_from=BORN)
    done = redraw(ended=[FIRST], rows=halves(), day=TODAY)

    fifth, sixth = Place.objects.get(code=FIFTH), Place.objects.get(code=SIXTH)
    old.refresh_from_db()
    assert (old.valid_to, fifth.valid_from, fifth.households) == (TODAY, TODAY, 50)
    assert Place.objects.grids().at(TODAY - dt.timedelta(days=1)).count() == 4
    assert Place.objects.grids().at(TODAY).count() == 5
    before, after = locate(*centre(0, 0), TODAY - dt.timedelta(days=1)), locate(*centre(0, 0), TODAY)
    assert before is not None
    assert after is not None
    assert (before.grid_id, after.grid_id) == (old.pk, sixth.pk)

    for thing in (west, nowhere, layer):
        thing.refresh_from_db()
    assert west.grid_id == fifth.pk  # by its point
    assert nowhere.grid_id == sixth.pk  # to the larger part
    assert layer.valid_to == TODAY
    assert (done.moved["places"], done.moved["test"]) == (2, 3)
    assert done.redrawn.ended == (old.pk,)
    assert done.redrawn.opened == (fifth.pk, sixth.pk)
    (told,) = seen
    assert [one.grid_id for one in told.new_grids([old.pk] * 3, [(114.3001, 30.5505), None, (0.0, 0.0)])] == [
        fifth.pk, sixth.pk, sixth.pk,
    ]  # fmt: skip


def test_a_merge_ends_one_and_widens_the_other(four_grids: dict[str, int], seen: list[Redrawn]) -> None:
    redraw(ended=[SECOND], rows=[PlaceRow(code=FIRST, name="第1网格", geometry=square(0, 0, width=2))], day=TODAY)
    found = locate(*centre(1, 0))
    assert found is not None
    assert found.grid_id == four_grids[FIRST]
    assert seen[0].reshaped == (four_grids[FIRST],)
    assert seen[0].heirs[four_grids[SECOND]].grid_id == four_grids[FIRST]
    assert seen[0].heirs[four_grids[FIRST]].grid_id == four_grids[FIRST]


def test_a_moved_border_and_a_new_name(four_grids: dict[str, int]) -> None:
    key_place = KeyPlace.objects.create(grid_id=four_grids[SECOND], name="亭", kind="public", lon=114.3012, lat=30.5505)
    redraw(
        rows=[
            PlaceRow(code=FIRST, name="滨江网格", geometry=square(0, 0, width=1.5)),
            PlaceRow(code=SECOND, name="第2网格", geometry=square(1.5, 0, width=0.5)),
            PlaceRow(code=THIRD, name="只改名"),
        ],
        day=TODAY,
    )
    key_place.refresh_from_db()
    assert key_place.grid_id == four_grids[FIRST]
    assert set(Place.objects.grids().values_list("name", flat=True)) >= {"滨江网格", "只改名"}
    assert Boundary.objects.filter(place__code=FIRST).count() == 2
    assert Boundary.objects.filter(place__code=THIRD).count() == 1


def test_redrawing_twice_on_one_day(four_grids: dict[str, int]) -> None:
    for share in (1.5, 1.2):
        redraw(
            rows=[
                PlaceRow(code=FIRST, name="第1网格", geometry=square(0, 0, width=share)),
                PlaceRow(code=SECOND, name="第2网格", geometry=square(share, 0, width=2 - share)),
            ],
            day=TODAY,
        )
    assert Boundary.objects.filter(place__code=FIRST).count() == 2
    redraw(ended=[SECOND], rows=[PlaceRow(code=FIRST, name="第1网格", geometry=square(0, 0, width=2))], day=TODAY)
    assert not Boundary.objects.filter(place__code=SECOND, valid_to=None).exists()


@pytest.mark.parametrize(
    ("rows", "ended", "message"),
    [
        ([PlaceRow(code=FIFTH, name="第5网格", geometry=square(0, 0, width=0.5))], [FIRST], "不能拼满.*不属于任何网格"),
        ([PlaceRow(code=FIRST, name="第1网格", geometry=square(0, 0, width=1.5))], [], "“第1网格”与“第2网格”重叠 5,3"),
        ([PlaceRow(code=FIRST, name="第1网格", geometry=square(-1, 0, width=2))], [], "超出尚隆苑社区的边界"),
        ([], [FIRST], "不属于任何网格"),
        ([PlaceRow(code=FIFTH, name="第5网格")], [FIRST], "还没有边界"),
        ([PlaceRow(code=FIRST, name="第1网格", geometry=square(0, 0))], [FIRST], "出现了两次"),
        ([PlaceRow(code="420106001", name="某街道", geometry=square(0, 0))], [], "只能调整网格"),
        ([PlaceRow(code="420106009001001", name="新", geometry=square(0, 0))], [], "没有编码为 420106009001"),
    ],
)  # fmt: skip
def test_what_does_not_divide_the_community_is_refused_and_nothing_changes(
    four_grids: dict[str, int], seen: list[Redrawn], rows: list[PlaceRow], ended: list[str], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        redraw(rows=rows, ended=ended, day=TODAY)
    assert not seen
    assert Boundary.objects.filter(valid_to=None).count() == 5


def test_codes_and_days_that_are_taken(four_grids: dict[str, int]) -> None:
    with pytest.raises(Invalid, match="还没有到"):
        redraw(ended=[FIRST], rows=halves(), day=TODAY + dt.timedelta(days=1))
    with pytest.raises(Conflict, match="自 2020-01-01 起启用"):
        redraw(ended=[FIRST], rows=halves(), day=BORN)
    redraw(ended=[FIRST], rows=halves(), day=TODAY)
    with pytest.raises(Conflict, match="已经停用，可能刚被别人调整过"):
        redraw(ended=[FIRST], rows=halves(), day=TODAY)
    with pytest.raises(Conflict, match="第1网格）已经停用，不能再用"):
        redraw(rows=[PlaceRow(code=FIRST, name="第1网格", geometry=square(0, 0))], day=TODAY)


def test_a_mover_that_fails_undoes_everything(four_grids: dict[str, int]) -> None:
    def fail(redrawn: Redrawn) -> int:
        raise Conflict("有事项正在办理")

    movers.add("failing", fail)
    try:
        with pytest.raises(Conflict, match="正在办理"):
            redraw(ended=[FIRST], rows=halves(), day=TODAY)
    finally:
        del movers._items["failing"]
    assert Place.objects.get(code=FIRST).valid_to is None
    assert not Place.objects.filter(code=FIFTH).exists()
