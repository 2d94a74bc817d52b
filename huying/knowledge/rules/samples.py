"""The rules of the demo district: `data/rules.csv`, in the form of an import. Their sources are invented."""

from __future__ import annotations

import datetime as dt
from importlib.resources import as_file, files

from django.db import transaction
from django.utils import timezone

from huying.kernel.bulk import reserve_ids
from huying.kernel.generation import bump
from huying.kernel.tabular import open_rows
from huying.knowledge.models import DispatchRule, RuleVersion
from huying.knowledge.rules.actions import Content, put
from huying.knowledge.rules.matcher import Ruling
from huying.knowledge.rules.tables import COLUMNS, contents
from huying.people.models import User


def are_there() -> bool:
    return DispatchRule.objects.exists()


def rulings() -> list[Ruling]:
    """As they are matched, without a rule in the database. A row about units or places that are no more is left out."""
    with as_file(files("huying.knowledge").joinpath("data/rules.csv")) as path, open_rows(path, COLUMNS) as source:
        read = [content for row, content in contents(source) if not row.faults]
    return [
        Ruling(
            rule=n,
            version=n,
            code=f"K{n:03}",
            n=1,
            subject=one.subject,
            conditions=one.conditions,
            exceptions=tuple(one.exceptions),
            lead=one.lead,
            helpers=tuple(one.helpers),
            document=one.document,
            clause=one.clause,
            priority=one.priority,
        )
        for n, one in enumerate(read, 1)
    ]


@transaction.atomic
def publish(*, author: User, approver: User, since: dt.date) -> int:
    """All of them, in force since that day; returns how many. A row that cannot be read is a mistake of the file."""
    with as_file(files("huying.knowledge").joinpath("data/rules.csv")) as path, open_rows(path, COLUMNS) as source:
        read = list(contents(source))
    if faults := [str(fault) for row, _ in read for fault in row.faults]:
        raise ValueError("\n".join(faults))
    at = timezone.make_aware(dt.datetime.combine(since, dt.time(9)))
    keys = reserve_ids(DispatchRule, len(read))
    DispatchRule.objects.bulk_create(DispatchRule(pk=key, code=f"K{key:03}") for key in keys)
    versions = [
        _published(key, content, author=author, approver=approver, since=since, at=at)
        for key, (_, content) in zip(keys, read, strict=True)
    ]
    RuleVersion.objects.bulk_create(versions)
    bump("rules")
    return len(versions)


def _published(
    key: int, content: Content, *, author: User, approver: User, since: dt.date, at: dt.datetime
) -> RuleVersion:
    version = RuleVersion(rule_id=key, n=1, author=author, state=RuleVersion.State.PUBLISHED)
    put(version, content, author)
    version.valid_from, version.written_at = since, at
    version.submitted_by, version.submitted_at = author, at
    version.approver, version.approved_at = approver, at
    return version
