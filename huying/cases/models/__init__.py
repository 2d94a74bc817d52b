"""The tables of cases, one file for each idea."""

from __future__ import annotations

from huying.cases.models.case import Callback, Case, ContactAct, Resolution, SpotCheck
from huying.cases.models.desk import ChecklistItem, ExportRun, ImportRun, SavedView
from huying.cases.models.links import CaseLink
from huying.cases.models.objections import Objection
from huying.cases.models.rejections import HandoverAct, OutsideBody, RejectionReason

__all__ = [
    "Callback",
    "Case",
    "CaseLink",
    "ChecklistItem",
    "ContactAct",
    "ExportRun",
    "HandoverAct",
    "ImportRun",
    "Objection",
    "OutsideBody",
    "RejectionReason",
    "Resolution",
    "SavedView",
    "SpotCheck",
]
