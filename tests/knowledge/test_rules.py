"""Versions of rules, who approves them, what they would have moved, conflicts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone

from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.knowledge.history import Asked
from huying.knowledge.models import DispatchRule, RuleMove, RuleRun, RuleVersion
from huying.knowledge.rules import actions, faults, samples, tables
from huying.knowledge.rules.actions import Content
from huying.knowledge.rules.book import decide, published, rules_for
from huying.knowledge.rules.conditions import Conditions
from huying.knowledge.rules.queries import in_force
from huying.knowledge.tasks import run_rules
from huying.people.models import User
from tests.cases.desk import at_desk, settled, text_of
from tests.factories.district import District
from tests.knowledge.past import past, telling

pytestmark = pytest.mark.django_db

LIGHTS, WATER = "02.02.01", "03.01"
TODAY = timezone.localdate()


def content(**more: object) -> Content:
    base = Content(
        subject="路灯不亮",
        conditions=Conditions(categories=(LIGHTS,)),
        lead="URBAN",
        document="职责清单（示例）",
        clause="第三条",
        valid_from=timezone.localdate(),
    )
    return replace(base, **more)  # type: ignore[arg-type]


def tried(version: RuleVersion, by: User) -> RuleRun:
    """A replay of the draft, run."""
    today = timezone.localdate()
    run = RuleRun.objects.create(
        kind=RuleRun.Kind.REPLAY,
        versions=[version.pk],
        seal=actions.seal([version]),
        first=today - dt.timedelta(days=30),
        last=today + dt.timedelta(days=1),
        by=by,
    )
    from huying.knowledge.rules import replay

    replay.attempt(run.pk)
    run.refresh_from_db()
    return run


def publish(district: District, what: Content, rule: DispatchRule | None = None) -> RuleVersion:
    writer, approver = district.users["dispatcher"], district.users["dispatcher2"]
    version = actions.draft(what, by=writer, rule=rule)
    with telling([]):
        tried(version, writer)
    actions.submit(version, by=writer)
    return actions.approve(version, by=approver)


def units(district: District) -> dict[str, int]:
    return {code.lower(): one.pk for code, one in district.organisations.items()}


def lead_of(case: Asked) -> str:
    settled()
    hit = decide(case)
    return hit.code if hit else ""


ASKED = Asked("徐东大街路灯坏了", category=LIGHTS)


def test_a_rule_decides_once_somebody_else_has_approved_it(district: District) -> None:
    writer, approver = district.users["dispatcher"], district.users["dispatcher2"]
    version = actions.draft(content(), by=writer)
    with pytest.raises(Conflict, match="先用历史件回放"):
        actions.submit(version, by=writer)
    with telling([]):
        tried(version, writer)
    actions.submit(version, by=writer)
    assert lead_of(ASKED) == ""
    with pytest.raises(Forbidden, match="不能审批自己起草"):
        actions.approve(version, by=writer)
    actions.approve(version, by=approver)
    assert lead_of(ASKED) == version.rule.code
    with pytest.raises(Conflict):
        actions.rewrite(version, content(), by=writer)


def test_a_draft_changed_after_its_replay_needs_another(district: District) -> None:
    writer = district.users["dispatcher"]
    version = actions.draft(content(), by=writer)
    with telling([]):
        tried(version, writer)
    version = actions.rewrite(version, content(lead="HOUSING"), by=district.users["dispatcher2"])
    assert actions.evidence(version) is None
    with pytest.raises(Conflict):
        actions.submit(version, by=writer)
    with telling([]):
        tried(version, writer)
    actions.submit(version, by=writer)
    with pytest.raises(Forbidden):  # who has mended it has written it
        actions.approve(version, by=district.users["dispatcher2"])


def test_a_new_version_replaces_the_old_from_its_day_and_its_withdrawal_brings_it_back(district: District) -> None:
    first = publish(district, content())
    second = publish(district, content(lead="HOUSING", valid_from=TODAY + dt.timedelta(days=2)), first.rule)
    settled()
    assert [one.pk for one in in_force()] == [first.pk]
    assert [one.pk for one in published().in_force(TODAY + dt.timedelta(days=2))] == [second.pk]
    with pytest.raises(Conflict, match="先撤回第 2 版"):
        actions.withdraw(first, by=district.users["supervisor"], why="试试")
    third = publish(district, content(lead="STREET"), first.rule)
    settled()
    assert [one.pk for one in in_force()] == [third.pk]
    actions.withdraw(second, by=district.users["supervisor"], why="还没有生效，先撤回")
    assert actions.withdraw(third, by=district.users["supervisor"], why="派错了") == first
    settled()
    assert [one.pk for one in in_force()] == [first.pk]
    assert actions.withdraw(first, by=district.users["supervisor"], why="都不要了") is None
    assert lead_of(ASKED) == ""


def test_what_cannot_be_a_rule_is_refused_beside_its_fields(district: District) -> None:
    wrong = content(
        subject=" ",
        conditions=Conditions(kinds=("help",), any_words=("好长的词" * 8,), none_words=()),
        lead="NOBODY",
        helpers=("NOBODY",),
        clause="",
        valid_to=TODAY,
    )
    with pytest.raises(Invalid) as refused:
        actions.draft(wrong, by=district.users["dispatcher"])
    assert {"subject", "any_words", "lead", "helpers", "clause", "valid_to"} <= set(refused.value.fields)
    assert not DispatchRule.objects.exists()


def test_a_replay_says_what_would_move_and_what_became_of_it(district: District) -> None:
    unit = {key: one.pk for key, one in district.organisations.items()}
    street = district.places["street"].pk
    first = publish(district, content())
    cases = [
        past(1, "路灯不亮", first=unit["urban"], category=LIGHTS),
        past(2, "小区里路灯不亮", first=unit["urban"], final=unit["housing"], category=LIGHTS, objections=1, upheld=1),
        past(3, "小区里路灯又坏了", first=unit["urban"], final=unit["housing"], category=LIGHTS, handed_back=1),
        past(4, "小区里停水", first=unit["water"], category=WATER),
        past(5, "小区里的庭院灯", first=unit["street"], category=LIGHTS, overdue=True, street=street),
    ]
    changed = content(conditions=Conditions(categories=(LIGHTS,), any_words=("小区",)), lead="HOUSING")
    draft = actions.draft(changed, by=district.users["dispatcher"], rule=first.rule)
    with telling(cases):
        settled()
        run = tried(draft, district.users["dispatcher"])
    assert run.state == "done", run.problem
    assert run.result["read"] == 5
    assert run.result["lost"] == 1  # the light in the street has no rule any more
    assert (run.result["moved"], run.result["agreed_before"], run.result["agreed"]) == (4, 1, 2)
    ways = {(source, target): figures for source, target, *figures in run.result["ways"]}
    assert ways[unit["urban"], unit["housing"]] == [3, 0, 2, 1, 1, 1, 1]
    assert ways[unit["urban"], 0][0] == 1
    moved = dict(RuleMove.objects.filter(run=run).values_list("matter", "target"))
    assert moved == {1: None, 2: unit["housing"], 3: unit["housing"], 5: unit["housing"]}


def test_conflicts_are_rules_equally_narrow_that_name_other_units(district: District) -> None:
    one = publish(district, content(conditions=Conditions(categories=(LIGHTS,), any_words=("小区",))))
    other = publish(district, content(conditions=Conditions(categories=(LIGHTS,), any_words=("物业",)), lead="HOUSING"))
    wider = publish(district, content(lead="STREET"))
    apart = publish(
        district,
        content(conditions=Conditions(categories=(LIGHTS,), any_words=("小区",), places=("420106003",)), lead="CIVIL"),
    )
    settled()
    found = faults.conflicts(in_force())
    assert [(c.one.pk, c.other.pk, c.ranked) for c in found] == [(one.pk, other.pk, False)]
    assert {wider.pk, apart.pk} <= {version.pk for version in in_force()}
    unit = {key: body.pk for key, body in district.organisations.items()}
    told = rules_for(Asked("小区物业不修路灯", category=LIGHTS))
    assert told.decides is not None and told.decides.lead == unit["urban"]
    assert [hit.code for hit in told.others] == [other.rule.code, wider.rule.code]


def test_a_rule_of_a_dissolved_unit_gives_to_its_heir_and_is_listed(district: District) -> None:
    version = publish(district, content())
    urban, housing = district.organisations["urban"], district.organisations["housing"]
    urban.valid_to, urban.successor = TODAY, housing
    urban.save()
    settled()
    hit = decide(ASKED)
    assert hit is not None and hit.lead == housing.pk
    assert [(one.version.pk, one.unit, one.heir) for one in faults.gone(in_force())] == [
        (version.pk, "区城市管理执法局", "区住房保障和房屋管理局")
    ]


def test_rules_go_out_to_excel_and_come_back_as_drafts(district: District, tmp_path: Path) -> None:
    publish(
        district,
        content(
            conditions=Conditions(categories=(LIGHTS, WATER), any_words=("不亮",), places=("420106003001",)),
            helpers=("@street",),
            exceptions=(Conditions(any_words=("隧道",)),),
        ),
    )
    settled()
    path = tmp_path / "rules.xlsx"
    assert tables.export_rules(path) == 1
    same = tables.import_rules(path, by=district.users["dispatcher"])
    assert (same.report.accepted, same.report.skipped, same.report.rejected) == (0, 1, 0)
    rows = tmp_path / "rules.csv"
    rows.write_text(
        "编号,事项,分类,说到任一个,主办单位,依据文件,条款,优先级\n"
        ",停水,供水,停水、没水,区自来水公司,职责清单（示例）,第一条,\n"
        ",坏的一行,没有这类,停水,没有这家,职责清单（示例）,第一条,12\n"
        "K999,没有的编号,供水,停水,属地街道,职责清单（示例）,第一条,\n",
        encoding="utf-8",
    )
    tried = tables.import_rules(rows, by=district.users["dispatcher"], dry_run=True)
    assert (tried.report.accepted, tried.report.rejected) == (1, 2)
    assert RuleVersion.objects.filter(state="draft").count() == 0
    done = tables.import_rules(rows, by=district.users["dispatcher"])
    told = "；".join(str(fault) for fault in done.report.faults)
    assert "没有这个分类：没有这类" in told and "没有这个单位：没有这家" in told and "K999" in told
    [draft] = RuleVersion.objects.filter(state="draft")
    assert (draft.lead, draft.asked.any_words, draft.batch) == ("WATER", ("停水", "没水"), done.batch)


def test_what_an_import_cannot_read_back_is_never_lost(district: District, tmp_path: Path) -> None:
    """Two exceptions, several lines, names in place of codes; a row left alone is passed over whatever it names."""
    version = publish(
        district,
        content(
            conditions=Conditions(any_words=("=cmd",), places=("420106003001",)),
            exceptions=(Conditions(any_words=("隧道",)), Conditions(categories=(WATER,))),
            quote="第一行\n第二行",
            helpers=("HOUSING",),
        ),
    )
    settled()
    path = tmp_path / "rules.csv"
    tables.export_rules(path)
    text = path.read_text(encoding="utf-8-sig")
    assert "区城市管理执法局" in text and "URBAN" not in text and "420106003001" not in text
    assert tables.import_rules(path, by=district.users["dispatcher"], dry_run=True).report.skipped == 1
    urban = district.organisations["urban"]
    urban.valid_to = TODAY
    urban.save()
    settled()
    tables.export_rules(path)
    assert tables.import_rules(path, by=district.users["dispatcher"], dry_run=True).report.skipped == 1
    changed = path.read_text(encoding="utf-8-sig").replace("路灯不亮", "路灯全灭")
    path.write_text(changed, encoding="utf-8")
    refused = tables.import_rules(path, by=district.users["dispatcher"])
    assert (refused.report.rejected, "没有这个单位" in str(refused.report.faults[0])) == (1, True)
    assert version.rule.versions.count() == 1


def test_the_same_rule_twice_in_one_file_is_taken_once(district: District, tmp_path: Path) -> None:
    code = publish(district, content()).rule.code
    settled()
    new = ",停水,供水,停水,区自来水公司,职责清单（示例）,第一条\n"
    changed = f"{code},路灯全灭,{LIGHTS},,区城市管理执法局,职责清单（示例）,第三条\n"
    path = tmp_path / "rules.csv"
    path.write_text(f"编号,事项,分类,说到任一个,主办单位,依据文件,条款\n{new}{new}{changed}{changed}", encoding="utf-8")
    done = tables.import_rules(path, by=district.users["dispatcher"])
    assert (done.new, done.changed) == (1, 1)
    assert [str(fault) for fault in done.report.faults] == [
        "第 3 行“编号”：和第 2 行是同一条口径",
        "第 5 行“编号”：和第 4 行是同一条口径",
    ]


def test_the_demo_has_208_rules_that_reach_every_category() -> None:
    import csv
    from importlib.resources import files

    text = files("huying.knowledge").joinpath("data/rules.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 208
    assert len({row["事项"] for row in rows}) == 208
    assert samples.are_there() is False


# --- pages -----------------------------------------------------------------------------------------------------------

TYPED = {
    "subject": "路灯不亮",
    "categories": [LIGHTS],
    "any_words": "路灯、不亮",
    "lead": "URBAN",
    "document": "职责清单（示例）",
    "clause": "第三条",
    "valid_from": TODAY.isoformat(),
}


def test_a_rule_is_written_tried_and_approved_on_pages(district: District) -> None:
    unit = {key: one.pk for key, one in district.organisations.items()}
    desk = at_desk(district, "dispatcher")
    with telling([past(1, "路灯不亮", first=unit["street"], final=unit["urban"], category=LIGHTS)]):
        looked = text_of(desk.post("/desk/rules/preview/", TYPED))
        assert "说到“路灯”或“不亮” → 区城市管理执法局主办" in looked and "<strong>1 件</strong>" in looked
        refused = desk.post("/desk/rules/new/", {**TYPED, "lead": ""})
        assert refused.status_code == 422 and "请选择主办单位" in text_of(refused)
        page = desk.post("/desk/rules/new/", TYPED, follow=True)
        version = RuleVersion.objects.get()
        assert "还没有用历史件回放过" in text_of(page)
        period = {"first": (TODAY - dt.timedelta(days=40)).isoformat(), "last": TODAY.isoformat()}
        going = desk.post(f"/desk/rules/versions/{version.pk}/replay/", period, follow=True)
        assert "正在排队" in text_of(going)
        settled()
        run_rules.func(pk=RuleRun.objects.latest("pk").pk)  # as the worker would
        run = RuleRun.objects.get()
        told = text_of(desk.get(f"/desk/rules/runs/{run.pk}/"))
    assert "徐家棚街道办事处" in told and "WC202601010001" in told
    assert "提交审批" in text_of(desk.get(f"/desk/rules/{version.rule.code}/"))
    desk.post(f"/desk/rules/versions/{version.pk}/submit/")
    assert "由另一位派单审核员" in text_of(desk.get(f"/desk/rules/versions/{version.pk}/judge/"))
    other = at_desk(district, "supervisor")
    judged = text_of(other.get(f"/desk/rules/versions/{version.pk}/judge/"))
    assert "批准并发布" in judged and "WC202601010001" in judged
    other.post(f"/desk/rules/versions/{version.pk}/approve/")
    settled()
    assert lead_of(Asked("路灯不亮", category=LIGHTS)) == version.rule.code
    page = text_of(other.get(f"/desk/rules/{version.rule.code}/"))
    assert "撤回这一版" in page
    other.post(f"/desk/rules/versions/{version.pk}/withdraw/", {"why": "派错了"})
    settled()
    assert lead_of(Asked("路灯不亮", category=LIGHTS)) == ""


def test_everything_that_is_wrong_with_a_rule_is_told_at_once(district: District) -> None:
    desk = at_desk(district, "dispatcher")
    yesterday, today = (TODAY - dt.timedelta(days=1)).isoformat(), TODAY.isoformat()
    page = desk.post("/desk/rules/new/", {**TYPED, "subject": "字" * 61, "lead": "", "valid_from": ""})
    told = text_of(page)
    assert page.status_code == 422 and "最多 60 个字，现有 61 个。" in told
    assert "请填写日期。" in told and "请选择主办单位" in told
    page = desk.post("/desk/rules/new/", {**TYPED, "valid_from": yesterday, "valid_to": today})
    assert page.status_code == 422 and "失效日期已经过了" in text_of(page)
    words = "、".join(f"{n:02}".ljust(20, "长") for n in range(30))
    assert desk.post("/desk/rules/new/", {**TYPED, "any_words": words}).status_code == 302
    assert desk.get("/desk/rules/%00/").status_code == 404


def test_units_read_the_rules_that_name_them(district: District) -> None:
    mine = publish(district, content())
    other = publish(district, content(subject="停水", conditions=Conditions(categories=(WATER,)), lead="WATER"))
    local = publish(district, content(subject="街道的", conditions=Conditions(categories=("01",)), lead="@street"))
    handler, street = at_desk(district, "handler"), at_desk(district, "street_clerk")
    page = text_of(handler.get("/desk/rules/"))
    assert mine.rule.code in page and other.rule.code not in page and "新增口径" not in page
    assert handler.get(f"/desk/rules/{other.rule.code}/").status_code == 404
    assert handler.get(f"/desk/rules/{mine.rule.code}/").status_code == 200
    assert local.rule.code in text_of(street.get("/desk/rules/"))
    assert handler.get("/desk/rules/faults/").status_code == 404


def test_the_survey_lists_gaps_and_rules_that_are_never_used(district: District) -> None:
    unit = {key: one.pk for key, one in district.organisations.items()}
    publish(district, content())
    publish(district, content(subject="从不说到的", conditions=Conditions(any_words=("独角兽",))))
    desk = at_desk(district, "dispatcher")
    cases = [
        past(1, "路灯不亮", first=unit["urban"], category=LIGHTS),
        past(2, "停水", first=unit["water"], category="03.01.01", street=district.places["street"].pk),
    ]
    with telling(cases):
        period = {"first": (TODAY - dt.timedelta(days=40)).isoformat(), "last": TODAY.isoformat()}
        assert desk.post("/desk/rules/faults/survey/", period).status_code == 302
        settled()
        run_rules.func(pk=RuleRun.objects.latest("pk").pk)  # as the worker would
    page = text_of(desk.get("/desk/rules/faults/"))
    assert "公用事业 / 供水 / 停水" in page and "徐家棚街道" in page and "从不说到的" in page


def test_the_menu_counts_rules_to_approve_but_not_ones_own(district: District) -> None:
    version = actions.draft(content(), by=district.users["dispatcher"])
    tried(version, district.users["dispatcher"])
    actions.submit(version, by=district.users["dispatcher"])
    line = 'id="count-rules" hx-swap-oob="true">1<'
    assert line in text_of(at_desk(district, "dispatcher2").get("/ui/counts/"))
    assert line not in text_of(at_desk(district, "dispatcher").get("/ui/counts/"))
