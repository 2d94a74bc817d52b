"""The objection loop as far as rules are concerned: what objections say of them, and drafts that begin with one.

This room knows no objection. Whoever rules on them hands over plain data: a `Proposal`, with which the form of a draft
begins, and, asked through `repeated`, what units object to again and again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django.core import signing
from django.urls import reverse

from huying.kernel.errors import Invalid
from huying.kernel.generation import cached
from huying.kernel.search import fold
from huying.knowledge.models import RuleVersion
from huying.knowledge.rules.book import published
from huying.knowledge.rules.conditions import is_below
from huying.knowledge.rules.options import category_names
from huying.people.directory import directory

_SALT = "huying.knowledge.rules.proposal.1"
LATELY = 180  # days of objections that are looked at
AGAIN = 2  # objections for one cause from which on they are told as repeated
PARAMETER = "from"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Where a draft comes from: an objection that was upheld. `key`, `number`: of the objection and its matter, as the
    proposing room knows them; `words`: what they show; `lead`: code of the unit that should have it."""

    key: str
    number: str
    words: str
    category: str = ""
    place: str = ""
    said: tuple[str, ...] = ()
    lead: str = ""

    def origin(self) -> dict[str, object]:
        return {"key": self.key, "number": self.number, "words": self.words}


def url_of(proposal: Proposal, rule: str = "") -> str:
    """Of the form that begins with it: of a change to this rule (its code), or of a new one."""
    page = reverse("knowledge:change-rule", args=[rule]) if rule else reverse("knowledge:new-rule")
    return f"{page}?{urlencode({PARAMETER: signing.dumps(asdict(proposal), salt=_SALT)})}"


def read(token: str) -> Proposal | None:
    """
    Raises:
        Invalid: nobody here has written it.
    """
    if not token:
        return None
    try:
        told = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise Invalid("这个链接不完整，请回到裁定的诉求件重新点开。", code="proposal") from None
    return Proposal(**{**told, "said": tuple(told["said"])})


@cached("rules", "categories")
def _vocabulary() -> Sequence[tuple[str, str]]:
    """Words that rules go by, and names of categories: folded, and as they are written."""
    words: set[str] = set(category_names().values())
    for versions in published().versions.values():
        for version in versions:
            words |= {*version.asked.any_words, *version.asked.all_words}
    return sorted(((fold(word), word) for word in words), key=lambda pair: (-len(pair[0]), pair[0]))


def words_in(text: str, most: int = 5) -> tuple[str, ...]:
    """Words of a text that rules could go by, the longest first; none that lies within another."""
    folded, found = fold(text), list[str]()
    for word, written in _vocabulary():
        if len(word) > 1 and word in folded and not any(word in fold(one) for one in found):
            found.append(written)
        if len(found) == most:
            break
    return tuple(found)


def drafted(keys: Iterable[str]) -> Mapping[str, RuleVersion]:
    """Key of an origin → the newest version that has come of it, thrown away ones left out."""
    found: dict[str, RuleVersion] = {}
    wanted = list(keys)
    if not wanted:
        return found
    rows = RuleVersion.objects.exclude(state=RuleVersion.State.DROPPED).select_related("rule").order_by("pk")
    condition = rows.none()
    for key in wanted:
        condition = condition | rows.filter(origins__contains=[{"key": key}])
    for version in condition:
        for origin in version.origins:
            if origin.get("key") in wanted:
                found[origin["key"]] = version
    return found


# --- what is objected to again and again -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """Objections of one unit (`unit`: id) for one cause about one category. `numbers`: of the newest."""

    category: str
    unit: int
    cause: str
    n: int
    upheld: int
    last_at: dt.datetime
    numbers: Sequence[str] = ()

    @property
    def unit_name(self) -> str:
        return directory().name_of(self.unit)

    @property
    def category_name(self) -> str:
        return category_names().get(self.category, "没有分类")


Counting = Callable[[dt.date, int], Sequence[Repeated]]


class _Source:
    """The one room that knows of objections tells; without one there are none."""

    def __init__(self) -> None:
        self._count: Counting | None = None

    def register(self, count: Counting) -> None:
        """`count(since, least)`: groups with at least so many objections since that day, the largest first."""
        if self._count is not None:
            raise ValueError("a source of repeated objections is registered already")
        self._count = count

    def __call__(self, since: dt.date, least: int = AGAIN) -> Sequence[Repeated]:
        return self._count(since, least) if self._count else ()


repeated = _Source()


def against(version: RuleVersion, groups: Iterable[Repeated]) -> list[Repeated]:
    """Those of these groups that speak against this rule: its lead objects, about something it covers."""
    lead = directory().by_code.get(version.lead)
    covered = version.asked.categories
    return [
        one
        for one in groups
        if lead is not None
        and one.unit == lead.id
        and (not covered or any(is_below(one.category, code) for code in covered))
    ]
