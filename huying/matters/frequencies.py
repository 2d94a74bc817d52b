"""How common words are in what people say, as the database's own statistics have it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from django.db import connection

from huying.kernel.search import query

KNOWN_FOR = 600  # seconds
PAGE = 50
LATELY = 2000  # texts looked at for words of several pairs, the newest
MOST_KNOWN = 1000  # words whose share is remembered


@dataclass(frozen=True, slots=True)
class Frequencies:
    """`texts` that are searched, and the share of them that hold a lexeme, for the commonest ones; `least` of these."""

    texts: float = 0.0
    least: float = 0.0
    of: Mapping[str, float] = field(default_factory=dict)

    @property
    def even(self) -> float:
        """The share from which walking down the list is sooner done than naming all: with N texts and n that say it,
        the walk looks at 50 N / n of them, the index names n, and they are even at √(50 N)."""
        return sqrt(PAGE / self.texts) if self.texts > 0 else 1.0

    def share(self, term: str) -> float:
        """Of texts with one term of a `tsquery`; 0 for what is not among the commonest."""
        word, _, beginning = term.strip("'").partition("':")
        if not beginning:
            return self.of.get(word, 0.0)
        return max((share for lexeme, share in self.of.items() if lexeme.startswith(word)), default=0.0)


class _Read:
    """Asked again every few minutes; each process for itself. Nothing is known of a table never analysed."""

    def __init__(self) -> None:
        self._known = Frequencies()
        self._until = 0.0

    def __call__(self) -> Frequencies:
        if time.monotonic() >= self._until:
            self._known, self._until = self._read(), time.monotonic() + KNOWN_FOR
        return self._known

    @staticmethod
    def _read() -> Frequencies:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples * (1 - null_frac), most_common_elems::text::text[], most_common_elem_freqs "
                "FROM pg_stats JOIN pg_class ON relname = tablename AND relnamespace = to_regnamespace(schemaname) "
                "WHERE schemaname = ANY(current_schemas(false)) "
                "AND tablename = 'matters_words' AND attname = 'document'"
            )
            row = cursor.fetchone()
        if row is None or row[1] is None:
            return Frequencies()
        of = dict(zip(row[1], row[2], strict=False))  # behind the frequencies stand the least and the largest of them
        return Frequencies(max(row[0], 0.0), min(of.values()), of)


frequencies = _Read()


def share_of(typed: str, *, rare: bool = True) -> float:
    """The share of texts that say these words, where it is so large that walking down the list meets a page of them
    sooner than the index of words could name them all; else 0. One statement at most, none for a single common word.

    What is not among the commonest is taken to be rare, until the index has found many (`rare=False`).
    """
    terms, known = query(typed).split(" & "), frequencies()
    share = lately.known(" & ".join(terms))
    if share is None:
        share = min(known.share(term) or (0.0 if rare else known.least) for term in terms)
        if share >= known.even and (len(terms) > 1 or not rare):
            share = lately.look(" & ".join(terms))  # how often they go together no statistics tell
    return share if share >= known.even else 0.0


# By a limit and not by a range of keys: PostgreSQL would take that for a seventh of the table and call other processes.
_SAID_LATELY = (
    "SELECT avg((document @@ %s::tsquery)::int) FROM (SELECT document FROM matters_words "
    "WHERE document IS NOT NULL ORDER BY matter_id DESC LIMIT %s) AS lately"
)


class _Lately:
    """Shares of words that have been looked for, each process for itself: whoever turns pages, filters or waits for
    what is new asks for the same words again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, float]] = {}  # terms: share, until when it holds

    def known(self, terms: str) -> float | None:
        share, until = self._known.get(terms, (0.0, 0.0))
        return share if time.monotonic() < until else None

    def look(self, terms: str) -> float:
        with connection.cursor() as cursor:
            cursor.execute(_SAID_LATELY, [terms, LATELY])
            share = float(cursor.fetchone()[0] or 0.0)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[terms] = share, time.monotonic() + KNOWN_FOR
        return share

    def forget(self) -> None:
        self._known.clear()


lately = _Lately()
