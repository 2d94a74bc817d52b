"""Pages by key: the cost of a page does not depend on how far down the list it lies, and there is no COUNT(*).

    page = keyset(Matter.objects.visible_to(actor), ["-opened_at", "-id"], request.GET.get("cursor"), 50)
    page.rows, page.next, page.previous

A cursor is the ordering values of the row at the edge of a page, signed: nobody can put other values in, or use a
cursor of one list for another. It holds nothing that the row itself did not show to the same reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from typing import Any, Generic, Literal, NamedTuple, NoReturn, TypeVar

from django.core import signing
from django.core.exceptions import EmptyResultSet, FieldDoesNotExist, ValidationError
from django.db import connection
from django.db.models import BooleanField, Expression, F, Field, ForeignKey, Func, Model, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan

from huying.kernel.errors import Invalid

R = TypeVar("R")
M = TypeVar("M", bound=Model)

MAX_SIZE = 200
_SALT = "huying.kernel.paging.1"  # a new format gets a new salt: older cursors are then refused as outdated

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows in the order asked for, and the cursors of the pages beside it (None: there is none)."""

    rows: list[R]
    next: str | None
    previous: str | None

    def __len__(self) -> int:
        return len(self.rows)


class CappedCount(NamedTuple):
    """Number of rows, counted up to a cap. `str()` is what a page shows."""

    n: int
    more: bool

    def __str__(self) -> str:
        return f"超过 {self.n:,}" if self.more else f"{self.n:,}"


@dataclass(frozen=True, slots=True)
class _Key:
    """One part of an ordering: path of a field (or name of an annotation), direction, and how its values are read."""

    path: str
    descending: bool
    field: Field[object, object]
    nullable: bool

    def reversed(self) -> _Key:
        return _Key(self.path, not self.descending, self.field, self.nullable)

    def order(self) -> str:
        return f"-{self.path}" if self.descending else self.path

    def value(self, row: object) -> Scalar:
        """Of a model instance or a dictionary (`values()`), in a form JSON can carry."""
        if isinstance(row, dict):
            found = row[self.path]
        else:
            found = reduce(lambda part, name: None if part is None else getattr(part, name), self.path.split("__"), row)
        if isinstance(found, datetime | date):
            return found.isoformat()
        return found if found is None or isinstance(found, str | int | float) else str(found)

    def parse(self, value: Scalar) -> object:
        return None if value is None else self.field.to_python(value)

    def beyond(self, value: object) -> Q:
        """Rows strictly after `value` in this direction; PostgreSQL sorts NULL above everything."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if self.descending else Q(pk__in=[])
        if self.descending:
            return Q(**{f"{self.path}__lt": value})
        after = Q(**{f"{self.path}__gt": value})
        return after | Q(**{f"{self.path}__isnull": True}) if self.nullable else after

    def at(self, value: object) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})


def keyset(
    queryset: QuerySet[M, R], ordering: Sequence[str], cursor: str | None, size: int, *, max_size: int = MAX_SIZE
) -> Page[R]:
    """One page of `queryset` (model instances or dictionaries of `values()`), `size` rows from `cursor` on.

    `ordering` names fields, paths ("holder__sort_key") or annotations, "-" for descending. The primary key is added in
    the direction of the last one, so that ties have an order. NULL comes last ascending and first descending, as in
    PostgreSQL's own indexes. When all go in one direction and none but the first may be NULL, an index on these
    columns answers at any depth; otherwise the condition is spelled out, bounded by a first column without NULL only.

    The first page may be short when rows were removed after paging back to it. `Invalid` for a cursor that is forged,
    outdated or of another list, and for a size out of range.
    """
    if not 1 <= size <= max_size:
        raise Invalid(f"每页条数须在 1 到 {max_size} 之间。", code="page_size")
    keys = _keys(queryset, ordering)
    backwards, edge = _read(cursor, keys) if cursor else (False, None)
    if backwards:
        keys = [key.reversed() for key in keys]
    rows = queryset.order_by(*(key.order() for key in keys))
    if edge is not None:
        rows = _after(rows, keys, edge, size + 1)
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
        keys = [key.reversed() for key in keys]
    if not found:
        return Page([], None, None)
    onward, back = _write("next", keys, found[-1]), _write("previous", keys, found[0])
    if backwards:
        return Page(found, onward, back if more else None)
    return Page(found, onward if more else None, back if cursor else None)


def capped_count(queryset: QuerySet[M, R], cap: int = 10_000) -> CappedCount:
    """How many rows there are, without looking at more than `cap` + 1 of them."""
    n = queryset.order_by().values("pk")[: cap + 1].count()
    return CappedCount(min(n, cap), n > cap)


def capped_counts(querysets: Mapping[str, QuerySet[M, R]], cap: int = 10_000) -> dict[str, CappedCount]:
    """`capped_count` of several lists, in one query."""
    return counting(querysets, cap).at()


class _Moment(datetime):
    """Equal to no time that is reckoned with: what is derived from it would be fixed in the statement for ever."""

    def __add__(self, other: object) -> NoReturn:
        raise TypeError("a statement that is kept cannot hold a time reckoned from the moment of asking")

    __radd__ = __sub__ = __rsub__ = __add__


MOMENT: datetime = _Moment(1, 1, 1, tzinfo=UTC)
"""Stands for the moment of asking where querysets of `counting` are built."""


@dataclass(frozen=True, slots=True)
class Counting:
    """`capped_counts` as a statement that can be kept: to build a dozen querysets and their SQL takes longer than to
    run it. Whoever keeps it answers for everything else that the querysets hold."""

    names: tuple[str, ...]
    sql: str
    params: tuple[Any, ...]
    cap: int

    def at(self, now: datetime | None = None) -> dict[str, CappedCount]:
        """The counts; `now` takes the place of `MOMENT`."""
        found = dict.fromkeys(self.names, CappedCount(0, False))
        if self.sql:
            with connection.cursor() as cursor:
                cursor.execute(self.sql, [now if param is MOMENT else param for param in self.params])
                for name, n in cursor.fetchall():
                    found[name] = CappedCount(min(n, self.cap), n > self.cap)
        return found


def counting(querysets: Mapping[str, QuerySet[M, R]], cap: int = 10_000) -> Counting:
    """The statement that counts them all, each up to `cap`."""
    parts: list[str] = []
    params: list[Any] = []
    for name, queryset in querysets.items():
        try:
            sql, inner = queryset.order_by().values("pk")[: cap + 1].query.sql_with_params()
        except EmptyResultSet:  # a scope that lets nothing through
            continue
        parts.append(f"SELECT %s, count(*) FROM ({sql}) AS part")  # noqa: S608 (only Django's own text)
        params += [name, *inner]
    return Counting(tuple(querysets), " UNION ALL ".join(parts), tuple(params), cap)


def counted(countings: Mapping[str, Counting], now: datetime | None = None) -> dict[str, int]:
    """The figures of several, each the sum of what it counts, in one statement."""
    parts: list[str] = []
    params: list[Any] = []
    for key, one in countings.items():
        if one.sql:
            parts.append(f"SELECT %s, least(sum(n), %s) FROM ({one.sql}) AS part (name, n)")  # noqa: S608
            params += [key, one.cap, *(now if param is MOMENT else param for param in one.params)]
    found = dict.fromkeys(countings, 0)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            found |= {key: int(n) for key, n in cursor.fetchall()}
    return found


class _Row(Func):
    """ROW(a, b, …): compared as a whole, and by one index."""

    function = "ROW"
    output_field = BooleanField()


def _after(rows: QuerySet[M, R], keys: Sequence[_Key], edge: Sequence[object], n: int) -> QuerySet[M, R]:
    """The rows beyond `edge`; at least the first `n` of them."""
    first, *rest = keys
    if len({key.descending for key in keys}) > 1 or any(key.nullable for key in rest):
        return rows.filter(_spelled_out(keys, edge))
    if not first.nullable:
        return rows.filter(_row_after(keys, edge))
    empty, filled = Q(**{f"{first.path}__isnull": True}), Q(**{f"{first.path}__isnull": False})
    if edge[0] is None:
        here = rows.filter(empty, _row_after(rest, edge[1:]))
        later = rows.filter(filled) if first.descending else None
    else:
        here = rows.filter(_row_after(keys, edge))  # compared with NULL it is not true
        later = None if first.descending else rows.filter(empty)
    if later is None:
        return here
    # "above the edge or NULL" is no range of an index, but each of the two is: the first rows of both, in one query.
    return rows.filter(pk__in=here.values("pk")[:n].union(later.values("pk")[:n], all=True))


def _row_after(keys: Sequence[_Key], edge: Sequence[object]) -> Expression:
    here = _Row(*(F(key.path) for key in keys))
    there = _Row(*(Value(value, output_field=key.field) for key, value in zip(keys, edge, strict=True)))
    comparison: Expression = (LessThan if keys[0].descending else GreaterThan)(here, there)
    return comparison


def _spelled_out(keys: Sequence[_Key], edge: Sequence[object]) -> Q:
    condition = Q()
    tied = Q()
    for key, value in zip(keys, edge, strict=True):
        condition |= tied & key.beyond(value)
        tied &= key.at(value)
    first, value = keys[0], edge[0]
    return (first.beyond(value) | first.at(value)) & condition


def _keys(queryset: QuerySet[M, R], ordering: Sequence[str]) -> list[_Key]:
    names = list(ordering)
    pk = queryset.model._meta.pk.name
    if not names or names[-1].lstrip("-") not in {"pk", pk}:
        names.append(f"-{pk}" if names and names[-1].startswith("-") else pk)
    return [_key(queryset, name.lstrip("-"), name.startswith("-")) for name in names]


def _key(queryset: QuerySet[M, R], path: str, descending: bool) -> _Key:
    if path in queryset.query.annotations:
        return _Key(path, descending, queryset.query.annotations[path].output_field, True)
    model: type[Model] = queryset.model
    nullable = False
    *relations, last = path.split("__")
    for name in relations:
        relation = model._meta.get_field(name)
        if not isinstance(relation, ForeignKey):
            raise FieldDoesNotExist(f"{path}: {name} is not a foreign key")
        nullable |= relation.null
        model = relation.related_model
    field = model._meta.pk if last == "pk" else model._meta.get_field(last)
    if not isinstance(field, Field):
        raise FieldDoesNotExist(f"{path} is not a column to order by")
    read_as = field
    while isinstance(read_as, ForeignKey):
        read_as = read_as.target_field
    names = [*relations, field.attname if isinstance(field, ForeignKey) else field.name]
    return _Key("__".join(names), descending, read_as, nullable or field.null)


def _write(way: Literal["next", "previous"], keys: Sequence[_Key], row: object) -> str:
    ordering = ",".join(key.order() for key in keys)
    return signing.dumps([way, ordering, *(key.value(row) for key in keys)], salt=_SALT)


def _read(cursor: str, keys: Sequence[_Key]) -> tuple[bool, list[object]]:
    try:
        way, ordering, *values = signing.loads(cursor, salt=_SALT)
        if ordering != ",".join(key.order() for key in keys) or way not in {"next", "previous"}:
            raise ValueError("a cursor of another list")
        return way == "previous", [key.parse(value) for key, value in zip(keys, values, strict=True)]
    except (signing.BadSignature, ValueError, TypeError, ValidationError):
        raise Invalid("翻页标记无效或已过期，请从第一页重新打开列表。", code="cursor") from None
