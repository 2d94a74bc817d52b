"""Closed lists of call-outs."""

from django.db import models


class Purpose(models.TextChoices):
    """What a call-out is for; kept as the matter's `subkind`, so limits may depend on it."""

    EMERGENCY = "emergency", "应急处置"
    JOINT = "joint", "联合执法"
    HARD = "hard", "疑难问题"
    SERVICE = "service", "服务事项"
    ASSISTANCE = "assistance", "综合救助"
    SAFETY = "safety", "安全监管"


class Level(models.TextChoices):
    """Who calls (三级呼应), and how high a call-out has been raised."""

    COMMUNITY = "community", "社区呼叫"
    STREET = "street", "街道呼叫"
    DEPARTMENT = "department", "部门呼叫"


class Raised(models.TextChoices):
    """To whom a call-out was raised above its caller."""

    NO = "", "未提级"
    STREET = "street", "街道"
    DISTRICT = "district", "区级"


class DeclineReason(models.TextChoices):
    NOT_OURS = "not_ours", "不属于本单位职责"
    OTHER_UNIT = "other_unit", "应由其他单位负责"
    REPEATED = "repeated", "同一件事已经呼叫过"
    WRONG_PLACE = "wrong_place", "不在本单位的管辖范围"
    NOTHING_TO_DO = "nothing_to_do", "到场已无需处置"


class Verdict(models.TextChoices):
    """What the centre rules when a unit declines."""

    RELEASED = "released", "同意退出"
    BOUND = "bound", "应当响应"


class Solved(models.TextChoices):
    """The caller's judgement of the result."""

    YES = "yes", "已解决"
    PARTLY = "partly", "部分解决"
    NO = "no", "没有解决"


class Justified(models.TextChoices):
    """The called unit's judgement of the call."""

    YES = "yes", "确有必要"
    PARTLY = "partly", "可以自行处理一部分"
    NO = "no", "没有必要"
