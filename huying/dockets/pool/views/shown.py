"""What the pages of the pool share: the tabs between its lists, and how a contact is shown and revealed."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control

from huying.dockets.pool.access import CHECK_IN, CONFIRM, OFFER, VIEW
from huying.people.actors import Actor
from huying.people.contacts import Person, reveal
from huying.people.forms import PurposeForm
from huying.people.models import Contact


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    count: str = ""


def pool_tabs(actor: Actor, here: str) -> list[Tab]:
    """The three lists, and what belongs to them."""
    wanted = [
        ("offers", "资源清单", "dockets:pool-offers", actor.may(VIEW)),
        ("needs", "需求清单", "dockets:pool-needs", actor.may(VIEW)),
        ("projects", "项目清单", "dockets:pool-projects", actor.may(VIEW)),
        ("providers", "服务力量", "dockets:pool-providers", actor.may(OFFER)),
        ("check-ins", "社区报到", "dockets:pool-check-ins", actor.may(CONFIRM)),
        ("mine", "我的报到", "dockets:pool-mine", actor.may(CHECK_IN)),
    ]
    return [Tab(label, reverse(url), key == here) for key, label, url, offered in wanted if offered]


@dataclass(frozen=True, slots=True)
class ShownContact:
    """A person as a page may show it: masked, or plain on the answer to a POST that said why."""

    name: str
    phone: str
    may_reveal: bool
    form: PurposeForm
    action: str
    title: str
    plain: Person | None = None


def shown_contact(
    contact: Contact | None,
    actor: Actor,
    action: str,
    *,
    title: str = "联系人",
    form: PurposeForm | None = None,
    plain: Person | None = None,
) -> ShownContact | None:
    if contact is None:
        return None
    masked = contact.masked()
    given = form or PurposeForm(auto_id="reveal-%s")
    return ShownContact(masked.name, masked.phone, actor.may("cases.view_contact"), given, action, title, plain)


def looked_at(contact: Contact, form: PurposeForm, actor: Actor, about: str) -> Person:
    """The plain data; who looked, when and why is logged."""
    return reveal(contact.pk, actor=actor, purpose=form.told, about=about)


def unstored(response: HttpResponse) -> HttpResponse:
    patch_cache_control(response, private=True, no_store=True)
    return response
