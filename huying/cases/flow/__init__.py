"""The table of cases: every state, clock and step. What a step does beside moving is in `huying.cases.steps`.

One file for each idea; what stands first is offered first.
"""

from __future__ import annotations

from huying.cases.enums import CaseKind
from huying.cases.flow import (
    batches,
    business,
    closing,
    deferring,
    giving,
    handling,
    joining,
    merging,
    motions,
    objecting,
    opening,
    parts,
    passing,
    public,
    recalling,
    rejecting,
    repeats,
    requests,
    reviewing,
    unreasonable,
    upper,
    withdrawing,
)
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CHECKING,
    CLOCKS,
    CLOSED,
    DEFERRED,
    DISPATCHED,
    HANDLING,
    JOINABLE,
    JOINED,
    OBJECTED,
    OBJECTING,
    PASSED,
    RECEIVED,
    REJECTING,
    REPLY_REVIEW,
    RESOLVED,
    STATES,
    TRIAGED,
    UNDER_REVIEW,
    WAITING,
)
from huying.cases.steps import deferring as deferring_steps
from huying.cases.steps import objecting as objecting_steps
from huying.cases.steps import passing as passing_steps
from huying.cases.steps import requests as requests_steps
from huying.matters.flow import Along, Flow, flows

__all__ = [
    "ACKNOWLEDGED",
    "AWAITING_APPROVAL",
    "CASES",
    "CHECKING",
    "CLOSED",
    "DEFERRED",
    "DISPATCHED",
    "HANDLING",
    "JOINABLE",
    "JOINED",
    "OBJECTED",
    "OBJECTING",
    "PASSED",
    "RECEIVED",
    "REJECTING",
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
    along=(
        Along(requests_steps.check_along, requests_steps.record_along),
        Along(deferring_steps.check_along, deferring_steps.record_along),
        Along(record=passing_steps.record_along),
        Along(check=objecting_steps.check_along),
    ),
    steps=(
        *opening.STEPS,
        *joining.STEPS,
        *giving.STEPS,
        *handling.STEPS,
        *requests.STEPS,
        *deferring.STEPS,
        *unreasonable.STEPS,
        *parts.STEPS,
        *passing.STEPS,
        *business.STEPS,
        *motions.STEPS,
        *closing.STEPS,
        *merging.STEPS,
        *repeats.STEPS,
        *batches.STEPS,
        *public.STEPS,
        *reviewing.STEPS,
        *upper.STEPS,
        *recalling.STEPS,
        *objecting.STEPS,
        *rejecting.STEPS,
        *withdrawing.STEPS,
    ),
)
flows.add(CASES.kind, CASES)
