"""Whom somebody means who asks to be forgotten, and what this room itself keeps of that person.

A phone is not a person: families share one, switchboards serve hundreds. So a phone alone is enough only where one name
stands beside it; contacts without a name go along with the number.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence

from django.contrib.auth.hashers import make_password
from django.db.models import Q

from huying.kernel.errors import Invalid, Missing
from huying.kernel.privacy import Traces, is_identity, lookup_hashes, mask_name, normalise
from huying.people import drafts, second_factor
from huying.people.enums import ContactKind
from huying.people.models import Contact, Draft, Preference, RecoveryCode, Session, User
from huying.people.phones import could_be_reached

BY_ID = re.compile(r"#\s*(\d{1,18})")
SEVERAL = "several_names"  # code of the refusal where a phone alone is not enough
GONE = "forgotten-{}"  # the user name of an account whose owner is forgotten


def contacts_meant(given: str, *, name: str = "", everybody: bool = False) -> list[Contact]:
    """All contacts of the person that is known by an identity number, a phone (with `name` where several share it), or
    `#` and the number of a contact. `everybody`: whoever gave that phone.

    Raises:
        Missing: there is nobody.
        Invalid: it is none of these, or several people share the phone.
    """
    given = given.strip()
    if found := BY_ID.fullmatch(given):
        contact = Contact.objects.filter(pk=int(found[1])).first()
        if contact is None:
            raise Missing(f"没有联系人 {given}。")
        return same_person([contact], everybody=everybody)
    if is_identity(normalise("identity", given)):
        seeds = list(Contact.objects.filter(identity_hash__in=lookup_hashes("identity", given)))
    elif could_be_reached(given):
        seeds = list(Contact.objects.with_phone(given))
    else:
        raise Invalid("请写电话、身份证号码、件的编号，或者“#”加联系人编号。")
    if name:
        seeds = [contact for contact in seeds if _name(contact) == _close(name)]
    if not seeds:
        beside = "和姓名" if name else ""
        raise Missing(f"没有登记过这个号码{beside}的联系人，或者已经清除。")
    names = sorted({_name(contact) for contact in seeds} - {""})
    if len(names) > 1 and not everybody:
        masked = "、".join(dict.fromkeys(mask_name(known) for known in names))
        problem = f"这个号码登记过 {len(names)} 个不同的姓名（{masked}），请同时写明姓名，或者说明一并清除。"
        raise Invalid(problem, code=SEVERAL)
    return same_person(seeds, everybody=everybody)


def same_person(seeds: Sequence[Contact], *, everybody: bool = False) -> list[Contact]:
    """These contacts and all that are the same person: of the same identity number, or of the same phone and name."""
    found = {contact.pk: contact for contact in seeds}
    while True:
        names = {_name(contact) for contact in found.values()} - {""}
        identities = [bytes(c.identity_hash) for c in found.values() if c.identity_hash]
        phones = [bytes(c.phone_hash) for c in found.values() if c.phone_hash]
        more = [
            contact
            for contact in Contact.objects.filter(Q(identity_hash__in=identities) | Q(phone_hash__in=phones))
            if contact.pk not in found
            and (
                everybody
                or (contact.identity_hash and bytes(contact.identity_hash) in identities)
                or _name(contact) in {"", *names}
            )
        ]
        if not more:
            return sorted(found.values(), key=lambda contact: contact.pk)
        found |= {contact.pk: contact for contact in more}


def others_of_the_phone(contacts: Sequence[Contact]) -> int:
    """How many contacts share a phone with these and are somebody else."""
    phones = [contact.phone_hash for contact in contacts if contact.phone_hash]
    return Contact.objects.filter(phone_hash__in=phones).exclude(pk__in=[c.pk for c in contacts]).count()


def traces_of(contacts: Sequence[Contact]) -> Traces:
    """What may stand of them in texts. An enterprise's name is no personal data."""
    return Traces.of(
        (c._name or "" for c in contacts if c.kind == ContactKind.PERSON),
        (c._phone or "" for c in contacts),
        (c._identity or "" for c in contacts if c.kind == ContactKind.PERSON),
        (c._address or "" for c in contacts),
    )


def _name(contact: Contact) -> str:
    return _close(contact._name or "")


def _close(name: str) -> str:
    return "".join(name.split())


def close_accounts(contacts: Collection[int], *, by: User, at: dt.datetime) -> int:
    """Accounts of residents and enterprises: nobody can sign in, and nothing tells any more whose they were."""
    users = list(User.objects.filter(contact_id__in=contacts).exclude(username__startswith=GONE.format("")))
    for user in users:
        if user.is_active:
            user.is_active, user.deactivated_at, user.deactivated_by = False, at, by
        second_factor.switch_off(user)
        user.username, user.password, user.full_name = GONE.format(user.pk), make_password(None), ""
        user.save()
    RecoveryCode.objects.filter(user__in=users).delete()
    Preference.objects.filter(user__in=users).delete()
    Draft.objects.filter(user__in=users).delete()
    return len(users)


def end_sessions(contacts: Collection[int]) -> int:
    return Session.objects.filter(user__contact_id__in=contacts).delete()[0]


def drop_drafts(traces: Traces) -> int:
    """Forms of staff, not sent yet, in which one of the numbers was typed, or the name alone in a field."""
    dropped = [draft.pk for draft in Draft.objects.iterator() if _tells(draft, traces)]
    Draft.objects.filter(pk__in=dropped).delete()
    return len(dropped)


def _tells(draft: Draft, traces: Traces) -> bool:
    values = [value for _, texts in drafts.read(draft).lists() for value in texts]
    return any(_close(value) in traces.names or traces.number_in(value) for value in values)
