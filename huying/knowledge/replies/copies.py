"""Replies that were written for another matter: nearly the same words, about something else.

Greetings, receipts and thanks are left out first. What remains is cut into overlapping runs of characters; two replies
are alike by the share of these that both have. A signature of a few numbers finds candidates among any number of
earlier replies (`bands` that are equal), which are then compared word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from huying.kernel.search import fold
from huying.knowledge.replies.corpus import Corpus
from huying.knowledge.replies.words import grams, is_form, sentences

RUN = 6  # characters
LEAST = 30  # runs: less than that is no text of its own
ALIKE = 0.6  # of the runs of the shorter one
SAME_QUESTION = 0.3  # cosine of two messages from which on the same answer is right
HASHES, ROWS = 48, 3  # of a signature; of a band
_WORD = re.compile(r"[\u3400-\u9fffa-z]")  # figures and marks may differ
_RANDOM = np.random.default_rng(20260101)
_FACTORS = _RANDOM.integers(1, 1 << 61, HASHES, dtype=np.uint64) | np.uint64(1)
_ADDED = _RANDOM.integers(0, 1 << 61, HASHES, dtype=np.uint64)

Runs = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A reply that has been given. `label` is how its matter is called on a page."""

    key: str
    label: str
    message: str
    reply: str


@dataclass(frozen=True, slots=True)
class Copied:
    """`reply[start:end]` is the longest piece that `other` has, too; `share` of all."""

    other: Earlier
    share: float
    start: int
    end: int


def _cut(reply: str) -> tuple[Runs, list[int]]:
    """The runs in order, and where each begins in the reply."""
    letters: list[str] = []
    places: list[int] = []
    for start, end in sentences(reply):
        if is_form(reply[start:end]):
            continue
        for at in range(start, end):
            folded = fold(reply[at])
            if len(folded) == 1 and _WORD.match(folded):
                letters.append(folded)
                places.append(at)
    said = "".join(letters)
    codes = [crc32(said[n : n + RUN].encode()) for n in range(len(said) - RUN + 1)]
    return np.array(codes, dtype=np.uint64), places


def bands(reply: str) -> list[int]:
    """Whole numbers, one of which at least is equal in nearly all replies that are alike. Empty for one that says
    nothing of its own."""
    runs = np.unique(_cut(reply)[0])
    if len(runs) < LEAST:
        return []
    least = (runs[:, None] * _FACTORS + _ADDED >> np.uint64(29)).min(axis=0)
    found = []
    for band in range(HASHES // ROWS):
        told = least[band * ROWS : (band + 1) * ROWS].tobytes()
        found.append(crc32(told, band) - (1 << 31))  # as PostgreSQL's integer
    return found


def copied(message: str, reply: str, others: Iterable[Earlier], corpus: Corpus) -> Copied | None:
    """The one that it is most like, if it answers something else."""
    runs, places = _cut(reply)
    own = np.unique(runs)
    if len(own) < LEAST:
        return None
    asked, best = grams(message), None
    for other in others:
        theirs = np.unique(_cut(other.reply)[0])
        if len(theirs) < LEAST:
            continue
        share = len(np.intersect1d(own, theirs, assume_unique=True)) / min(len(own), len(theirs))
        if share < ALIKE or (best is not None and share <= best.share):
            continue
        if _same_question(asked, other.message, corpus):
            continue
        best = Copied(other, share, *_longest(np.isin(runs, theirs), places))
    return best


def _same_question(asked: npt.NDArray[np.int32], message: str, corpus: Corpus) -> bool:
    other = grams(message)
    both = corpus.weights[np.intersect1d(asked, other, assume_unique=True)].sum()
    lengths = np.sqrt(corpus.weights[asked].sum() * corpus.weights[other].sum())
    return bool(both > SAME_QUESTION * lengths)


def _longest(shared: npt.NDArray[np.bool_], places: Sequence[int]) -> tuple[int, int]:
    """Where the longest stretch of shared runs lies, short interruptions overlooked."""
    at = np.flatnonzero(shared)
    breaks = np.flatnonzero(np.diff(at) > 2 * RUN)
    starts, ends = np.append(at[:1], at[breaks + 1]), np.append(at[breaks], at[-1:])
    longest = int((ends - starts).argmax())
    return places[int(starts[longest])], places[int(ends[longest]) + RUN - 1] + 1
