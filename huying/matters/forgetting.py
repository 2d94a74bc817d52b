"""Forgetting a person: what is known of them leaves the contacts, the texts, the messages and what other rooms keep.

    asked = meant("13971112222", name="王秀英")  # whom, and which matters are theirs
    forget(asked, by=user, reason="本人申请", who="张敏（zhangmin）", dry_run=True)  # nothing is changed
    forget(asked, by=user, reason="本人申请", who="张敏（zhangmin）")

The matters stay, and their chains hold. Of the texts of these matters and of those that speak of them only name,
numbers and home go; `texts` erases whole what the person said, `files` removes what the person sent in, since a photo
may show them. A dry run does the very same and takes it back, so its figures are those of the real run. Done twice, the
second time finds nothing.

What a room keeps beside that it adds to `parts`; why matters must be kept as they are, to `holds`; which matters speak
of others, to `speaking`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from huying.kernel.changes import ACT, record_change
from huying.kernel.errors import Conflict, Invalid, Missing
from huying.kernel.inputs import clean_line
from huying.kernel.privacy import Traces, mask_text
from huying.kernel.registry import Registry
from huying.matters import clearing, ledger
from huying.matters.models import Matter, OptOut
from huying.people import contacts as people
from huying.people import forgetting
from huying.people.models import Contact, User

WHAT = "个人信息"  # in the log of settings
REASON_LEAST, REASON_MOST = 4, 100


@dataclass(frozen=True, slots=True)
class Subject:
    """One person, as several contacts perhaps. `matters`: raised by them; `near`: that speak of those."""

    contacts: Sequence[Contact]
    traces: Traces
    matters: Sequence[int]
    near: Sequence[int]
    by: User
    at: datetime
    texts: bool = False
    files: bool = False
    lasting: bool = False  # only what is kept for long: what lives for days has gone by itself

    @property
    def ids(self) -> list[int]:
        return [contact.pk for contact in self.contacts]

    @property
    def told_of(self) -> list[int]:
        return [*self.matters, *self.near]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is kept of a person. `erase` does it and says of how much; asked again, of nothing more."""

    label: str
    erase: Callable[[Subject], int]
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Hold:
    """Why matters have to stay as they are for now: `of()` gives rows whose column `matter` holds their ids."""

    label: str
    of: Callable[[], QuerySet[Any]]


parts: Registry[Part] = Registry("what is kept of a person")
holds: Registry[Hold] = Registry("holds")
speaking: Registry[Callable[[Collection[int]], Iterable[int]]] = Registry("matters that speak of others")


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom somebody means. `open` and `held`: numbers of matters for which the person is still needed, and why."""

    contacts: Sequence[Contact]
    matters: Sequence[int]
    open: Sequence[str]
    held: Sequence[tuple[str, str]]
    others: int = 0  # contacts that share a phone and are somebody else
    already: bool = field(default=False)  # all of them have been forgotten


def meant(given: str, *, name: str = "", everybody: bool = False) -> Meant:
    """By phone, identity number, `#` and the number of a contact, or the number of a matter.

    Raises:
        Missing, Invalid: there is nobody, or it is not clear who.
    """
    matter = Matter.objects.select_related("raised_by").filter(number=given.strip().upper()).first()
    if matter is not None and matter.raised_by is None:
        raise Missing(f"{matter.number} 是匿名诉求，没有留下个人信息。")
    if matter is not None and matter.raised_by is not None:
        contacts = forgetting.same_person([matter.raised_by], everybody=everybody)
    else:
        contacts = forgetting.contacts_meant(given, name=name, everybody=everybody)
    return about(contacts, everybody=everybody)


def about(contacts: Sequence[Contact], *, everybody: bool = False) -> Meant:
    """What is known of these contacts, who are one person."""
    matters = list(
        Matter.objects.filter(raised_by__in=contacts).order_by("pk").values_list("pk", "number", "closed_at")
    )
    ids = [pk for pk, _, _ in matters]
    numbers = {pk: number for pk, number, _ in matters}
    held = [(numbers[pk], label) for pk, label in held_of(ids).items()]
    return Meant(
        contacts,
        ids,
        [number for _, number, closed_at in matters if closed_at is None],
        held,
        0 if everybody else forgetting.others_of_the_phone(contacts),
        all(contact.forgotten_at for contact in contacts),
    )


def prove(asked: Meant) -> ledger.Proof:
    """That the chains of their matters, and of those that speak of them, hold."""
    near = {pk for find in speaking for pk in find(asked.matters)} if asked.matters else set()
    return ledger.verify_of({*asked.matters, *near})


def held_of(matters: Collection[int]) -> dict[int, str]:
    """Those that are held, and why."""
    return {
        pk: hold.label
        for hold in holds
        for pk in hold.of().filter(matter__in=matters).order_by("matter").values_list("matter", flat=True)
    }


def free_of_holds(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """Matters that nothing holds."""
    held = Q()
    for hold in holds:
        held |= Q(pk__in=hold.of().values("matter"))
    return rows.exclude(held) if held else rows


def check_reason(reason: str) -> str:
    """As the log keeps it: without personal data.

    Raises:
        Invalid
    """
    reason = mask_text(clean_line(reason))
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        text = f"请写明清除的原因，{REASON_LEAST} 至 {REASON_MOST} 个字，不写当事人的姓名和号码。"
        raise Invalid(text, fields={"reason": [text]})
    return reason


def forget(
    asked: Meant,
    *,
    by: User,
    who: str,
    reason: str,
    texts: bool = False,
    files: bool = False,
    even_open: bool = False,
    dry_run: bool = False,
    at: datetime | None = None,
) -> dict[str, int]:
    """Erase what is known of a person. How much of what, by label, nothing left out. `who`: as the log names them.

    Raises:
        Invalid: there is no reason.
        Conflict: somebody still has to reach this person, and `even_open` was not said.
    """
    reason = check_reason(reason)
    if not even_open and not dry_run:
        check_free(asked)
    subject = subject_of(asked.contacts, asked.matters, by=by, at=at, texts=texts, files=files)
    with transaction.atomic():
        told = erase(subject)
        if told:
            numbers = "、".join(f"#{pk}" for pk in subject.ids)
            said = {ACT: "清除个人信息", "原因": reason, **{label: f"{n:,}" for label, n in told.items()}}
            record_change(who=who, what=WHAT, key=f"联系人 {numbers}", before={}, after=said)
        if dry_run:
            transaction.set_rollback(True)
    return told


def check_free(asked: Meant) -> None:
    """
    Raises:
        Conflict: matters are open or held.
    """
    if asked.open:
        some = "、".join(asked.open[:5]) + ("等" if len(asked.open) > 5 else "")
        raise Conflict(
            f"还有 {len(asked.open)} 件没有办结（{some}），清除后无法再联系诉求人、告知结果。请先办结，"
            "或者确认照样清除。",
            code="still_open",
        )
    if asked.held:
        some = "、".join(f"{number}（{label}）" for number, label in asked.held[:5])
        raise Conflict(f"有 {len(asked.held)} 件还要用作依据：{some}。请等其结束，或者确认照样清除。", code="held")


def subject_of(
    contacts: Sequence[Contact],
    matters: Sequence[int],
    *,
    by: User,
    at: datetime | None = None,
    texts: bool = False,
    files: bool = False,
    lasting: bool = False,
) -> Subject:
    near = {pk for find in speaking for pk in find(matters)} - set(matters) if matters else set()
    return Subject(
        contacts,
        forgetting.traces_of(contacts),
        matters,
        sorted(near),
        by,
        at or timezone.now(),
        texts,
        files,
        lasting,
    )


def erase(subject: Subject) -> dict[str, int]:
    """All parts in one transaction; what there was nothing of is left out."""
    with transaction.atomic():
        list(Contact.objects.select_for_update(no_key=True).filter(pk__in=subject.ids).order_by("pk"))
        told: dict[str, int] = {}
        for part in parts:
            if (part.lasting or not subject.lasting) and (n := part.erase(subject)):
                told[part.label] = n
        if n := people.forget(subject.ids, by=subject.by, at=subject.at):
            told = {"联系人": n, **told}
    return told


# --- what this room and the one below it keep -------------------------------------------------------------------------


def _part(key: str, label: str, *, lasting: bool = True) -> Callable[[Callable[[Subject], int]], Part]:
    return lambda erase: parts.add(key, Part(label, erase, lasting))


@_part("people.accounts", "账号")
def _accounts(subject: Subject) -> int:
    return forgetting.close_accounts(subject.ids, by=subject.by, at=subject.at)


@_part("people.sessions", "登录会话", lasting=False)
def _sessions(subject: Subject) -> int:
    return forgetting.end_sessions(subject.ids)


@_part("people.drafts", "没有写完的草稿", lasting=False)
def _drafts(subject: Subject) -> int:
    return forgetting.drop_drafts(subject.traces) if subject.traces else 0


@_part("matters.deliveries", "还没有发出的消息", lasting=False)
def _deliveries(subject: Subject) -> int:
    return clearing.stop_deliveries(subject.ids)


@_part("matters.opt_outs", "短信退订登记")
def _opt_outs(subject: Subject) -> int:
    hashes = [contact.phone_hash for contact in subject.contacts if contact.phone_hash is not None]
    return OptOut.objects.filter(phone_hash__in=hashes).delete()[0] if hashes else 0


@_part("matters.messages", "去除个人信息的消息")
def _messages(subject: Subject) -> int:
    return clearing.conceal_messages(subject.told_of, subject.traces) if subject.traces else 0


@_part("matters.titles", "去除个人信息的标题")
def _titles(subject: Subject) -> int:
    return clearing.conceal_titles(subject.told_of, subject.traces) if subject.traces else 0


@_part("matters.words", "去除个人信息的文字")
def _words(subject: Subject) -> int:
    return clearing.conceal_words(subject.told_of, subject.traces, subject.at) if subject.traces else 0


@_part("matters.file_names", "去除个人信息的附件名称")
def _file_names(subject: Subject) -> int:
    return clearing.conceal_file_names(subject.told_of, subject.traces) if subject.traces else 0
