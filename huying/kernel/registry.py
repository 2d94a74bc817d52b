"""Small registries by which a higher room tells a lower one that it exists.

A lower room owns the registry, a higher one adds to it in `AppConfig.ready`. Nothing here computes anything: these are
declarations, and whoever draws or counts reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from huying.kernel.paging import Counting

T = TypeVar("T")


class Registry(Generic[T]):
    """Named things of one type. A name is given once; iteration is by `order` when given, else as registered."""

    def __init__(self, name: str, *, order: Callable[[T], tuple[int, str]] | None = None) -> None:
        self.name = name
        self._order = order
        self._items: dict[str, T] = {}

    def add(self, key: str, item: T) -> T:
        """Register `item`. `ValueError` when the name is taken: two rooms must not silently replace each other."""
        if key in self._items:
            raise ValueError(f"{self.name}: {key!r} is registered already")
        self._items[key] = item
        if self._order is not None:
            order = self._order
            self._items = dict(sorted(self._items.items(), key=lambda pair: order(pair[1])))
        return item

    def register(self, key: str) -> Callable[[T], T]:
        """`add` as a decorator, for registries of functions and classes."""
        return lambda item: self.add(key, item)

    def get(self, key: str) -> T | None:
        return self._items.get(key)

    def __getitem__(self, key: str) -> T:
        """`KeyError` that names the registry and what it does hold."""
        try:
            return self._items[key]
        except KeyError:
            raise KeyError(f"{self.name}: no {key!r}; there are {', '.join(self._items) or 'none'}") from None

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._items.values()))

    def __len__(self) -> int:
        return len(self._items)

    def keys(self) -> tuple[str, ...]:
        return tuple(self._items)

    def items(self) -> tuple[tuple[str, T], ...]:
        return tuple(self._items.items())


class _Entry(Protocol):
    @property
    def key(self) -> str: ...


E = TypeVar("E", bound=_Entry)


class EntryRegistry(Registry[E]):
    """A registry of things that carry their own `key`."""

    def declare(self, *entries: E) -> None:
        for entry in entries:
            self.add(entry.key, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationEntry:
    """A line of the menu, shown to whoever holds `permission` ("" = to everybody signed in). `alone`: it is marked on
    its own page only, not on those below its address."""

    key: str
    label: str
    url_name: str
    permission: str = ""
    count: Callable[[HttpRequest], int | None] | None = None  # the figure beside the label; None = no figure
    counting: Callable[[HttpRequest], Counting | None] | None = None  # the same; those of all lines are one statement
    alone: bool = False
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailPanel:
    """A part of a detail page that a higher room contributes.

    `context(request, subject)` gives the template's variables, or None when there is nothing to show.
    `subject` is whatever the page is about; the room that owns the page says what it passes.
    """

    key: str
    label: str
    template: str
    context: Callable[[HttpRequest, Any], Mapping[str, object] | None]
    permission: str = ""
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSource:
    """Rows that metrics count: one for each thing that happened to one matter on one unit's account.

    `rows(now)` are all of them, unevaluated, with these columns beside its own: `matter_key`, `unit_key`, `falls_at`
    (what decides the period), `excluded` (why it is not counted; "" when it is), `what` (which of several of a matter).
    Whoever adds up narrows them to units and a period: both columns are indexed. `reason` and `named` say `excluded`
    and `what` in words.
    """

    key: str
    label: str
    falls: str  # what `falls_at` is, for readers
    rows: Callable[[datetime], QuerySet[Any, Any]]
    reason: Callable[[str], str]
    named: Callable[[str], str] = lambda what: ""


@dataclass(frozen=True, slots=True)
class Counted:
    """Which rows of a source a metric is about, which of them make its numerator, and the column it averages."""

    source: str
    where: Q = field(default_factory=Q)
    part: Q | None = None
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a published figure means, in sentences for readers, and its rows.

    With a `part` it is a rate, with a `value` an average and a 90th percentile, else a count. `good`: which way is
    better. `yes` and `no` say of a row whether it is in the numerator. Only the first of `counts` has rows that count;
    others bring what is left out visibly.
    """

    id: str
    label: str
    unit: str
    owner: str  # the room that declares it
    numerator: str
    denominator: str = ""  # empty for plain counts
    exclusions: tuple[str, ...] = ()
    formula: str = ""
    grain: str = ""  # what one row is
    good: Literal["high", "low", ""] = ""
    yes: str = "计入"
    no: str = "没有计入"
    counts: tuple[Counted, ...] = ()

    @property
    def key(self) -> str:
        return self.id

    @property
    def main(self) -> Counted:
        return self.counts[0]

    @property
    def is_rate(self) -> bool:
        return self.main.part is not None

    @property
    def is_time(self) -> bool:
        return bool(self.main.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricGroup:
    """Metrics that are told together: those whose owner is `key`. `kinds`: of which matters their rows are."""

    key: str
    label: str
    kinds: tuple[str, ...]
    order: int = 100

    @property
    def metrics(self) -> list[Metric]:
        return [metric for metric in metrics if metric.owner == self.key]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage:
    """A line of 系统设置: where administrators change one thing, and what it is for in one sentence."""

    key: str
    group: str  # the heading it stands under
    label: str
    line: str
    url_name: str
    permission: str
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAct:
    """Something a higher room does with rows that were ticked in a list.

    `url(numbers)`: the page that goes on with them; `most`: how many it takes at once.
    """

    key: str
    label: str
    url: Callable[[Sequence[str]], str]
    permission: str
    most: int = 50
    order: int = 100


def _by_order(entry: NavigationEntry | DetailPanel | SettingsPage | ListAct | MetricGroup) -> tuple[int, str]:
    return entry.order, entry.key


navigation: EntryRegistry[NavigationEntry] = EntryRegistry("navigation", order=_by_order)
detail_panels: EntryRegistry[DetailPanel] = EntryRegistry("detail panels", order=_by_order)
settings_pages: EntryRegistry[SettingsPage] = EntryRegistry("settings pages", order=_by_order)
list_acts: EntryRegistry[ListAct] = EntryRegistry("acts of lists", order=_by_order)
metric_sources: EntryRegistry[MetricSource] = EntryRegistry("metric sources")
metrics: EntryRegistry[Metric] = EntryRegistry("metrics")
metric_groups: EntryRegistry[MetricGroup] = EntryRegistry("groups of metrics", order=_by_order)
