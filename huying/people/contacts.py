"""Contacts: remembered set-wise, found by phone, revealed one at a time with a purpose, and forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone

from huying.kernel.errors import Forbidden, Invalid, Missing
from huying.kernel.inputs import clean_line
from huying.kernel.privacy import (
    EncryptedTextField,
    is_identity,
    lookup_hash,
    lookup_hashes,
    normalise,
    split_extension,
)
from huying.people.actors import Actor
from huying.people.enums import ContactKind
from huying.people.models import Contact, Reveal, User
from huying.people.models.contacts import BY_HANDLE, BY_IDENTITY, BY_PHONE
from huying.people.phones import NOT_A_PHONE, could_be_reached, dialled, kept, problem_of

NAME_MOST, ADDRESS_MOST, HANDLE_MOST = 60, 200, 100
REASON_LEAST = 10  # characters of a reason somebody else can judge
PURPOSE_MOST = 200
# What contacts are looked up for every day; these say enough by themselves. Anything else is put into words.
ROUTINE = ("办前沟通", "代为联系", "回访", "补充了解情况", "现场查看")
OTHER = "其他用途"
PURPOSES = (*ROUTINE, OTHER)
BEFORE_WORDS = "："


@dataclass(frozen=True, slots=True)
class Person:
    """Personal data on their way into a contact, or out of one. Its `repr` shows none of them.

    `handle` is the user's id at the channel (`"leaders:A00045581"`): it recognises who comes back without saying who
    it is.
    """

    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    handle: str = field(default="", repr=False)
    kind: ContactKind = ContactKind.PERSON

    @property
    def dialled(self) -> str:
        """What a phone is to dial; "" when there is nothing."""
        return dialled(self.phone)

    @property
    def is_anonymous(self) -> bool:
        return not (self.name or self.phone or self.identity or self.address or self.handle)


def checked(person: Person) -> Person:
    """The same person with spellings made even; for input typed by people.

    Raises:
        Invalid: with the messages for each field.
    """
    problems: dict[str, list[str]] = {}

    def clean(name: str, value: str, most: int) -> str:
        try:
            text = clean_line(value) if value else ""
        except ValueError:
            problems[name] = ["含有无法保存的字符，请删除后重试。"]
            return ""
        if len(text) > most:
            problems[name] = [f"最多 {most} 个字，现有 {len(text)} 个字。"]
        return text

    name = clean("name", person.name, NAME_MOST)
    address = clean("address", person.address, ADDRESS_MOST)
    handle = clean("handle", person.handle, HANDLE_MOST)
    phone = clean("phone", person.phone, 40)
    if phone:
        if problem_of(phone) and not could_be_reached(phone):
            problems["phone"] = [f"{NOT_A_PHONE}。"]
        phone = kept(phone)
    identity = clean("identity", person.identity, 40)
    if identity and person.kind == ContactKind.PERSON:
        identity = normalise("identity", identity)
        if not is_identity(identity):
            problems["identity"] = ["身份证号码不对，请核对 18 位号码，末位可以是 X。"]
    if problems:
        raise Invalid("联系人信息有误，请按提示修改。", fields=problems)
    return Person(name, phone, identity, address, handle, person.kind)


def remember(person: Person, *, at: dt.datetime | None = None) -> int | None:
    """`remember_many` for one."""
    return remember_many([person], at=at)[0]


def remember_many(people: Sequence[Person], *, at: dt.datetime | None = None) -> list[int | None]:
    """The contact ids of these people, in their order, made where there are none yet; None for who left nothing.

    Two statements, however many: one look-up, one insert. Somebody is the same when the channel's own user id is, else
    the identity number, else phone and name; a phone without a name is the first contact known by that phone. Details
    already on file are not overwritten by a later visit.
    """
    at = at or timezone.now()
    matches = [_match(person) for person in people]
    known = _known(matches, people)
    ids: list[int | None] = [None] * len(people)
    new: dict[str | int, list[int]] = {}  # match text, or the position of somebody who cannot be recognised
    for position, (person, match) in enumerate(zip(people, matches, strict=True)):
        if person.is_anonymous:
            continue
        ids[position] = known.get(match) if match else None
        if ids[position] is None:
            new.setdefault(match or position, []).append(position)
    if new:
        made = _insert([(people[positions[0]], matches[positions[0]]) for positions in new.values()], at)
        for key, positions in zip(made, new.values(), strict=True):
            for position in positions:
                ids[position] = key
    return ids


def correct(contact_id: int, *, phone: str, name: str = "", at: dt.datetime | None = None) -> int:
    """The contact to name from now on where this one was named with a wrong number.

    Who is known by more than the number (an account, an id at a channel, an identity number) is mended where they are,
    for all that they raised. Else the wrong number may be somebody else's: their contact stays as it is, and what was
    written down under it goes on under one with the right number.

    Raises:
        Invalid: there is nothing to correct, or the number cannot be one.
        Missing: the contact's data have been erased.
    """
    with transaction.atomic():
        contact = Contact.objects.select_for_update(no_key=True).get(pk=contact_id)
        if contact.forgotten_at is not None:
            raise Missing("这位联系人的个人信息已按规定清除。")
        given = Person(
            name or contact._name or "", phone, address=contact._address or "", kind=ContactKind(contact.kind)
        )
        person = checked(given)
        if (person.phone, person.name) == (contact._phone or "", contact._name or ""):
            raise Invalid("和登记的一样，没有要更正的。", fields={"phone": ["和登记的一样，没有要更正的。"]})
        known = (contact._match or "").startswith((BY_HANDLE, BY_IDENTITY))
        if known or User.objects.filter(contact=contact).exists():
            contact._name, contact._phone = person.name or None, person.phone
            contact.save(update_fields=["_name", "_phone", "phone_hash"])
            return contact_id
        corrected = remember(person, at=at)
        assert corrected is not None
        return corrected


def _match(person: Person) -> str | None:
    if person.handle:
        return BY_HANDLE + person.handle
    if person.identity:
        return f"{BY_IDENTITY}{person.kind}|{normalise('identity', person.identity)}"
    if person.phone:
        return f"{BY_PHONE}{person.kind}|{kept(person.phone)}|{person.name}"
    return None


def _known(matches: Sequence[str | None], people: Sequence[Person]) -> dict[str, int]:
    """Match text → id of the contact that is there already."""
    by_hash: dict[bytes, str] = {}
    by_phone: dict[bytes, str] = {}
    for match, person in zip(matches, people, strict=True):
        if match is None:
            continue
        for digest in lookup_hashes("contact", match):
            by_hash[digest] = match
        if match.startswith(BY_PHONE) and not person.name and not split_extension(person.phone)[1]:
            for digest in lookup_hashes("phone", person.phone):
                by_phone[digest] = match
    if not by_hash:
        return {}
    found: dict[str, int] = {}
    nameless: dict[str, int] = {}
    with connection.cursor() as cursor:
        if by_phone:
            cursor.execute(_LOOK_UP_BY_PHONE, [list(by_hash), list(by_phone)])
        else:
            cursor.execute(_LOOK_UP, [list(by_hash)])
        for key, match_hash, phone_hash in cursor.fetchall():
            if match_hash is not None and (match := by_hash.get(bytes(match_hash))):
                found.setdefault(match, key)
            if phone_hash is not None and (match := by_phone.get(bytes(phone_hash))):
                nameless.setdefault(match, key)
    return nameless | found


# The ORM builds an object and an expression for each value; here that would be most of the time an import takes.
_LOOK_UP = "SELECT id, match_hash, phone_hash FROM people_contact WHERE match_hash = ANY(%s) ORDER BY id"
_LOOK_UP_BY_PHONE = (
    "SELECT id, match_hash, phone_hash FROM people_contact WHERE match_hash = ANY(%s) OR phone_hash = ANY(%s) "
    "ORDER BY id"
)
# Of two that insert the same person at once, the second reads the first one's row; "kind" stays as it is.
_INSERT = """
WITH given AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('people_contact', 'id')) AS id, *
    FROM unnest(
        %s::text[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[],
        %s::bytea[]
    ) WITH ORDINALITY AS row(
        kind, name, phone, identity, address, match, phone_hash, identity_hash, match_hash, place
    )
), made AS (
    INSERT INTO people_contact
        (id, kind, name, phone, identity, address, match, phone_hash, identity_hash, match_hash, created_at)
    SELECT id, kind, name, phone, identity, address, match, phone_hash, identity_hash, match_hash, %s FROM given
    ON CONFLICT (match_hash) DO UPDATE SET kind = people_contact.kind
    RETURNING id, match_hash
)
SELECT given.place, made.id FROM given JOIN made USING (match_hash)
UNION ALL
SELECT place, id FROM given WHERE match_hash IS NULL
"""


def _insert(people: Sequence[tuple[Person, str | None]], at: dt.datetime) -> list[int]:
    """Ids of new contacts, in order; no two of them have the same match text."""
    plain = [
        (
            person.name,
            kept(person.phone) if person.phone else "",
            normalise("identity", person.identity) if person.identity else "",
            person.address,
            match or "",
        )
        for person, match in people
    ]
    fields = [field for field in Contact._meta.concrete_fields if isinstance(field, EncryptedTextField)]
    assert [field.column for field in fields] == ["name", "phone", "identity", "address", "match"]
    sealed = [
        [field.get_db_prep_value(row[column], connection) if row[column] else None for row in plain]
        for column, field in enumerate(fields)
    ]
    hashes = [
        [lookup_hash(kind, row[column]) if row[column] else None for row in plain]
        for kind, column in (("phone", 1), ("identity", 2), ("contact", 4))
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [[str(person.kind) for person, _ in people], *sealed, *hashes, at])
        return [key for _, key in sorted(cursor.fetchall())]


def reachable(contact_ids: Iterable[int | None]) -> set[int]:
    """Those of these contacts that left a phone."""
    wanted = {key for key in contact_ids if key is not None}
    if not wanted:
        return set()
    return set(Contact.objects.filter(pk__in=wanted, phone_hash__isnull=False).values_list("pk", flat=True))


def purpose_of(choice: str, words: str) -> str:
    """How the log keeps it: what was chosen, and what was said beside it."""
    return f"{choice}{BEFORE_WORDS}{words}" if words else choice


def _check_purpose(purpose: str) -> None:
    choice, _, words = purpose.partition(BEFORE_WORDS)
    if choice not in PURPOSES:
        raise Invalid("请说明查看个人信息的用途。", fields={"purpose": ["请选择用途。"]})
    if choice not in ROUTINE and len(words.strip()) < REASON_LEAST:
        raise Invalid("请说明查看个人信息的用途。", fields={"words": [f"请写清楚用途，至少 {REASON_LEAST} 个字。"]})


def reveal(contact_id: int, *, actor: Actor, purpose: str, about: str = "", at: dt.datetime | None = None) -> Person:
    """The plain data of one contact, for somebody who has to phone or visit; who, why and when is logged.

    Whether the actor may see the *matter*, and whether its reporter asked to stay confidential, the room of the matter
    has decided before. `purpose` is one of `PURPOSES`, made by `purpose_of`; `about` is the matter's number.
    """
    if actor.user_id is None or not actor.may("cases.view_contact"):
        raise Forbidden("您的岗位不能查看个人信息。如确需联系诉求人，请转接线员或承办单位。")
    purpose = clean_line(purpose)[:PURPOSE_MOST]
    _check_purpose(purpose)
    return _looked_at(contact_id, actor.user_id, actor.post_id, purpose, about, at, break_glass=False)


def break_glass(contact_id: int, *, actor: Actor, purpose: str, about: str, at: dt.datetime | None = None) -> Person:
    """The plain data of one contact in an emergency, for somebody whose post sees none; the log marks it. What is asked
    before, and who is told, is the business of the room of the matter (`matters.break_glass`)."""
    if actor.user_id is None or not actor.may("people.break_glass"):
        raise Forbidden("您的岗位不能应急查看个人信息。")
    purpose = clean_line(purpose)
    if not REASON_LEAST <= len(purpose) <= PURPOSE_MOST:
        words = f"请写明应急查看的原因，{REASON_LEAST} 至 {PURPOSE_MOST} 个字。"
        raise Invalid("应急查看要写明原因。", fields={"purpose": [words]})
    return _looked_at(contact_id, actor.user_id, actor.post_id, purpose, about, at, break_glass=True)


def _looked_at(
    contact_id: int,
    by_id: int,
    post_id: int | None,
    purpose: str,
    about: str,
    at: dt.datetime | None,
    *,
    break_glass: bool,
) -> Person:
    with transaction.atomic():
        contact = Contact.objects.filter(pk=contact_id).first()
        if contact is None:
            raise Missing("没有这个联系人。")
        if contact.forgotten_at is not None:
            raise Missing("这位联系人的个人信息已按规定清除。")
        Reveal.objects.create(
            contact=contact,
            by_id=by_id,
            post_id=post_id,
            purpose=purpose,
            about=about[:40],
            break_glass=break_glass,
            at=at or timezone.now(),
        )
    return Person(
        name=contact._name or "",
        phone=contact._phone or "",
        identity=contact._identity or "",
        address=contact._address or "",
        kind=ContactKind(contact.kind),
    )


def forget(contact_ids: Iterable[int], *, by: User, at: dt.datetime | None = None) -> int:
    """Erase the personal data of these contacts; the rows stay, so that matters and logs keep what they point to."""
    return Contact.objects.filter(pk__in=list(contact_ids), forgotten_at__isnull=True).update(
        _name=None,
        _phone=None,
        _identity=None,
        _address=None,
        _match=None,
        phone_hash=None,
        identity_hash=None,
        match_hash=None,
        forgotten_at=at or timezone.now(),
        forgotten_by=by,
    )
