"""Call-outs and responses taken to any state by the real flow. The community calls the city management."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huying.callouts.flow import CALLOUTS
from huying.callouts.responses import RESPONSES
from huying.matters.engine import move_one, open_one
from huying.matters.models import Matter
from tests.factories.district import District

TITLE = "水岸星城二期门口路面塌陷"
TEXT = "晚高峰时塌了一个两米宽的洞，居民绕行，夜里没有照明。"
WANTED = "请带围挡和警示灯来，先封路再回填。"
FED_BACK = {"done": "已围挡封路并回填夯实，夜间有人值守，照片见附件。"}
RATING = {"solved": "yes", "satisfaction": 5}
CALLER_RATING = {"justified": "yes", "clear": 5, "right_address": True}


def call(district: District, *units: str, by: str = "community_clerk", **values: object) -> Matter:
    """An emergency by default: it goes out at once."""
    data = {
        "purpose": "emergency",
        "title": TITLE,
        "text": TEXT,
        "wanted": WANTED,
        "units": list(units) or ["URBAN"],
        "lon": district.point(0)[0],
        "lat": district.point(0)[1],
    }
    return open_one(CALLOUTS, "draft", by=district.actor(by), data=data | values)


def take(district: District, callout: Matter, step: str, by: str, data: Mapping[str, object] | None = None) -> Matter:
    return move_one(CALLOUTS, step, callout.pk, by=district.actor(by), data=data or {})


def do(district: District, response: Matter, step: str, by: str, data: Mapping[str, object] | None = None) -> Matter:
    return move_one(RESPONSES, step, response.pk, by=district.actor(by), data=data or {})


def responses(callout: Matter) -> list[Matter]:
    """Those of a call-out, in the order in which units were called."""
    return list(Matter.objects.filter(response__callout=callout.pk).select_related("response").order_by("pk"))


def response_of(callout: Matter, code: str) -> Matter:
    rows = Matter.objects.filter(response__callout=callout.pk, lead__code=code)
    return rows.select_related("response").order_by("-pk")[0]


def advance(district: District, response: Matter, until: str, handler: str = "handler") -> Matter:
    """Along the main way of one response."""
    way: Sequence[tuple[str, str, Mapping[str, object]]] = (
        ("respond", handler, {"who": "李工", "minutes": 20}),
        ("arrive", handler, {}),
        ("handle", handler, {}),
        ("feed_back", handler, FED_BACK),
        ("accept", "community_clerk", {}),
        ("rate", "community_clerk", RATING),
        ("rate_caller", handler, CALLER_RATING),
    )
    for step, by, data in way:
        if response.state == until:
            return response
        if response.state in RESPONSES.step[step].sources:
            response = do(district, response, step, by, data)
    assert response.state == until, f"{response.state} instead of {until}"
    return response
