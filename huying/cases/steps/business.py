"""Naming who serves an enterprise, and what they have done for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from huying.cases import inputs
from huying.cases.business import BUSINESS, TAG, manager_for, rules_in_use, sees
from huying.cases.models import CaseService
from huying.cases.steps.particulars import data_of, figures, load
from huying.kernel.bulk import update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.enums import ContactKind
from huying.people.models import Post

CLOCK = "service"


def mark_business(change: Change) -> None:
    """At intake and at triage: what an enterprise raises, or what is tagged so."""
    data = change.data
    reporter = getattr(data, "reporter", None)
    of_enterprise = change.actor.role.key == "enterprise" or (
        isinstance(reporter, inputs.Reporter) and not reporter.is_empty and reporter.kind == ContactKind.ENTERPRISE
    )
    if of_enterprise or TAG in getattr(data, "tags", ()):
        change.mark(BUSINESS)


def is_business(matter: Matter, actor: Actor) -> bool:
    return BUSINESS in matter.aspects and matter.lead_id is not None


def check_name(changes: Sequence[Change]) -> None:
    load(changes)
    rules = rules_in_use()
    for change in changes:
        rule = manager_for(change.matter, rules)
        if rule is None:
            change.outcome = change.step.outcomes[1]
            change.facts |= figures(change) | {"manager": ""}
            change.extra["named"] = (None, "")
        else:
            _name(change, rule.post, rule.phone)


def _name(change: Change, post: Post, phone: str) -> None:
    unit = directory().by_id[post.organisation_id]
    change.extra["named"] = (post.pk, phone)
    change.facts |= figures(change) | {"manager": post.pk, "manager_unit": unit.code}
    running = any(clock.kind == CLOCK for clock in change.clocks)
    change.aside[CLOCK] = [] if running else [unit.id]


def record_name(changes: Sequence[Change]) -> None:
    CaseService.objects.bulk_create(
        [
            CaseService(case_id=c.matter.pk, lead_id=c.matter.lead_id, post_id=post, phone=phone, named_at=c.at)
            for c in changes
            if c.matter.lead_id is not None
            for post, phone in (_named(c),)
        ],
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=["lead", "post", "phone", "named_at"],
    )


def _named(change: Change) -> tuple[int | None, str]:
    found = change.extra["named"]
    assert isinstance(found, tuple)
    return found


def check_set(changes: Sequence[Change]) -> None:
    load(changes)
    asked = {data_of(change, inputs.SetManager).post for change in changes}
    keys = [int(key) for key in asked if key.isdigit() and len(key) < 10]
    posts = {str(post.pk): post for post in Post.objects.current().filter(pk__in=keys).select_related("user")}
    for change in changes:
        data = data_of(change, inputs.SetManager)
        post = posts.get(data.post)
        if change.matter.lead_id is None or BUSINESS not in change.matter.aspects:
            change.refuse(Conflict("不是营商环境的件，或者还没有主办单位，不用指定服务专员。", code="not_business"))
        elif post is None or not sees(post, change.matter.lead_id):
            words = "只能指定主办单位或区中心在岗的人，别的单位看不到这一件"
            change.refuse(Invalid(f"{words}。", fields={"post": [words]}))
        else:
            _name(change, post, data.phone)
            change.done = f"已指定{post.user.display_name}为服务专员"


def check_note(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        data = data_of(change, inputs.NoteService)
        if data.at > change.now + timedelta(minutes=5):
            change.refuse(Invalid("联系时间不能晚于现在。", fields={"at": ["联系时间不能晚于现在"]}))
        if not data.reached:
            change.outcome = change.step.outcomes[1]
        change.facts |= figures(change) | {"manager": change.actor.post_id}


def record_note(changes: Sequence[Change]) -> None:
    reached = [c for c in changes if data_of(c, inputs.NoteService).reached]
    update_rows(CaseService, ("contacted_at",), [(c.matter.pk, c.at) for c in reached])
