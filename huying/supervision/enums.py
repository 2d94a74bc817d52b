"""Closed lists of supervision. How long what may take is data (limits)."""

from django.db import models


class SupervisionKind(models.TextChoices):
    """Why something is supervised."""

    DAILY_REPORT = "daily_report", "日报条目"
    MESSAGE_BOARD = "message_board", "留言板"
    SIGNED_ITEM = "signed_item", "领导签批件"
    ASSIGNED = "assigned", "上级交办"
    OVERDUE = "overdue", "超时"
    REWORK = "rework", "重复办理"
    MEDIA = "media", "媒体"
    CITY_URGING = "city_urging", "市级催办"


class Colour(models.TextChoices):
    BLUE = "blue", "蓝色提醒"
    YELLOW = "yellow", "黄色督办"
    RED = "red", "红色督办"


class Rung(models.IntegerChoices):
    """The ladder. Each rung is a document."""

    REMINDER = 1, "提醒"
    NOTICE = 2, "督办通知"
    TALK = 3, "约谈"
    BULLETIN = 4, "通报"
    HANDOVER = 5, "移交问责"


class FirstRung(models.IntegerChoices):
    """Those that a supervision may begin with."""

    REMINDER = Rung.REMINDER.value, "提醒单"
    NOTICE = Rung.NOTICE.value, "督办通知"


SIGNED = (Rung.TALK, Rung.BULLETIN, Rung.HANDOVER)  # what takes effect only when somebody else has signed it
COLOUR_OF = dict.fromkeys(SIGNED, Colour.RED) | {Rung.REMINDER: Colour.BLUE, Rung.NOTICE: Colour.YELLOW}


class InstructionKind(models.TextChoices):
    """Where a task comes from."""

    LEADER = "leader", "领导批示"
    ASSIGNED = "assigned", "上级交办事项"
    DAILY_REPORT = "daily_report", "日报条目"


TASK_OF = {
    InstructionKind.LEADER: SupervisionKind.SIGNED_ITEM,
    InstructionKind.ASSIGNED: SupervisionKind.ASSIGNED,
    InstructionKind.DAILY_REPORT: SupervisionKind.DAILY_REPORT,
}


class HandBackReason(models.TextChoices):
    NOT_OURS = "not_ours", "不属于本单位职责"
    NEEDS_OTHERS = "needs_others", "应由其他单位负责"
    DUPLICATE = "duplicate", "重复督办"
    UNCLEAR = "unclear", "要求不明，无法办理"
