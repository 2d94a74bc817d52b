"""Needs (需求) and the projects (项目) in which several of them are met together. A need is a matter; here stands what
it has besides. What was written lives in `matters.Words`."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from huying.dockets.enums import ProjectState
from huying.dockets.models.pool import Offer, Service
from huying.kernel.rows import QuickModel
from huying.matters.models import Matter


class Need(QuickModel):
    """What a community needs. Whoever asked is the matter's `first_holder`, who has taken it on its `lead`; the person
    it is for its `raised_by`. `offer` while somebody is asked or has taken it on; it then uses that offer's capacity on
    the day `planned_on`."""

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="need")
    service = models.ForeignKey(Service, models.PROTECT, related_name="needs", verbose_name="服务类别")
    wanted_from = models.DateTimeField("希望从")
    wanted_until = models.DateTimeField("最迟到")
    quantity = models.PositiveIntegerField("数量", default=1)
    where = models.CharField("地点", max_length=100, blank=True, default="")
    origin = models.ForeignKey(
        Matter, models.PROTECT, null=True, blank=True, related_name="needs", verbose_name="由哪一件引起"
    )
    offer = models.ForeignKey(
        Offer, models.PROTECT, null=True, blank=True, related_name="needs", verbose_name="认领的资源"
    )
    planned_on = models.DateField("安排在", null=True, blank=True)
    finished_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    people = models.PositiveIntegerField("参加人数", null=True, blank=True)
    hours = models.DecimalField("服务时长", max_digits=7, decimal_places=1, null=True, blank=True)
    rating = models.PositiveSmallIntegerField("评价", null=True, blank=True)
    points = models.PositiveIntegerField("积分", null=True, blank=True)

    class Meta:
        verbose_name = "服务需求"
        constraints = [
            models.CheckConstraint(
                condition=Q(wanted_until__gt=F("wanted_from")),
                name="need_ends_after_start",
                violation_error_message="最迟时间要晚于开始时间。",
            ),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__range=(1, 5)),
                name="need_rating",
                violation_error_message="评价是一到五星。",
            ),
        ]
        indexes = [
            models.Index(fields=["offer", "planned_on"], name="need_uses_offer", condition=Q(offer__isnull=False))
        ]

    def __str__(self) -> str:
        return self.matter.number


class Project(models.Model):
    """Needs and resources run together, by an owner, for a time (项目)."""

    title = models.CharField("项目名称", max_length=60)
    detail = models.TextField("内容和目标", max_length=2000)
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="服务类别"
    )
    owner = models.ForeignKey("people.Organisation", models.PROTECT, related_name="projects", verbose_name="牵头单位")
    place = models.ForeignKey(
        "places.Place", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="实施范围"
    )
    begins_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    budget = models.DecimalField(
        "经费", max_digits=12, decimal_places=2, null=True, blank=True, help_text="元，没有的不填。"
    )
    progress = models.PositiveSmallIntegerField("进度", default=0)
    result = models.TextField("成效", max_length=2000, blank=True, default="")
    state = models.CharField("状态", max_length=10, choices=ProjectState, default=ProjectState.PLANNED)
    created_at = models.DateTimeField("建立时间")
    offers = models.ManyToManyField(Offer, verbose_name="用到的资源", blank=True, related_name="projects")
    needs = models.ManyToManyField(Need, verbose_name="回应的需求", blank=True, related_name="projects")

    class Meta:
        verbose_name = verbose_name_plural = "服务项目"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("begins_on")),
                name="project_ends_after_start",
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100),
                name="project_progress",
                violation_error_message="进度在 0 到 100 之间。",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProjectState.DONE) | ~Q(result=""),
                name="project_done_with_result",
                violation_error_message="完成的项目要写明成效。",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"XM{self.pk:06}"


class ProjectNote(models.Model):
    """How far a project has come, as somebody wrote it down."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="notes")
    at = models.DateTimeField("时间")
    by = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    progress = models.PositiveSmallIntegerField("进度")
    text = models.CharField("进展", max_length=1000)

    class Meta:
        verbose_name = "项目进展"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.project_id} {self.progress}%"
