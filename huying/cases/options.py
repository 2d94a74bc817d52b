"""Choices that come from data, read into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from huying.kernel.generation import cached
from huying.people.directory import Listed, directory
from huying.people.enums import OrganisationKind
from huying.places.enums import Level
from huying.places.tree import place_tree

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


@cached("places")
def streets_and_communities() -> Sequence[tuple[str, str]]:
    """Streets, each followed by its communities."""
    from huying.places.models import Place

    streets = Place.objects.current().filter(level="street").order_by("code").values_list("code", "name")
    below = communities()
    return [
        pair
        for code, name in streets
        for pair in [(code, name), *((c, label) for c, label in below if c.startswith(code))]
    ]


def checklist() -> Sequence[tuple[str, str]]:
    return [(str(key), words) for key, _, words, _ in checklist_items()]


@dataclass(frozen=True, slots=True)
class ReasonToReject:
    """As `RejectionReason` keeps it. `body`: key of the outside body that it is usually handed over to."""

    label: str
    guidance: str
    body: str
    at_once: bool
    explained: bool
    active: bool


@cached("rejections")
def reasons_to_reject() -> dict[str, ReasonToReject]:
    """All there ever were, in their order. After a change: `bump("rejections")`."""
    from huying.cases.models import RejectionReason

    columns = ("key", "label", "guidance", "body_id", "at_once", "explained", "active")
    return {
        key: ReasonToReject(label, guidance, body or "", at_once, explained, active)
        for key, label, guidance, body, at_once, explained, active in RejectionReason.objects.values_list(*columns)
    }


def rejection_reasons() -> Sequence[tuple[str, str]]:
    return [(key, reason.label) for key, reason in reasons_to_reject().items() if reason.active]


@cached("grounds")
def _grounds() -> Sequence[tuple[str, str, str, str, bool]]:
    """`(kind, key, label, plain words, in use)`. After a change: `bump("grounds")`."""
    from huying.cases.models import Ground

    return list(Ground.objects.values_list("kind", "key", "label", "plain", "active"))


def grounds(kind: str) -> Sequence[tuple[str, str]]:
    """Reasons for which this may be asked for."""
    return [(key, label) for of, key, label, _, active in _grounds() if of == kind and active]


def ground_names() -> dict[str, str]:
    return {key: label for _, key, label, _, _ in _grounds()}


def plain_ground(key: str) -> str:
    """What the reporter is told of it."""
    return next((plain for _, known, _, plain, _ in _grounds() if known == key), "")


def community_units() -> Sequence[tuple[str, str]]:
    """Bodies of communities."""
    return [(unit.code, unit.label) for unit in directory().handlers() if unit.kind == OrganisationKind.COMMUNITY]


def grids() -> Sequence[tuple[str, str]]:
    """All grids as `社区 / 网格`."""
    tree = place_tree()
    found = [place for place in tree.by_code.values() if place.level == Level.GRID]
    return [(place.code, f"{tree.name_of(place.community_id)} / {place.name}") for place in found]


def no_posts() -> Sequence[tuple[str, str]]:
    """Who works in one's own house depends on the matter: nobody is named here."""
    return []
