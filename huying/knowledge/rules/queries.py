"""Which rules somebody may read, and what holds today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet
from django.utils import timezone

from huying.kernel.errors import Missing
from huying.knowledge.models import DispatchRule, RuleVersion
from huying.knowledge.rules.book import published
from huying.knowledge.rules.matcher import COMMUNITY, STREET
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.enums import OrganisationKind

VIEW, MAINTAIN, APPROVE = "knowledge.view_rules", "knowledge.maintain_rules", "knowledge.approve_rules"


def in_force() -> list[RuleVersion]:
    """What holds today, by code."""
    return published().in_force(timezone.localdate())


def sees_all(actor: Actor) -> bool:
    """The centre reads every rule, a unit those that name it."""
    return actor.role.scope == "all"


def names_of(actor: Actor) -> set[str]:
    """How rules name this actor's unit."""
    unit = directory().by_id.get(actor.organisation_id or 0)
    if unit is None:
        return set()
    local = {OrganisationKind.STREET: STREET, OrganisationKind.COMMUNITY: COMMUNITY}
    kind = OrganisationKind(unit.kind)
    return {unit.code, local[kind]} if kind in local else {unit.code}


def concerns(version: RuleVersion, names: Iterable[str]) -> bool:
    return not {version.lead, *version.helpers}.isdisjoint(names)


def visible(actor: Actor, versions: Iterable[RuleVersion]) -> list[RuleVersion]:
    if sees_all(actor):
        return list(versions)
    names = names_of(actor)
    return [one for one in versions if concerns(one, names)]


def to_approve(actor: Actor) -> QuerySet[RuleVersion] | None:
    """Versions that wait for this actor: not those they have written themselves. None for who approves none."""
    if not actor.may(APPROVE) or not sees_all(actor):
        return None
    waiting = RuleVersion.objects.filter(state=RuleVersion.State.SUBMITTED)
    return waiting.exclude(writers__contains=[actor.user_id])


def rule_door(actor: Actor, code: str) -> tuple[DispatchRule, Sequence[RuleVersion]]:
    """A rule with all its versions, the newest first.

    Raises:
        Missing: there is none, or it does not concern the actor's unit.
    """
    rule = DispatchRule.objects.filter(code=code[:12]).first()
    versions = list(_with_people().filter(rule=rule).order_by("-n")) if rule else []
    for one in versions:
        one.rule = rule  # type: ignore[assignment]
    standing = [one for one in versions if one.state == RuleVersion.State.PUBLISHED]
    if rule is None or not (sees_all(actor) or visible(actor, standing)):
        raise Missing("没有这条口径，或者与本单位无关。")
    return rule, versions if sees_all(actor) else standing


def version_door(actor: Actor, pk: int) -> RuleVersion:
    """One version, for those who write or approve."""
    found = _with_people().select_related("rule").filter(pk=pk).first() if sees_all(actor) else None
    if found is None:
        raise Missing("没有这份口径。")
    return found


def _with_people() -> QuerySet[RuleVersion]:
    return RuleVersion.objects.select_related("author", "approver", "submitted_by", "returned_by", "ended_by", "rule")
