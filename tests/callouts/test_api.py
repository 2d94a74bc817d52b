"""Call-outs by the HTTP API."""

from __future__ import annotations

import pytest

from huying.matters.models import Matter
from tests.factories.api import Program, program, told
from tests.factories.callouts import TEXT, TITLE, WANTED, call, responses
from tests.factories.district import District

pytestmark = pytest.mark.django_db

CALL = {"purpose": "emergency", "title": TITLE, "text": TEXT, "wanted": WANTED, "units": ["URBAN", "HOUSING"]}
SCOPES = ["callouts.view", "callouts.call", "callouts.respond", "callouts.accept"]


def of(district: District, unit: str, scopes: list[str] = SCOPES) -> Program:
    return program(scopes, organisation=district.organisations[unit].code)


def test_a_call_goes_its_way_by_the_api(district: District) -> None:
    community, urban = of(district, "community0"), of(district, "urban")
    made = told(community.post("/callouts", CALL, once="a1"), 201)
    assert made["state"] == "issued"
    assert [unit["code"] for unit in made["called"]] == ["URBAN", "HOUSING"]
    again = told(community.post("/callouts", CALL, once="a1"), 201)
    assert again["number"] == made["number"], "sent twice, made once"
    assert Matter.objects.filter(kind="callout").count() == 1

    (mine,) = told(urban.get("/callout-responses?open=true"))["responses"]
    assert (mine["state"], mine["callout"]) == ("waiting", made["number"])
    root = f"/callout-responses/{mine['number']}"
    assert told(urban.post(f"{root}/steps/respond", {"who": "李工"}))["responded_at"]
    told(urban.post(f"{root}/steps/feed_back", {"done": "已围挡回填，有人值守。"}))
    stale = told(community.post(f"{root}/steps/accept?version=2", {}), 409)
    assert stale["code"] == "already_moved"
    told(community.post(f"{root}/steps/accept", {}))
    told(community.post(f"{root}/steps/rate", {"solved": "yes", "satisfaction": 5}))
    whole = told(community.get(f"/callouts/{made['number']}"))
    assert whole["text"] == TEXT
    assert [one["satisfaction"] for one in whole["responses"]] == [5, None]
    read = told(urban.get(root))
    assert [line["step"] for line in read["history"]][-2:] == ["accept", "rate"]
    assert read["steps"] == ["rate_caller"]


def test_lists_are_narrowed_and_wrong_codes_refused(district: District) -> None:
    call(district)
    every = program(["callouts.view"])
    assert len(told(every.get("/callouts?purpose=emergency&unit=URBAN"))["callouts"]) == 1
    assert told(every.get("/callouts?state=rating"))["callouts"] == []
    assert "没有单位" in told(every.get("/callouts?unit=NOBODY"), 422)["errors"]["unit"][0]
    assert "没有状态" in told(every.get("/callout-responses?state=issued"), 422)["errors"]["state"][0]
    assert len(told(every.get("/callout-responses?q=路面塌陷"))["responses"]) == 1


def test_a_key_does_what_it_was_granted_and_sees_its_own(district: District) -> None:
    callout = call(district)
    number = responses(callout)[0].number
    told(of(district, "housing").get(f"/callouts/{callout.number}"), 404)
    told(of(district, "urban", ["callouts.view"]).post(f"/callout-responses/{number}/steps/respond", {}), 403)
    told(program(SCOPES).post("/callouts", CALL), 403)
