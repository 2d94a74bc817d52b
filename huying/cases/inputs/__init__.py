"""What each step of a case needs. One declaration serves the API, the forms and set-wise callers."""

from __future__ import annotations

from huying.cases.inputs.business import NameManager, NoteService, SetManager
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
from huying.cases.inputs.parts import AcceptPart, AskParts, DeclinePart, DropPart, ReportPart, ReturnPart, TakePart
from huying.cases.inputs.passing import (
    CallOffCheck,
    GiveBack,
    PassDown,
    PassUp,
    Reassign,
    ReportCheck,
    SendToGrid,
    TakeBack,
    TakeOn,
)
from huying.cases.inputs.recalling import Recall, WithdrawProposal
from huying.cases.inputs.words import AS_WRITTEN, Files, Key

__all__ = [
    "AS_WRITTEN",
    "AcceptPart",
    "Acknowledge",
    "AddInformation",
    "Answer",
    "Approve",
    "AskParts",
    "CallBack",
    "CallOffCheck",
    "CloseJoined",
    "CloseWithoutCallback",
    "Contact",
    "CorrectContact",
    "DeclinePart",
    "Dispatch",
    "DropPart",
    "Files",
    "GiveBack",
    "HandBack",
    "ImportHistory",
    "Join",
    "Key",
    "NameManager",
    "NoAnswer",
    "NoteService",
    "PassDown",
    "PassUp",
    "Propose",
    "Rate",
    "Reassign",
    "Recall",
    "Receive",
    "Remind",
    "ReportCheck",
    "ReportPart",
    "Reporter",
    "ReturnPart",
    "ReturnToReporter",
    "Rework",
    "SendBack",
    "SendToGrid",
    "SetManager",
    "SortAlong",
    "SpotCheck",
    "Succeed",
    "TakeBack",
    "TakeOn",
    "TakePart",
    "Triage",
    "Unjoin",
    "WithdrawProposal",
]
