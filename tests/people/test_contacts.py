"""Contacts: encrypted where they lie, masked where they are shown, revealed with a purpose, remembered set-wise."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from huying.kernel.errors import Forbidden, Invalid, Missing
from huying.kernel.privacy import rotate_fields, rotate_keys
from huying.people import actions, contacts
from huying.people.actors import ANONYMOUS, IMPORT, Actor, actor_for
from huying.people.contacts import Person
from huying.people.enums import ContactKind
from huying.people.models import Contact, Reveal, User
from tests.people.conftest import NewPost, NewUser

WANG = Person(name="王小明", phone="138 7123 4567", identity="420106199003070032", address="水岸国际3栋1201")


def contact_of(person: Person) -> Contact:
    key = contacts.remember(person)
    assert key is not None
    return Contact.objects.get(pk=key)


def actor(user: User) -> Actor:
    return actor_for(user, user.posts.get())


# ---- at rest and on screen ------------------------------------------------------------------------------
def test_nothing_personal_lies_plain_in_the_table(db: None) -> None:
    contact_of(WANG)
    contact_of(Person(name="李四", handle="leaders:A00045581"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT people_contact::text FROM people_contact")
        dump = " ".join(row[0] for row in cursor.fetchall())
    for plain in ("王小明", "13871234567", "420106199003070032", "水岸", "A00045581"):
        assert plain not in dump
        assert plain.encode().hex() not in dump


def test_every_way_of_printing_is_masked(db: None) -> None:
    contact = contact_of(WANG)
    template = Template("{{ c }} {{ c.name }} {{ c.phone }} {{ c.identity }} {{ c.address }} {{ c.masked }}")
    printed = f"{contact} {contact!r} {WANG!r} {template.render(Context({'c': contact}))}"
    assert "王**（138****4567）" in printed
    for plain in ("王小明", "7123", "0307", "1201"):
        assert plain not in printed
    with pytest.raises(TemplateSyntaxError):
        Template("{{ c._phone }}")


def test_what_is_shown_of_who_left_little(db: None) -> None:
    assert str(contact_of(Person(phone="02788936000"))) == "未留姓名（027-****6000）"
    assert str(contact_of(Person(handle="leaders:A00045581"))) == "网友581"
    company = contact_of(Person(name="武汉某某有限公司", phone="02788936001", kind=ContactKind.ENTERPRISE))
    assert company.name == "武汉某某有限公司", "a firm's name is no secret"


def test_both_keys_can_be_changed(db: None) -> None:
    contact = contact_of(WANG)
    rotate_keys()
    assert Contact.objects.with_phone("13871234567").get() == contact, "found while the rotation is under way"
    assert contacts.remember(WANG) == contact.pk
    rotate_fields()
    contact.refresh_from_db()
    assert contact._phone == "13871234567"
    assert contacts.remember(WANG) == contact.pk


# ---- remembering ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (Person(name="王小明", phone="13871234567"), Person(name="王小明", phone="+86 138-7123-4567"), True),
        (Person(name="王小明", phone="13871234567"), Person(name="王大明", phone="13871234567"), False),
        (Person(name="王小明", phone="13871234567"), Person(phone="13871234567"), True),
        (Person(phone="13871234567"), Person(phone="13871234567"), True),
        (Person(phone="13871234567"), Person(name="王小明", phone="13871234567"), False),
        (Person(handle="a:1", name="甲"), Person(handle="a:1", name="甲", phone="13871234567"), True),
        (Person(handle="a:1"), Person(handle="b:1"), False),
        (
            Person(name="王小明", identity="42010619900307106x"),
            Person(name="王小明", identity="42010619900307106X"),
            True,
        ),
        (Person(name="王小明"), Person(name="王小明"), False),
        (
            Person(name="宏发", phone="13871234567"),
            Person(name="宏发", phone="13871234567", kind=ContactKind.ENTERPRISE),
            False,
        ),
    ],
)
def test_who_is_the_same(db: None, first: Person, second: Person, same: bool) -> None:
    assert (contacts.remember(first) == contacts.remember(second)) is same
    Contact.objects.all().delete()
    one, other = contacts.remember_many([first, second])
    named_later = not first.name and bool(second.name)
    nameless_later = bool(first.name) and not second.name
    if not (named_later or nameless_later):  # within one batch a phone alone cannot know whose it will be
        assert (one == other) is same


def test_who_left_nothing_is_nobody(db: None) -> None:
    assert contacts.remember(Person()) is None
    assert not Contact.objects.exists()


def test_two_statements_however_many(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    people = [Person(name=f"市民{n % 300}", phone=f"1387123{n % 300:04d}", address="某路1号") for n in range(1000)]
    contacts.remember(WANG)  # the keys are made
    with django_assert_num_queries(2):
        ids = contacts.remember_many(people)
    assert len(set(ids)) == 300
    assert ids[0] == ids[300]
    with django_assert_num_queries(1):
        assert contacts.remember_many(people) == ids
    with django_assert_num_queries(2):
        contacts.remember(Person(phone="02788936000"))


def test_quick_enough_for_an_import(db: None) -> None:
    """2,000 cases a second bring up to 2,000 new reporters; a loaded machine is given five times as long."""
    people = [Person(name=f"市民{n}", phone=f"139{n:08d}", address="某路1号") for n in range(2000)]
    contacts.remember(WANG)
    start = time.perf_counter()
    for at in range(0, len(people), 500):
        contacts.remember_many(people[at : at + 500])
    assert time.perf_counter() - start < 5


@pytest.mark.django_db(transaction=True)
def test_the_same_person_at_the_same_moment_is_one_row() -> None:
    contacts.remember(Person(phone="1"))

    def remember(n: int) -> int | None:
        try:
            return contacts.remember_many([WANG, Person(name="李四", phone=f"1390000000{n}")])[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(remember, range(8)))
    assert len(ids) == 1
    assert Contact.objects.filter(pk__in=ids).count() == 1  # type: ignore[misc]


def test_finding_by_phone_and_the_other_rows_of_a_person(db: None) -> None:
    one = contact_of(Person(name="王小明", phone="13871234567"))
    two = contact_of(Person(name="王大明", phone="13871234567"))
    three = contact_of(Person(name="李四", phone="13900000000"))
    assert set(Contact.objects.with_phone("(+86)13871234567")) == {one, two}
    assert set(Contact.objects.same_person_as([one.pk])) == {one, two}
    assert set(Contact.objects.with_phone("13871234567", "13900000000")) == {one, two, three}


def test_the_first_visit_is_not_overwritten(db: None) -> None:
    first = contact_of(Person(name="王小明", phone="13871234567", address="甲路1号"))
    contacts.remember(Person(name="王小明", phone="13871234567", address="乙路2号"))
    first.refresh_from_db()
    assert first._address == "甲路1号"


def test_a_hash_cannot_be_left_out(db: None) -> None:
    contact = contact_of(WANG)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(phone_hash=None)


# ---- checking what people typed -------------------------------------------------------------------------
def test_typed_data_are_made_even() -> None:
    person = contacts.checked(Person(name=" 王 小明 ", phone="+86 138-7123-4567", identity="42010619900307106x"))
    assert (person.name, person.phone) == ("王 小明", "13871234567")


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (Person(phone="打不通"), "phone"),
        (Person(phone="123"), "phone"),
        (Person(phone="1" * 30), "phone"),
        (Person(phone="13871234567'; --"), "phone"),
        (Person(identity="420106199003070039"), "identity"),
        (Person(identity="1"), "identity"),
        (Person(name="王" * 61), "name"),
        (Person(name="王\x00"), "name"),
        (Person(address="路" * 201), "address"),
    ],
)
def test_typed_data_that_cannot_be_are_refused_at_the_field(person: Person, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        contacts.checked(person)
    assert list(caught.value.fields) == [field]


# ---- revealing ------------------------------------------------------------------------------------------
def test_a_reveal_needs_a_purpose_and_is_logged(handler: User) -> None:
    contact = contact_of(WANG)
    for said in ("  ", "1", "想看看", "其他用途", "其他用途：1"):
        with pytest.raises(Invalid):
            contacts.reveal(contact.pk, actor=actor(handler), purpose=said)
    assert not Reveal.objects.exists()
    person = contacts.reveal(contact.pk, actor=actor(handler), purpose="办前沟通", about="WC20261122000123")
    assert (person.name, person.phone) == ("王小明", "13871234567")
    assert person.address == WANG.address
    logged = Reveal.objects.get()
    assert (logged.contact, logged.by, logged.post) == (contact, handler, handler.posts.get())
    assert (logged.purpose, logged.about, logged.break_glass) == ("办前沟通", "WC20261122000123", False)


@pytest.mark.parametrize("role", ["analyst", "leader", "third_party"])
def test_whoever_has_no_need_is_refused(new_user: NewUser, new_post: NewPost, role: str) -> None:
    contact = contact_of(WANG)
    user = new_user()
    new_post(user, role)
    with pytest.raises(Forbidden):
        contacts.reveal(contact.pk, actor=actor(user), purpose="想看看")


@pytest.mark.parametrize("who", [ANONYMOUS, IMPORT])
def test_nobody_in_particular_is_refused(db: None, who: Actor) -> None:
    with pytest.raises(Forbidden):
        contacts.reveal(contact_of(WANG).pk, actor=who, purpose="回访")


def test_breaking_the_glass_takes_a_reason_and_stands_out(administrator: User) -> None:
    contact = contact_of(WANG)
    admin = actor(administrator)
    with pytest.raises(Forbidden):
        contacts.reveal(contact.pk, actor=admin, purpose="公安机关来函协查失踪人员")
    with pytest.raises(Invalid, match="应急查看"):
        contacts.break_glass(contact.pk, actor=admin, purpose="看看", about="WC20261122000123")
    contacts.break_glass(contact.pk, actor=admin, purpose="公安机关来函协查失踪人员", about="WC20261122000123")
    assert Reveal.objects.get().break_glass


def test_who_sees_contacts_every_day_does_not_break_the_glass(handler: User) -> None:
    with pytest.raises(Forbidden):
        contacts.break_glass(contact_of(WANG).pk, actor=actor(handler), purpose="公安机关来函协查失踪人员", about="")


def test_the_log_of_reveals_cannot_be_changed(handler: User) -> None:
    contacts.reveal(contact_of(WANG).pk, actor=actor(handler), purpose="办前沟通")
    for statement, why in (
        ("UPDATE people_reveal SET purpose = '无'", "只能追加"),
        ("DELETE FROM people_reveal", "至少保存三年"),
    ):
        with pytest.raises(DatabaseError, match=why), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_reveal_that_cannot_be_logged_shows_nothing(handler: User, monkeypatch: pytest.MonkeyPatch) -> None:
    contact = contact_of(WANG)

    def fail(**values: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(Reveal.objects, "create", fail)
    with pytest.raises(DatabaseError):
        contacts.reveal(contact.pk, actor=actor(handler), purpose="办前沟通")


# ---- forgetting -----------------------------------------------------------------------------------------
def test_forgetting_leaves_the_row_and_nothing_personal(handler: User) -> None:
    contact = contact_of(WANG)
    contacts.reveal(contact.pk, actor=actor(handler), purpose="办前沟通")
    assert contacts.forget([contact.pk], by=actions.system_user()) == 1
    contact.refresh_from_db()
    assert str(contact) == "已清除"
    assert contact.phone_hash is contact.identity_hash is contact.match_hash is None
    with pytest.raises(Missing):
        contacts.reveal(contact.pk, actor=actor(handler), purpose="回访")
    assert contacts.forget([contact.pk], by=actions.system_user()) == 0
    assert contacts.remember(WANG) != contact.pk, "who comes back is somebody new"


@pytest.mark.parametrize(
    "half",
    [lambda by: {"forgotten_at": timezone.now()}, lambda by: {"forgotten_by": by}],
)
def test_forgotten_says_when_and_by_whom_or_neither(
    db: None, half: Callable[[User], dict[str, dt.datetime | User]]
) -> None:
    contact = contact_of(WANG)
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(pk=contact.pk).update(**half(actions.system_user()))
