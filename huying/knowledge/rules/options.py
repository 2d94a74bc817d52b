"""What rules may name: categories, places, channels, kinds and units, out of memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from huying.kernel.generation import cached
from huying.knowledge.rules.matcher import COMMUNITY, STREET
from huying.matters.enums import Urgency
from huying.people.directory import Listed, directory
from huying.people.enums import OrganisationKind
from huying.places.enums import Level
from huying.places.tree import place_tree

Pairs = Sequence[tuple[str, str]]

TERRITORIAL: Mapping[str, str] = {STREET: "属地街道", COMMUNITY: "属地社区"}
_KINDS = list(OrganisationKind)


class _Kinds:
    """What sorts of matters there are (咨询、投诉 …) only the room that owns them knows: it says so once."""

    def __init__(self) -> None:
        self._told: Callable[[], Pairs] = list

    def register(self, told: Callable[[], Pairs]) -> None:
        self._told = told

    def __call__(self) -> Pairs:
        return list(self._told())


kinds = _Kinds()


def urgencies() -> Pairs:
    return [(one.value, one.label) for one in Urgency]


@cached("channels")
def channels() -> Pairs:
    from huying.matters.models import Channel

    return list(Channel.objects.filter(active=True).values_list("key", "name"))


@cached("channels")
def channel_names() -> Mapping[str, str]:
    from huying.matters.models import Channel

    return dict(Channel.objects.values_list("key", "name"))


@cached("categories")
def category_paths() -> Mapping[str, str]:
    """Code → path, of every level, in the order of the codes; those in use."""
    from huying.matters.models import Category

    paths: dict[str, str] = {}
    rows = Category.objects.filter(active=True).order_by("level", "code").values_list("code", "name", "parent_id")
    for code, name, parent in rows:
        paths[code] = f"{paths[parent]} / {name}" if parent in paths else name
    return dict(sorted(paths.items()))


@cached("categories")
def category_names() -> Mapping[str, str]:
    """Code → its own name, also of what is not used any more."""
    from huying.matters.models import Category

    return dict(Category.objects.values_list("code", "name"))


def places() -> Pairs:
    """Streets, each followed by its communities."""
    tree = place_tree()
    levels = (Level.STREET, Level.COMMUNITY)
    found = sorted((one for one in tree.by_code.values() if one.level in levels), key=lambda one: one.code)
    return [
        (one.code, one.name if one.level == Level.STREET else f"{tree.name_of(one.street_id)} / {one.name}")
        for one in found
    ]


def streets() -> Pairs:
    found = sorted((one for one in place_tree().by_code.values() if one.level == Level.STREET), key=lambda o: o.code)
    return [(one.code, one.name) for one in found]


def by_kind() -> list[Listed]:
    """Bodies that can be given something, departments first."""
    return sorted(directory().handlers(), key=lambda listed: _KINDS.index(OrganisationKind(listed.kind)))


def grouped_units() -> list[tuple[str, Pairs]]:
    """Units for a form: whoever answers for the place, then all under what they are."""
    sorts = groupby(by_kind(), key=lambda listed: listed.kind)
    named = [(OrganisationKind(kind).label, [(one.code, one.label) for one in ones]) for kind, ones in sorts]
    return [("按诉求所在地", list(TERRITORIAL.items())), *named]


def unit_name(named: str) -> str:
    if named in TERRITORIAL:
        return TERRITORIAL[named]
    listed = directory().by_code.get(named)
    return listed.label if listed else named


def is_unit(named: str) -> bool:
    """Whether something can be given to it today."""
    return named in TERRITORIAL or any(listed.code == named for listed in directory().handlers())
