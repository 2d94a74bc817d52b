"""A form of a case that is sent again: pressed twice, or resent by its browser. There is one case.

Each form that is drawn carries a token of its own, which it keeps while it is refused. Who sends it, the token and what
was typed stand for the case made of it, for as long as answers to resent requests are kept. Another appeal written over
the first one after going back is typed anew and becomes a case: nobody's words are dropped.

    <input type="hidden" name="once" value="{{ once }}">          {# token_of(request) #}
    made = make(request, lambda: Made(matter.pk, matter.number, code))
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass

from huying.kernel import idempotency
from huying.kernel.idempotency import Answer, Sending
from huying.people import drafts
from huying.people.requests import ActorRequest, UserRequest

FIELD = "once"
_TOKEN = re.compile(r"[\w\-]{16,64}", re.ASCII)
_NOT_TYPED = frozenset(
    {"csrfmiddlewaretoken", FIELD, drafts.FIELD, drafts.SEAL, "joins", "repeats", "adds", "reworks", "look"}
)


@dataclass(frozen=True, slots=True)
class Made:
    """The case of a form, and what its sender is told. `main`: the number of the case it goes along with."""

    pk: int
    number: str
    code: str
    main: str = ""


def token_of(request: ActorRequest | UserRequest) -> str:
    """For the form that is drawn: the one it was sent with, else a new one."""
    return _sent(request) or secrets.token_urlsafe(16)


def make(request: ActorRequest | UserRequest, work: Callable[[], Made]) -> Made:
    """Make the case in a transaction, or tell which one this form has made already. Of two at once the second waits."""

    def answer() -> Answer:
        return Answer(201, json.dumps(asdict(work())).encode())

    return _read(idempotency.once(_sending(request), answer))


def made(request: ActorRequest | UserRequest) -> Made | None:
    """The case this form has made already: its photos are taken, so it would be refused."""
    sending = _sending(request)
    answer = idempotency.earlier(sending) if sending.key else None
    return None if answer is None else _read(answer)


def _read(answer: Answer) -> Made:
    return Made(**json.loads(answer.body))


def _sent(request: ActorRequest | UserRequest) -> str:
    token = request.POST.get(FIELD, "")
    return token if _TOKEN.fullmatch(token) else ""


def _sending(request: ActorRequest | UserRequest) -> Sending:
    token = _sent(request)
    return Sending(_sender(request), request.path, f"{token}.{_typed(request)}" if token else "", b"")


def _sender(request: ActorRequest | UserRequest) -> str:
    """A visitor may have no session before the first case; their browser is known by what guards its forms."""
    if request.actor.is_signed_in:
        return f"user {request.actor.user_id}"
    return f"visitor {request.META.get('CSRF_COOKIE', '')}"


def _typed(request: ActorRequest | UserRequest) -> str:
    said = sorted((name, texts) for name, texts in request.POST.lists() if name not in _NOT_TYPED)
    files = sorted(
        (name, file.name, file.size)
        for name, sent in request.FILES.lists()
        for file in sent
        if not isinstance(file, str)
    )
    return hashlib.sha256(json.dumps([said, files]).encode()).hexdigest()
