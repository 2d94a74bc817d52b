"""What a text is made of: n-grams of characters, concepts (many ways of saying one thing), facets (kind, street …)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CONCEPTS = Path(__file__).with_name("concepts.txt")
LONGEST = (
    1_600  # characters looked at: what a text is about is said by then, and a suggestion stays within milliseconds
)

_NOISE = (
    (re.compile(r"_x000d_|<[^<>]{1,80}>|&[a-z]{2,6};|https?://\S+|www\.\S+"), " "),
    (re.compile(r"\*{2,}"), "*"),
    (re.compile(r"[a-z]\d{0,3}(?=[市县区州])"), "某"),  # masked names of places say nothing
    (re.compile(r"\d+"), "0"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True, slots=True)
class Text:
    """One thing that was raised. `facets` are what is known of it besides its words, as `name:value`."""

    title: str
    body: str = ""
    facets: tuple[str, ...] = ()


def cleaned(text: str) -> str:
    """One width, one case, without mark-up; every number is the same number."""
    text = unicodedata.normalize("NFKC", text[: 2 * LONGEST]).lower()
    for pattern, instead in _NOISE:
        text = pattern.sub(instead, text)
    return text.strip()[:LONGEST]


def grams(text: str, longest: int) -> Counter[str]:
    """How often each sequence of 1 … `longest` characters stands in it."""
    found: Counter[str] = Counter(text)
    for size in range(2, longest + 1):
        found.update(map("".join, zip(*(text[start:] for start in range(size)), strict=False)))
    return found


class Concepts:
    """Names of concepts and the words that say them."""

    def __init__(self, lines: list[str]) -> None:
        self.names: list[str] = []
        self.words: dict[str, list[int]] = {}
        for line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            name, _, words = line.strip().partition("：")
            for word in dict.fromkeys([name, *words.split()]):
                self.words.setdefault(word, []).append(len(self.names))
            self.names.append(name)
        sizes: dict[str, set[int]] = {}
        for word in self.words:
            sizes.setdefault(word[0], set()).add(len(word))
        self._sizes = {first: sorted(each, reverse=True) for first, each in sizes.items()}

    def found(self, text: str) -> dict[int, Counter[str]]:
        """Concept → its words in the text; where several words begin at one place, the longest counts."""
        found: dict[int, Counter[str]] = {}
        words, sizes = self.words, self._sizes
        for start, first in enumerate(text):
            for size in sizes.get(first, ()):
                word = text[start : start + size]
                if word in words:
                    for concept in words[word]:
                        found.setdefault(concept, Counter())[word] += 1
                    break
        return found


@cache
def shipped_concepts() -> Concepts:
    return Concepts(CONCEPTS.read_text(encoding="utf-8").splitlines())
