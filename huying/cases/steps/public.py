"""The centre reads what a unit is going to tell everybody before everybody reads it (公开答复审核).

The handling clock was stopped by the unit's chief: its verdict stays, however long the centre takes. The reporter gets
the answer when the centre has passed it.
"""

from __future__ import annotations

from collections.abc import Sequence

from huying.cases import inputs
from huying.cases.models import PublicReply
from huying.cases.steps.particulars import data_of, figures, load
from huying.cases.steps.rounds import lead_of
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.kernel.privacy import mask_text
from huying.kernel.search import index_text
from huying.matters.aspects import Aspect, aspects
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.models import Contact

PUBLISHED, RETURNED = "published", "reply_returned"
aspects.declare(
    Aspect(key=RETURNED, label="答复退回", meaning="公开答复被区中心退回修改", tone="orange", order=50),
    Aspect(key=PUBLISHED, label="已公开", meaning="答复已经公开发布", tone="teal", shown=False, order=51),
)
TEXTS = ("title", "question", "public_reply")


def check_publish(changes: Sequence[Change]) -> None:
    load(changes)
    _load_standing(changes)
    people = Contact.objects.in_bulk({c.matter.raised_by_id for c in changes if c.matter.raised_by_id is not None})
    for change in changes:
        data = data_of(change, inputs.PublishReply)
        reporter = people.get(change.matter.raised_by_id or 0)
        change.facts |= figures(change)
        change.set(holder_id=directory().centre.id, holder_user_id=None)
        change.unmark(RETURNED)
        if not data.public:
            continue
        if change.matter.confidential:
            words = "诉求人要求保密，不能公开发布"
            change.refuse(Invalid(f"{words}。", fields={"public": [words]}))
        telling = [name for name in TEXTS if _tells_somebody(getattr(data, name), reporter)]
        if telling:
            words = "里面有姓名、电话或证件号码，请遮盖后再公开"
            change.refuse(Invalid("公开的内容里有个人信息。", fields={name: [words] for name in telling}))
        change.mark(PUBLISHED)


def _tells_somebody(text: str, reporter: Contact | None) -> bool:
    """Whether somebody's number, or the reporter's name, stands in it. A body's own duty phone is nobody's."""
    for listed in directory().by_id.values():
        if listed.dialled:
            text = text.replace(listed.dialled, "")
    return (reporter.concealed_in(text) if reporter is not None else mask_text(text)) != text


def record_publish(changes: Sequence[Change]) -> None:
    public = [c for c in changes if data_of(c, inputs.PublishReply).public]
    _end(public)
    book = directory()
    insert_rows(
        PublicReply,
        ("case", "seq", "title", "question", "answer", "unit", "published_at", "document"),
        [
            (
                c.matter.pk,
                c.seq,
                data.title,
                data.question,
                data.public_reply,
                book.name_of(c.matter.lead_id),
                c.at,
                index_text(data.title, data.question, data.public_reply),
            )
            for c in public
            for data in (data_of(c, inputs.PublishReply),)
        ],
    )


def _load_standing(changes: Sequence[Change]) -> None:
    """Put the id of what everybody reads now into each change. No query where nothing is published."""
    public = [c.matter.pk for c in changes if PUBLISHED in c.matter.aspects]
    rows = PublicReply.objects.filter(case__in=public, withdrawn_at=None) if public else PublicReply.objects.none()
    standing = dict(rows.values_list("case_id", "pk"))
    for change in changes:
        change.extra["stood"] = standing.get(change.matter.pk)


def _end(changes: Sequence[Change]) -> None:
    """Nobody reads any more what stood before."""
    update_rows(
        PublicReply, ("withdrawn_at",), [(pk, c.at) for c in changes if (pk := c.extra.get("stood")) is not None]
    )


def check_return(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        change.facts |= figures(change)
        if (lead := lead_of(change)) is None:
            change.refuse(Conflict("承办单位已经撤销，请直接修改后发布，或者只答复诉求人。", code="no_lead"))
            continue
        change.set(holder_id=lead.id)
        change.mark(RETURNED)


def may_take_down(matter: Matter, actor: Actor) -> bool:
    return PUBLISHED in matter.aspects


def check_take_down(changes: Sequence[Change]) -> None:
    load(changes)
    _load_standing(changes)
    for change in changes:
        change.facts |= figures(change)
        if PUBLISHED not in change.matter.aspects:
            change.refuse(Conflict("这件没有公开发布的答复。", code="not_published"))
        change.unmark(PUBLISHED)


def record_take_down(changes: Sequence[Change]) -> None:
    _end(changes)
