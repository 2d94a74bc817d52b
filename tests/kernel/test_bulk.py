"""Values reach the database as they are, however an array of them is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from huying.kernel.bulk import array

pytestmark = pytest.mark.django_db


class Level(IntEnum):
    RED = 2


def back(kind: str, values: list[Any]) -> list[Any]:
    whole = "text" if kind.endswith("[]") else kind
    out = f"c::{kind}" if kind.endswith("[]") else "c"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {out} FROM unnest(%s::{whole}[]) AS v(c)", [array(kind, values)])
        return [row[0] for row in cursor.fetchall()]


NOW = datetime(2026, 11, 22, 20, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, None, -(2**62), Level.RED]),
        ("smallint", [0, 3]),
        ("boolean", [True, None, False]),
        ("double precision", [0.1, -1e300, 5e-324, None]),
        ("timestamp with time zone", [NOW, None, NOW.astimezone(UTC)]),
        ("date", [date(2026, 11, 22), None]),
        ("bytea", [b"", b"\x00\xff\\'\"", None]),
        ("bigint[]", [[1, 2], [], None]),
        ("varchar(20)[]", [["merged", "a,b"], [], None, ['"', "{}", "\\", "NULL"]]),
        ("varchar(20)", ["", "NULL", "null", None, '{"a"}', "\\", "\\n", "a,b", " 空 格 ", "换\n行", "'; --", "%s"]),
    ],
)
def test_values_come_back(kind: str, values: list[Any]) -> None:
    assert back(kind, values) == values


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=("Cs",)))))
def test_any_text_comes_back(texts: list[str]) -> None:
    assert back("text", texts) == texts


def test_json_comes_back() -> None:
    values = [[["2026-11-22T09:00:00+08:00", '引号"和\\']], {}, None]
    with connection.cursor() as cursor:
        parameter = array("jsonb", [None if v is None else Jsonb(v) for v in values])
        cursor.execute("SELECT c #>> '{}' FROM unnest(%s::jsonb[]) AS v(c)", [parameter])
        assert [row[0] for row in cursor.fetchall()] == ['[["2026-11-22T09:00:00+08:00", "引号\\"和\\\\"]]', "{}", None]


def test_other_types_are_left_to_the_driver() -> None:
    assert array("uuid", ["x"]) == ["x"]
