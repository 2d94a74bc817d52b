"""How common words are in what people say, as the database's own statistics have it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection

from huying.kernel.search import query

KNOWN_FOR = 600  # seconds
MANY = 20_000  # texts of which so many hold a word are not looked up in the index of words
LATELY = 2000  # texts looked at for words of several pairs, the newest
SHARE = 0.02  # of these, from which the words are common


@dataclass(frozen=True, slots=True)
class Frequencies:
    """`texts` that are searched, and the share of them that hold a lexeme, for the commonest ones."""

    texts: float = 0.0
    of: Mapping[str, float] = field(default_factory=dict)

    def expected(self, term: str) -> float:
        """Texts with one term of a `tsquery`; 0 for what is not among the commonest."""
        word, _, beginning = term.strip("'").partition("':")
        if not beginning:
            return self.texts * self.of.get(word, 0.0)
        return self.texts * max((share for lexeme, share in self.of.items() if lexeme.startswith(word)), default=0.0)


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
        # Behind the frequencies stand the least and the largest of them.
        return Frequencies(max(row[0], 0.0), dict(zip(row[1], row[2], strict=False)))


frequencies = _Read()


def surely_common(typed: str) -> bool:
    """Whether very many texts say these words: then the newest are found by walking down the list, and to ask the index
    of words first would cost more than the page. One statement at most, none for rare words."""
    terms = query(typed).split(" & ")
    known = frequencies()
    if min(map(known.expected, terms)) < MANY:
        return False
    return len(terms) == 1 or _share_lately(" & ".join(terms)) >= SHARE


_LATELY = (
    "SELECT avg((document @@ %s::tsquery)::int) FROM matters_words "
    "WHERE matter_id > (SELECT max(matter_id) FROM matters_words) - %s AND document IS NOT NULL"
)


def _share_lately(terms: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [terms, LATELY])
        return float(cursor.fetchone()[0] or 0.0)
