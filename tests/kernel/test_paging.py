"""Pages by key: every row once, in order, forwards and backwards, whatever ties and gaps there are."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import signing
from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import ExtractMonth
from django.test.utils import CaptureQueriesContext

from huying.kernel.errors import Invalid
from huying.kernel.models import CalendarOverride, Outbox
from huying.kernel.paging import MOMENT, Page, capped_count, capped_counts, counting, keyset

pytestmark = pytest.mark.django_db

ORDERINGS = [
    ["date"],
    ["-date"],
    ["note"],
    ["-note"],
    ["working", "note"],
    ["-working", "note", "-date"],
    ["note", "-pk"],
    ["-working"],
    [],
]


@pytest.fixture
def rows() -> QuerySet[CalendarOverride]:
    rng = random.Random(7)
    CalendarOverride.objects.bulk_create(
        CalendarOverride(
            date=date(2026, 1, 1) + timedelta(i),
            working=bool(rng.getrandbits(1)),
            note=rng.choice(["", "甲", "a", "A'\\"]),
        )
        for i in rng.sample(range(300), 47)
    )
    return CalendarOverride.objects.all()


Pager = Callable[[str | None], Page[CalendarOverride]]


def forwards(page: Pager) -> list[list[CalendarOverride]]:
    found, cursor = [], None
    while True:
        got = page(cursor)
        found.append(got.rows)
        cursor = got.next
        if cursor is None:
            return found


@pytest.mark.parametrize("ordering", ORDERINGS, ids=",".join)
@pytest.mark.parametrize("size", [1, 10, 46, 47, 200])
def test_every_row_once_and_back_again(rows: QuerySet[CalendarOverride], ordering: list[str], size: int) -> None:
    pages = forwards(lambda cursor: keyset(rows, ordering, cursor, size))
    tie = "-pk" if ordering and ordering[-1].startswith("-") else "pk"
    assert [row for page in pages for row in page] == list(rows.order_by(*ordering, tie))

    cursor, seen = None, []
    for _ in pages:
        last = keyset(rows, ordering, cursor, size)
        cursor = last.next
    assert last.next is None
    seen = [last.rows]
    while last.previous:
        last = keyset(rows, ordering, last.previous, size)
        seen.append(last.rows)
    assert seen[::-1] == pages


def test_one_direction_is_one_row_comparison_and_one_query(rows: QuerySet[CalendarOverride]) -> None:
    first = keyset(rows, ["-date", "-id"], None, 5)
    with CaptureQueriesContext(connection) as queries:
        second = keyset(rows, ["-date", "-id"], first.next, 5)
    assert len(queries) == 1
    assert 'ROW("kernel_calendar_override"."date", "kernel_calendar_override"."id") < ' in queries[0]["sql"]
    assert " OR " not in queries[0]["sql"]
    assert second.rows == list(rows.order_by("-date"))[5:10]


@pytest.mark.parametrize("ordering", [["month", "date"], ["-month", "date"], ["-month"], ["month"]], ids=",".join)
def test_null_has_its_place(rows: QuerySet[CalendarOverride], ordering: list[str]) -> None:
    from django.db.models import Case, When

    some = rows.annotate(month=Case(When(working=True, then=ExtractMonth("date"))))
    pages = forwards(lambda cursor: keyset(some, ordering, cursor, 7))
    tie = "-pk" if ordering[-1].startswith("-") else "pk"
    assert [row for page in pages for row in page] == list(some.order_by(*ordering, tie))
    last = keyset(some, ordering, None, 7)
    second = keyset(some, ordering, last.next, 7)
    assert keyset(some, ordering, second.previous, 7).rows == last.rows


@pytest.mark.parametrize(
    "ordering", [["retry_at", "id"], ["-retry_at", "-id"], ["retry_at", "topic", "id"]], ids=",".join
)
def test_a_first_column_with_nulls_is_still_one_query(ordering: list[str]) -> None:
    rng = random.Random(7)
    start = datetime(2026, 11, 22, tzinfo=UTC)
    Outbox.objects.bulk_create(
        Outbox(
            topic=rng.choice("ab"), payload={}, retry_at=rng.choice([None, start + timedelta(hours=rng.randrange(9))])
        )
        for _ in range(60)
    )
    rows = Outbox.objects.filter(topic__in=["a", "b"])
    expected = list(rows.order_by(*ordering))
    found: list[Outbox] = []
    cursor = None
    while True:
        with CaptureQueriesContext(connection) as queries:
            page = keyset(rows, ordering, cursor, 7)
        assert len(queries) == 1
        found += page.rows
        if page.next is None:
            break
        if cursor:
            assert page.previous
            assert keyset(rows, ordering, page.previous, 7).rows == expected[len(found) - 14 : len(found) - 7]
        cursor = page.next
    assert found == expected


def test_dictionaries_of_values(rows: QuerySet[CalendarOverride]) -> None:
    values = rows.values("id", "date")
    first = keyset(values, ["-date", "-id"], None, 5)
    second = keyset(values, ["-date", "-id"], first.next, 5)
    assert [row["date"] for row in (*first.rows, *second.rows)] == sorted(
        rows.values_list("date", flat=True), reverse=True
    )[:10]


def test_rows_that_come_and_go_between_pages(rows: QuerySet[CalendarOverride]) -> None:
    before = list(rows.order_by("date"))
    first = keyset(rows, ["date"], None, 10)
    first.rows[-1].delete()
    CalendarOverride.objects.create(date=date(2025, 1, 1), working=True)
    second = keyset(rows, ["date"], first.next, 10)
    assert second.rows == before[10:20]


def test_the_end_of_an_empty_list() -> None:
    page = keyset(CalendarOverride.objects.all(), ["date"], None, 10)
    assert (page.rows, page.next, page.previous, len(page)) == ([], None, None, 0)


def test_a_cursor_that_was_not_given_out_is_refused(rows: QuerySet[CalendarOverride]) -> None:
    good = keyset(rows, ["date"], None, 5).next
    assert good
    other_list = keyset(rows, ["-note"], None, 5).next
    own_salt = signing.dumps(["next", "date,id", "2026-01-01", 1])
    for forged in (
        "x",
        "abc:def:ghi",
        good[:-1],
        good + "0",
        "0" + good,
        "\x00",
        "翻页",
        "a" * 100_000,
        own_salt,
        other_list,
    ):
        with pytest.raises(Invalid, match="从第一页重新打开") as refusal:
            keyset(rows, ["date"], forged, 5)
        assert refusal.value.status == 422


def test_a_cursor_signed_by_us_with_odd_contents_is_refused(rows: QuerySet[CalendarOverride]) -> None:
    from huying.kernel.paging import _SALT

    for contents in (
        [],
        ["next"],
        ["next", "date,id"],
        ["next", "date,id", "yesterday", 1],
        {"a": 1},
        7,
        ["up", "date,id", None, 1],
    ):
        with pytest.raises(Invalid):
            keyset(rows, ["date"], signing.dumps(contents, salt=_SALT), 5)


@pytest.mark.parametrize("size", [0, -1, 201])
def test_page_sizes_have_limits(size: int) -> None:
    with pytest.raises(Invalid, match="1 到 200"):
        keyset(CalendarOverride.objects.all(), ["date"], None, size)


def test_ordering_by_a_named_annotation_that_shadows_nothing(rows: QuerySet[CalendarOverride]) -> None:
    renamed = rows.annotate(day=F("date"))
    assert forwards(lambda cursor: keyset(renamed, ["-day"], cursor, 20))[0] == list(rows.order_by("-date")[:20])


def test_a_count_stops_at_its_cap(rows: QuerySet[CalendarOverride]) -> None:
    exact, capped = capped_count(rows), capped_count(rows, cap=20)
    assert (exact.n, exact.more, str(exact)) == (47, False, "47")
    assert (capped.n, capped.more, str(capped)) == (20, True, "超过 20")
    assert str(capped._replace(n=10_000)) == "超过 10,000"
    assert capped_count(rows, cap=47) == (47, False)


def test_several_counts_are_one_query(rows: QuerySet[CalendarOverride]) -> None:
    lists = {
        "all": rows,
        "working": rows.filter(working=True),
        "none": rows.filter(pk__in=[]),
        "later": rows.filter(date__gt=date(2026, 2, 1)).order_by("note"),
    }
    with CaptureQueriesContext(connection) as queries:
        counts = capped_counts(lists, cap=20)
    assert len(queries) == 1
    assert {name: capped_count(queryset, cap=20) for name, queryset in lists.items()} == counts
    assert capped_counts({}) == {}


def test_a_kept_statement_counts_at_the_moment_it_is_asked() -> None:
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    Outbox.objects.bulk_create(Outbox(topic="x", payload={}, created_at=now + timedelta(hours=i)) for i in range(5))
    kept = counting({"before": Outbox.objects.filter(created_at__lt=MOMENT), "all": Outbox.objects.all()})
    for hours in (0, 2, 9):
        assert kept.at(now + timedelta(hours=hours)) == {"before": (min(hours, 5), False), "all": (5, False)}
    with pytest.raises(TypeError, match="moment of asking"):
        MOMENT - timedelta(days=1)
