"""What each step of a case needs. One declaration serves the API, the forms and set-wise callers."""

from __future__ import annotations

from huying.cases.inputs.batches import Announce, Batch, StopBatch
from huying.cases.inputs.closing import CallBack, CloseWithoutCallback, CorrectContact, Rate, Rework
from huying.cases.inputs.giving import Acknowledge, Dispatch, HandBack, Remind, Succeed
from huying.cases.inputs.handling import Approve, Contact, Propose, SendBack
from huying.cases.inputs.joining import CloseJoined, Join, SortAlong, Unjoin
from huying.cases.inputs.merging import Follow, Merge, Tighten
from huying.cases.inputs.opening import (
    AddInformation,
    Answer,
    ImportHistory,
    NoAnswer,
    Receive,
    Reporter,
    ReturnToReporter,
    SpotCheck,
    Triage,
)
from huying.cases.inputs.recalling import Recall, WithdrawProposal
from huying.cases.inputs.repeats import CountRepeats, MarkRepeat, Repeat
from huying.cases.inputs.words import AS_WRITTEN, Files, Key

__all__ = [
    "AS_WRITTEN",
    "Acknowledge",
    "AddInformation",
    "Announce",
    "Answer",
    "Approve",
    "Batch",
    "CallBack",
    "CloseJoined",
    "CloseWithoutCallback",
    "Contact",
    "CorrectContact",
    "CountRepeats",
    "Dispatch",
    "Files",
    "Follow",
    "HandBack",
    "ImportHistory",
    "Join",
    "Key",
    "MarkRepeat",
    "Merge",
    "NoAnswer",
    "Propose",
    "Rate",
    "Recall",
    "Receive",
    "Remind",
    "Repeat",
    "Reporter",
    "ReturnToReporter",
    "Rework",
    "SendBack",
    "SortAlong",
    "SpotCheck",
    "StopBatch",
    "Succeed",
    "Tighten",
    "Triage",
    "Unjoin",
    "WithdrawProposal",
]
