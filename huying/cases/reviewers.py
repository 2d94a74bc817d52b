"""Who judges a case from outside: whoever has least to judge, from two different bodies, with no part in the matter."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from huying.cases.models import Judgement
from huying.matters.models import LedgerLine, Matter
from huying.people.directory import directory
from huying.people.models import Post

ROLE: Final = "third_party"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """`load`: how many judgements are wanted of this person now."""

    user_id: int
    organisation_id: int
    name: str
    load: int

    @property
    def label(self) -> str:
        return f"{self.name}（{directory().name_of(self.organisation_id)}，手上 {self.load} 件）"


def pool() -> list[Reviewer]:
    """Everybody who holds a post from which cases are judged. One query."""
    wanted = (
        Judgement.objects.filter(reviewer=OuterRef("user_id"), answered_at=None, replaced_at=None)
        .order_by()
        .values("reviewer")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = (
        Post.objects.current()
        .filter(role=ROLE, user__is_active=True)
        .annotate(load=Coalesce(Subquery(wanted), 0))
        .order_by("pk")
        .values_list("user_id", "organisation_id", "user__full_name", "load")
    )
    return list({user: Reviewer(user, unit, name, load) for user, unit, name, load in rows}.values())


def acted(matters: Iterable[int]) -> dict[int, set[int]]:
    """Who has taken any step of these matters. One query."""
    found: dict[int, set[int]] = {}
    lines = LedgerLine.objects.filter(matter__in=list(matters), actor__isnull=False)
    for matter, user in lines.order_by().values_list("matter_id", "actor_id").distinct():
        assert user is not None
        found.setdefault(matter, set()).add(user)
    return found


def concerned(matter: Matter) -> set[int]:
    """Bodies with a part in the matter, and those above them; the centre always has one."""
    book = directory()
    found: set[int] = set()
    wanted = [matter.lead_id, matter.holder_id, matter.first_holder_id, *matter.co_handlers, book.centre.id]
    while wanted:
        key = wanted.pop()
        if key is None or key in found:
            continue
        found.add(key)
        listed = book.by_id.get(key)
        wanted.append(listed.parent_id if listed else None)
    return found


def eligible(matter: Matter, everybody: Sequence[Reviewer], apart: Collection[int]) -> list[Reviewer]:
    """Those without a part in it, whoever has least to judge first. `apart`: people who took a step of it."""
    bodies = concerned(matter)
    book = directory()

    def is_free(one: Reviewer) -> bool:
        own = book.by_id.get(one.organisation_id)
        above = own.parent_id if own else None
        return one.user_id not in apart and one.organisation_id not in bodies and above not in bodies

    def by_turn(one: Reviewer) -> tuple[int, bytes]:
        return one.load, hashlib.sha256(f"{matter.number}:{one.user_id}".encode()).digest()

    return sorted(filter(is_free, everybody), key=by_turn)


def two_for(matters: Sequence[Matter]) -> Mapping[int, tuple[Reviewer, Reviewer]]:
    """Two people for each of these matters, of two bodies where that can be; a matter for which there are none is left
    out. Two queries; what is given out counts at once, so that a batch is spread."""
    everybody = {one.user_id: one for one in pool()}
    if len(everybody) < 2:
        return {}
    taken = acted(matter.pk for matter in matters)
    found: dict[int, tuple[Reviewer, Reviewer]] = {}
    for matter in matters:
        free = eligible(matter, list(everybody.values()), taken.get(matter.pk, ()))
        if len(free) < 2:
            continue
        first, *others = free
        second = next((one for one in others if one.organisation_id != first.organisation_id), others[0])
        found[matter.pk] = (first, second)
        for one in (first, second):
            everybody[one.user_id] = replace(one, load=one.load + 1)
    return found


def others_for(matter: Matter, asked: Collection[int]) -> list[Reviewer]:
    """Who could be asked beside or instead of those who were. Two queries."""
    return eligible(matter, pool(), {*acted([matter.pk]).get(matter.pk, ()), *asked})


def waiting_for(user_id: int | None) -> Q:
    """Matters that wait for this person's judgement."""
    own = Judgement.objects.filter(reviewer=user_id, answered_at=None, replaced_at=None)
    return Q(pk__in=own.values("review__case")) if user_id is not None else Q(pk__in=[])
