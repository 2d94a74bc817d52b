"""What the recommender suggests, in real browsers: taken with one key while a call is typed, with one press when it is
dispatched, and for many cases at once."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huying.kernel.generation import bump, forget_all
from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender.learning import BLIND, KEY, TARGETS
from huying.knowledge.recommender.training import Example, train
from huying.matters.models import Matter
from tests.cases.desk import many
from tests.e2e.conftest import Visit
from tests.factories.cases import advance
from tests.factories.district import District
from tests.knowledge.test_recommender import SAID, some

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STALLS = "小区门口夜市占道经营，流动摊贩摆摊，烧烤摊油烟大，垃圾没人清运。"
CATEGORIES = dict(zip(SAID, ("01.01.01", "10.01.01", "05.01.02"), strict=True))
UNITS = dict(zip(SAID, ("urban", "housing", "street"), strict=True))


def learned(district: District) -> None:
    """A version in use that has learned three kinds of texts."""
    examples = [
        Example(
            one.text,
            {
                "category": CATEGORIES[one.answers["category"]],
                "handler": str(district.organisations[UNITS[one.answers["category"]]].pk),
            },
        )
        for one in some(150)
    ]
    now = timezone.now()
    RecommenderVersion.objects.create(
        asked_at=now,
        finished_at=now,
        state=RecommenderVersion.State.READY,
        active=True,
        content=train(examples, TARGETS, blind=BLIND).to_bytes(),
    )
    bump(KEY)
    forget_all()


def test_a_suggested_category_is_taken_with_one_key_while_a_call_is_typed(visit: Visit, served: District) -> None:
    learned(served)
    page = visit("call_taker")
    page.goto("/desk/cases/new/")
    page.get_by_label("诉求内容").fill(STALLS)
    suggested = page.locator("#suggested")
    expect(suggested.get_by_role("button").first).to_contain_text("占道经营")
    expect(suggested).to_contain_text("承办单位多半是区城市管理执法局")
    page.keyboard.press("Alt+7")
    expect(page.get_by_label("分类", exact=True)).to_have_value(re.compile("占道经营$"))


@pytest.mark.parametrize("width", [1440, 360])
def test_a_suggested_unit_is_taken_with_one_press_and_for_many(visit: Visit, served: District, width: int) -> None:
    learned(served)
    one, two, other = many(served, 3, text=STALLS)
    for matter in (one, two, other):
        advance(served, matter, "triaged")
    page = visit("dispatcher", width=width)
    page.goto(f"/desk/cases/{one.number}/steps/dispatch/")
    page.get_by_role("link", name="区城市管理执法局").first.click()
    expect(page.locator("[name=lead]")).to_have_value("URBAN")

    page.goto("/desk/cases/triaged/")
    for matter in (one, two, other):
        page.get_by_role("checkbox", name=re.compile(matter.number)).check()
    page.get_by_role("button", name="批量派单").click()
    page.get_by_role("link", name="按建议分派").click()
    page.get_by_role("checkbox", name=f"派出 {other.number}").uncheck()
    page.get_by_label(f"{two.number} 派给").fill("区住房保障和房屋管理局")
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 件派给 2 个单位？")
    expect(page.get_by_text("留下不派的 1 件")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="确认派出 2 件").click()
    expect(page.get_by_text("2 件已派单，1 件没有")).to_be_visible()
    leads = dict(Matter.objects.values_list("pk", "lead__code"))
    assert [leads[matter.pk] for matter in (one, two, other)] == ["URBAN", "HOUSING", None]
