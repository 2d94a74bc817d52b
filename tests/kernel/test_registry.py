"""Registries refuse to be overwritten and keep their order."""

from __future__ import annotations

import pytest
from django.http import HttpRequest

from huying.kernel.registry import DetailPanel, EntryRegistry, Metric, NavigationEntry, Registry


def test_a_name_is_given_once() -> None:
    registry: Registry[int] = Registry("numbers")
    registry.add("one", 1)
    with pytest.raises(ValueError, match=r"numbers.*'one'"):
        registry.add("one", 2)
    assert registry["one"] == 1


def test_functions_register_by_decorator() -> None:
    registry: Registry[object] = Registry("functions")

    @registry.register("double")
    def double(n: int) -> int:
        return 2 * n

    assert registry["double"] is double
    assert "double" in registry
    assert registry.get("treble") is None


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    registry: Registry[int] = Registry("numbers")
    registry.add("one", 1)
    with pytest.raises(KeyError, match="there are one"):
        registry["two"]


def test_entries_come_in_their_order_and_metrics_as_declared() -> None:
    menu: EntryRegistry[NavigationEntry] = EntryRegistry("menu", order=lambda entry: (entry.order, entry.key))
    menu.declare(
        NavigationEntry(key="people", label="人员", url_name="people:list", permission="people.view", order=20),
        NavigationEntry(key="cases", label="诉求件", url_name="cases:list", permission="cases.view", order=10),
        NavigationEntry(key="board", label="看板", url_name="board", order=20, count=lambda request: 3),
    )
    assert menu.keys() == ("cases", "board", "people")
    assert [entry.label for entry in menu] == ["诉求件", "看板", "人员"]
    count = menu["board"].count
    assert count is not None
    assert count(HttpRequest()) == 3

    metrics: EntryRegistry[Metric] = EntryRegistry("metrics")
    for name in ("z", "a"):
        metrics.declare(Metric(id=name, label="按时办结率", unit="%", owner="cases", numerator="限时内办结"))
    assert metrics.keys() == ("z", "a")
    assert len(metrics) == 2
    assert metrics.items()[0][1].denominator == ""


def test_a_panel_may_have_nothing_to_show() -> None:
    panel = DetailPanel(
        key="docket", label="议题", template="dockets/panel.html", context=lambda request, subject: None
    )
    assert panel.context(HttpRequest(), object()) is None
