"""The log of configuration: who changed what, from what, to what.

    with transaction.atomic():
        before = snapshot(limit)
        ...
        record_change(who="李伟（liwei）", what="时限", key="诉求件 办理", before=before, after=snapshot(limit))

Before and after are words for readers, by the words of the fields: a log of codes nobody can read later proves little.
None before: it was added; None after: it was removed. What was done without a change of words (“解除锁定”) stands
under `ACT` in after.
"""

from __future__ import annotations

import datetime as dt
import getpass
import os
from collections.abc import Iterable, Mapping

from django.db.models import ForeignKey, Model
from django.utils import timezone

from huying.kernel.models import ConfigChange

Words = Mapping[str, str]
ACT = "操作"


def at_the_machine() -> str:
    """How the log names whoever gave a command."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        name = str(os.getuid())
    return f"命令行（{name}）"


def record_change(*, who: str, what: str, key: str, before: Words | None, after: Words | None) -> ConfigChange | None:
    """Note a change in the transaction that makes it; None when nothing is different."""
    if before == after:
        return None
    return ConfigChange.objects.create(
        who=who[:130],
        what=what,
        key=key[:200],
        before=_pairs(before),
        after=_pairs(after),
    )


def _pairs(words: Words | None) -> list[tuple[str, str]] | None:
    """Stored as pairs: an object would lose the order of its fields."""
    return list(words.items()) if words is not None else None


def snapshot(row: Model, *, without: Iterable[str] = ()) -> dict[str, str]:
    """The columns of a row in words: label of the field → value as people read it. Empty ones are left out."""
    found: dict[str, str] = {}
    left_out = {"id", "sort_key", *without}
    for field in row._meta.concrete_fields:
        if field.name in left_out or getattr(field, "generated", False):
            continue
        value = getattr(row, field.name if isinstance(field, ForeignKey) else field.attname)
        if field.choices:
            value = getattr(row, f"get_{field.name}_display")()
        if (words := in_words(value)) != "":
            found[str(field.verbose_name)] = words
    return found


def in_words(value: object) -> str:
    """One value as people read it."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case dt.datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        case dt.date():
            return f"{value:%Y-%m-%d}"
        case float():
            return f"{value:g}"
        case list() | tuple():
            return "、".join(
                "–".join(map(str, part)) if isinstance(part, list | tuple) else str(part) for part in value
            )
        case _:
            return str(value)


def differences(change: ConfigChange) -> list[tuple[str, str, str]]:
    """`(field, before, after)` of what is different, in the order in which the fields stand."""
    before, after = dict(change.before or ()), dict(change.after or ())
    return [
        (name, before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys((*after, *before))
        if before.get(name, "") != after.get(name, "")
    ]
