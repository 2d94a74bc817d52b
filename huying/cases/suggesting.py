"""What the recommender suggests for a case, in the words of the desk: categories and units that can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huying.cases import options
from huying.cases.queries import title_of
from huying.cases.ruled import asked_of
from huying.cases.similar import Likeness, similar
from huying.knowledge.history import Asked
from huying.knowledge.recommender.advising import Suggested, Suggestion, suggest
from huying.knowledge.recommender.learning import CATEGORY, HANDLER
from huying.matters.models import Matter, Words
from huying.people.actors import Actor
from huying.people.directory import directory

SHOWN = 5
CLOSED = 3  # similar closed cases


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice: its code as the form knows it, name, how likely, and why."""

    code: str
    name: str
    percent: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """`sure_…`: the first may be trusted; else "没有把握"."""

    categories: Sequence[Offer] = ()
    handlers: Sequence[Offer] = ()
    sure_of_category: bool = False
    sure_of_handler: bool = False

    def __bool__(self) -> bool:
        return bool(self.categories or self.handlers)


@dataclass(frozen=True, slots=True)
class Like:
    """A closed case that was alike, and who handled it."""

    number: str
    title: str
    holder: str
    why: str


@dataclass(frozen=True, slots=True)
class Advising:
    """What a page about a case may ask for; nothing is worked out before it does."""

    matter: Matter
    said: str
    actor: Actor

    @property
    def category(self) -> Advised:
        found = for_matter(self.matter, self.said, (CATEGORY,))
        return Advised(found.categories, found.sure_of_category)

    @property
    def lead(self) -> Advised:
        found = for_matter(self.matter, self.said, (HANDLER,))
        return Advised(found.handlers, found.sure_of_handler, self._closed() if found.handlers else ())

    def _closed(self) -> list[Like]:
        """Four queries at most."""
        alike = similar(Likeness.to(self.matter, self.said), self.actor)
        book = directory()
        return [
            Like(m.number, title_of(m, self.actor), book.name_of(m.lead_id), "，".join(one.reasons))
            for one in alike
            if (m := one.matter).closed_at is not None and m.lead_id is not None
        ][:CLOSED]


@dataclass(frozen=True, slots=True)
class Advised:
    """Choices for one field."""

    offers: Sequence[Offer]
    sure: bool
    closed: Sequence[Like] = ()


def advise(asked: Asked, targets: Sequence[str] = (CATEGORY, HANDLER)) -> Advice:
    """No query once model, categories and organisations are in memory."""
    found = suggest(asked, targets)
    categories = _categories(found)
    handlers = _handlers(found)
    return Advice(
        categories[:SHOWN],
        handlers[:SHOWN],
        found.sure_of_category and _is_first(categories, found.categories, CATEGORY),
        found.sure_of_handler and _is_first(handlers, found.handlers, HANDLER),
    )


def for_matter(matter: Matter, said: str, targets: Sequence[str]) -> Advice:
    return advise(asked_of(matter, said), targets)


def leads_for(matters: Sequence[Matter]) -> dict[int, Offer]:
    """Who should lead each of these, where that is sure. One query for all."""
    keys = [matter.pk for matter in matters]
    said = dict(Words.objects.filter(matter__in=keys, seq=1, field="text").values_list("matter", "text"))
    found: dict[int, Offer] = {}
    for matter in matters:
        advice = for_matter(matter, said.get(matter.pk, ""), (HANDLER,))
        if advice.sure_of_handler:
            found[matter.pk] = advice.handlers[0]
    return found


def _categories(found: Suggestion) -> list[Offer]:
    names, active = options.category_names(), options.active_categories()
    return [
        Offer(one.key, names.get(one.key, one.key), _percent(one), _why(one))
        for one in found.categories
        if one.key in active
    ]


def _handlers(found: Suggestion) -> list[Offer]:
    """Who has taken over from a unit that is no more; only units that a case can be given to."""
    book = directory()
    fit = {listed.id for listed in book.handlers()}
    offers: dict[str, Offer] = {}
    for one in found.handlers:
        heir = book.heir_of(int(one.key)) if one.key.isdigit() else None
        if heir is not None and heir.id in fit and heir.code not in offers:
            offers[heir.code] = Offer(heir.code, heir.label, _percent(one), _why(one))
    return list(offers.values())


def _is_first(offers: Sequence[Offer], found: Sequence[Suggested], target: str) -> bool:
    if not offers or not found:
        return False
    if target == CATEGORY:
        return offers[0].code == found[0].key
    heir = directory().heir_of(int(found[0].key)) if found[0].key.isdigit() else None
    return heir is not None and offers[0].code == heir.code


def _percent(one: Suggested) -> int | None:
    return None if one.probability is None else min(round(one.probability * 100), 99)


def _why(one: Suggested) -> str:
    if one.clause:
        return f"派单口径：{one.clause}"
    return f"提到{'、'.join(f'“{word}”' for word in one.words)}" if one.words else ""
