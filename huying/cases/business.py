"""Business environment (营商环境): which cases it is about, who serves the enterprise, and that they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone

from huying.cases.models import CaseService, ServiceManager
from huying.kernel import outbox
from huying.matters.aspects import Aspect, aspects, having
from huying.matters.messages import Follower, followers, people_of
from huying.matters.models import Matter
from huying.people.actors import SYSTEM, Actor
from huying.people.directory import directory
from huying.people.models import Post
from huying.people.roles import role_of

BUSINESS, TAG = "business", "营商环境"
BATCH = 500

aspects.declare(
    Aspect(key=BUSINESS, label="营商环境", meaning="企业提出的，或者关系营商环境的，有服务专员", tone="teal", order=62),
)


def service_of(matter: Matter) -> CaseService | None:
    """Who serves it. One query, asked once for each row that has been read, and only where an enterprise is served."""
    if BUSINESS not in matter.aspects:
        return None
    if "_service" not in matter.__dict__:
        found = CaseService.objects.filter(case=matter.pk).select_related("post__user", "post__organisation").first()
        matter.__dict__["_service"] = found
    service = matter.__dict__["_service"]
    assert service is None or isinstance(service, CaseService)
    return service


def serves(actor: Actor, matter: Matter) -> bool:
    """`whose`: the service manager's, or whoever stands in for that post."""
    service = service_of(matter)
    return service is not None and service.post_id is not None and service.post_id == actor.post_id


def served(actor: Actor) -> Q:
    """Cases whose enterprise the actor serves."""
    return having(BUSINESS) & Q(closed_at=None, case__service__post=actor.post_id or 0)


@dataclass(frozen=True, slots=True)
class Manager:
    """As pages tell it."""

    name: str
    unit: str
    phone: str
    contacted_at: datetime | None


def manager_of(matter: Matter) -> Manager | None:
    service = service_of(matter)
    if service is None or service.post is None:
        return None
    unit = directory().by_id[service.post.organisation_id]
    return Manager(service.post.user.display_name, unit.label, service.phone or unit.duty_phone, service.contacted_at)


# --- who it is -------------------------------------------------------------------------------------------------------


def sees(post: Post, lead_id: int | None) -> bool:
    """Whether a post sees what this unit leads."""
    return role_of(post.role).scope == "all" or post.organisation_id == lead_id


def manager_for(matter: Matter, rules: Iterable[ServiceManager]) -> ServiceManager | None:
    """The rule that fits best; of equals, one of the unit's own, then the oldest."""
    fit = [
        rule
        for rule in rules
        if sees(rule.post, matter.lead_id)
        and rule.street_id in (None, matter.street_id)
        and (not rule.category or f"{matter.category}.".startswith(f"{rule.category}."))
    ]
    return max(
        fit,
        key=lambda rule: (
            (rule.street_id is not None) + len(rule.category),
            rule.post.organisation_id == matter.lead_id,
            -rule.pk,
        ),
        default=None,
    )


def rules_in_use() -> list[ServiceManager]:
    standing = Post.objects.current().values("pk")
    rows = ServiceManager.objects.filter(active=True, post__in=standing, post__user__is_active=True)
    return list(rows.select_related("post"))


@outbox.periodic("cases.service_managers", 5)
def name_managers() -> int:
    """Name somebody for each case about business that a unit leads and nobody of that time serves; returns how many.

    It looks at what is, and not at what happened: by whichever step a case came to a unit. Its cost follows the cases
    that carry the aspect.
    """
    from huying.cases.flow import CASES
    from huying.matters.engine import Move, move

    unserved = Q(case__service=None) | ~Q(case__service__lead=F("lead"))
    states = CASES.step["name_manager"].sources
    rows = Matter.objects.open().filter(having(BUSINESS), unserved, kind=CASES.kind, state__in=states)
    ids = list(rows.exclude(lead=None).order_by("pk").values_list("pk", flat=True)[:BATCH])
    results = move(CASES, "name_manager", [Move(pk, SYSTEM, {}) for pk in ids], now=timezone.now()) if ids else []
    return sum(result.refusal is None for result in results)


# --- what they are told ----------------------------------------------------------------------------------------------


def _managers(matters: Sequence[Matter]) -> Mapping[int, set[int]]:
    rows = dict(
        CaseService.objects.filter(case__in=[m.pk for m in matters]).exclude(post=None).values_list("case", "post")
    )
    people = people_of(set(rows.values()))
    return {case: set(people[post]) for case, post in rows.items()}


followers.add(BUSINESS, Follower(BUSINESS, "case.service_step", _managers))
