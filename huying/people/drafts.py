"""Forms that somebody has not finished: kept while they type, offered when they come back, gone when sent.

    drafts = Drafts.of(request, "intake")
    form = ReceiveForm(drafts.opened) if drafts.opened else ReceiveForm()
    ...
    drafts.discard()   # it was sent

The template has `<form data-kept-draft="{% url 'people:draft' drafts.key %}">` with a hidden field `draft` and includes
`people/drafts.html`, which offers what waits. Two tabs with one form keep two drafts, `intake` and `intake-2`.

A form about one thing has one draft, which its page simply goes on with:

    draft = waiting(request.user.pk, key)
    ...
    forget(request.user.pk, key)

A hidden field `draft_seal` with `seal(user, key)` in a form lets its words be kept although its writer's session has
ended when it is sent.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from huying.kernel.errors import Invalid, Refusal, TooLarge
from huying.kernel.parameters import Parameter, declare
from huying.people.actors import Actor
from huying.people.models import Draft, User
from huying.people.requests import UserRequest

KEPT = declare(
    Parameter(
        key="retention.drafts",
        label="保存期限：没有写完的草稿",
        unit="天",
        default=7,
        least=1,
        most=30,
        note="从最后一次修改起算。",
    )
)
MOST_CHARACTERS = 60_000  # of one draft; browsers send no more when a page is closed
MOST_TABS = 5
KEY = re.compile(r"[a-z][a-z0-9\-]{0,58}")
FIELD = "draft"  # of the form that is sent, and of the address that opens a draft
SEAL = "draft_seal"  # field of a form: whose words these are, under which key they may be kept
SEALED_FOR = dt.timedelta(days=1)
_SALT = "huying.people.drafts.1"
_NOT_TYPED = frozenset({"csrfmiddlewaretoken", FIELD, SEAL, "once"})


@dataclass(frozen=True, slots=True)
class Offered:
    """A draft that waits to be gone on with. `words`: by which its writer knows it again."""

    key: str
    saved_at: dt.datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class Drafts:
    """The drafts of one form. `key`: under which this page keeps what is typed; `opened`: what it goes on with."""

    user_id: int
    key: str
    opened: MultiValueDict[str, str] | None
    offered: Sequence[Offered]

    @classmethod
    def of(
        cls, request: UserRequest, name: str, told: Callable[[MultiValueDict[str, str]], str] = lambda typed: ""
    ) -> Drafts:
        """Those of a form's `name`, for the page that shows the form. `told`: what is said of one that is offered, of
        what was typed into it. One query."""
        user_id = request.user.pk
        keys = [name, *(f"{name}-{n}" for n in range(2, MOST_TABS + 1))]
        kept = list(Draft.objects.filter(user_id=user_id, key__in=keys).order_by("-updated_at"))
        sent = request.POST.get(FIELD, "") if request.method == "POST" else ""
        wanted = sent or request.GET.get(FIELD, "")
        opened = next((draft for draft in kept if draft.key == wanted), None)
        free = [key for key in keys if key not in {draft.key for draft in kept}]
        if opened is not None:
            key = opened.key
        elif sent in keys:
            key = sent
        else:
            key = free[0] if free else kept[-1].key
        return cls(
            user_id,
            key,
            None if opened is None else read(opened),
            [Offered(draft.key, draft.updated_at, told(read(draft))) for draft in kept if draft.key != key],
        )

    @property
    def seal(self) -> str:
        return seal(self.user_id, self.key)

    def discard(self) -> None:
        """It was sent."""
        forget(self.user_id, self.key)


def is_key(typed: str) -> bool:
    return bool(KEY.fullmatch(typed))


def save(actor: Actor, key: str, content: str, *, now: dt.datetime | None = None) -> dt.datetime | None:
    """Keep what was typed, `{"field": ["value", …]}` as JSON; nothing typed forgets it. When it was kept.

    Raises:
        Invalid: it is not that.
        TooLarge: it is too long.
    """
    assert actor.user_id is not None
    return _save(actor.user_id, key, content, now or timezone.now())


def _save(user_id: int, key: str, content: str, at: dt.datetime) -> dt.datetime | None:
    if len(content) > MOST_CHARACTERS:
        raise TooLarge("内容太长，草稿没有保存。", code="draft_too_long")
    values = _parsed(content)
    if not any(value.strip() for texts in values.values() for value in texts):
        forget(user_id, key)
        return None
    Draft.objects.bulk_create(
        [Draft(user_id=user_id, key=key, _content=json.dumps(values), updated_at=at)],
        update_conflicts=True,
        unique_fields=["user", "key"],
        update_fields=["_content", "updated_at"],
    )
    return at


def seal(user_id: int, key: str) -> str:
    """For the form of whoever is signed in now: see `rescue`."""
    return signing.dumps([user_id, key], salt=_SALT)


def rescue(request: HttpRequest) -> str:
    """Keep what was sent by somebody who was no longer signed in, for the account that had opened the form. Under which
    key; "" when nothing was kept. Nothing is shown before its owner has signed in again."""
    try:
        user_id, key = signing.loads(request.POST.get(SEAL, ""), salt=_SALT, max_age=SEALED_FOR)
    except signing.BadSignature:
        return ""
    values = {name: texts for name, texts in request.POST.lists() if name not in _NOT_TYPED}
    if not User.objects.filter(pk=user_id, is_active=True).exists():
        return ""
    try:
        return key if _save(user_id, key, json.dumps(values), timezone.now()) else ""
    except Refusal:
        return ""


def waiting(user_id: int, key: str) -> Draft | None:
    """What its writer has not sent yet."""
    return Draft.objects.filter(user_id=user_id, key=key).first()


def forget(user_id: int, key: str) -> None:
    Draft.objects.filter(user_id=user_id, key=key).delete()


def read(draft: Draft) -> MultiValueDict[str, str]:
    """What was typed, as a form takes it."""
    return MultiValueDict(_parsed(draft._content))


def clear_old(now: dt.datetime | None = None) -> int:
    """Remove what nobody came back to. Returns how many."""
    latest = (now or timezone.now()) - dt.timedelta(days=KEPT.value)
    return Draft.objects.filter(updated_at__lt=latest).delete()[0]


def _parsed(content: str) -> dict[str, list[str]]:
    try:
        values = json.loads(content)
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(
        isinstance(texts, list) and all(isinstance(text, str) and "\0" not in text for text in texts)
        for texts in values.values()
    ):
        raise Invalid("草稿的格式不对，没有保存。", code="draft_form")
    return values
