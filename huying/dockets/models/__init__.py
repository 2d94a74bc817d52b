from huying.dockets.models.dockets import (
    Decision,
    Docket,
    DocketMatter,
    DocketMatterQuerySet,
    Invitation,
    Meeting,
)
from huying.dockets.models.needs import Need, Project, ProjectNote
from huying.dockets.models.pool import Offer, Provider, Service
from huying.dockets.models.service import CheckIn, ServiceRecord

__all__ = [
    "CheckIn",
    "Decision",
    "Docket",
    "DocketMatter",
    "DocketMatterQuerySet",
    "Invitation",
    "Meeting",
    "Need",
    "Offer",
    "Project",
    "ProjectNote",
    "Provider",
    "Service",
    "ServiceRecord",
]
