"""Texts as rows of a sparse matrix: title's n-grams, all n-grams, concepts, title's concepts, facets.

Weights of n-grams are tf-idf. Every block is a unit vector of its own, scaled by how much it may say (`SCALES`): a
title of ten characters is heard beside a text of a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from huying.knowledge.recommender.words import Concepts, Text, cleaned, grams, shipped_concepts

Floats = NDArray[np.float32]

TITLE_GRAMS, TEXT_GRAMS = 3, 3
MOST_GRAMS = 300_000
# Squared, as shares of a kernel: chosen by cross-validation, flat around these values
SCALES = {"title": 0.4, "text": 1.0, "concepts": 0.2, "title_concepts": 0.07, "facets": 0.3}
NOTHING = np.zeros(0, np.float32)
LITTLE = 0.25  # a title with next to no concept is not blown up to a unit vector


@dataclass(slots=True)
class Read:
    """A text taken apart, once."""

    title: Counter[str]
    text: Counter[str]
    concepts: dict[int, Counter[str]]
    title_concepts: dict[int, Counter[str]]
    facets: tuple[str, ...]


def read(text: Text, concepts: Concepts) -> Read:
    title, body = cleaned(text.title), cleaned(text.body)
    whole = f"{title} {body}"
    return Read(
        grams(title, TITLE_GRAMS), grams(whole, TEXT_GRAMS), concepts.found(whole), concepts.found(title), text.facets
    )


@dataclass(slots=True)
class Features:
    """The columns, in this order: title's n-grams, text's n-grams, concepts, title's concepts, facets."""

    titles: list[str]
    texts: list[str]
    facets: list[str]
    weights: Floats  # idf of every column
    title_mean: float  # mean squared length of the titles' concepts
    concepts: Concepts = field(default_factory=shipped_concepts)
    _title: dict[str, int] = field(init=False, repr=False)
    _text: dict[str, int] = field(init=False, repr=False)
    _facet: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._title = {gram: column for column, gram in enumerate(self.titles)}
        self._text = {gram: column for column, gram in enumerate(self.texts, len(self.titles))}
        self._facet = {facet: column for column, facet in enumerate(self.facets, self.first_facet)}

    @property
    def first_concept(self) -> int:
        return len(self.titles) + len(self.texts)

    @property
    def grams(self) -> tuple[slice, slice]:
        """The columns of n-grams: the title's, the text's."""
        return slice(0, len(self.titles)), slice(len(self.titles), self.first_concept)

    @property
    def first_facet(self) -> int:
        return self.first_concept + 2 * len(self.concepts.names)

    @property
    def width(self) -> int:
        return self.first_facet + len(self.facets)

    @classmethod
    def of(cls, rows: Sequence[Read], also: Iterable[Read] = (), concepts: Concepts | None = None) -> Features:
        """The columns for these texts; `also` are texts without an answer, which only say how common a word is."""
        concepts = concepts or shipped_concepts()
        known = len(concepts.names)
        counted = [Counter[str](), Counter[str]()]
        spoken = [np.zeros(known), np.zeros(known)]
        facets = Counter[str]()
        squares: list[Counter[int]] = []
        for row in rows:
            counted[0].update(row.title.keys())
            counted[1].update(row.text.keys())
            facets.update(set(row.facets))
            for counts, found in zip(spoken, (row.concepts, row.title_concepts), strict=True):
                counts[list(found)] += 1
            squares.append(Counter({concept: sum(words.values()) for concept, words in row.title_concepts.items()}))
        everywhere = [Counter(counted[0]), Counter(counted[1])]
        total = len(rows)
        for row in also:
            total += 1
            everywhere[0].update(row.title.keys())
            everywhere[1].update(row.text.keys())
        kept = [
            sorted(gram for gram, _ in every.most_common() if every[gram] > 1 and gram in own)[:MOST_GRAMS]
            if len(own) <= MOST_GRAMS
            else sorted(gram for gram, n in every.most_common(MOST_GRAMS) if n > 1 and gram in own)
            for every, own in zip(everywhere, counted, strict=True)
        ]
        named = sorted(facet for facet, n in facets.items() if n > 1)
        n = len(rows)
        idf = [
            np.log((total + 1) / (np.array([e[g] for g in k], float) + 1)) + 1
            for e, k in zip(everywhere, kept, strict=True)
        ]
        rare = [np.log(np.maximum(n, 2) / (1 + counts)).clip(0) + 0.5 for counts in spoken]
        weights = np.concatenate([idf[0], idf[1], rare[0], rare[1], np.ones(len(named))]).astype(np.float32)
        lengths = [sum(((1 + np.log(times)) * rare[1][c]) ** 2 for c, times in title.items()) for title in squares]
        return cls(kept[0], kept[1], named, weights, float(np.mean(lengths)) if lengths else 1.0, concepts)

    def row(self, read: Read) -> tuple[NDArray[np.int32], Floats]:
        """Columns and values of one text."""
        columns: list[NDArray[np.int32]] = []
        values: list[Floats] = []

        def block(where: list[int], times: list[int]) -> tuple[NDArray[np.int32], Floats]:
            at = np.array(where, np.int32)
            return at, ((1 + np.log(np.array(times, np.float32))) * self.weights[at] if where else NOTHING)

        def known(found: Counter[str], columns: dict[str, int]) -> tuple[NDArray[np.int32], Floats]:
            kept = [(columns[gram], times) for gram, times in found.items() if gram in columns]
            return block([column for column, _ in kept], [times for _, times in kept])

        def length(amounts: Floats) -> float:
            return float(amounts @ amounts)

        for name, found, where_known in (("title", read.title, self._title), ("text", read.text, self._text)):
            where, amounts = known(found, where_known)
            columns.append(where)
            values.append(amounts * np.sqrt(SCALES[name] / max(length(amounts), 1e-9)))

        first, behind = self.first_concept, len(self.concepts.names)
        for name, start, said, least in (
            ("concepts", first, read.concepts, 0.0),
            ("title_concepts", first + behind, read.title_concepts, LITTLE * self.title_mean),
        ):
            where, amounts = block([start + c for c in said], [words.total() for words in said.values()])
            columns.append(where)
            values.append(amounts * np.sqrt(SCALES[name] / max(length(amounts), least, 1e-9)))

        mine = [self._facet[facet] for facet in read.facets if facet in self._facet]
        where, amounts = block(mine, [1] * len(mine))
        columns.append(where)
        values.append(amounts * np.sqrt(SCALES["facets"] / max(len(read.facets), 1)))
        return np.concatenate(columns), np.concatenate(values).astype(np.float32)

    def matrix(self, rows: Iterable[Read]) -> Any:
        """A sparse matrix, one row a text."""
        parts = [self.row(row) for row in rows]
        ends = np.cumsum([0, *(len(where) for where, _ in parts)])
        columns = np.concatenate([where for where, _ in parts]) if parts else np.array([], np.int32)
        values = np.concatenate([amounts for _, amounts in parts]) if parts else np.array([], np.float32)
        return sparse.csr_matrix((values, columns, ends), shape=(len(parts), self.width), dtype=np.float32)
