"""A dissolved body's cases go on with its heir, and so does what stands beside them: an objection, parts, passings."""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases.steps import objecting, passing
from huying.matters.flow import Change


def record_succeed(changes: Sequence[Change]) -> None:
    objecting.record_succeed(changes)
    passing.record_succeed(changes)
