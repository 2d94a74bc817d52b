"""Closed lists of dockets."""

from django.db import models


class DocketKind(models.TextChoices):
    LEADER = "leader", "领导包案"
    JOINT = "joint", "联席会商"
    SPECIAL = "special", "专项治理"
