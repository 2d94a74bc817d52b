"""The table of cases: every state, clock and step. What a step does beside moving is in `huying.cases.steps`.

One file for each idea; what stands first is offered first.
"""

from __future__ import annotations

from huying.cases.enums import CaseKind
from huying.cases.flow import closing, giving, handling, joining, opening, public, recalling, reviewing, upper
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CLOCKS,
    CLOSED,
    DISPATCHED,
    HANDLING,
    JOINABLE,
    JOINED,
    RECEIVED,
    REPLY_REVIEW,
    RESOLVED,
    STATES,
    TRIAGED,
    UNDER_REVIEW,
    WAITING,
)
from huying.matters.flow import Flow, flows

__all__ = [
    "ACKNOWLEDGED",
    "AWAITING_APPROVAL",
    "CASES",
    "CLOSED",
    "DISPATCHED",
    "HANDLING",
    "JOINABLE",
    "JOINED",
    "RECEIVED",
    "REPLY_REVIEW",
    "RESOLVED",
    "TRIAGED",
    "UNDER_REVIEW",
    "WAITING",
]

CASES = Flow(
    kind="case",
    label="诉求件",
    subkinds=tuple((kind.value, kind.label) for kind in CaseKind),
    succession="succeed",
    states=STATES,
    clocks=CLOCKS,
    steps=(
        *opening.STEPS,
        *joining.STEPS,
        *giving.STEPS,
        *handling.STEPS,
        *public.STEPS,
        *closing.STEPS,
        *reviewing.STEPS,
        *upper.STEPS,
        *recalling.STEPS,
    ),
)
flows.add(CASES.kind, CASES)
