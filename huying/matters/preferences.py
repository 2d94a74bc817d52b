"""Which messages somebody of the staff gets on his phone: inside the system all of them, there what he asked for and
what must reach him."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from huying.kernel.errors import Invalid
from huying.matters.flow import flows
from huying.matters.messages import templates
from huying.people.models import Reach, User
from huying.people.phones import NOT_A_PHONE, textable

KINDS: dict[str, str] = {
    "alarm": "险情报警",
    "regime": "应急状态",
    "prompt": "时限到点提醒",
    "warning": "黄牌、红牌和超时",
}
OTHER = "other"


def kind_of(template: str) -> str:
    """What people choose by: warnings, prompts and alarms of everything, else the kind of matter."""
    first, _, name = template.partition(".")
    if name.startswith("prompt") or first.startswith("prompt"):
        return "prompt"
    return first if first in KINDS or first in flows else OTHER


def labelled(kind: str) -> str:
    return KINDS.get(kind) or (flows[kind].label if kind in flows else "其他消息")


def must_reach() -> list[str]:
    """Kinds of which some cannot be switched off."""
    return sorted({kind_of(key) for key, template in templates.items() if template.must}, key=list(_kinds()).index)


def choices() -> list[tuple[str, str]]:
    """What can be switched on and off: the kinds that hold anything that does not come anyway."""
    free = {kind_of(key) for key, template in templates.items() if not template.must}
    return [(kind, labelled(kind)) for kind in _kinds() if kind in free]


def _kinds() -> Iterable[str]:
    return [*KINDS, *flows.keys(), OTHER]


def wanting(users: Iterable[int]) -> Mapping[int, frozenset[str]]:
    """Of those who can be texted, the kinds they asked for."""
    wanted = set(users)
    if not wanted:
        return {}
    rows = Reach.objects.filter(user__in=wanted, phone_hash__isnull=False, user__is_active=True)
    return {user: frozenset(kinds) for user, kinds in rows.values_list("user_id", "wanted")}


def keep(user: User, *, phone: str, wanted: Iterable[str]) -> Reach:
    """
    Raises:
        Invalid: it is no mobile number, or there is none although messages are wanted.
    """
    kinds = sorted(set(wanted) & {key for key, _ in choices()})
    number = textable(phone) if phone.strip() else ""
    if phone.strip() and not number:
        text = "请填写 11 位手机号码。" if any(c.isdigit() for c in phone) else f"{NOT_A_PHONE}。"
        raise Invalid(text, fields={"phone": [text]})
    if kinds and not number:
        text = "要收短信，请填写手机号码。"
        raise Invalid(text, fields={"phone": [text]})
    row, _ = Reach.objects.get_or_create(user=user)
    row._phone, row.wanted = number or None, kinds
    row.save()
    return row
