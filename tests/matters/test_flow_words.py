"""Whoever takes a step is told what was done, whatever the matter is; and why a step is not on offer."""

from __future__ import annotations

import pytest

from huying.matters.flow import Step, flows

STEPS = [
    pytest.param(step, id=f"{flow.kind}.{step.key}")
    for flow in flows
    for step in flow.steps
    if not step.opens and not step.by_system
]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_says_what_was_done(step: Step) -> None:
    assert all(outcome.done for outcome in step.outcomes)
    assert step.fits is None or step.unfit
