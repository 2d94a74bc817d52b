"""Choices that come from data, read into memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from huying.kernel.generation import cached
from huying.people.directory import Listed, directory
from huying.people.enums import OrganisationKind

_KINDS = list(OrganisationKind)  # departments first, communities late


@cached("channels")
def channels() -> Sequence[tuple[str, str]]:
    """`(key, name)` of the channels in use. After a change: `bump("channels")`."""
    from huying.matters.models import Channel

    return list(Channel.objects.filter(active=True).values_list("key", "name"))


@cached("channels")
def active_channels() -> frozenset[str]:
    return frozenset(key for key, _ in channels())


@cached("channels")
def published_channels() -> frozenset[str]:
    """Channels whose answers everybody may read."""
    from huying.matters.models import Channel

    return frozenset(Channel.objects.filter(published=True).values_list("key", flat=True))


@cached("channels")
def channel_names() -> dict[str, str]:
    from huying.matters.models import Channel

    return dict(Channel.objects.values_list("key", "name"))


@cached("categories")
def category_names() -> dict[str, str]:
    """Code → whole path, e.g. `城乡建设 / 市政管理 / 路灯`. After a change: `bump("categories")`."""
    from huying.matters.models import Category

    paths: dict[str, str] = {}
    for code, name, parent in Category.objects.order_by("level", "code").values_list("code", "name", "parent_id"):
        paths[code] = f"{paths[parent]} / {name}" if parent else name
    return paths


@cached("categories")
def categories() -> Sequence[tuple[str, str]]:
    """Categories a case may be given, as paths in order of their codes."""
    active = active_categories()
    return [(code, path) for code, path in sorted(category_names().items()) if code in active]


@cached("categories")
def active_categories() -> frozenset[str]:
    from huying.matters.models import Category

    return frozenset(Category.objects.filter(active=True).values_list("code", flat=True))


@cached("categories")
def second_eyes() -> frozenset[str]:
    """Categories whose dispatch needs somebody else than whoever triaged it."""
    from huying.matters.models import Category

    return frozenset(Category.objects.filter(second_eyes=True).values_list("code", flat=True))


def _by_kind() -> list[Listed]:
    return sorted(directory().handlers(), key=lambda listed: _KINDS.index(OrganisationKind(listed.kind)))


def handlers() -> Sequence[tuple[str, str]]:
    """Bodies to which a case can be given, departments first."""
    return [(listed.code, listed.label) for listed in _by_kind()]


def grouped_handlers() -> list[tuple[str, list[tuple[str, str]]]]:
    """The same under what they are: 部门, 公用事业单位, 街道, 社区 …"""
    kinds = groupby(_by_kind(), key=lambda listed: listed.kind)
    return [(OrganisationKind(kind).label, [(one.code, one.label) for one in ones]) for kind, ones in kinds]


@cached("places")
def communities() -> Sequence[tuple[str, str]]:
    """Communities as `街道 / 社区`, in order of their codes."""
    from huying.places.models import Place

    rows = Place.objects.current().communities().select_related("parent").order_by("code")
    return [(place.code, f"{place.parent.name} / {place.name}") for place in rows if place.parent]


@cached("checklist")
def checklist_items() -> Sequence[tuple[int, int | None, str, bool]]:
    """`(id, organisation, text, required)`. After a change: `bump("checklist")`."""
    from huying.cases.models import ChecklistItem

    return list(ChecklistItem.objects.filter(active=True).values_list("id", "organisation_id", "text", "required"))


def checklist() -> Sequence[tuple[str, str]]:
    return [(str(key), words) for key, _, words, _ in checklist_items()]
