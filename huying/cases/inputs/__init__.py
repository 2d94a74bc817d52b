"""What each step of a case needs. One declaration serves the API, the forms and set-wise callers."""

from __future__ import annotations

from huying.cases.inputs.batches import Announce, Batch, StopBatch
from huying.cases.inputs.closing import CallBack, CloseWithoutCallback, CorrectContact, Rate, Rework
from huying.cases.inputs.giving import Acknowledge, Dispatch, HandBack, Remind, Succeed
from huying.cases.inputs.handling import Approve, Contact, Propose, SendBack
from huying.cases.inputs.joining import CloseJoined, Join, SortAlong, Unjoin
from huying.cases.inputs.merging import Follow, Merge, Tighten
from huying.cases.inputs.objecting import (
    AssignByRuling,
    DeclineObjection,
    EndorseObjection,
    Object,
    Rule,
    WithdrawObjection,
)
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
from huying.cases.inputs.rejecting import ApproveRejection, DeclineRejection, HandOver, ProposeRejection
from huying.cases.inputs.repeats import CountRepeats, MarkRepeat, Repeat
from huying.cases.inputs.withdrawing import FollowOn, LeadOn, Withdraw
from huying.cases.inputs.words import AS_WRITTEN, Files, Key

__all__ = [
    "AS_WRITTEN",
    "Acknowledge",
    "AddInformation",
    "Announce",
    "Answer",
    "Approve",
    "ApproveRejection",
    "AssignByRuling",
    "Batch",
    "CallBack",
    "CloseJoined",
    "CloseWithoutCallback",
    "Contact",
    "CorrectContact",
    "CountRepeats",
    "DeclineObjection",
    "DeclineRejection",
    "Dispatch",
    "EndorseObjection",
    "Files",
    "Follow",
    "FollowOn",
    "HandBack",
    "HandOver",
    "ImportHistory",
    "Join",
    "Key",
    "LeadOn",
    "MarkRepeat",
    "Merge",
    "NoAnswer",
    "Object",
    "Propose",
    "ProposeRejection",
    "Rate",
    "Recall",
    "Receive",
    "Remind",
    "Repeat",
    "Reporter",
    "ReturnToReporter",
    "Rework",
    "Rule",
    "SendBack",
    "SortAlong",
    "SpotCheck",
    "StopBatch",
    "Succeed",
    "Tighten",
    "Triage",
    "Unjoin",
    "Withdraw",
    "WithdrawObjection",
    "WithdrawProposal",
]
