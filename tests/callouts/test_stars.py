"""Stars of units and callers: what counts, what is left out, pages, sheets, settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from huying.callouts.stars.defaults import DIMENSIONS
from huying.callouts.stars.league import League, league, rows_of
from huying.callouts.stars.measured import MEASURES, Side
from huying.callouts.stars.models import StarStandard
from huying.callouts.stars.shown import of_callout, of_response
from huying.callouts.stars.standards import standard_for, standard_on
from huying.cases.flow import CASES
from huying.kernel.generation import bump
from huying.kernel.models import ConfigChange
from huying.matters.engine import move_one
from huying.matters.models import Clock, Matter
from huying.matters.sweep import sweep
from huying.people.periods import Period
from tests.cases.desk import at_desk, settled, statements, text_of, written
from tests.factories import cases as made
from tests.factories.callouts import advance, call, do, response_of, responses, take
from tests.factories.district import District

pytestmark = pytest.mark.django_db

PAGE = "/desk/callouts/stars/"
URBAN = f"{PAGE}units/URBAN/"


def year() -> Period:
    return Period("year", timezone.localdate().replace(month=1, day=1), 12)


def stars(side: Side = "called", **kwargs: str) -> League:
    return league(rows_of(year(), timezone.now(), **kwargs), side, year())


def rate(
    district: District, response: Matter, solved: str, satisfaction: int, comment: str = "", *, by: str = "handler"
) -> Matter:
    response = advance(district, response, "accepted", by)
    data = {"solved": solved, "satisfaction": satisfaction, "comment": comment}
    return do(district, response, "rate", "community_clerk", data)


def called(district: District, n: int, *units: str) -> list[Matter]:
    """n calls, none of which repeats another."""
    return [call(district, *units, title=f"{'甲乙丙丁戊己庚辛壬癸'[i] * 6}处险情") for i in range(n)]


def line_of(district: District, found: League, key: str):  # type: ignore[no-untyped-def]
    line = found.of(district.organisations[key].pk)
    assert line is not None
    return line


def sheet(answer: HttpResponseBase) -> list[list[list[object]]]:
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return [[list(row) for row in one.iter_rows(values_only=True)] for one in load_workbook(BytesIO(content))]


# --- what counts -----------------------------------------------------------------------------------------------------


def test_the_standard_that_a_district_starts_with() -> None:
    standard = standard_on(timezone.localdate())
    assert set(standard.dimensions) == set(MEASURES) == set(DIMENSIONS)
    assert all(sum(standard.weights(side).values()) == 100 for side in ("called", "caller"))
    assert [band.words for band in standard.dimensions["speed"].bands] == [
        "50%以内", "超过 50%，75%以内", "超过 75%，100%以内", "超过 100%，200%以内", "超过 200%",
    ]  # fmt: skip


def test_a_response_in_time_and_well_rated_has_five_stars_in_all_four(district: District) -> None:
    callout = call(district)
    rate(district, response_of(callout, "URBAN"), "yes", 5)
    line = line_of(district, stars(), "urban")
    assert {key: part.tally.counts for key, part in line.parts.items()} == {
        key: [0, 0, 0, 0, 1] for key in ("speed", "on_time", "solved", "satisfaction")
    }
    assert (line.n, line.enough, line.mark) == (1, False, None), "one response is no sample"


def test_late_is_measured_against_the_limit_and_never_coming_counts_too(district: District) -> None:
    late, never = called(district, 2)
    one, other = response_of(late, "URBAN"), response_of(never, "URBAN")
    clock = Clock.objects.get(matter=one.pk, kind="respond")
    do(district, one, "respond", "handler")
    ended = clock.started_at + 1.5 * (clock.due_at - clock.started_at)
    Clock.objects.filter(matter=one.pk, kind="respond").update(stopped_at=ended)
    rows = {row.id: row for row in rows_of(year(), timezone.now())}
    assert rows[one.pk].values["speed"] == pytest.approx(150)
    assert rows[other.pk].missing["speed"] == "not_due"
    rows = {row.id: row for row in rows_of(year(), timezone.now() + timedelta(minutes=90))}
    assert 290 < rows[other.pk].values["speed"] < 310
    tally = line_of(district, league(list(rows.values()), "called", year()), "urban").parts["speed"].tally
    assert tally.counts == [1, 1, 0, 0, 0]


def test_done_over_counts_by_its_slowest_round(district: District) -> None:
    response = advance(district, response_of(call(district), "URBAN"), "fed_back")
    first = Clock.objects.get(matter=response.pk, kind="feed_back")
    Clock.objects.filter(pk=first.pk).update(stopped_at=first.started_at + 1.3 * (first.due_at - first.started_at))
    response = do(district, response, "send_back", "community_clerk", {"reason": "回填的又陷下去了。"})
    advance(district, response, "accepted")
    (row,) = rows_of(year(), timezone.now())
    assert row.values["on_time"] == pytest.approx(130)


def test_released_and_cancelled_are_left_out_with_their_reasons(district: District) -> None:
    released, withdrawn, deciding = called(district, 3)
    why = {"cause": "not_ours", "reason": "塌陷的是小区内部道路。"}
    one = do(district, response_of(released, "URBAN"), "decline", "handler", why)
    do(district, one, "rule", "dispatcher", {"verdict": "released", "reason": "小区内部道路归物业。"})
    take(district, withdrawn, "withdraw", "community_clerk", {"reason": "已经自行处理好了。"})
    do(district, response_of(deciding, "URBAN"), "decline", "handler", why)
    line = line_of(district, stars(), "urban")
    assert line.parts["speed"].tally.left_out == {"released": 1, "cancelled": 1, "deciding": 1}
    assert (line.n, line.rows, line.overall) == (0, 3, None)


def test_who_was_not_rated_is_neither_satisfied_nor_dissatisfied(district: District) -> None:
    advance(district, response_of(call(district), "URBAN"), "accepted")
    (row,) = rows_of(year(), timezone.now())
    assert row.missing["solved"] == row.missing["satisfaction"] == "not_yet"
    sweep(timezone.now() + timedelta(days=40))
    (row,) = rows_of(year(), timezone.now())
    assert row.missing["solved"] == "unrated"


def test_residents_of_linked_cases_are_heard_once_their_case_is_closed(district: District) -> None:
    case = made.advance(district, made.receive(district), "dispatched")
    callout = call(district, numbers=[case.number])
    rate(district, response_of(callout, "URBAN"), "yes", 5)
    (row,) = rows_of(year(), timezone.now())
    assert (row.residents, row.satisfaction(50)) == (None, 5.0)
    case = made.advance(district, case, "resolved")
    answers = {"reached": True, "solved": True, "satisfied": 3, "real": True}
    move_one(CASES, "callback", case.pk, by=district.actor("call_taker"), data=answers)
    (row,) = rows_of(year(), timezone.now())
    assert (row.residents, row.cases) == (3.0, 1)
    assert (row.satisfaction(50), row.satisfaction(0), row.satisfaction(100)) == (4.0, 5.0, 3.0)


def test_callers_are_rated_by_those_they_called(district: District) -> None:
    response = advance(district, response_of(call(district), "URBAN"), "accepted")
    do(district, response, "rate_caller", "handler", {"justified": "partly", "clear": 2, "right_address": False})
    line = line_of(district, stars("caller"), "community0")
    assert {key: part.tally.mean for key, part in line.parts.items()} == {
        "justified": 3.0,
        "clear": 2.0,
        "address": 1.0,
    }
    assert stars("caller").of(district.organisations["urban"].pk) is None


def test_few_responses_are_drawn_towards_the_districts_mean(district: District) -> None:
    StarStandard.objects.update(least=2, strength=2)
    bump("star_standards")
    good, bad = called(district, 2, "URBAN", "HOUSING")
    for callout, verdict, points in ((good, "yes", 5), (bad, "yes", 5)):
        rate(district, response_of(callout, "URBAN"), verdict, points)
    for callout in (good, bad):
        rate(district, response_of(callout, "HOUSING"), "no", 1, by="handler2")
    found = stars()
    urban, housing = line_of(district, found, "urban"), line_of(district, found, "housing")
    assert found.district.parts["solved"].tally.mean == 3.0
    assert urban.parts["solved"].drawn == pytest.approx((2 * 5 + 2 * 3) / 4)
    assert housing.parts["solved"].drawn == pytest.approx((2 * 1 + 2 * 3) / 4)
    assert urban.overall == pytest.approx(0.2 * 5 + 0.2 * 5 + 0.3 * 4 + 0.3 * 4)
    assert (urban.place, housing.place) == (1, 2)


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def rated(district: District) -> list[Matter]:
    """Six calls of the city management, five of them rated; one of the housing bureau."""
    callouts = called(district, 6)
    for i, callout in enumerate(callouts[:5]):
        rate(district, response_of(callout, "URBAN"), "yes" if i else "partly", 5 - i % 2, f"第{i + 1}次来得很快")
    other = call(district, "HOUSING", title="围墙开裂要马上支护")
    rate(district, response_of(other, "HOUSING"), "no", 2, "没有人管", by="handler2")
    return callouts


def test_everybody_concerned_sees_all_units_and_never_stars_without_a_number(
    district: District, rated: list[Matter]
) -> None:
    for who in ("handler", "chief", "community_clerk", "street_clerk", "leader", "analyst", "supervisor"):
        html = text_of(at_desk(district, who).get(PAGE))
        assert "区城市管理执法局" in html
        assert "样本不足" in html, "the housing bureau was called once"
        assert "5 件" in html
    assert at_desk(district, "administrator").get(PAGE).status_code == 403
    assert at_desk(district, "third_party").get(PAGE).status_code == 403


def test_one_units_stars_are_worked_out_step_by_step(district: District, rated: list[Matter]) -> None:
    html = text_of(at_desk(district, "handler").get(URBAN))
    assert "（5×4＋3×1）÷5＝4.60" in html
    assert "＝4." in html
    assert "20%" in html
    assert "互评到期没有评价" not in html
    assert "还没有评价 1" in html
    assert f"{URBAN}solved/?period=year&amp;show=5" in html
    again = text_of(at_desk(district, "handler2").get(URBAN))
    assert "（5×4＋3×1）÷5＝4.60" in again, "everybody may do the sum again"


def test_each_number_opens_to_as_many_responses(district: District, rated: list[Matter]) -> None:
    client = at_desk(district, "leader")
    page = client.get(f"{URBAN}solved/?show=5")
    assert len(page.context["shown"].rows) == 4
    tabs = {tab.key: tab.n for tab in page.context["shown"].tabs}
    assert tabs == {"": 6, "5": 4, "4": 0, "3": 1, "2": 0, "1": 0, "left": 1}
    left = client.get(f"{URBAN}solved/?show=left").context["shown"].rows
    assert [row.reason for row in left] == ["还没有评价"]


def test_comments_are_read_by_those_concerned(district: District, rated: list[Matter]) -> None:
    own, other = (text_of(at_desk(district, who).get(URBAN)) for who in ("handler", "handler2"))
    assert "第1次来得很快" in own
    assert "第1次来得很快" not in other, "what was written about others stays with them"
    assert "第1次来得很快" in text_of(at_desk(district, "analyst").get(URBAN))
    hidden = at_desk(district, "handler2").get(f"{URBAN}solved/").context["shown"]
    assert (hidden.hidden, [row.title for row in hidden.rows]) == (6, [""] * 6)


def test_what_the_called_unit_wrote_stands_on_the_callers_page(district: District) -> None:
    response = advance(district, response_of(call(district), "URBAN"), "accepted")
    words = {"justified": "yes", "clear": 4, "right_address": True, "comment": "位置写得很准"}
    do(district, response, "rate_caller", "handler", words)
    rating = {"solved": "yes", "satisfaction": 5, "comment": "来得真快"}
    do(district, Matter.objects.get(pk=response.pk), "rate", "community_clerk", rating)
    caller = text_of(at_desk(district, "community_clerk").get(f"{PAGE}units/COMMUNITY0/?side=caller"))
    assert "位置写得很准" in caller
    assert "来得真快" not in caller
    assert "来得真快" in text_of(at_desk(district, "handler").get(URBAN))


def test_narrowed_sorted_and_on_the_other_side(district: District, rated: list[Matter]) -> None:
    client = at_desk(district, "supervisor")
    assert not client.get(f"{PAGE}?purpose=hard").context["lines"]
    street = district.places["street"].code
    both = client.get(f"{PAGE}?street={street}&kind=department&sort=solved")
    assert [line.unit.code for line, _ in both.context["lines"]] == ["URBAN", "HOUSING"]
    assert both.context["asked"].sort == "solved"
    callers = client.get(f"{PAGE}?side=caller")
    assert [line.unit.code for line, _ in callers.context["lines"]] == ["COMMUNITY0"]
    assert client.get(f"{PAGE}?purpose=party").status_code == 422
    assert client.get(f"{PAGE}units/NOBODY/").status_code == 404
    assert client.get(f"{URBAN}charm/").status_code == 404


def test_pages_cost_the_same_however_much_there_is(district: District) -> None:
    rate(district, response_of(call(district), "URBAN"), "yes", 5, "好")
    before = {url: len(statements(at_desk(district, "leader"), url)) for url in (PAGE, URBAN, f"{URBAN}solved/")}
    for callout in called(district, 6):
        rate(district, response_of(callout, "URBAN"), "partly", 4, "还行")
    for url, n in before.items():
        sql = statements(at_desk(district, "leader"), url)
        assert len(sql) == n <= 12, url
        assert written(sql) <= {"django_session"}


def test_the_sheet_says_what_the_page_says(district: District, rated: list[Matter]) -> None:
    client = at_desk(district, "analyst")
    page = client.get(PAGE).context["league"]
    table, meaning = sheet(client.get(f"{PAGE}sheet/"))
    urban = next(row for row in table if row[1] == "区城市管理执法局")
    assert urban[2] == round(page.of(district.organisations["urban"].pk).overall, 2)
    assert urban[4] == 5 or urban[4] == 6
    housing = next(row for row in table if row[1] == "区住房保障和房屋管理局")
    assert housing[2:4] == [None, "样本不足"]
    assert any("靠拢" in str(row[0]) for row in meaning)
    (rows,) = sheet(client.get(f"{URBAN}solved/sheet/?show=left"))
    assert rows[1][-1] == "还没有评价"


# --- on other pages --------------------------------------------------------------------------------------------------


def test_one_response_shows_its_own_stars_with_two_statements(district: District) -> None:
    callout = call(district, "URBAN", "HOUSING")
    response = rate(district, response_of(callout, "URBAN"), "partly", 4)
    settled()
    of_response(response, timezone.now())
    with CaptureQueriesContext(connection) as queries:
        found = of_response(response, timezone.now())
    assert len([q for q in queries if "kernel_generation" not in q["sql"]]) == 2
    assert found is not None
    assert [(got.name, got.mark.whole if got.mark else got.reason) for got in found.called.parts] == [
        ("响应速度", 5), ("办理时效", 5), ("解决程度", 3), ("满意程度", 4),
    ]  # fmt: skip
    assert found.caller.mark is None
    assert {got.reason for got in found.caller.parts} == {"还没有评价"}
    assert [one.called.unit.code for one in of_callout(callout, timezone.now()) if one.called.unit] == [
        one.lead.code for one in responses(callout) if one.lead
    ]
    panel = render_to_string("callouts/stars/panel.html", {"responses": of_callout(callout, timezone.now())})
    assert (panel.count("本件"), panel.count("还没有星级")) == (1, 3), "one of four sides has anything to go by"


# --- the standard ----------------------------------------------------------------------------------------------------

NEW = "/desk/settings/stars/new/"


def filled(**changes: object) -> dict[str, object]:
    month = timezone.localdate().replace(day=1)
    values: dict[str, object] = {
        "since": f"{month:%Y-%m}", "strength": 4, "least": 2, "residents": 30, "note": "第二版",
    }  # fmt: skip
    for key, (name, weight, edges) in DIMENSIONS.items():
        values |= {f"{key}_name": name, f"{key}_weight": weight}
        values |= dict(zip((f"{key}_{edge}" for edge in ("five", "four", "three", "two")), edges, strict=True))
    return values | changes


def test_a_new_version_holds_from_its_month_on_and_the_past_keeps_its_stars(district: District) -> None:
    response = rate(district, response_of(call(district), "URBAN"), "yes", 4)
    client = at_desk(district, "administrator")
    answer = client.post(
        NEW, filled(satisfaction_five=4, satisfaction_four=3, satisfaction_three=2, satisfaction_two=1.5)
    )
    assert answer.status_code == 302
    assert ConfigChange.objects.filter(what="评星标准").exists()
    got = of_response(response, timezone.now())
    assert got is not None
    assert [part.mark.whole for part in got.called.parts if part.name == "满意程度" and part.mark] == [5]
    (row,) = rows_of(year(), timezone.now())
    old = standard_for(replace(row, at=timezone.now() - timedelta(days=62)))
    assert (old.strength, old.stars(row, "satisfaction")) == (10, 4)
    now = standard_for(row)
    assert (now.strength, now.stars(row, "satisfaction")) == (4, 5)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"speed_weight": 30}, "satisfaction_weight", "合计是 110%"),
        ({"address_weight": 20}, "address_weight", "合计是 90%"),
        ({"speed_four": 50}, "speed_four", "应比五星的大"),
        ({"solved_three": 80}, "solved_three", "应比四星的小"),
        ({"satisfaction_five": 6}, "satisfaction_five", "不大于 5"),
        ({"clear_two": 1}, "clear_two", "谁也得不到"),
        ({"speed_two": "nan"}, "speed_two", "数字"),
        ({"since": "2020-01"}, "since", "最早从本月起"),
        ({"least": 0}, "least", "1 到 100"),
        ({"residents": 101}, "residents", "0 到 100"),
        ({"solved_name": "响应速度"}, "solved_name", "名称相同"),
        ({"solved_name": ""}, "solved_name", "请填写"),
    ],
)
def test_a_standard_that_is_none_is_refused_beside_the_field(
    district: District, changes: dict[str, object], field: str, words: str
) -> None:
    answer = at_desk(district, "administrator").post(NEW, filled(**changes))
    assert answer.status_code == 422
    assert any(words in error for error in answer.context["form"].errors[field]), answer.context["form"].errors
    assert StarStandard.objects.count() == 1


def test_what_past_months_were_judged_by_stays(district: District) -> None:
    first = StarStandard.objects.get()
    client = at_desk(district, "administrator")
    assert "不能再改" in text_of(client.get(f"/desk/settings/stars/{first.pk}/"))
    assert client.post(f"/desk/settings/stars/{first.pk}/", filled()).status_code == 409
    assert client.post(f"/desk/settings/stars/{first.pk}/remove/").status_code == 409
    client.post(NEW, filled())
    second = StarStandard.objects.exclude(pk=first.pk).get()
    assert client.post(f"/desk/settings/stars/{second.pk}/", filled(strength=8)).status_code == 302
    second.refresh_from_db()
    assert (second.strength, second.dimensions.count()) == (8, len(MEASURES))
    assert client.post(NEW, filled()).status_code == 422, "one version a month"
    assert client.post(f"/desk/settings/stars/{second.pk}/remove/").status_code == 302
    assert client.get("/desk/settings/stars/").status_code == 200
    assert StarStandard.objects.get() == first
    assert date(2000, 1, 1) == first.since
