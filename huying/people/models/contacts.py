"""The only home of personal data, and the log of who looked.

The encrypted columns are attributes that begin with an underscore, which templates refuse to print; `name`, `phone` …
give the masked form. Plain values leave through `reveal` and `break_glass` of `huying.people.contacts` only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils import timezone

from huying.kernel.privacy import (
    EncryptedTextField,
    LookupHashField,
    conceal,
    lookup_hashes,
    mask_address,
    mask_identity,
    mask_name,
    mask_phone,
)
from huying.people.enums import ContactKind
from huying.people.models.accounts import User
from huying.people.models.organisations import Post

BY_HANDLE, BY_IDENTITY, BY_PHONE = "handle|", "identity|", "phone|"  # how a match text begins


@dataclass(frozen=True, slots=True)
class MaskedContact:
    """What any screen, API, export or log may show."""

    name: str
    phone: str
    identity: str
    address: str

    def __str__(self) -> str:
        return f"{self.name}（{self.phone}）" if self.phone else self.name


class ContactQuerySet(models.QuerySet["Contact"]):
    def with_phone(self, *phones: str) -> Self:
        """All contacts that gave one of these numbers, however they are written."""
        return self.filter(phone_hash__in=[key for phone in phones for key in lookup_hashes("phone", phone)])

    def same_person_as(self, contact_ids: Iterable[int]) -> Self:
        """Every contact that shares a phone or identity number with one of these, themselves included."""
        ids = list(contact_ids)
        mine = Contact.objects.filter(pk__in=ids)
        return self.filter(
            Q(pk__in=ids)
            | Q(phone_hash__in=mine.filter(phone_hash__isnull=False).values("phone_hash"))
            | Q(identity_hash__in=mine.filter(identity_hash__isnull=False).values("identity_hash"))
        )


class Contact(models.Model):
    """A person or enterprise that raises matters, as it gave itself. Two with the same phone and name are one row."""

    kind = models.CharField("类型", max_length=10, choices=ContactKind, default=ContactKind.PERSON)
    _name = EncryptedTextField("姓名", null=True, blank=True, db_column="name")
    _phone = EncryptedTextField("电话", null=True, blank=True, db_column="phone")
    _identity = EncryptedTextField("证件号码", null=True, blank=True, db_column="identity")
    _address = EncryptedTextField("住址", null=True, blank=True, db_column="address")
    _match = EncryptedTextField(
        "归一依据",
        null=True,
        blank=True,
        db_column="match",
        help_text="同一人再次来时凭它找到同一行：渠道账号、证件号码，或电话加姓名；什么都没留下的为空。",
    )
    phone_hash = LookupHashField("电话索引", of="_phone", kind="phone")
    identity_hash = LookupHashField("证件索引", of="_identity", kind="identity")
    match_hash = LookupHashField("归一索引", of="_match", kind="contact", unique=True)
    created_at = models.DateTimeField("登记时间", default=timezone.now)
    forgotten_at = models.DateTimeField("清除时间", null=True, blank=True)
    forgotten_by = models.ForeignKey(
        User, verbose_name="清除人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "联系人"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["phone_hash"], name="people_contact_phone"),
            models.Index(fields=["created_at"], name="people_contact_kept", condition=Q(forgotten_at=None)),
            models.Index(
                fields=["identity_hash"], name="people_contact_identity", condition=Q(identity_hash__isnull=False)
            ),
        ]
        constraints = [
            CheckConstraint(
                condition=Q(_phone__isnull=True, phone_hash__isnull=True)
                | Q(_phone__isnull=False, phone_hash__isnull=False),
                name="people_contact_phone_hashed",
                violation_error_message="电话要与其索引同时保存。",
            ),
            CheckConstraint(
                condition=Q(_identity__isnull=True, identity_hash__isnull=True)
                | Q(_identity__isnull=False, identity_hash__isnull=False),
                name="people_contact_identity_hashed",
                violation_error_message="证件号码要与其索引同时保存。",
            ),
            CheckConstraint(
                condition=Q(_match__isnull=True, match_hash__isnull=True)
                | Q(_match__isnull=False, match_hash__isnull=False),
                name="people_contact_match_hashed",
                violation_error_message="归一依据要与其索引同时保存。",
            ),
            CheckConstraint(
                condition=Q(forgotten_at__isnull=True, forgotten_by__isnull=True)
                | Q(
                    forgotten_at__isnull=False,
                    forgotten_by__isnull=False,
                    _name__isnull=True,
                    _phone__isnull=True,
                    _identity__isnull=True,
                    _address__isnull=True,
                    _match__isnull=True,
                ),
                name="people_contact_forgotten_at_by",
                violation_error_message="清除联系人要写明时间和清除人，且不留任何个人信息。",
            ),
        ]

    def __str__(self) -> str:
        return str(self.masked())

    def __repr__(self) -> str:
        return f"<Contact {self.pk}>"

    @property
    def name(self) -> str:
        if self.forgotten_at:
            return "已清除"
        if self._name:
            return self._name if self.kind == ContactKind.ENTERPRISE else mask_name(self._name)
        return f"网友{self._match[-3:]}" if self._match and self._match.startswith(BY_HANDLE) else "未留姓名"

    @property
    def phone(self) -> str:
        return mask_phone(self._phone) if self._phone else ""

    @property
    def identity(self) -> str:
        return mask_identity(self._identity) if self._identity else ""

    @property
    def address(self) -> str:
        return mask_address(self._address) if self._address else ""

    def concealed_in(self, text: str) -> str:
        """A text without this person's name and without any personal number."""
        return conceal(text, self._name or "")

    def masked(self) -> MaskedContact:
        return MaskedContact(self.name, self.phone, self.identity, self.address)


class Reveal(models.Model):
    """Somebody saw somebody's plain data, and why. Rows are never changed, and kept for three years at least (see
    migrations 0002 and 0007)."""

    contact = models.ForeignKey(Contact, verbose_name="联系人", on_delete=models.PROTECT, related_name="reveals")
    by = models.ForeignKey(User, verbose_name="查看人", on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(
        Post, verbose_name="岗位", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField("用途", max_length=200)
    about = models.CharField("事项编号", max_length=40, blank=True)
    break_glass = models.BooleanField("应急查看", default=False)
    at = models.DateTimeField("时间", default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = "查看个人信息记录"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["by", "at"], name="people_reveal_by"),
            models.Index(fields=["-at", "-id"], name="people_reveal_newest"),
        ]
        constraints = [
            CheckConstraint(
                condition=~Q(purpose=""),
                name="people_reveal_purpose",
                violation_error_message="请填写查看个人信息的用途。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by} {self.purpose}"
