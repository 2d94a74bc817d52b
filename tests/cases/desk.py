"""The desk as its tests use it: somebody signed in, what a page costs, what it writes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from huying.cases.flow import CASES
from huying.kernel.generation import forget_all
from huying.matters.engine import Move, Opening, move, open_many
from huying.matters.models import Matter
from huying.places.models import Boundary
from tests.factories.cases import MAIN_WAY, TEXT
from tests.factories.district import District
from tests.ui.house import HouseClient

_WRITE = re.compile(r'^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


def settled() -> None:
    """Let the process caches take the district for committed: what a transaction has itself changed is never kept."""
    connection.run_on_commit.clear()
    forget_all()


def at_desk(district: District, name: str) -> HouseClient:
    """A browser in which this person of the district has signed in; every page it gets passes the house checks."""
    settled()
    client = HouseClient()
    client.force_login(district.users[name])
    return client


def statements(client: HouseClient, url: str) -> list[str]:
    """SQL of one page once its caches are warm. Whether other processes changed something is asked every two seconds,
    whoever comes first: that is left out."""
    settled()
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.status_code == 200
    return [q["sql"] for q in queries if "kernel_generation" not in q["sql"]]


def written(sql: Sequence[str]) -> set[str]:
    """Tables that these statements write to."""
    return {found.group(2) for statement in sql if (found := _WRITE.match(statement))}


def many(district: District, n: int, **values: object) -> list[Matter]:
    """n cases as the call-taker receives them."""
    lon, lat = district.point(0)
    data = {
        "channel": "phone",
        "text": TEXT,
        "lon": lon,
        "lat": lat,
        "reporter": {"name": "王秀英", "phone": "13971112222"},
    } | values
    openings = [Opening(district.actor("call_taker"), data) for _ in range(n)]
    return [result.unwrap() for result in open_many(CASES, "receive", openings, quiet=True)]


def dispatched(district: District, matters: Sequence[Matter]) -> None:
    """Take many cases to the city management together."""
    for step, who, data in MAIN_WAY[:2]:
        for result in move(CASES, step, [Move(m.pk, district.actor(who), data) for m in matters], quiet=True):
            result.unwrap()


def text_of(answer: HttpResponse) -> str:
    return answer.content.decode()


def outline_of(district: District, place: str) -> None:
    """Give a place the outline of one of its grids; the factories draw only these."""
    drawn = Boundary.objects.filter(place__level="grid", place__community=district.places[place]).first()
    assert drawn is not None
    drawn.pk, drawn.place = None, district.places[place]
    drawn.save()
