"""The tables of cases, one file for each idea."""

from __future__ import annotations

from huying.cases.models.case import Callback, Case, ContactAct, Resolution, SpotCheck
from huying.cases.models.desk import ChecklistItem, ExportRun, ImportRun, SavedView
from huying.cases.models.links import CaseLink
from huying.cases.models.public import PublicReply
from huying.cases.models.reviews import Judgement, Review
from huying.cases.models.upper import UpperAct

__all__ = [
    "Callback",
    "Case",
    "CaseLink",
    "ChecklistItem",
    "ContactAct",
    "ExportRun",
    "ImportRun",
    "Judgement",
    "PublicReply",
    "Resolution",
    "Review",
    "SavedView",
    "SpotCheck",
    "UpperAct",
]
