"""The tables of cases, one file for each idea."""

from __future__ import annotations

from huying.cases.models.business import CaseService, ServiceManager
from huying.cases.models.case import Callback, Case, ContactAct, Resolution, SpotCheck
from huying.cases.models.desk import ChecklistItem, ExportRun, ImportRun, SavedView
from huying.cases.models.links import CaseLink
from huying.cases.models.parts import CasePart
from huying.cases.models.passing import CasePassing

__all__ = [
    "Callback",
    "Case",
    "CaseLink",
    "CasePart",
    "CasePassing",
    "CaseService",
    "ChecklistItem",
    "ContactAct",
    "ExportRun",
    "ImportRun",
    "Resolution",
    "SavedView",
    "ServiceManager",
    "SpotCheck",
]
