"""From texts with answers to a model. Probabilities and the threshold of abstention are learned from texts that the
weights have not seen: of several folds, near-copies of a text all in one."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from sklearn.model_selection import StratifiedGroupKFold

from huying.knowledge.recommender import linear
from huying.knowledge.recommender.features import Features, Floats, read
from huying.knowledge.recommender.judging import Figures, figures
from huying.knowledge.recommender.model import Calibration, Head, Model, softmax
from huying.knowledge.recommender.words import Text, cleaned, shipped_concepts

FOLDS = 5
LEAST = 2  # texts of a class, else it is not learned
LARGE, MANY = 4_000, 60  # from so many texts or classes on one part in five is enough to calibrate on
PRIOR = 5.0
WANTED = 0.9  # of what is suggested with confidence, so much is to be right
SKETCH, SHARED, SHINGLE = 12, 5, 8  # near-copies: of 12 kept hashes of 8 characters, 5 are the same

Told = Callable[[float], None]


class TooLittle(ValueError):
    """There is nothing to learn from; the words say why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text and its right answers: target → label. `weight`: how much it counts."""

    text: Text
    answers: dict[str, str]
    weight: float = 1.0


def copies(texts: Sequence[Text]) -> NDArray[np.int64]:
    """A number for each text; near-copies have the same."""
    parent = list(range(len(texts)))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    kept: dict[int, list[int]] = {}
    shared: dict[tuple[int, int], int] = {}
    for place, text in enumerate(texts):
        words = (cleaned(text.title) + cleaned(text.body)).replace(" ", "")
        marks = {zlib.crc32(words[i : i + SHINGLE].encode()) for i in range(max(len(words) - SHINGLE + 1, 1))}
        least = sorted(marks)[:SKETCH]
        for mark in least:
            for other in kept.setdefault(mark, [])[-20:]:
                shared[other, place] = shared.get((other, place), 0) + 1
            kept[mark].append(place)
        for other in {other for mark in least for other in kept[mark][-21:-1]}:
            if shared.get((other, place), 0) >= min(SHARED, len(least)):
                parent[root(place)] = root(other)
    found = np.array([root(place) for place in range(len(texts))])
    if len(found) and np.bincount(found).max() > len(found) / 2:  # all of one form: told apart by other things
        return np.arange(len(texts))
    return found


def folds(
    answers: NDArray[np.int64], groups: NDArray[np.int64], parts: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """`(to learn from, to judge)`; classes in equal shares, groups never torn. A class with fewer rows than parts is
    in some parts only."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        yield from StratifiedGroupKFold(parts, shuffle=True, random_state=seed).split(answers, answers, groups)


def train(
    examples: Sequence[Example],
    targets: Sequence[str],
    *,
    also: Sequence[Text] = (),
    blind: dict[str, tuple[str, ...]] | None = None,
    seed: int = 0,
    told: Told = lambda _: None,
) -> Model:
    """Learn each target from the examples that answer it.

    `also`: texts without answers, for how common words are and which go together. `blind`: target → names of facets
    it must not look at. `told` hears the share that is done.

    Raises:
        TooLittle: no target has two classes with `LEAST` texts each.
    """
    concepts = shipped_concepts()
    rows = [read(example.text, concepts) for example in examples]
    unlabelled = [read(text, concepts) for text in also]
    told(0.1)
    features = Features.of(rows, unlabelled, concepts)
    matrix = features.matrix(rows)
    groups = copies([example.text for example in examples])
    every = features.matrix([*rows, *unlabelled]) if unlabelled else matrix
    directions = linear.topics(every, features.first_concept, seed=seed)
    told(0.3)
    heads: dict[str, Head] = {}
    for done, target in enumerate(targets):
        chosen = _chosen(examples, target)
        if chosen is None:
            continue
        places, labels, answers = chosen
        mine = matrix[places]
        hidden = (blind or {}).get(target, ())
        if hidden:
            seen = np.array([facet.partition(":")[0] not in hidden for facet in features.facets], np.float32)
            mask = np.concatenate([np.ones(features.first_facet, np.float32), seen])
            mine = mine.multiply(mask).tocsr()
        importance = np.array([examples[place].weight for place in places], np.float32)
        scores = np.full((len(places), len(labels)), np.nan)
        parts = list(folds(answers, groups[places], _parts(answers, groups[places]), seed))
        for learn, judge in parts[:1] if len(places) > LARGE or len(labels) > MANY else parts:
            scores[judge] = _scores(mine, answers, len(labels), importance, directions, features.grams, learn, judge)
        judged = ~np.isnan(scores[:, 0])
        calibration = _calibration(scores[judged], answers[judged])
        unseen = calibration.probabilities(scores[judged])
        threshold = _threshold(unseen, answers[judged])
        found, bias = linear.weights(mine, answers, len(labels), importance, directions, features.grams)
        names = [labels[a] for a in answers[judged]]
        heads[target] = Head(
            labels, found, bias, calibration, threshold, len(places), figures(unseen, labels, names, threshold).plain()
        )
        told(0.3 + 0.7 * (done + 1) / len(targets))
    if not heads:
        raise TooLittle(f"没有可学的内容：至少要有两个类别，各有 {LEAST} 条以上。")
    return Model(features, heads, seed=seed, examples=len(examples), also=len(also))


def cross_validate(
    examples: Sequence[Example],
    target: str,
    *,
    also: Sequence[Text] = (),
    repeats: int = 3,
    parts: int = FOLDS,
    told: Told = lambda _: None,
) -> list[Figures]:
    """Figures of `repeats` times `parts` trainings, each judged on what it has not seen, calibration included."""
    chosen = _chosen(examples, target)
    if chosen is None:
        raise TooLittle(f"没有可学的内容：至少要有两个类别，各有 {LEAST} 条以上。")
    places, labels, answers = chosen
    kept = [examples[place] for place in places]
    groups = copies([example.text for example in kept])
    found: list[Figures] = []
    for repeat in range(repeats):
        unseen = np.zeros((len(kept), len(labels)))
        threshold = np.zeros(len(kept))
        for part, (learn, judge) in enumerate(folds(answers, groups, parts, repeat)):
            model = train([kept[place] for place in learn], [target], also=also, seed=repeat)
            head = model.heads[target]
            where = np.array([labels.index(label) for label in head.labels])
            unseen[np.ix_(judge, where)] = model.probabilities([kept[place].text for place in judge], target)
            threshold[judge] = head.threshold
            told((repeat * parts + part + 1) / (repeats * parts))
        found.append(figures(unseen, labels, [labels[a] for a in answers], float(threshold.mean())))
    return found


def _chosen(examples: Sequence[Example], target: str) -> tuple[list[int], list[str], NDArray[np.int64]] | None:
    """Places of the examples that answer, the labels worth learning, each example's label as a number."""
    counts: dict[str, int] = {}
    for example in examples:
        if label := example.answers.get(target):
            counts[label] = counts.get(label, 0) + 1
    labels = sorted(label for label, n in counts.items() if n >= LEAST)
    if len(labels) < 2:
        return None
    number = {label: place for place, label in enumerate(labels)}
    places = [place for place, example in enumerate(examples) if example.answers.get(target) in number]
    return places, labels, np.array([number[examples[place].answers[target]] for place in places])


def _parts(answers: NDArray[np.int64], groups: NDArray[np.int64]) -> int:
    return max(2, min(FOLDS, len(np.unique(groups)), int(np.bincount(answers).max())))


def _scores(
    matrix: object,
    answers: NDArray[np.int64],
    classes: int,
    importance: Floats,
    directions: Floats,
    grams: Sequence[slice],
    learn: NDArray[np.int64],
    judge: NDArray[np.int64],
) -> Floats:
    found, bias = linear.weights(matrix[learn], answers[learn], classes, importance[learn], directions, grams)  # type: ignore[index]
    return np.asarray(matrix[judge] @ found + bias)  # type: ignore[index]


def _calibration(scores: NDArray[np.float64], answers: NDArray[np.int64]) -> Calibration:
    """The temperature under which the right answers were likeliest; then, by logistic regression that is held to
    changing nothing by a few texts' worth, how often the first answer was right."""
    rows = np.arange(len(answers))

    def surprise(log_factor: float) -> float:
        return float(-np.log(softmax(scores * np.exp(log_factor))[rows, answers] + 1e-12).mean())

    temperature = float(np.exp(minimize_scalar(surprise, bounds=(-2, 4), method="bounded").x))
    likely = softmax(scores * temperature)
    hit = np.where(likely.argmax(axis=1) == answers, 1.0, -1.0)
    said = likely.max(axis=1).clip(1e-6, 1 - 1e-6)
    odds = np.log(said / (1 - said))

    def doubt(of: NDArray[np.float64]) -> float:
        held = PRIOR * ((of[0] - 1) ** 2 + of[1] ** 2)
        return float(np.logaddexp(0, -hit * (of[0] * odds + of[1])).sum() + held)

    steep, shift = minimize(doubt, [1.0, 0.0], bounds=[(0.2, 3), (-3, 3)], method="L-BFGS-B").x
    return Calibration(temperature, float(steep), float(shift))


def _threshold(probabilities: NDArray[np.float64], answers: NDArray[np.int64]) -> float:
    """The lowest probability from which on `WANTED` of the suggestions are right; below it the model abstains."""
    sure = probabilities.max(axis=1)
    hit = probabilities.argmax(axis=1) == answers
    order = np.argsort(-sure, kind="stable")
    right = np.cumsum(hit[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(right >= WANTED)
    return float(sure[order[good[-1]]]) if len(good) else 1.01
