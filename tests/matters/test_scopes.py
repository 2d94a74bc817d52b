"""The rule as a query and the rule as a predicate are one rule."""

from __future__ import annotations

import pytest

from huying.cases.flow import CASES
from huying.matters.engine import move_one
from huying.matters.models import Matter
from huying.matters.scopes import scope_of
from huying.people.actors import SYSTEM, visitor
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


@pytest.fixture
def scattered(district: District) -> list[Matter]:
    """Cases on different grounds, in different hands."""
    found = []
    for grid in (0, 1, 2, 3):
        lon, lat = district.point(grid)
        found.append(receive(district, lon=lon, lat=lat))
    found.append(receive(district, lon=None, lat=None))
    found.append(receive(district, district.actor("resident"), channel="portal", reporter=None))
    found.append(advance(district, receive(district), "dispatched"))
    found.append(advance(district, receive(district), "closed"))
    triaged = advance(district, receive(district), "triaged")
    found.append(
        move_one(
            CASES,
            "dispatch",
            triaged.pk,
            by=district.actor("dispatcher"),
            data={"lead": "STREET", "co_handlers": ["HOUSING", "COMMUNITY0"]},
        )
    )
    return list(Matter.objects.filter(pk__in=[m.pk for m in found]))


def test_query_and_predicate_agree_for_every_role(district: District, scattered: list[Matter]) -> None:
    actors = [*district.actors.values(), SYSTEM, visitor("s"), visitor("s", matter_id=scattered[0].pk)]
    seen = set()
    for actor in actors:
        listed = set(Matter.objects.visible_to(actor).values_list("pk", flat=True))
        allowed = {m.pk for m in scattered if scope_of(actor).allows(actor, m)}
        assert listed == allowed, actor.role.key
        seen.add((actor.role.key, len(listed)))
    counts = dict(seen)
    assert counts["call_taker"] == len(scattered)
    assert counts["administrator"] == 0
    assert counts["resident"] == 1
    assert counts["grid_worker"] == 5  # the first, the resident's, and the three that went on their way


def test_a_co_handler_sees_and_moves_its_own_part_only(district: District, scattered: list[Matter]) -> None:
    matter = scattered[-1]
    housing = district.actor("handler2")
    assert Matter.objects.visible_to(housing).filter(pk=matter.pk).exists()
    assert {step.permission for step in CASES.available(matter, housing)} <= {"cases.part"}
