"""Articles of the knowledge base: what is asked, what is answered, who stands for it, and since when."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from huying.kernel.models import StoredFile


class Article(models.Model):
    """What stays the same through all versions, and what is counted. `origin`: the matter from whose answer it was
    drafted; `review_on`: when its owner looks whether it is still true."""

    owner = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+", verbose_name="归属单位")
    origin = models.ForeignKey("matters.Matter", models.PROTECT, null=True, related_name="+", db_index=False)
    review_on = models.DateField("复核日期", null=True)
    review_told_on = models.DateField(null=True, help_text="The date of review that its owner was reminded of.")
    created_at = models.DateTimeField("建立时间")
    uses = models.PositiveIntegerField("引用次数", default=0)
    right = models.PositiveIntegerField("认为正确", default=0)
    wrong = models.PositiveIntegerField("认为有误", default=0)

    class Meta:
        verbose_name = "知识"
        indexes = [models.Index(fields=["review_on"], name="article_review", condition=Q(review_on__isnull=False))]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What it is cited by: ZS000123."""
        return number_of(self.pk)


def number_of(pk: int) -> str:
    return f"ZS{pk:06d}"


class ArticleVersion(models.Model):
    """One wording. Once published its content is never changed (the database refuses it); the next one is another row.
    At most one stands, and at most one is being written. `n` counts within the article."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "退回修改"
        PUBLISHED = "published", "已发布"
        REPLACED = "replaced", "已由新版替换"
        WITHDRAWN = "withdrawn", "已撤下"
        DROPPED = "dropped", "不用了"

    class Audience(models.TextChoices):
        PUBLIC = "public", "对外公开"
        STAFF = "staff", "仅工作人员"

    article = models.ForeignKey(Article, models.PROTECT, related_name="versions", db_index=False)
    n = models.PositiveIntegerField("版本")
    state = models.CharField("状态", max_length=10, choices=State)
    question = models.CharField("问题", max_length=200)
    ways = ArrayField(models.CharField(max_length=100), verbose_name="别的问法", default=list)
    answer = models.TextField("答复")
    basis = models.CharField("依据", max_length=500, blank=True, default="")
    category = models.CharField("分类", max_length=20, blank=True, default="")
    audience = models.CharField("给谁看", max_length=6, choices=Audience)
    streets = ArrayField(
        models.BigIntegerField(), verbose_name="适用街道", default=list, help_text="Empty: everywhere."
    )
    valid_until = models.DateField("有效期至", null=True)
    expiry_told = models.BooleanField(default=False, help_text="Its owner was reminded that it ends.")
    note = models.CharField("修改说明", max_length=200, blank=True, default="")
    author = models.ForeignKey("people.User", models.PROTECT, related_name="+", verbose_name="撰写人", db_index=False)
    writers = ArrayField(
        models.BigIntegerField(),
        verbose_name="写过的人",
        default=list,
        db_default=[],
        help_text="Everybody who has written on it, none of whom approves it.",
    )
    changed_at = models.DateTimeField("修改时间")
    submitted_at = models.DateTimeField("送审时间", null=True)
    decided_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    reason = models.CharField("退回原因", max_length=500, blank=True, default="")
    published_at = models.DateTimeField("发布时间", null=True)
    ended_at = models.DateTimeField("停用时间", null=True)
    asked = SearchVectorField(null=True, help_text="Bigrams of the question and of other ways to ask it.")
    document = SearchVectorField(null=True, help_text="The same with the answer and its basis.")
    files = models.ManyToManyField(StoredFile, related_name="+", verbose_name="附件")

    class Meta:
        verbose_name = "知识的一个版本"
        constraints = [
            models.UniqueConstraint(fields=["article", "n"], name="article_version_once"),
            models.UniqueConstraint(fields=["article"], condition=Q(state="published"), name="article_one_standing"),
            models.UniqueConstraint(
                fields=["article"],
                condition=Q(state__in=["draft", "submitted", "returned"]),
                name="article_one_written",
            ),
        ]
        indexes = [
            GinIndex(fields=["asked"], name="article_asked", condition=Q(state="published"), fastupdate=False),
            GinIndex(fields=["document"], name="article_words", condition=Q(state="published"), fastupdate=False),
            models.Index(fields=["-published_at", "-id"], name="article_newest", condition=Q(state="published")),
            models.Index(
                fields=["valid_until"],
                name="article_ends",
                condition=Q(state="published", valid_until__isnull=False),
            ),
            models.Index(
                fields=["state", "-changed_at"],
                name="article_written",
                condition=Q(state__in=["draft", "submitted", "returned"]),
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def number(self) -> str:
        return number_of(self.article_id)


class ArticleEvent(models.Model):
    """What happened to an article, one line each, never changed."""

    class Act(models.TextChoices):
        DRAFTED = "drafted", "起草"
        SUBMITTED = "submitted", "送审"
        TAKEN_BACK = "taken_back", "撤回送审"
        RETURNED = "returned", "退回修改"
        PUBLISHED = "published", "审核发布"
        DROPPED = "dropped", "草稿作废"
        WITHDRAWN = "withdrawn", "撤下"
        REVIEWED = "reviewed", "复核无误"
        OWNED = "owned", "改归属单位"

    article = models.ForeignKey(Article, models.PROTECT, related_name="events")
    n = models.PositiveIntegerField("版本", null=True)
    at = models.DateTimeField("时间")
    by = models.ForeignKey("people.User", models.PROTECT, related_name="+", db_index=False)
    act = models.CharField("做了什么", max_length=12, choices=Act)
    text = models.CharField("说明", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "知识的经过"

    def __str__(self) -> str:
        return f"{self.article_id} {self.act}"


class ArticleViews(models.Model):
    """How often an article was opened on one day."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="views", db_index=False)
    day = models.DateField("日期")
    staff = models.PositiveIntegerField("工作人员", default=0)
    public = models.PositiveIntegerField("公众", default=0)

    class Meta:
        verbose_name = "知识的查看次数"
        constraints = [models.UniqueConstraint(fields=["article", "day"], name="article_views_once")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.day}"


class ArticleFeedback(models.Model):
    """“Was this right?” Whoever says that it was not says why, and the owner answers. Residents stay unknown."""

    class Outcome(models.TextChoices):
        CORRECTED = "corrected", "已改正"
        FINE = "fine", "核对过，没有错"
        NOTED = "noted", "已记下"

    article = models.ForeignKey(Article, models.PROTECT, related_name="feedback", db_index=False)
    n = models.PositiveIntegerField("版本")
    at = models.DateTimeField("时间")
    right = models.BooleanField("答复是否正确")
    text = models.CharField("哪里不对", max_length=500, blank=True, default="")
    by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", verbose_name="反馈人")
    seen_at = models.DateTimeField("看过", null=True)
    answered_at = models.DateTimeField("处理时间", null=True)
    answered_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+", db_index=False)
    outcome = models.CharField("怎样处理", max_length=10, choices=Outcome, blank=True, default="")
    answer = models.CharField("处理说明", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "知识的反馈"
        indexes = [
            models.Index(fields=["article", "-at"], name="article_feedback_of"),
            models.Index(
                fields=["-at"], name="article_feedback_open", condition=Q(right=False, answered_at=None) & ~Q(text="")
            ),
        ]

    def __str__(self) -> str:
        return self.text[:20]


class Synonyms(models.Model):
    """Words that mean the same, so that whoever types one finds what is written with another."""

    words = ArrayField(models.CharField(max_length=20), verbose_name="同义的词")
    changed_at = models.DateTimeField("修改时间")

    class Meta:
        verbose_name = "同义词"
        ordering = ["words"]

    def __str__(self) -> str:
        return "、".join(self.words)
