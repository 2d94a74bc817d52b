"""Cases and the knowledge base: answers at once that cite an article, articles that begin with a case's answer."""

from __future__ import annotations

from collections.abc import Mapping

from huying.cases.joined import replies_of
from huying.cases.queues import cases_for
from huying.cases.withdrawals import is_unhandled
from huying.kernel.privacy import mask_text
from huying.knowledge.articles import actions
from huying.knowledge.articles.beside import Offer, looked_for, offers
from huying.knowledge.articles.origins import Beginning, origins
from huying.knowledge.articles.queries import pk_of
from huying.knowledge.articles.search import keys_in_force
from huying.knowledge.models import ArticleVersion
from huying.matters.models import Matter, Words
from huying.people.actors import Actor


def may_draft(matter: Matter, actor: Actor) -> bool:
    """Whether the answer to this case may become an article: it was given, and its reporter asked for no confidence."""
    told = matter.closed_at is not None and not matter.confidential and not is_unhandled(matter)
    return told and actor.may(actions.WRITE)


def begin(actor: Actor, number: str) -> Beginning | None:
    """What an article begins with: title and answer, without whatever tells who asked."""
    matter = cases_for(actor).filter(number=number).select_related("raised_by").first()
    if matter is None or not may_draft(matter, actor):
        return None
    reply = replies_of({matter.pk}).get(matter.pk, "")
    if not reply:
        return None
    hide = matter.raised_by.concealed_in if matter.raised_by else mask_text
    return Beginning(matter.pk, matter.number, hide(matter.title)[:200], hide(reply), matter.category, matter.lead_id)


def cited(number: str) -> dict[str, object]:
    """What an answer begins with that rests on this article; nothing where it is not in force or not public."""
    key = pk_of(number)
    version = keys_in_force([key]).get(key) if key is not None else None
    if version is None or version.audience != ArticleVersion.Audience.PUBLIC:
        return {}
    return {
        "reply": version.answer,
        "article": version.number,
        "basis": basis_of(version),
        "category": version.category,
    }


def basis_of(version: ArticleVersion) -> str:
    return f"{version.question}{f'（{version.basis}）' if version.basis else ''}"[:200]


def beside(typed: Mapping[str, object]) -> list[Offer] | None:
    """What the knowledge base knows about a case that is being typed."""

    def said(name: str) -> str:
        return str(typed.get(name, "")).strip()

    text = f"{said('title')}\n{said('text')}"
    return offers(text, address=said("address"), category=said("category"))


def beside_case(matter: Matter, typed: str = "") -> list[Offer] | None:
    """About one that is there, or for words that somebody looks for meanwhile."""
    if typed.strip():
        return looked_for(typed.strip(), street=matter.street_id)
    said = Words.objects.filter(matter=matter, seq=1, field="text", erased_at=None).values_list("text", flat=True)
    return offers(f"{matter.title}\n{said.first() or ''}", category=matter.category, street=matter.street_id)


origins.register(begin)
