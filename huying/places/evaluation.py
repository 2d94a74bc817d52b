"""How well addresses are understood: precision and recall on the labelled sample `samples/addresses.csv`.

The sample was written by hand: Wuchang's communities and streets as residents write them, in eight groups (in full,
colloquial, misspelt, street only, road only, ambiguous, outside, saying nothing). `part` is `tune` for rows that were
looked at while tuning and `held` for those that were only counted; the harder thirty of these were written after
tuning had ended. Expected is the code of a community or street; empty when no answer is right, then `candidates` names
communities that must be offered.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from huying.places.address import AddressMatch, Alias, Gazetteer, Named
from huying.places.wuchang import aliases, divisions

COMMUNITY_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Sample:
    part: str
    group: str
    address: str
    expected: str
    candidates: tuple[str, ...]


@dataclass(slots=True)
class Score:
    """Counts over some rows. A street given for one of its communities is true but coarse: neither right nor wrong."""

    n: int = 0
    decided: int = 0
    right: int = 0
    coarse: int = 0
    answerable: int = 0
    offered: int = 0
    to_offer: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of the answers given, the share that is right."""
        return self.right / self.decided if self.decided else 1.0

    @property
    def recall(self) -> float:
        """Of the rows that have an answer, the share that got it."""
        return self.right / self.answerable if self.answerable else 1.0

    def as_dict(self) -> dict[str, object]:
        return {
            "n": self.n,
            "decided": self.decided,
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "coarse": self.coarse,
            "candidates_offered": f"{self.offered}/{self.to_offer}",
        }


def samples() -> list[Sample]:
    text = files("huying.places").joinpath("samples/addresses.csv").read_text(encoding="utf-8")
    return [
        Sample(row["part"], row["group"], row["address"], row["expected"], tuple(row["candidates"].split()))
        for row in csv.DictReader(text.splitlines())
    ]


def wuchang() -> Gazetteer:
    """The gazetteer of the committed names and aliases, without a database."""
    named = {row.code: Named(i, row.code, row.name) for i, row in enumerate(divisions(), start=1)}
    return Gazetteer(
        [place for code, place in named.items() if len(code) == 9],
        [place for code, place in named.items() if len(code) == COMMUNITY_DIGITS],
        [Alias(named[row.code] if row.code else None, row.words, row.kind) for row in aliases()],
    )


def evaluate(rows: Iterable[Sample], find: Callable[[str], AddressMatch], code_of: Callable[[int], str]) -> Score:
    """Read every address and compare."""
    score = Score()
    for row in rows:
        found = find(row.address)
        answer = code_of(found.place_id)[:COMMUNITY_DIGITS] if found.place_id is not None else ""
        score.n += 1
        score.answerable += bool(row.expected)
        score.to_offer += bool(row.candidates)
        score.offered += bool(row.candidates) and set(row.candidates) <= {c.code for c in found.candidates}
        shown = f"{row.address} → {answer or '（未定）'}，应为 {row.expected or '（未定）'}"
        if answer and _only_coarse(answer, row):
            score.coarse += 1
            score.missed.append(shown)
        elif answer:
            score.decided += 1
            score.right += answer == row.expected
            if answer != row.expected:
                score.wrong.append(shown)
        elif row.expected:
            score.missed.append(shown)
    return score


def _only_coarse(answer: str, row: Sample) -> bool:
    """The street of the community that was meant, or of all communities that may be meant."""
    meant: Sequence[str] = [row.expected] if row.expected else row.candidates
    return bool(meant) and all(len(code) > len(answer) and code.startswith(answer) for code in meant)


def evaluate_wuchang(part: str | None = None, group: str | None = None) -> Score:
    """The committed sample against the committed names; one part or group of it, or all."""
    reader = wuchang()
    codes = {i: row.code for i, row in enumerate(divisions(), start=1)}
    chosen = [row for row in samples() if part in (None, row.part) and group in (None, row.group)]
    return evaluate(chosen, reader.find, lambda place_id: codes[place_id])
