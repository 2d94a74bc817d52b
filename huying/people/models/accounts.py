"""Accounts, their sessions, and what protects the way in."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils import timezone

from huying.kernel.privacy import EncryptedTextField
from huying.people.enums import SignInOutcome, UserKind

USERNAME = r"^[a-z0-9][a-z0-9._@-]{2,63}$"


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=self.model.normalize_username(username or ""))


class User(AbstractBaseUser):
    """One account. What it may do comes from its posts (staff) or its kind (residents, enterprises)."""

    username = models.CharField(
        "用户名",
        max_length=64,
        unique=True,
        validators=[RegexValidator(USERNAME, "用户名为 3 至 64 位小写字母、数字或 . _ @ -，以字母或数字开头。")],
        error_messages={"unique": "这个用户名已被使用，请换一个。"},
    )
    kind = models.CharField("账号类型", max_length=10, choices=UserKind, default=UserKind.STAFF)
    full_name = models.CharField(
        "姓名", max_length=60, blank=True, help_text="工作人员和单位的名称；居民的姓名只存放在联系人中。"
    )
    contact = models.ForeignKey(
        "people.Contact",
        verbose_name="联系人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="users",
    )
    is_active = models.BooleanField("启用", default=True)
    deactivated_at = models.DateTimeField("停用时间", null=True, blank=True)
    deactivated_by = models.ForeignKey(
        "self", verbose_name="停用人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    must_change_password = models.BooleanField("下次登录须修改密码", default=False)
    password_changed_at = models.DateTimeField("密码修改时间", null=True, blank=True)
    totp_secret = EncryptedTextField("动态验证码密钥", null=True, blank=True)
    totp_confirmed_at = models.DateTimeField("动态验证码启用时间", null=True, blank=True)
    totp_last_step = models.BigIntegerField(
        "最近用过的验证码序号", default=0, help_text="30 秒为一步；用过的一步不再接受。"
    )
    created_at = models.DateTimeField("创建时间", default=timezone.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = "账号"
        ordering = ["username"]
        constraints = [
            CheckConstraint(
                condition=Q(username__regex=USERNAME),
                name="people_user_username_form",
                violation_error_message="用户名为 3 至 64 位小写字母、数字或 . _ @ -，以字母或数字开头。",
            ),
            CheckConstraint(
                condition=Q(kind__in=(UserKind.STAFF, UserKind.MACHINE), contact__isnull=True) & ~Q(full_name="")
                | Q(kind=UserKind.RESIDENT, contact__isnull=False, full_name="")
                | Q(kind=UserKind.ENTERPRISE, contact__isnull=False),
                name="people_user_name_of_kind",
                violation_error_message="工作人员要有姓名；居民和企业账号要关联联系人，居民姓名只存放在联系人中。",
            ),
            CheckConstraint(
                condition=Q(is_active=True, deactivated_at__isnull=True, deactivated_by__isnull=True)
                | Q(is_active=False, deactivated_at__isnull=False, deactivated_by__isnull=False),
                name="people_user_deactivated_at_by",
                violation_error_message="停用账号要写明时间和停用人。",
            ),
            CheckConstraint(
                condition=Q(totp_confirmed_at__isnull=True, totp_secret__isnull=True)
                | Q(totp_confirmed_at__isnull=False, totp_secret__isnull=False),
                name="people_user_totp_whole",
                violation_error_message="动态验证码的密钥与启用时间要同时保存。",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def __repr__(self) -> str:
        return f"<User {self.pk} {self.kind}>"

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Width, case and blanks around do not matter when somebody types a user name."""
        return super().normalize_username(username).strip().lower()

    @property
    def is_staff_member(self) -> bool:
        return self.kind == UserKind.STAFF

    @property
    def has_second_factor(self) -> bool:
        return self.totp_confirmed_at is not None

    @property
    def display_name(self) -> str:
        """A name fit for any screen: staff and enterprises by name, residents masked."""
        if self.full_name:
            return self.full_name
        return str(self.contact) if self.contact else self.username


class RecoveryCode(models.Model):
    """One of the codes that replace a lost phone, each good once; only its hash is kept."""

    user = models.ForeignKey(User, verbose_name="账号", on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.BinaryField("哈希")
    used_at = models.DateTimeField("使用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "备用码"
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="people_recoverycode_once")]

    def __str__(self) -> str:
        return f"备用码 {self.pk}"


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self, now: dt.datetime | None = None) -> Self:
        """Signed-in sessions that have not run out."""
        return self.filter(user__isnull=False, expire_date__gt=now or timezone.now())


class SessionManager(BaseSessionManager["Session"]):
    def get_queryset(self) -> SessionQuerySet:
        return SessionQuerySet(self.model, using=self._db)

    def live(self, now: dt.datetime | None = None) -> SessionQuerySet:
        return self.get_queryset().live(now)


class Session(AbstractBaseSession):
    """A browser that is signed in (or on its way). `session_key` is a hash: a copy of this table opens nothing."""

    user = models.ForeignKey(
        User, verbose_name="账号", null=True, blank=True, on_delete=models.CASCADE, related_name="sessions"
    )
    address = models.GenericIPAddressField("登录地址", null=True, blank=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)
    started_at = models.DateTimeField("登录时间", default=timezone.now)
    seen_at = models.DateTimeField("最近使用", default=timezone.now)

    objects: ClassVar[SessionManager] = SessionManager()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = verbose_name_plural = "会话"
        indexes = [models.Index(fields=["user", "-seen_at"], name="people_session_of_user")]

    @classmethod
    def get_session_store_class(cls) -> Any:
        from huying.people.sessions import SessionStore

        return SessionStore


class SignInGuard(models.Model):
    """Failed attempts of one account name, one second factor or one address.

    The subject is a keyed hash of what was typed, so names that do not exist are counted like those that do, and a
    password typed into the wrong box is not kept.
    """

    subject = models.CharField("对象", max_length=64, primary_key=True)
    failed_count = models.PositiveIntegerField("连续失败次数", default=0)
    failed_at = models.DateTimeField("最近失败时间")
    locked_until = models.DateTimeField("锁定至", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录限制"

    def __str__(self) -> str:
        return f"{self.failed_count} 次"


class SignIn(models.Model):
    """The log of the door: who came, who was turned away, who left."""

    at = models.DateTimeField("时间", default=timezone.now)
    user = models.ForeignKey(
        User, verbose_name="账号", null=True, blank=True, on_delete=models.PROTECT, related_name="sign_ins"
    )
    outcome = models.CharField("结果", max_length=20, choices=SignInOutcome)
    address = models.GenericIPAddressField("地址", null=True, blank=True)
    agent = models.CharField("浏览器", max_length=200, blank=True)
    by = models.ForeignKey(
        User,
        verbose_name="操作人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="结束他人会话的管理员",
    )

    class Meta:
        verbose_name = verbose_name_plural = "登录日志"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["user", "-at"], name="people_signin_of_user")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_outcome_display()}"
