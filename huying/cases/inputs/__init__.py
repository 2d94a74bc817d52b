"""What each step of a case needs. One declaration serves the API, the forms and set-wise callers."""

from __future__ import annotations

from huying.cases.inputs.closing import CallBack, CloseWithoutCallback, CorrectContact, Rate, Rework
from huying.cases.inputs.giving import Acknowledge, Dispatch, HandBack, Remind, Succeed
from huying.cases.inputs.handling import Approve, Contact, Propose, SendBack
from huying.cases.inputs.joining import CloseJoined, Join, SortAlong, Unjoin
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
from huying.cases.inputs.public import PublishReply, ReturnReply, TakeDownReply
from huying.cases.inputs.recalling import Recall, WithdrawProposal
from huying.cases.inputs.reviewing import AssignReviewer, DecideReview, Judge, SkipReview
from huying.cases.inputs.upper import AnswerAbove, CallBackFromAbove, ReworkFromAbove, RuleFromAbove, UrgeFromAbove
from huying.cases.inputs.words import AS_WRITTEN, Files, Key

__all__ = [
    "AS_WRITTEN",
    "Acknowledge",
    "AddInformation",
    "Answer",
    "AnswerAbove",
    "Approve",
    "AssignReviewer",
    "CallBack",
    "CallBackFromAbove",
    "CloseJoined",
    "CloseWithoutCallback",
    "Contact",
    "CorrectContact",
    "DecideReview",
    "Dispatch",
    "Files",
    "HandBack",
    "ImportHistory",
    "Join",
    "Judge",
    "Key",
    "NoAnswer",
    "Propose",
    "PublishReply",
    "Rate",
    "Recall",
    "Receive",
    "Remind",
    "Reporter",
    "ReturnReply",
    "ReturnToReporter",
    "Rework",
    "ReworkFromAbove",
    "RuleFromAbove",
    "SendBack",
    "SkipReview",
    "SortAlong",
    "SpotCheck",
    "Succeed",
    "TakeDownReply",
    "Triage",
    "Unjoin",
    "UrgeFromAbove",
    "WithdrawProposal",
]
