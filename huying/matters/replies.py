"""Reply templates (答复模板): whose they are, where they are offered, what is filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from huying.kernel.privacy import mask_text
from huying.matters.enums import ReplyUse
from huying.matters.models import Matter, ReplyTemplate
from huying.people.actors import Actor
from huying.people.directory import directory

PERMISSION = "matters.templates"
PLACEHOLDERS = ("编号", "标题", "单位")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
MOST_OFFERED = 40


@dataclass(frozen=True, slots=True)
class Offer:
    """A template as it stands beside a box: its words already fit this matter."""

    id: int
    title: str
    text: str
    own: bool  # of the unit, not of the whole district


def unit_of(actor: Actor) -> int | None:
    """The unit whose templates this actor keeps; None, the whole district, for the centre and administrators."""
    return None if actor.scope in ("all", "none") else actor.organisation_id


def of_unit(unit: int | None) -> QuerySet[ReplyTemplate]:
    return ReplyTemplate.objects.filter(Q(organisation=None) if unit is None else Q(organisation_id=unit))


def managed_by(actor: Actor) -> QuerySet[ReplyTemplate]:
    return of_unit(unit_of(actor))


def offered(matter: Matter, actor: Actor, use: ReplyUse) -> Sequence[Offer]:
    """What fits this matter and this unit: the own ones first, then what is used most."""
    mine = Q(organisation=None)
    if (unit := unit_of(actor)) is not None:
        mine |= Q(organisation_id=unit)
    rows = (
        ReplyTemplate.objects.filter(mine, use=use, active=True)
        .filter(category__in=_with_those_above(matter.category))
        .order_by(F("organisation_id").asc(nulls_last=True), "-used", "title")
    )
    return [
        Offer(row.pk, row.title, filled(row.text, matter), row.organisation_id is not None)
        for row in rows[:MOST_OFFERED]
    ]


def _with_those_above(code: str) -> list[str]:
    """`02.02.01` with `02.02` and `02`, and none at all."""
    parts = code.split(".") if code else []
    return ["", *(".".join(parts[: n + 1]) for n in range(len(parts)))]


def filled(text: str, matter: Matter) -> str:
    """Its placeholders with what this matter says; what goes out names nobody."""
    told = (matter.number, mask_text(matter.title), directory().name_of(matter.lead_id or matter.holder_id))
    values = dict(zip(PLACEHOLDERS, told, strict=True))
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def unknown_placeholders(text: str) -> list[str]:
    return list(dict.fromkeys(found[0] for found in _PLACEHOLDER.finditer(text) if found[1] not in PLACEHOLDERS))


def count(offers: Sequence[Offer], chosen: str) -> None:
    """One of those that were offered has been used."""
    if any(str(offer.id) == chosen for offer in offers):
        ReplyTemplate.objects.filter(pk=int(chosen)).update(used=F("used") + 1)
