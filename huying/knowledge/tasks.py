"""What the worker does for this room."""

from __future__ import annotations

from huying.kernel import jobs
from huying.knowledge.rules import replay


@jobs.job("knowledge.rules_run")
def run_rules(*, pk: int) -> None:
    replay.attempt(pk)
