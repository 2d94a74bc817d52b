"""A message that an administrator sends to himself, by the same way as all others."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from huying.matters.channels import outward
from huying.matters.messages import DUE, templates
from huying.matters.models import Delivery, Message
from huying.matters.wording import OTHERS, Template, filled, wording
from huying.people.models import Reach, User

KEY = "sms_test"
templates.add(KEY, Template("短信测试", "这是一条测试短信，{due}发出。收到说明短信平台接通了。", urgent=True))
OTHERS[KEY] = ("管理员测试短信平台", "管理员本人")


def phone_of(user: User) -> str:
    """Masked; "" when there is none on file."""
    reach = Reach.objects.filter(user=user).first()
    return reach.phone if reach else ""


def send(user: User, at: datetime) -> None:
    """One message, one delivery for each way outward."""
    words = wording(KEY, templates[KEY])
    values = {"due": timezone.localtime(at).strftime(DUE)}
    said = Message.objects.create(
        key=KEY,
        title=words.title.format_map(_Blank(values)),
        body=words.body.format_map(_Blank(values)),
        words=filled(words.body, _Blank(values)),
        urgent=True,
        created_at=at,
    )
    Delivery.objects.bulk_create(
        Delivery(message=said, channel=channel.key, user=user, next_try_at=at) for channel in outward()
    )


class _Blank(dict[str, object]):
    """What it has no matter for stays empty."""

    def __missing__(self, name: str) -> object:
        return ""
