"""Choices that several pages of settings offer, from what is in memory."""

from __future__ import annotations

from collections.abc import Mapping

from huying.kernel.generation import cached
from huying.people.directory import directory

Choices = list[tuple[str, str]]


@cached("channels")
def channel_names() -> Mapping[str, str]:
    from huying.matters.models import Channel

    return dict(Channel.objects.values_list("key", "name"))


@cached("categories")
def category_paths() -> Mapping[str, str]:
    """Code → whole path, in the order of the codes."""
    from huying.matters.models import Category

    paths: dict[str, str] = {}
    for code, name, parent in Category.objects.order_by("level", "code").values_list("code", "name", "parent_id"):
        paths[code] = f"{paths[parent]} / {name}" if parent else name
    return dict(sorted(paths.items()))


@cached("limits")
def regime_names() -> Mapping[str, str]:
    """Key → name as it was called last; keys that only limits know are their own names."""
    from huying.matters.models import Limit, Regime

    known = {key: key for key in Limit.objects.exclude(regime="").values_list("regime", flat=True)}
    return known | dict(Regime.objects.order_by("since").values_list("key", "name"))


def organisation_choices() -> Choices:
    """Bodies that matters can be given to, and the centre."""
    listed = directory()
    centre = [listed.first_centre] if listed.first_centre else []
    return [(str(one.id), one.name) for one in (*centre, *listed.handlers())]


def any_of(pairs: Mapping[str, str] | Choices, none: str = "不限") -> Choices:
    return [("", none), *(pairs.items() if isinstance(pairs, Mapping) else pairs)]
