"""What the domain says when it will not do something.

Actions raise a `Refusal`; pages and API translate it and add nothing: `message` is what the user reads, so it is
written in Chinese and says what to do next. `code` is a stable slug for programs, `status` the HTTP status, `fields`
the messages that belong to one input field each, `facts` what a program can use without reading the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class Refusal(Exception):
    """The request was understood and is refused. Nothing has been changed."""

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "refused"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fields: dict[str, list[str]] = {name: list(texts) for name, texts in (fields or {}).items()}
        self.facts: dict[str, str] = dict(facts or {})

    def __reduce__(self) -> tuple[type[Refusal], tuple[str], dict[str, object]]:
        """Pickled between worker processes with its attributes; keyword-only arguments would be lost otherwise."""
        return type(self), (self.message,), self.__dict__


class Invalid(Refusal):
    """The input cannot be accepted as it is."""

    status = 422
    default_code = "invalid"


class Unauthenticated(Refusal):
    """Nobody knows who is asking."""

    status = 401
    default_code = "unauthenticated"


class Forbidden(Refusal):
    """This post may not do that."""

    status = 403
    default_code = "forbidden"


class Missing(Refusal):
    """There is no such thing, or none that this user may know of: both sound the same."""

    status = 404
    default_code = "missing"


class Conflict(Refusal):
    """Somebody else was first, or the thing is in a state that does not allow it."""

    status = 409
    default_code = "conflict"


class TooLarge(Refusal):
    """More than this server takes at once."""

    status = 413
    default_code = "too_large"


class TooMany(Refusal):
    """Too often in too short a time; `retry_after` is in seconds."""

    status = 429
    default_code = "too_many"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message, code=code, fields=fields)
        self.retry_after = retry_after
