"""Single figures that a district sets for itself: how many days, tries, minutes.

A room declares each figure once, with its bounds and its words, and reads `.value` wherever it counts:

    REWORK_DAYS = parameters.declare(Parameter(key="cases.rework_days", ...))
    if day > closed + timedelta(days=REWORK_DAYS.value): ...

What nobody has changed has no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from huying.kernel.errors import Invalid
from huying.kernel.generation import bump, cached
from huying.kernel.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A whole number from `least` to `most`. `choices`: words for the values, where a bare number says nothing."""

    key: str
    label: str
    unit: str
    default: int
    least: int
    most: int
    note: str = ""
    choices: tuple[tuple[int, str], ...] = ()

    @property
    def value(self) -> int:
        """What holds now. No query while nothing changes."""
        return _stored().get(self.key, self.default)

    @property
    def words(self) -> str:
        return dict(self.choices).get(self.value) or f"{self.value} {self.unit}".strip()


_declared: Registry[Parameter] = Registry("parameters")


def declare(parameter: Parameter) -> Parameter:
    if not parameter.least <= parameter.default <= parameter.most:
        raise ValueError(f"{parameter.key}: the default lies outside its bounds")
    return _declared.add(parameter.key, parameter)


def declared() -> list[Parameter]:
    return sorted(_declared, key=lambda parameter: parameter.key)


def parameter(key: str) -> Parameter | None:
    return _declared.get(key)


def held() -> frozenset[tuple[str, int]]:
    """What differs from the defaults now: part of the key of whatever is kept and was made with any of them."""
    return frozenset(_stored().items())


@cached("parameters")
def _stored() -> Mapping[str, int]:
    from huying.kernel.models import ParameterValue

    return dict(ParameterValue.objects.values_list("key", "value"))


@transaction.atomic
def set_value(key: str, value: int) -> None:
    """Let a figure count from now on; what has been counted stays.

    Raises:
        Invalid: no such figure, or outside its bounds.
    """
    from huying.kernel.models import ParameterValue

    known = parameter(key)
    if known is None:
        raise Invalid("没有这项参数。", code="no_parameter")
    if not known.least <= value <= known.most:
        text = f"“{known.label}”应在 {known.least} 到 {known.most} 之间"
        raise Invalid(f"{text}。", fields={key: [text]})
    if value == known.default:
        ParameterValue.objects.filter(key=key).delete()
    else:
        ParameterValue.objects.update_or_create(key=key, defaults={"value": value})
    bump("parameters")
