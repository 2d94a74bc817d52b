"""Faults put into right replies on purpose, so that what the check finds can be counted.

`random`: replies change places by chance; `hard`: each with one of the ten messages most alike in words that are not
the same matter; `copies`: a reply is sent, a little changed, to one more matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from huying.knowledge.replies.corpus import Corpus, Side
from huying.knowledge.replies.files import Row
from huying.knowledge.replies.words import grams

NEAR, SAME = 10, 0.6  # messages that are nearly as near; cosine from which on two are the same matter
SHARE = 4  # one row of so many is touched


@dataclass(frozen=True, slots=True)
class Planted:
    """The rows as they would come in, which of them (by place) are wrong, and from which others were copied."""

    rows: list[Row]
    swapped: frozenset[int] = frozenset()
    copied: frozenset[int] = frozenset()
    sources: frozenset[int] = frozenset()


def swapped(rows: Sequence[Row], seed: int, near: Sequence[Sequence[int]] | None = None) -> Planted:
    """A quarter of the replies in other places; the moment of the reply stays with its message."""
    random = Random(seed)  # noqa: S311 (a sample, not a secret)
    chosen = random.sample(range(len(rows)), max(2, len(rows) // SHARE))
    changed, wrong = list(rows), set()
    for at, place in enumerate(chosen):
        other = random.choice(near[place]) if near else chosen[at - 1]
        if rows[other].reply.strip() != rows[place].reply.strip() and other != place:
            changed[place] = replace(rows[place], reply=rows[other].reply)
            wrong.add(place)
    return Planted(changed, swapped=frozenset(wrong))


def copied(rows: Sequence[Row], seed: int) -> Planted:
    """An eighth of the matters get the reply to another one: its own greeting, another date, one sentence less."""
    random = Random(seed)  # noqa: S311 (a sample, not a secret)
    chosen = random.sample(range(len(rows)), max(2, len(rows) // (2 * SHARE)))
    taken = frozenset(chosen)
    from_ = [at for at in range(len(rows)) if at not in taken and len(rows[at].reply) > 80]
    changed = list(rows)
    if not from_:
        return Planted(changed)
    sources = set()
    for place in chosen:
        source = random.choice(from_)
        sources.add(source)
        changed[place] = replace(rows[place], reply=_retouched(rows[source].reply, random))
    return Planted(changed, copied=taken, sources=frozenset(sources))


def _retouched(reply: str, random: Random) -> str:
    pieces = re.split(r"(?<=[。；])", re.sub(r"20\d\d年\d+月\d+日", f"20{random.randint(12, 25)}年3月1日", reply))
    if len(pieces) > 4:
        del pieces[random.randrange(1, len(pieces) - 1)]
    return f"您好！{''.join(pieces)}"


def nearest(rows: Sequence[Row]) -> list[list[int]]:
    """For each the ten most alike in words that are not the same matter."""
    docs = tuple(grams(row.message.whole) for row in rows)
    corpus = Corpus.of((row.message.whole, row.reply) for row in rows)
    side = Side(docs)
    lengths = np.sqrt(np.array([corpus.weights[doc].sum() for doc in docs])) + 1
    found = []
    for at, doc in enumerate(docs):
        telling = doc[~corpus.usual(doc)]
        alike = side.shared(telling, corpus.weights[telling]) / lengths / lengths[at]
        alike[(alike > SAME) | (np.arange(len(docs)) == at)] = -1.0
        found.append([int(n) for n in np.argsort(-alike)[:NEAR]])
    return found
