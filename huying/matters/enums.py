"""Words that every kind of matter shares."""

from django.db import models


class Urgency(models.TextChoices):
    NORMAL = "normal", "一般"
    URGENT = "urgent", "紧急"
    EMERGENCY = "emergency", "特急"


class Warning(models.IntegerChoices):
    """How far a clock has gone. The two last ones are red that was carried upwards."""

    NONE = 0, "正常"
    YELLOW = 1, "黄牌"
    RED = 2, "红牌"
    CHIEF = 3, "红牌·已报单位负责人"
    DISTRICT = 4, "红牌·已报区中心"


class Cleared(models.IntegerChoices):
    """How far a closed matter has been emptied because its periods are over; each includes the one before."""

    NOTHING = 0, "未清除"
    FILES = 1, "附件已清除"
    WORDS = 2, "文字已清除"


class Unit(models.TextChoices):
    """How a limit is counted; mirrors `kernel.calendar.Unit` for the database."""

    WORKING_MINUTES = "working_minutes", "工作分钟"
    WORKING_DAYS = "working_days", "工作日"
    CALENDAR_HOURS = "calendar_hours", "小时"


class ReplyUse(models.TextChoices):
    """Where a reply template is offered."""

    OUTCOME = "outcome", "沟通情况"
    REPLY = "reply", "办理答复"
    ANSWER = "answer", "即时答复"
    QUESTION = "question", "请诉求人补充"
