"""Small registries by which a higher room tells a lower one that it exists.

A lower room owns the registry, a higher one adds to it in `AppConfig.ready`. Nothing here computes anything: these are
declarations, and whoever draws or counts reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from django.http import HttpRequest

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
class Metric:
    """What a published figure means. Numerator, denominator and exclusions are sentences for readers."""

    id: str
    label: str
    unit: str
    owner: str  # the room that declares it
    numerator: str
    denominator: str = ""  # empty for plain counts
    exclusions: tuple[str, ...] = ()
    formula: str = ""

    @property
    def key(self) -> str:
        return self.id


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
class ListAction:
    """Something that a higher room does with rows chosen from a list. Its page is sent what the boxes say: one `case`
    for each row, number and version with a dot between."""

    key: str
    label: str
    url_name: str
    permission: str
    order: int = 100


def _by_order(entry: NavigationEntry | DetailPanel | SettingsPage | ListAction) -> tuple[int, str]:
    return entry.order, entry.key


navigation: EntryRegistry[NavigationEntry] = EntryRegistry("navigation", order=_by_order)
detail_panels: EntryRegistry[DetailPanel] = EntryRegistry("detail panels", order=_by_order)
list_actions: EntryRegistry[ListAction] = EntryRegistry("list actions", order=_by_order)
settings_pages: EntryRegistry[SettingsPage] = EntryRegistry("settings pages", order=_by_order)
metrics: EntryRegistry[Metric] = EntryRegistry("metrics")
