"""What the recommender suggests for a case, in the words of the desk: categories and units that can be chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from huying.cases import options
from huying.cases.enums import Verdict
from huying.cases.models import Objection
from huying.cases.objections import OBJECTED, objections_to
from huying.cases.queries import title_of
from huying.cases.ruled import asked_of
from huying.cases.similar import Likeness, similar
from huying.knowledge.history import Asked
from huying.knowledge.recommender.advising import Suggested, Suggestion, suggest
from huying.knowledge.recommender.learning import CATEGORY, HANDLER
from huying.knowledge.rules.book import decide
from huying.matters.models import Matter, Words
from huying.people.actors import Actor
from huying.people.directory import directory

SHOWN = 5
CLOSED = 3  # similar closed cases
NO_MORE = {Verdict.UPHELD: "已因申诉退回，不再推荐", Verdict.RETURNED: "已退回派单，不再推荐"}


@dataclass(frozen=True, slots=True)
class Offer:
    """One choice: its code as the form knows it, name, how likely, and why."""

    code: str
    name: str
    percent: int | None
    why: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A unit, by its name, and why it is not suggested for this case any more."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Advice:
    """`sure_…`: the first may be trusted; else "没有把握". `left_out`: units that would be suggested, had they not been
    believed that this case is not theirs."""

    categories: Sequence[Offer] = ()
    handlers: Sequence[Offer] = ()
    sure_of_category: bool = False
    sure_of_handler: bool = False
    left_out: Sequence[LeftOut] = ()

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
        closed = self._closed() if found.handlers else ()
        return Advised(found.handlers, found.sure_of_handler, closed, found.left_out)

    @property
    def rule_denied(self) -> str:
        """Why the unit that the rules name is not to be taken; "" where nothing is known against it."""
        decided = decide(asked_of(self.matter, self.said))
        return denials(objections_to(self.matter)).get(decided.lead, "") if decided is not None else ""

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
    left_out: Sequence[LeftOut] = ()


def advise(
    asked: Asked, targets: Sequence[str] = (CATEGORY, HANDLER), denied: Mapping[int, str] | None = None
) -> Advice:
    """No query once model, categories and organisations are in memory. `denied`: units → why they are left out."""
    found = suggest(asked, targets)
    categories = _categories(found)
    handlers, left_out = _handlers(found, denied or {})
    return Advice(
        categories[:SHOWN],
        handlers[:SHOWN],
        found.sure_of_category and _is_first(categories, found.categories, CATEGORY),
        found.sure_of_handler and _is_first(handlers, found.handlers, HANDLER),
        left_out,
    )


def denials(objections: Iterable[Objection]) -> dict[int, str]:
    """Units that have been believed that a case is not theirs → why they are not suggested for it again."""
    return {one.unit_id: NO_MORE[Verdict(one.verdict)] for one in objections if one.verdict in NO_MORE}


def for_matter(matter: Matter, said: str, targets: Sequence[str]) -> Advice:
    return advise(asked_of(matter, said), targets, denials(objections_to(matter)) if HANDLER in targets else {})


def leads_for(matters: Sequence[Matter]) -> dict[int, Advice]:
    """Who should lead each of these. One query for all, another one where units have objected to some."""
    keys = [matter.pk for matter in matters]
    said = dict(Words.objects.filter(matter__in=keys, seq=1, field="text").values_list("matter", "text"))
    objected = [matter.pk for matter in matters if OBJECTED in matter.aspects]
    objections: dict[int, list[Objection]] = defaultdict(list)
    for one in Objection.objects.filter(case__in=objected).order_by("seq") if objected else ():
        objections[one.case_id].append(one)
    return {
        matter.pk: advise(asked_of(matter, said.get(matter.pk, "")), (HANDLER,), denials(objections[matter.pk]))
        for matter in matters
    }


def _categories(found: Suggestion) -> list[Offer]:
    names, active = options.category_names(), options.active_categories()
    return [
        Offer(one.key, names.get(one.key, one.key), _percent(one), _why(one))
        for one in found.categories
        if one.key in active
    ]


def _handlers(found: Suggestion, denied: Mapping[int, str]) -> tuple[list[Offer], list[LeftOut]]:
    """Who has taken over from a unit that is no more; only units that a case can be given to, and those that are left
    out."""
    book = directory()
    fit = {listed.id for listed in book.handlers()}
    why_not = {heir.id: why for unit, why in denied.items() if (heir := book.heir_of(unit)) is not None}
    offers: dict[str, Offer] = {}
    left_out: dict[int, LeftOut] = {}
    for one in found.handlers:
        heir = book.heir_of(int(one.key)) if one.key.isdigit() else None
        if heir is None or heir.id not in fit:
            continue
        if heir.id in why_not:
            left_out[heir.id] = LeftOut(heir.label, why_not[heir.id])
        elif heir.code not in offers:
            offers[heir.code] = Offer(heir.code, heir.label, _percent(one), _why(one))
    return list(offers.values()), list(left_out.values())


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
