"""Rules and cases: what is read of past cases, the ruling that cites a rule, the draft that an objection begins."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from huying.cases.past import Past
from huying.cases.ruled import repeated_objections
from huying.kernel.errors import Invalid
from huying.knowledge.models import RuleVersion
from huying.knowledge.rules.conditions import Conditions
from tests.cases.desk import at_desk, settled, text_of
from tests.cases.test_objections import UPHELD, act, colleague, facts, objected
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.knowledge.test_rules import content, publish

pytestmark = pytest.mark.django_db


def test_past_cases_tell_who_had_it_first_and_last_and_what_was_said(district: District) -> None:
    colleague(district, "reviewer", "dispatcher", "centre")
    plain = advance(district, receive(district), "handling")
    receive(district)  # given to nobody yet
    moved = objected(district)
    act(district, moved, "rule", "reviewer", **UPHELD)
    act(district, moved, "dispatch", "reviewer", lead="HOUSING")
    found = {case.number: case for batch in Past().since(timezone.localdate()) for case in batch}
    assert set(found) == {plain.number, moved.number}
    urban, housing = (district.organisations[key].pk for key in ("urban", "housing"))
    one, two = found[plain.number], found[moved.number]
    assert (one.first, one.final, one.dispatches, one.objections) == (urban, urban, 1, 0)
    assert (two.first, two.final, two.dispatches, two.objections, two.upheld) == (urban, housing, 2, 1, 1)
    assert "路灯坏了" in one.asked.text and one.asked.category == "02.02.01"
    assert one.asked.street == district.places["street"].pk
    assert [case.number for case in Past().of([moved.number, "WC0", plain.number])] == [moved.number, plain.number]
    assert list(Past().since(timezone.localdate() + dt.timedelta(days=1))) == []


def test_an_upheld_objection_begins_a_draft_of_the_rule_that_was_wrong(district: District) -> None:
    colleague(district, "reviewer", "dispatcher", "centre")
    wrong = publish(district, content(conditions=Conditions(categories=("02.02",), any_words=("路灯",))))
    settled()
    matter = objected(district)
    with pytest.raises(Invalid):
        act(district, matter, "rule", "reviewer", cited="K000.1", **UPHELD)
    cited = f"{wrong.rule.code}.1"
    act(district, matter, "rule", "reviewer", cited=cited, **UPHELD)
    assert facts(matter, "rule")["cited"] == cited
    desk = at_desk(district, "dispatcher")
    page = text_of(desk.get(f"/desk/cases/{matter.number}/"))
    assert "据此改口径" in page and f"{wrong.rule.code} 第 1 版“路灯不亮”" in page
    assert "按口径由区城市管理执法局主办" in text_of(desk.get(f"/desk/cases/{matter.number}/steps/dispatch/"))
    answer = desk.get(f"/desk/cases/{matter.number}/propose-rule/")
    assert f"/desk/rules/{wrong.rule.code}/change/" in answer["Location"]
    form = text_of(desk.get(answer["Location"]))
    assert f"来自 {matter.number} 申诉成立" in form and 'value="路灯"' in form
    typed = {
        "subject": "路灯不亮",
        "categories": ["02.02"],
        "any_words": "路灯",
        "e1_any_words": "小区",
        "lead": "URBAN",
        "document": "职责清单（示例）",
        "clause": "第三条",
        "valid_from": timezone.localdate().isoformat(),
    }
    assert desk.post(answer["Location"], typed).status_code == 302
    draft = RuleVersion.objects.get(state="draft")
    assert [origin["number"] for origin in draft.origins] == [matter.number]
    assert desk.get(f"/desk/cases/{matter.number}/propose-rule/")["Location"] == f"/desk/rules/{wrong.rule.code}/"
    assert desk.get("/desk/rules/new/?from=forged").status_code == 422


def test_where_a_rule_names_another_unit_all_along_that_is_said(district: District) -> None:
    colleague(district, "reviewer", "dispatcher", "centre")
    right = publish(district, content(conditions=Conditions(categories=("02.02",)), lead="HOUSING"))
    settled()
    matter = objected(district)
    act(district, matter, "rule", "reviewer", **UPHELD)
    form = text_of(at_desk(district, "dispatcher").get(f"/desk/cases/{matter.number}/propose-rule/", follow=True))
    assert f"现行口径 {right.rule.code} 已规定这样的件由区住房保障和房屋管理局主办" in form
    assert "分类、词和单位已按那件诉求填好" in form and "→ 区住房保障和房屋管理局主办" in form


def test_objections_for_one_cause_are_counted_beside_the_rule(district: District) -> None:
    wrong = publish(district, content(conditions=Conditions(categories=("02.02",))))
    for _ in range(3):
        objected(district)
    [group] = repeated_objections(timezone.localdate(), 2)
    assert (group.n, group.category, group.unit_name) == (3, "02.02.01", "区城市管理执法局")
    desk = at_desk(district, "dispatcher")
    assert "3 次" in text_of(desk.get("/desk/rules/"))
    assert "同类申诉" in text_of(desk.get(f"/desk/rules/{wrong.rule.code}/"))
    page = text_of(desk.get("/desk/rules/objections/"))
    assert "<span>3 次<small" in page and wrong.rule.code in page
