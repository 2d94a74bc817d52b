from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from huying.places.models import Boundary, GridLayer, KeyPlace, Place, PlaceAlias
from tests.places.conftest import BORN, COMMUNITY

pytestmark = pytest.mark.django_db


def place(code: str) -> Place:
    return Place.objects.get(code=code)


def test_levels_and_ancestors_come_from_the_code(four_grids: dict[str, int]) -> None:
    grid = place(f"{COMMUNITY}001")
    assert grid.parent == grid.community == place(COMMUNITY)
    assert grid.street == place("420106001")
    assert grid.district_code == "420106"
    assert {p.code for p in Place.objects.inside(place("420106001"))} == {
        "420106001", COMMUNITY, *(f"{COMMUNITY}00{n}" for n in range(1, 5)),
    }  # fmt: skip
    assert Place.objects.communities().count() == 1


def test_a_parent_whose_code_is_not_the_beginning_is_refused_by_the_database(four_grids: dict[str, int]) -> None:
    other = Place.objects.create(
        level="street", code="420106002", name="杨园街道", parent=place("420106"), valid_from=BORN
    )
    for change in ({"parent": other}, {"street": other}, {"code": "420106002001001"}):
        with pytest.raises(IntegrityError, match="begins_code"), transaction.atomic():
            Place.objects.filter(code=f"{COMMUNITY}001").update(**change)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"code": "42010600100101"}, "编码位数与层级不符"),
        ({"code": "42010600100100x"}, "编码位数与层级不符"),
        ({"parent": None}, "都要有上级"),
        ({"street": None}, "所属街道"),
        ({"community": None}, "所属社区"),
        ({"kind": ""}, "基础网格还是专属网格"),
        ({"kind": "special"}, "还要写明类别"),
        ({"special_kind": "school"}, "还要写明类别"),
        ({"valid_to": BORN}, "停用日期要晚于启用日期"),
        ({"name": "第2网格"}, "同一上级下已有同名"),
    ],
)
def test_what_is_wrong_with_a_place_is_said_in_chinese_and_refused_by_the_database(
    four_grids: dict[str, int], values: dict[str, object], message: str
) -> None:
    grid = place(f"{COMMUNITY}001")
    for name, value in values.items():
        setattr(grid, name, value)
    with pytest.raises(ValidationError, match=message):
        grid.validate_constraints()
    with pytest.raises(IntegrityError), transaction.atomic():
        grid.save()


def test_a_place_has_one_boundary_a_day(four_grids: dict[str, int]) -> None:
    boundary = Boundary.objects.get(place__code=f"{COMMUNITY}001")
    boundary.pk = None
    with pytest.raises(ValidationError, match="同一天只能有一条边界"):
        boundary.validate_constraints()
    with pytest.raises(IntegrityError, match="one_a_day"), transaction.atomic():
        boundary.save(force_insert=True)
    boundary.valid_from, boundary.valid_to = dt.date(2019, 1, 1), BORN
    boundary.save(force_insert=True)
    assert Boundary.objects.at(dt.date(2019, 6, 1)).count() == 1


def test_rows_of_a_day(four_grids: dict[str, int]) -> None:
    Place.objects.filter(code=f"{COMMUNITY}001").update(valid_to=dt.date(2024, 5, 1))
    assert Place.objects.grids().at(dt.date(2019, 12, 31)).count() == 0
    assert Place.objects.grids().at(dt.date(2024, 4, 30)).count() == 4
    assert Place.objects.grids().at(dt.date(2024, 5, 1)).count() == 3
    assert Place.objects.grids().current().count() == 3


def test_one_person_in_charge_of_a_layer_at_a_time(four_grids: dict[str, int]) -> None:
    grid = place(f"{COMMUNITY}001")
    first = GridLayer.objects.create(grid=grid, layer="police", person="王警官", unit="积玉桥派出所", valid_from=BORN)
    second = GridLayer(grid=grid, layer="police", person="李警官", valid_from=BORN)
    with pytest.raises(ValidationError, match="已有责任人"):
        second.validate_constraints()
    first.valid_to = dt.date(2025, 1, 1)
    first.save()
    second.save()


def test_key_places_and_aliases_are_whole(four_grids: dict[str, int]) -> None:
    grid = place(f"{COMMUNITY}001")
    with pytest.raises(ValidationError, match="要么都填，要么都不填"):
        KeyPlace(grid=grid, name="菜场", kind="market", lon=114.3).validate_constraints()
    with pytest.raises(ValidationError, match="门牌号段只用于道路"):
        PlaceAlias(place=grid, words="万达", kind="estate", first_number=1, last_number=9).validate_constraints()
    with pytest.raises(ValidationError, match="门牌号段"):
        PlaceAlias(place=grid, words="和平大道", kind="road", last_number=9).validate_constraints()
    PlaceAlias.objects.create(place=grid, words="和平大道", kind="road")
    with pytest.raises(ValidationError, match="已有这个别名"):
        PlaceAlias(place=grid, words="和平大道", kind="road").validate_constraints()
