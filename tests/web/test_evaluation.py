"""考核指标: a unit's, all units side by side, the rows behind a figure, the sheets; who may see which."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.http import HttpResponseBase
from django.utils import timezone
from openpyxl import load_workbook

from huying.cases.flow import CASES
from huying.cases.models import ExportRun, VolumeTarget
from huying.kernel.metrics import Tally
from huying.kernel.registry import metric_groups, metrics
from huying.matters.engine import move_one
from huying.people.periods import PeriodForm
from huying.web.evaluation import ranked
from tests.cases.desk import at_desk, dispatched, many, statements, text_of, written
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 22)
WHOLE_YEAR = "period=own&first={0:%Y-%m}&last={1:%Y-%m}"


def this_year() -> str:
    """Months around today, so that nothing of a test falls out at a turn of the month."""
    now = timezone.localdate()
    return WHOLE_YEAR.format(now - timedelta(days=90), now + timedelta(days=60))


def lines(client: HouseClient, code: str = "URBAN") -> dict[str, object]:
    page = client.get(f"/desk/units/{code}/?{this_year()}").context["evaluation"]
    return {line.metric.id: line for line in page.lines}


def sheet(answer: HttpResponseBase) -> list[list[list[object]]]:
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return [[list(row) for row in one.iter_rows(values_only=True)] for one in load_workbook(BytesIO(content))]


@pytest.mark.parametrize(
    ("given", "words", "before"),
    [
        ({}, "2026年11月", "2026年10月"),
        ({"period": "nonsense"}, "2026年11月", "2026年10月"),
        ({"period": "last"}, "2026年10月", "2026年9月"),
        ({"period": "quarter"}, "2026年第 4 季度", "2026年第 3 季度"),
        ({"period": "year"}, "2026年", "2025年"),
        ({"period": "own", "first": "2025-12", "last": "2026-01"}, "2025年12月至2026年1月", "2025年10月至11月"),
        ({"period": "own", "first": "2026-02", "last": "2026-02"}, "2026年2月", "2026年1月"),
    ],
)
def test_a_period_is_whole_months(given: dict[str, str], words: str, before: str) -> None:
    form = PeriodForm(given, TODAY)
    assert (form.status, form.period.words, form.period.before.words) == (200, words, before)
    assert form.period.before.until == form.period.since


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("", "2026-01", "first"),
        ("2026-13", "2026-01", "first"),
        ("一月", "2026-01", "first"),
        ("99999-01", "2026-01", "first"),
        ("2026-03", "2026-01", "last"),
        ("2025-01", "2026-01", "last"),
    ],
)
def test_months_that_are_none_are_refused_beside_the_field(first: str, last: str, field: str) -> None:
    form = PeriodForm({"period": "own", "first": first, "last": last}, TODAY)
    assert form.status == 422
    assert field in form.errors
    assert form.period.words == "2026年11月"


def test_a_unit_reads_its_figures_and_opens_each_to_its_rows(district: District) -> None:
    closed = advance(district, receive(district), "closed")
    late = advance(district, receive(district, at=timezone.now() - timedelta(days=60)), "dispatched",
                   start=timezone.now() - timedelta(days=60))  # fmt: skip
    client = at_desk(district, "handler")
    shown = lines(client)
    on_time, satisfied = shown["cases.on_time"], shown["cases.satisfied"]
    assert (on_time.value, on_time.part, on_time.whole, on_time.small) == ("50.0%", 1, 2, True)  # type: ignore[attr-defined]
    assert (satisfied.value, satisfied.district) == ("100.0%", "100.0%")  # type: ignore[attr-defined]
    for line in shown.values():
        rows = client.get(line.whole_url).context["shown"].rows  # type: ignore[attr-defined]
        assert len(rows) == line.whole, line.metric.id  # type: ignore[attr-defined]
    page = client.get(on_time.part_url)  # type: ignore[attr-defined]
    assert [row.number for row in page.context["shown"].rows] == [closed.number]
    rest = client.get(f"/desk/units/URBAN/evaluation/cases.on_time/?{this_year()}&show=rest").context["shown"].rows
    assert [(row.number, row.verdict) for row in rest] == [(late.number, "没有按时办结")]


def test_what_is_left_out_says_why_and_what_went_elsewhere_is_counted_only(district: District) -> None:
    handed = advance(district, receive(district), "dispatched")
    data = {"reason": "not_ours", "explanation": "不归我们管。"}
    move_one(CASES, "hand_back", handed.pk, by=district.actor("handler"), data=data)
    url = f"/desk/units/URBAN/evaluation/cases.on_time/?{this_year()}&show=left"
    page = text_of(at_desk(district, "supervisor").get(url))
    assert handed.number in page
    assert "由“退回派单”中止" in page
    own = text_of(at_desk(district, "handler").get(url))
    assert handed.number not in own
    assert "另有 1 条已经转到别的单位" in own
    assert lines(at_desk(district, "handler"))["cases.on_time"].left_out == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "seen"), [("handler", 200), ("chief", 200), ("supervisor", 200), ("handler2", 404),
                                            ("resident", 403), ("administrator", 403)])  # fmt: skip
def test_a_unit_sees_its_own_figures_only(district: District, name: str, seen: int) -> None:
    client = at_desk(district, name)
    for url in ("", "evaluation/sheet/", "evaluation/cases.solved/"):
        answer = client.get(f"/desk/units/URBAN/{url}")
        assert answer.status_code == seen, url
        if answer.streaming:
            answer.getvalue()


@pytest.mark.parametrize("name", ["supervisor", "leader", "analyst"])
def test_some_compare_all_units(district: District, name: str) -> None:
    advance(district, receive(district), "closed")
    client = at_desk(district, name)
    page = client.get(f"/desk/evaluation/?{this_year()}&sort=cases.satisfied")
    table = page.context["table"]
    assert {line.unit.code for line in table.lines} >= {"URBAN", "HOUSING"}
    assert [cell.value for cell in table.total.cells if cell.metric.id == "cases.satisfied"] == ["100.0%"]
    assert client.get("/desk/evaluation/cases.satisfied/").status_code == 200
    assert client.get("/desk/evaluation/cases.nothing/").status_code == 404


@pytest.mark.parametrize("name", ["handler", "call_taker", "dispatcher", "administrator"])
def test_others_do_not(district: District, name: str) -> None:
    client = at_desk(district, name)
    for url in ("", "sheet/", "cases.satisfied/"):
        assert client.get(f"/desk/evaluation/{url}").status_code == 403


def test_equal_figures_share_a_place_and_small_numbers_have_none() -> None:
    by, low = metrics["cases.on_time"], metrics["cases.reworked"]
    of = {1: Tally(18, 20), 2: Tally(19, 20), 3: Tally(36, 40), 4: Tally(1, 1), 5: Tally(), 6: Tally(10, 20)}
    assert {key: words for key, (_, words) in ranked(of, by).items()} == {
        2: "1", 1: "2（并列）", 3: "2（并列）", 6: "4", 4: "—", 5: "—",
    }  # fmt: skip
    assert ranked(of, low)[6] == (1, "1")


def test_the_sheets_say_what_the_figures_mean(district: District) -> None:
    advance(district, receive(district), "closed")
    unit, channels, meanings = sheet(
        at_desk(district, "handler").get(f"/desk/units/URBAN/evaluation/sheet/?{this_year()}")
    )
    assert [row[0] for row in unit[1:]] == [metric.label for metric in metric_groups["cases"].metrics]
    assert channels[1][:2] == ["电话", 1]
    assert [row[1] for row in meanings[1:]] == [metric.formula for metric in metric_groups["cases"].metrics]
    table, _ = sheet(at_desk(district, "leader").get(f"/desk/evaluation/sheet/?{this_year()}"))
    assert [row[0] for row in table][-1] == "全区"
    assert table[-1][table[0].index("满意率（%）")] == 100


def test_rows_go_out_without_personal_data_and_into_the_log(district: District) -> None:
    matter = advance(district, receive(district, title="请回电 13971112222"), "closed")
    address = f"/desk/units/URBAN/evaluation/cases.on_time/export/?{this_year()}"
    rows, meanings = sheet(at_desk(district, "supervisor").post(address))
    assert rows[1][0] == matter.number
    assert "13971112222" not in str(rows)
    assert rows[1][5] == "按时办结"
    assert meanings[-1][0] == "统计时间"
    run = ExportRun.objects.get()
    assert (run.rows, run.by) == (1, district.users["supervisor"])
    assert "按时办结率" in run.what
    assert at_desk(district, "handler").post(address).status_code == 403
    assert at_desk(district, "supervisor").get(address).status_code == 405


def test_a_target_stands_beside_the_volume(district: District) -> None:
    for _ in range(2):
        advance(district, receive(district), "closed")
    first = timezone.localdate().replace(day=1)
    VolumeTarget.objects.create(organisation=district.organisations["urban"], channel_id="phone", since=first, most=1)
    client = at_desk(district, "chief")
    (line,) = client.get("/desk/units/URBAN/").context["evaluation"].channels
    assert (line.n, line.target, line.over) == (2, 1, 1)
    assert "超过目标" in text_of(client.get("/desk/units/URBAN/"))
    (line,) = client.get(f"/desk/units/URBAN/?{this_year()}").context["evaluation"].channels
    assert line.target is None  # not every month of it has one


def test_an_administrator_sets_targets_by_month(district: District) -> None:
    client = at_desk(district, "administrator")
    data = {"organisation": district.organisations["urban"].pk, "channel": "phone", "since": "2026-11", "most": "5"}
    assert client.post("/desk/settings/targets/new/", data).status_code == 302
    target = VolumeTarget.objects.get()
    assert (target.since, target.most) == (date(2026, 11, 1), 5)
    again = client.post("/desk/settings/targets/new/", data)
    assert again.status_code == 422
    assert "从这个月起已经有目标" in text_of(again)
    assert client.post("/desk/settings/targets/new/", data | {"since": "明年"}).status_code == 422
    assert "每月不超过 5 件" in text_of(client.get("/desk/settings/targets/"))
    url = f"/desk/settings/targets/{target.pk}/"
    assert client.post(url, data | {"most": ""}).status_code == 302
    assert "不设目标" in text_of(client.get("/desk/settings/targets/"))
    assert client.post(f"{url}remove/").status_code == 302
    assert not VolumeTarget.objects.exists()
    assert "件数控制目标" in text_of(client.get("/desk/settings/changes/"))
    assert at_desk(district, "supervisor").get("/desk/settings/targets/").status_code == 403


@pytest.mark.parametrize(
    "url",
    [
        "/desk/units/URBAN/?period=quarter",
        "/desk/evaluation/?kind=all",
        "/desk/evaluation/cases.volume/",
        "/desk/units/URBAN/evaluation/cases.on_time/?show=left",
    ],
)
def test_pages_of_figures_cost_the_same_with_one_case_and_with_many(district: District, url: str) -> None:
    client = at_desk(district, "supervisor")
    dispatched(district, many(district, 1))
    advance(district, receive(district), "closed")
    few = statements(client, url)
    dispatched(district, many(district, 80))
    lots = statements(client, url)
    assert len(few) == len(lots) <= 12
    assert written(lots) <= {"people_session"}


def test_a_unit_without_anything_says_so(district: District) -> None:
    page = text_of(at_desk(district, "leader").get("/desk/units/WATER/"))
    assert "这段时间没有可计算的件" in page
