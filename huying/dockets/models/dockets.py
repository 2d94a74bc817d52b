"""What a docket (议题) has beside the matter it is. What was written (minutes, decisions) lives in `matters.Words`."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from huying.kernel.rows import QuickModel
from huying.matters.models import Matter


class Docket(QuickModel):
    """One thing that many matters are about. Its lead organisation is the matter's `lead`, its members the matter's
    `co_handlers`: so lists and scopes know them."""

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="docket")
    leader = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="包案领导"
    )
    days = models.PositiveSmallIntegerField("办结时限", null=True, blank=True, help_text="Working days of its own.")
    officer = models.CharField("经办人", max_length=40, blank=True, default="")
    meeting = models.ForeignKey(
        "dockets.Meeting", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="待开的会"
    )
    proposed_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = "议题"

    def __str__(self) -> str:
        return self.matter.number


class DocketMatterQuerySet(models.QuerySet["DocketMatter"]):
    def standing(self) -> DocketMatterQuerySet:
        """Those that were not taken out again."""
        return self.filter(removed_at=None)


class DocketMatter(models.Model):
    """A matter of any kind that a docket is about. It goes its own way; the docket shows how it stands."""

    docket = models.ForeignKey(Docket, models.PROTECT, related_name="links", db_index=False)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="docket_links", verbose_name="事项")
    added_at = models.DateTimeField("加入时间")
    removed_at = models.DateTimeField("移出时间", null=True, blank=True)

    objects = DocketMatterQuerySet.as_manager()

    class Meta:
        verbose_name = "议题中的事项"
        constraints = [
            models.UniqueConstraint(
                fields=["docket", "matter"],
                condition=Q(removed_at=None),
                name="docket_matter_once",
                violation_error_message="这一件已经在这个议题里。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.docket_id} ∋ {self.matter_id}"


class Meeting(models.Model):
    """A joint meeting (联席会议). Its agenda is words of line `planned_seq`, its minutes of `held_seq`."""

    docket = models.ForeignKey(Docket, models.PROTECT, related_name="meetings")
    planned_seq = models.PositiveIntegerField()
    at = models.DateTimeField("时间", help_text="Planned; once it was held, when it was.")
    place = models.CharField("地点", max_length=100)
    held_seq = models.PositiveIntegerField(null=True, blank=True)
    attended = ArrayField(models.BigIntegerField(), verbose_name="到会单位", default=list)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)

    class Meta:
        verbose_name = "联席会议"
        constraints = [
            models.UniqueConstraint(
                fields=["docket"],
                condition=Q(held_seq=None, cancelled_at=None),
                name="meeting_one_planned",
                violation_error_message="已有一次会议待开，先登记纪要或取消它。",
            ),
            models.CheckConstraint(
                condition=Q(held_seq=None) | Q(cancelled_at=None),
                name="meeting_held_or_cancelled",
                violation_error_message="开过的会不能取消。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.docket_id} {self.at:%Y-%m-%d %H:%M}"


class Invitation(models.Model):
    """One organisation asked to one meeting, and what it answered at line `seq`."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="invitations", db_index=False)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField("回复时间", null=True, blank=True)
    attending = models.BooleanField("参加", null=True, blank=True)
    seq = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = "会议邀请"
        constraints = [
            models.UniqueConstraint(fields=["meeting", "organisation"], name="invitation_once"),
            models.CheckConstraint(
                condition=Q(answered_at=None, attending=None, seq=None)
                | Q(answered_at__isnull=False, attending__isnull=False, seq__isnull=False),
                name="invitation_answered_whole",
                violation_error_message="回复要说明是否参加。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} → {self.organisation_id}"


class Decision(QuickModel):
    """Something that was decided, as the matter that its owner has to answer for (议定事项)."""

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="decision")
    docket = models.ForeignKey(Docket, models.PROTECT, related_name="decisions", verbose_name="议题")
    meeting = models.ForeignKey(
        Meeting, models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name="会议"
    )
    answered_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = "议定事项"

    def __str__(self) -> str:
        return self.matter.number
