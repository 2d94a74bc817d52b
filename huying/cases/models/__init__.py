"""The tables of cases, one file for each idea."""

from __future__ import annotations

from huying.cases.models.batches import Batch
from huying.cases.models.business import CaseService, ServiceManager
from huying.cases.models.case import Callback, Case, ContactAct, Resolution, SpotCheck
from huying.cases.models.desk import ChecklistItem, ExportRun, ImportRun, SavedView
from huying.cases.models.links import CaseLink
from huying.cases.models.motions import Motion, MotionAnswer
from huying.cases.models.objections import Objection
from huying.cases.models.parts import CasePart
from huying.cases.models.passing import CasePassing
from huying.cases.models.public import PublicReply
from huying.cases.models.rejections import HandoverAct, OutsideBody, RejectionReason
from huying.cases.models.requests import CaseRequest, Ground
from huying.cases.models.reviews import Judgement, Review
from huying.cases.models.targets import VolumeTarget
from huying.cases.models.upper import UpperAct

__all__ = [
    "Batch",
    "Callback",
    "Case",
    "CaseLink",
    "CasePart",
    "CasePassing",
    "CaseRequest",
    "CaseService",
    "ChecklistItem",
    "ContactAct",
    "ExportRun",
    "Ground",
    "HandoverAct",
    "ImportRun",
    "Judgement",
    "Motion",
    "MotionAnswer",
    "Objection",
    "OutsideBody",
    "PublicReply",
    "RejectionReason",
    "Resolution",
    "Review",
    "SavedView",
    "ServiceManager",
    "SpotCheck",
    "UpperAct",
    "VolumeTarget",
]
