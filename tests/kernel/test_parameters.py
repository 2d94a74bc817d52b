"""Figures that a district sets for itself."""

from __future__ import annotations

import pytest

from huying.kernel.errors import Invalid
from huying.kernel.models import ParameterValue
from huying.kernel.parameters import Parameter, declare, declared, set_value

pytestmark = pytest.mark.django_db

KEY = "cases.rework_days"


def the(key: str) -> Parameter:
    return next(parameter for parameter in declared() if parameter.key == key)


def test_a_figure_counts_from_the_moment_it_is_set() -> None:
    assert the(KEY).value == 15
    set_value(KEY, 30)
    assert the(KEY).value == 30
    assert the(KEY).words == "30 天"
    set_value(KEY, 15)
    assert the(KEY).value == 15
    assert not ParameterValue.objects.exists()


@pytest.mark.parametrize("value", [0, 366, -1])
def test_outside_its_bounds_it_is_refused(value: int) -> None:
    with pytest.raises(Invalid, match="应在 1 到 365 之间"):
        set_value(KEY, value)
    assert the(KEY).value == 15


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(Invalid, match="没有这项参数"):
        set_value("cases.nonsense", 1)


def test_a_choice_is_told_in_words() -> None:
    assert the("cases.satisfied_from").words == "一般"


def test_a_default_outside_its_bounds_is_found_at_once() -> None:
    with pytest.raises(ValueError, match="bounds"):
        declare(Parameter(key="x", label="x", unit="", default=9, least=1, most=3))
