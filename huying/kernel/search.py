"""Chinese full-text search without a word list: overlapping pairs of characters in a `tsvector` with a GIN index.

What is indexed: NFKC (full width becomes half width) and case folded; every run of Chinese, kana or hangul as its
pairs and its last character alone, so that a query of one character finds it by prefix wherever it stands; every other
run of letters and digits as one token. Everything else only separates.

The index text is the input of a `tsvector` itself (`text::tsvector`, also what COPY reads), not of `to_tsvector`, whose
parser depends on the database's locale and is slower. Lexemes consist of letters and digits only, hence nothing in an
index text or in a query can be taken for syntax.

    row.search = index_text(row.title, row.text)
    found = Model.objects.filter(Matches("search", typed))
    for word in exact_words(typed):  # where pairs that stand apart must not count
        found = found.alias(folded=Folded("text")).filter(folded__contains=word)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from operator import add

import numpy as np
from django.db.models import BooleanField, F, FloatField, Func, TextField, Value

MAX_CHARACTERS = 100_000  # of a text that are indexed: stays below PostgreSQL's megabyte for one tsvector
MAX_TOKEN = 64  # characters of a token that are kept, in text and query alike
MAX_LEXEMES = 64  # of a query; the words after that are left to the exact check

_PAIRED_RANGES = (
    *((0x3005, 0x3005), (0x3007, 0x3007)),  # 々 〇
    *((0x3040, 0x30FF), (0x31F0, 0x31FF)),  # kana
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),  # Chinese
    (0xAC00, 0xD7AF),  # hangul
    (0x20000, 0x3FFFF),  # Chinese, rare
)
_PAIRED = "".join(f"{chr(first)}-{chr(last)}" for first, last in _PAIRED_RANGES)
_IS_PAIRED = np.zeros(0x110000, dtype=bool)
for _first, _last in _PAIRED_RANGES:
    _IS_PAIRED[_first : _last + 1] = True
_RUNS = re.compile(rf"([{_PAIRED}]+)|([^\W_{_PAIRED}]+)")
_TOKENS = re.compile(rf"[^\W_{_PAIRED}]+")
_WORDS = re.compile(r"[^\W_]+")
# Full-width punctuation stands in every Chinese text. With it out of the way hardly any text has to be normalised,
# which takes several times as long as all the rest; the result is the same.
_WIDE = [(chr(ord(mark) + 0xFEE0), mark) for mark in ",:;!?()"] + [("\u3000", " ")]
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")  # inside words


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded, without invisible characters."""
    if text.isascii():
        return text.lower()
    text = _INVISIBLE.sub("", text)
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return text.casefold()


def bigrams(text: str) -> str:
    """Index text: distinct lexemes separated by spaces, nearly always in PostgreSQL's own order, which spares it
    sorting them. Empty for a text without words.

    Takes any string, control characters and lone surrogates included. Of a text longer than `MAX_CHARACTERS` the
    beginning is indexed.
    """
    folded = fold(text[:MAX_CHARACTERS])[:MAX_CHARACTERS]
    tokens = sorted({token[:MAX_TOKEN] for token in _TOKENS.findall(folded)})
    if folded.isascii():
        return " ".join(tokens)
    return f"{' '.join(tokens)} {_pairs(folded)}".strip()


def _pairs(folded: str) -> str:
    """Every paired character with the one behind it, or alone where its run ends; distinct, in order.

    All characters at once, because hundreds of small strings are most of what an import costs: a pair is one number,
    the first character above the second, and the text of all pairs is decoded from a table of three columns.
    """
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    paired = _IS_PAIRED[codes]
    behind = np.zeros_like(codes)
    behind[:-1] = codes[1:] * paired[1:]
    keys = (codes[paired].astype(np.uint64) << np.uint64(32)) | behind[paired]
    keys.sort()
    distinct = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=distinct[1:])
    keys = keys[distinct]
    table = np.full((len(keys), 3), ord(" "), dtype="<u4")
    table[:, 0] = keys >> np.uint64(32)
    table[:, 1] = keys  # its lower half; 0 for a character alone
    return table.tobytes().decode("utf-32-le").replace("\0", "")


def index_text(*texts: str) -> str:
    """Index text of several fields together; no pair reaches from one into the next."""
    return bigrams("\n".join(texts))


def query(text: str) -> str:
    """The `tsquery` (as text, for `::tsquery`) of rows that hold every word of `text`; empty when it has no word.

    A single Chinese character and a token with a digit match as beginnings: 水 finds 水管, WC2026 finds its numbers.
    """
    terms: dict[str, None] = {}
    for run, token in _RUNS.findall(fold(text[:MAX_CHARACTERS])):
        if len(run) > 1:
            terms.update((f"'{pair}'", None) for pair in map(add, run, run[1:]))
        elif run:
            terms[f"'{run}':*"] = None
        else:
            token = token[:MAX_TOKEN]
            terms[f"'{token}':*" if any(map(str.isdigit, token)) else f"'{token}'"] = None
        if len(terms) >= MAX_LEXEMES:
            break
    return " & ".join(list(terms)[:MAX_LEXEMES])


def exact_words(text: str) -> tuple[str, ...]:
    """Folded words of `text` that the index alone does not decide, distinct, in order.

    Pairs found in a row may stand apart (武昌 and 昌区 without 武昌区), and 3号楼 is two lexemes; a word of one lexeme
    is decided. Check with `contains_all`, or in SQL on `Folded(column)`.
    """
    words = dict.fromkeys(_WORDS.findall(fold(text[:MAX_CHARACTERS])))
    return tuple(word for word in words if _is_compound(word))


def _is_compound(word: str) -> bool:
    runs = _RUNS.findall(word)
    return len(runs) > 1 or len(runs[0][0]) > 2 or len(runs[0][1]) > MAX_TOKEN


def contains_all(text: str, words: Iterable[str]) -> bool:
    """Does the text hold every one of these folded words?"""
    folded = fold(text)
    return all(word in folded for word in words)


class _Tsquery(Func):
    template = "%(expressions)s::tsquery"
    output_field = TextField()


class Matches(Func):
    """Condition: the `tsvector` column holds every word typed. `filter(Matches("search", text))`.

    A text without any word matches nothing; whoever lists everything in that case does not filter.
    """

    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()

    def __init__(self, column: str, text: str) -> None:
        super().__init__(F(column), _Tsquery(Value(query(text), output_field=TextField())))


class Fits(Func):
    """Condition: the `tsvector` column fits a `tsquery` that was put together of `query` and `pairs` before."""

    template = "%(expressions)s"
    arg_joiner = " @@ "
    output_field = BooleanField()

    def __init__(self, column: str, wanted: str) -> None:
        super().__init__(F(column), _Tsquery(Value(wanted, output_field=TextField())))


class Rank(Func):
    """How many terms of such a `tsquery` a row holds, as PostgreSQL reckons it: for choosing among many that fit."""

    function = "ts_rank"
    output_field = FloatField()

    def __init__(self, column: str, wanted: str) -> None:
        super().__init__(F(column), _Tsquery(Value(wanted, output_field=TextField())))


class Says(Func):
    """The same as `Matches` for rows that are looked at one by one: PostgreSQL takes no index for a function."""

    function = "ts_match_vq"
    output_field = BooleanField()

    def __init__(self, column: str, text: str) -> None:
        super().__init__(F(column), _Tsquery(Value(query(text), output_field=TextField())))


class Folded(Func):
    """A text column as `fold` makes it, for the exact check of the few rows that the index has found."""

    template = "lower(normalize(%(expressions)s, NFKC))"
    output_field = TextField()

    def __init__(self, column: str) -> None:
        super().__init__(F(column))
