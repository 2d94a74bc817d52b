"""What the knowledge base knows about a text, as it stands beside the form in which the text is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from huying.knowledge.articles.search import LEAST_TEXT, find, near, standing
from huying.knowledge.models import ArticleVersion
from huying.people.directory import directory
from huying.places.address import find as find_place
from huying.places.tree import place_tree

MOST = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """`fits`: it may be sent to people as it is. `terms`: what it shares with the text."""

    number: str
    question: str
    answer: str
    basis: str
    owner: str
    url: str
    fits: bool
    terms: Sequence[str]


def offers(text: str, *, address: str = "", category: str = "", street: int | None = None) -> list[Offer] | None:
    """For staff; None while too little is written. Two or three statements."""
    if len(text.strip()) < LEAST_TEXT:
        return None
    found = near(standing(), text, street=street or street_of(address), category=category, most=MOST)
    return [_offer(one.version, one.shared) for one in found]


def looked_for(typed: str, *, street: int | None = None) -> list[Offer]:
    """The best for words that somebody looks for."""
    return [_offer(hit.version, hit.terms) for hit in find(standing(), typed, street=street)[:MOST]]


def street_of(address: str) -> int | None:
    if not address:
        return None
    family = place_tree().by_id.get(find_place(address[:200]).place_id or 0)
    return family.street_id if family else None


def _offer(version: ArticleVersion, terms: Sequence[str]) -> Offer:
    return Offer(
        version.number,
        version.question,
        version.answer,
        version.basis,
        directory().name_of(version.article.owner_id),
        reverse("knowledge:article", args=[version.article_id]),
        version.audience == ArticleVersion.Audience.PUBLIC,
        terms,
    )
