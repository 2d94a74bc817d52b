"""Closed lists of dockets."""

from django.db import models


class DocketKind(models.TextChoices):
    LEADER = "leader", "领导包案"
    JOINT = "joint", "联席会商"
    SPECIAL = "special", "专项治理"


class ProviderKind(models.TextChoices):
    DEPARTMENT = "department", "部门"
    UTILITY = "utility", "水电气暖等公用事业"
    PROPERTY = "property", "物业公司"
    OWNERS = "owners", "业委会"
    SUNK = "sunk", "下沉单位"
    PARTY = "party", "报到党员"
    VOLUNTEERS = "volunteers", "志愿者队伍"
    SAFETY = "safety", "安全力量"
    ASSISTANCE = "assistance", "救助力量"


class OfferState(models.TextChoices):
    PROPOSED = "proposed", "待确认"
    RETURNED = "returned", "已退回"
    CONFIRMED = "confirmed", "已确认，待启用"
    ACTIVE = "active", "可用"
    PAUSED = "paused", "暂停"
    EXPIRED = "expired", "已到期"
    WITHDRAWN = "withdrawn", "已撤回"


class ProjectState(models.TextChoices):
    PLANNED = "planned", "筹备中"
    RUNNING = "running", "实施中"
    DONE = "done", "已完成"
    STOPPED = "stopped", "已中止"


class CheckInKind(models.TextChoices):
    MEMBER = "member", "党员个人"
    UNIT = "unit", "下沉单位"


class CheckInState(models.TextChoices):
    PROPOSED = "proposed", "待社区确认"
    ACTIVE = "active", "已报到"
    RETURNED = "returned", "已退回"
    ENDED = "ended", "已结束"


class RecordState(models.TextChoices):
    PROPOSED = "proposed", "待确认"
    CONFIRMED = "confirmed", "已确认"
    RETURNED = "returned", "已退回"
