"""Dispatch rules in the demo: 208 in force, a survey of them, and one that waits for approval with its replay."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from huying.knowledge.models import RuleRun, RuleVersion
from huying.knowledge.rules import actions, replay, samples
from huying.knowledge.rules.actions import Content, seal
from huying.knowledge.rules.conditions import Conditions
from huying.people.models import User

CHANGED = "小区内树木遮光、修剪"  # the subject of the rule that is being changed


def are_there() -> bool:
    return samples.are_there()


@transaction.atomic
def build(now: dt.datetime) -> None:
    """All of it, or nothing."""
    today = timezone.localdate(now)
    approver = User.objects.get(username="dudao")
    writers = User.objects.filter(posts__role="dispatcher").exclude(username="paidan").order_by("pk")
    author = writers[0]
    samples.publish(author=author, approver=approver, since=today - dt.timedelta(days=365))
    version = RuleVersion.objects.select_related("rule").get(subject=CHANGED)
    content = replace(
        Content.of(version),
        lead="@community",
        helpers=("yuanlin", "fangguan"),
        exceptions=(Conditions(any_words=("倒伏", "压线", "枯死")),),
        valid_from=today,
        why="小区里的树归业主和物业管，园林部门只负责公共绿地，建议由社区牵头、园林部门指导。",
    )
    draft = actions.draft(content, by=author, rule=version.rule)
    first, last = today - dt.timedelta(days=365), today + dt.timedelta(days=1)
    for kind, versions in ((RuleRun.Kind.REPLAY, [draft]), (RuleRun.Kind.SURVEY, [])):
        run = RuleRun.objects.create(
            kind=kind, versions=[one.pk for one in versions], seal=seal(versions), first=first, last=last, by=author
        )
        replay.attempt(run.pk)
    actions.submit(draft, by=author)
