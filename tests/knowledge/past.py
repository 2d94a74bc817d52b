"""Past cases for tests of rules: a source that holds what it is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.utils import timezone

from huying.knowledge.history import Asked, PastCase, PastCases, past_cases
from huying.knowledge.rules import sampling


class Told:
    def __init__(self, cases: Sequence[PastCase], batch: int = 3) -> None:
        self.cases, self.batch = list(cases), batch

    def since(self, first: dt.date, last: dt.date | None = None, *, closed: bool = False) -> Iterator[list[PastCase]]:
        days = [(timezone.localdate(case.opened_at), case) for case in self.cases]
        found = [case for day, case in days if first <= day and (last is None or day < last)]
        for start in range(0, len(found), self.batch):
            yield found[start : start + self.batch]

    def of(self, numbers: list[str]) -> list[PastCase]:
        return [case for number in numbers for case in self.cases if case.number == number]


@contextmanager
def telling(cases: Sequence[PastCase]) -> Iterator[None]:
    """These are the past, in place of the cases that there are."""
    before: PastCases | None = past_cases._source
    past_cases._source = Told(cases)
    sampling.lately.forget()
    try:
        yield
    finally:
        past_cases._source = before
        sampling.lately.forget()


def past(n: int, text: str, *, first: int, final: int | None = None, **more: object) -> PastCase:
    """The n-th case of the past weeks; `asked` parts and what happened to it by name."""
    parts = {
        key: more.pop(key) for key in ("kind", "category", "urgency", "channel", "street", "community") if key in more
    }
    return PastCase(
        matter_id=n,
        number=f"WC20260101{n:04}",
        asked=Asked(text, **parts),  # type: ignore[arg-type]
        opened_at=timezone.now() - dt.timedelta(days=20, minutes=-n),
        closed_at=timezone.now() - dt.timedelta(days=10),
        first=first,
        final=final if final is not None else first,
        **more,  # type: ignore[arg-type]
    )
