"""Many cases dispatched at once, each to the unit that is suggested for it; and units that are not suggested again."""

from __future__ import annotations

import pytest

from huying.cases.flow import CASES
from huying.kernel.generation import forget_all
from huying.knowledge.rules.conditions import Conditions
from huying.matters.engine import move_one
from huying.matters.models import LedgerLine, Matter
from huying.people.actors import Actor
from tests.cases.desk import at_desk, settled, statements, text_of
from tests.cases.test_desk_bulk import picked
from tests.cases.test_objections import UPHELD, act, colleague, objected
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.knowledge.test_rules import content, publish
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(district: District) -> Actor:
    return colleague(district, "reviewer", "dispatcher", "centre")


@pytest.fixture
def rules(district: District) -> None:
    """Lights are the city management's; lifts are the housing department's."""
    publish(district, content(conditions=Conditions(any_words=("路灯",))))
    publish(district, content(subject="电梯", lead="HOUSING", conditions=Conditions(any_words=("电梯",))))
    settled()


def triaged(district: District, text: str) -> Matter:
    return advance(district, receive(district, text=text), "triaged")


def chosen(client: HouseClient, *matters: Matter) -> str:
    asked = client.post("/desk/cases/bulk/", {"act": "dispatch", "case": picked(*matters), "back": "/desk/cases/"})
    return f"{asked['Location']}accordingly/"


def name_of(district: District, key: str) -> str:
    unit = district.organisations[key]
    return unit.short_name or unit.name


LIGHT, LIFT, OTHER = "门口路灯坏了三天。", "三栋电梯停运两天。", "楼上有人拉琴到深夜。"


@pytest.mark.usefixtures("rules")
def test_each_goes_to_its_own_unit_and_what_is_not_sure_stays(district: District) -> None:
    light, lift, other = (triaged(district, text) for text in (LIGHT, LIFT, OTHER))
    raw = receive(district)
    client = at_desk(district, "dispatcher")
    at = chosen(client, light, lift, other, raw)
    assert "有 2 件的主办单位有把握" in text_of(client.get(at.removesuffix("accordingly/")))
    table = text_of(client.get(at))
    assert "派单口径：职责清单（示例）第三条" in table and "没有把握" in table
    assert "现在是“待研判”，不能派单" in table
    typed = {
        "go": [light.number, lift.number],
        f"lead-{light.number}": name_of(district, "urban"),
        f"lead-{lift.number}": name_of(district, "housing"),
        "note": "请先联系。",
    }
    question = text_of(client.post(at, typed))
    assert "2 件派给 2 个单位" in question and "留下不派的 2 件" in question
    assert not LedgerLine.objects.filter(step="dispatch").exists()
    told = text_of(client.post(at, typed | {"sure": "1"}, follow=True))
    assert "2 件已派单，2 件没有" in told
    assert "没有把握，没有派单" in told and "全部撤回" in told
    leads = dict(Matter.objects.values_list("number", "lead_id"))
    urban, housing = (district.organisations[key].pk for key in ("urban", "housing"))
    assert [leads[m.number] for m in (light, lift, other, raw)] == [urban, housing, None, None]
    assert client.post(at, typed | {"sure": "1"}).status_code == 302  # sent twice, nothing twice
    assert LedgerLine.objects.filter(step="dispatch").count() == 2
    assert at_desk(district, "dispatcher2").get(at).status_code == 404


@pytest.mark.usefixtures("rules")
def test_single_rows_are_changed_and_what_is_wrong_is_said_beside_them(district: District) -> None:
    first, second, third = (triaged(district, LIGHT) for _ in range(3))
    client = at_desk(district, "dispatcher")
    at = chosen(client, first, second, third)
    housing = name_of(district, "housing")
    typed = {
        "go": [first.number, second.number],
        f"lead-{first.number}": "查无此局",
        f"lead-{second.number}": housing,
    }
    refused = client.post(at, typed | {"sure": "1"})
    assert refused.status_code == 422
    assert "没有叫“查无此局”的承办单位" in text_of(refused)
    assert "还没有勾选要派的件" in text_of(client.post(at, {}))
    typed["go"] = [second.number]
    move_one(CASES, "dispatch", second.pk, by=district.actor("dispatcher2"), data={"lead": "URBAN"})
    assert "您勾选之后有人办过" in text_of(client.get(at))
    typed = {"go": [first.number], f"lead-{first.number}": housing, "sure": "1"}
    told = text_of(client.post(at, typed, follow=True))
    assert "1 件已派单，2 件没有" in told
    assert "没有勾选，没有派单" in told
    first.refresh_from_db()
    assert first.lead_id == district.organisations["housing"].pk


@pytest.mark.usefixtures("rules")
def test_the_table_costs_the_same_for_one_and_for_many(district: District) -> None:
    client = at_desk(district, "dispatcher")
    few = statements(client, chosen(client, triaged(district, LIGHT)))
    some = chosen(client, *(triaged(district, text) for text in (LIGHT, LIFT, OTHER) * 4))
    assert len(statements(client, some)) == len(few) <= 12


@pytest.mark.usefixtures("rules", "reviewer")
def test_a_unit_that_was_believed_is_not_suggested_for_that_case_again(district: District) -> None:
    matter, plain = objected(district), triaged(district, LIGHT)
    act(district, matter, "rule", "reviewer", **UPHELD)
    forget_all()
    client = at_desk(district, "dispatcher")
    page = text_of(client.get(f"/desk/cases/{matter.number}/steps/dispatch/"))
    assert page.count("已因申诉退回，不再推荐") == 2  # beside the rule and among the suggestions
    assert "不再推荐" not in text_of(client.get(f"/desk/cases/{plain.number}/steps/dispatch/"))
    table = text_of(client.get(chosen(client, matter, plain)))
    assert "已因申诉退回，不再推荐" in table
    assert table.count(" checked") == 1
