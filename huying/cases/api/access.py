"""Who may use an operation, and the one door to a case."""

from __future__ import annotations

import re
from typing import Annotated, Any

from ninja.params.models import Path

from huying.cases.queues import cases_for
from huying.kernel.errors import Missing
from huying.matters.engine import UNKNOWN
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.bearer import Bearer

IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "这次请求的唯一标识，例如一个 UUID。24 小时内带着它重发同一请求，只办一次，得到同样的答复。",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
Number = Annotated[str, Path(..., title="编号", description="诉求件编号，例如 WC20261122000123")]
_NUMBER = re.compile(r"[A-Z0-9-]{1,40}")


def scoped(*permissions: str, once: bool = False, **extra: Any) -> dict[str, Any]:
    """Whose keys may, and what the document says of it. `once`: it can be sent again under an idempotency key."""
    extra["x-permissions"] = list(permissions)
    if once:
        extra["parameters"] = [IDEMPOTENCY_KEY]
    return {"auth": Bearer(*permissions), "openapi_extra": extra}


def checked(number: str) -> str:
    """What can be a number. Anything else is not asked for: a null byte, for one, the database would not even take."""
    if not _NUMBER.fullmatch(number):
        raise Missing(UNKNOWN)
    return number


def door(actor: Actor, number: str) -> Matter:
    """The case behind a number, if this actor may see it; otherwise it sounds as if there were none."""
    rows = cases_for(actor).filter(number=checked(number)).select_related("case", "raised_by")
    matter = rows.first()
    if matter is None:
        raise Missing(UNKNOWN)
    return matter
