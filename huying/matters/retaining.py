"""How long people are known whose matters are over, and how long messages are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from huying.kernel.parameters import Parameter
from huying.kernel.parameters import declare as parameter
from huying.kernel.registry import Registry
from huying.kernel.retention import MONTHS, Kept, declare, oldest
from huying.matters import forgetting
from huying.matters.models import Delivery, Matter, Message
from huying.people.actions import system_user
from huying.people.models import Contact, User

CONTACTS = parameter(
    Parameter(
        key="retention.contacts",
        label="保存期限：诉求人的个人信息",
        unit=MONTHS,
        default=36,
        least=6,
        most=240,
        note="从本人最后一件办结起算；还有件在办、被督办或在议题中，或者有账号在用的不清除。",
    )
)
MESSAGES = parameter(
    Parameter(
        key="retention.messages",
        label="保存期限：站内消息和短信的发送记录",
        unit=MONTHS,
        default=24,
        least=3,
        most=120,
        note="还没有发出和结果未知的不清除。",
    )
)
in_use: Registry[Callable[[], QuerySet[Any]]] = Registry("contacts in use")
"""Rows of higher rooms with a `contact` whose data are needed for as long as they are there."""
UNSETTLED = (Delivery.Status.PENDING, Delivery.Status.SENDING, Delivery.Status.UNKNOWN)


def contacts_past(before: datetime) -> QuerySet[Contact]:
    """Of nobody who came later, is waited for, or signs in. Those who come back keep their contact: what is read beside
    what is due are these alone."""
    theirs = Matter.objects.filter(raised_by=OuterRef("pk"))
    needed = [Exists(theirs.filter(Q(closed_at=None) | Q(closed_at__gte=before)))]
    needed += [Exists(hold.of().filter(matter__raised_by=OuterRef("pk"))) for hold in forgetting.holds]
    needed += [Exists(rows().filter(contact=OuterRef("pk"))) for rows in in_use]
    signs_in = Exists(User.objects.filter(contact=OuterRef("pk"), is_active=True))
    rows = Contact.objects.filter(*(~one for one in needed), ~signs_in, forgotten_at=None, created_at__lt=before)
    return rows.order_by("created_at")


def _contacts(before: datetime, most: int) -> int:
    by = system_user()
    rows = contacts_past(before).select_for_update(skip_locked=True, of=("self",), no_key=True)
    contacts = list(rows[:most])
    for contact in contacts:
        matters = list(Matter.objects.filter(raised_by=contact).values_list("pk", flat=True))
        forgetting.erase(forgetting.subject_of([contact], matters, by=by, lasting=True))
    return len(contacts)


def _messages(before: datetime, most: int) -> int:
    unsettled = Exists(Delivery.objects.filter(message=OuterRef("pk"), status__in=UNSETTLED, decided_at=None))
    keys = oldest(Message.objects.filter(~unsettled), "created_at", before, most)
    Delivery.objects.filter(message__in=keys).delete()
    return Message.objects.filter(pk__in=keys).delete()[0]


for _kept in (
    Kept(
        key="matters.contacts",
        label="诉求人的个人信息",
        period=CONTACTS,
        due=lambda before: contacts_past(before).count(),
        clear=_contacts,
    ),
    Kept(
        key="matters.messages",
        label="站内消息和短信的发送记录",
        period=MESSAGES,
        due=lambda before: (
            Message.objects.filter(created_at__lt=before).exclude(deliveries__status__in=UNSETTLED).count()
        ),
        clear=_messages,
    ),
):
    declare(_kept)
