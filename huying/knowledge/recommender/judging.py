"""How good a model is: figures over texts whose answers are known. Bad news belongs to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 10
COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class ClassFigures:
    label: str
    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """`n` texts of class `right` were taken for `said`; `rows` are the first of them, as places in what was judged."""

    right: str
    said: str
    n: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """Suggestions whose probability lies in one tenth: how many, what was said on average, what was true."""

    n: int
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Figures:
    """`coverage`: share of texts for which the model does not abstain; `calibration_error`: mean distance between what
    was said and what was true over ten tenths, weighted. `curve`: share of the surest texts → share of them right."""

    n: int
    accuracy: float
    macro_f1: float
    top3: float
    coverage: float
    accuracy_when_covered: float
    accuracy_at_80: float
    calibration_error: float
    curve: tuple[tuple[float, float], ...]
    bins: tuple[Bin, ...]
    classes: tuple[ClassFigures, ...]
    wrong: tuple[Confusion, ...]

    def plain(self) -> dict[str, object]:
        return asdict(self)


def figures(
    probabilities: NDArray[np.float64], labels: Sequence[str], answers: Sequence[str], threshold: float
) -> Figures:
    """Of rows of probabilities over `labels` against the right answers, which may be labels the model does not know."""
    names = np.array(labels, object)
    right = np.array(answers, object)
    order = np.argsort(-probabilities, axis=1, kind="stable")
    said, sure = names[order[:, 0]], probabilities[np.arange(len(right)), order[:, 0]]
    hit = said == right
    by_sure = np.argsort(-sure, kind="stable")
    covered = sure >= threshold

    def share(of: NDArray[np.bool_]) -> float:
        return float(of.mean()) if len(of) else 0.0

    bins: list[Bin] = []
    error = 0.0
    tenth = np.minimum((sure * BINS).astype(int), BINS - 1)
    for place in range(BINS):
        inside = tenth == place
        n = int(inside.sum())
        bins.append(Bin(n, float(sure[inside].mean()) if n else 0.0, share(hit[inside])))
        error += n / max(len(right), 1) * abs(bins[-1].said - bins[-1].right)

    classes = []
    for label in sorted(set(answers)):
        mine, named = right == label, said == label
        both = int((mine & named).sum())
        precision, recall = both / max(int(named.sum()), 1), both / int(mine.sum())
        classes.append(
            ClassFigures(label, int(mine.sum()), precision, recall, 2 * both / (int(mine.sum()) + int(named.sum())))
        )
    pairs = Counter(zip(right[~hit], said[~hit], strict=True))
    wrong = [
        Confusion(mine, other, n, tuple(np.flatnonzero((right == mine) & (said == other))[:3].tolist()))
        for (mine, other), n in pairs.most_common(20)
    ]

    def surest(part: float) -> float:
        return share(hit[by_sure[: max(round(part * len(right)), 1)]])

    return Figures(
        n=len(right),
        accuracy=share(hit),
        macro_f1=float(np.mean([c.f1 for c in classes])) if classes else 0.0,
        top3=share((names[order[:, :3]] == right[:, None]).any(axis=1)),
        coverage=share(covered),
        accuracy_when_covered=share(hit[covered]),
        accuracy_at_80=surest(0.8),
        calibration_error=error,
        curve=tuple((part, surest(part)) for part in COVERAGES),
        bins=tuple(bins),
        classes=tuple(classes),
        wrong=tuple(wrong),
    )
