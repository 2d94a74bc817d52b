"""A trained model: one file of arrays and JSON, nothing in it is executed when it is read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huying.knowledge.recommender.features import Features, Floats, Read, read
from huying.knowledge.recommender.words import Concepts, Text

FORMAT = 2
LARGEST = 400_000_000  # bytes unpacked; a larger file is not one of ours
MOST = 5
WORDS = 5
LOOKED_AT = 120  # of what speaks for an answer, the strongest: the words are among them
LEAST_SHARE = 0.04  # of what speaks for an answer, else it is no reason worth reading
NO_WORDS = frozenset(
    "的了是在我们你他这有不和要也都就到说上下与及为对请从被把让将吗呢吧啊，。、！？：；“”（）,.!?:;()\"'*0某 -—…·《》"
)


class ModelFault(ValueError):
    """A file that is not a model of ours; the words say so in Chinese."""


def softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True), dtype=np.float64)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores → probabilities. The temperature says how fast an answer becomes likely; `steep` and `shift` correct what
    is then said of the first answer (its log-odds times `steep` plus `shift`). One temperature alone says too much of
    the sure ones and too little of the rest, since some right answers of the past are matters of taste."""

    temperature: float = 1.0
    steep: float = 1.0
    shift: float = 0.0

    def probabilities(self, scores: NDArray[Any]) -> NDArray[np.float64]:
        """The order of the answers stays."""
        likely = softmax(scores * self.temperature)
        if likely.shape[1] < 2:
            return likely
        rows, first = np.arange(len(likely)), likely.argmax(axis=1)
        said = likely[rows, first]
        rest = np.maximum(1 - said, 1e-12)
        second = np.partition(likely, -2, axis=1)[:, -2]
        wanted = 1 / (1 + np.exp(-(self.steep * np.log(np.maximum(said, 1e-12) / rest) + self.shift)))
        given = np.maximum(wanted, second / (rest + second) * (1 + 1e-9))  # a hair: rounding must not swap the two
        likely *= ((1 - given) / rest)[:, None]
        likely[rows, first] = given
        return likely


@dataclass(slots=True)
class Head:
    """What is known of one target: its labels and their weights. `report`: figures on texts it had not seen."""

    labels: list[str]
    weights: Floats
    bias: Floats
    calibration: Calibration
    threshold: float
    examples: int
    report: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Guess:
    """An answer, how likely it is, and the words of the text that speak most for it."""

    label: str
    probability: float
    words: tuple[str, ...]


@dataclass(slots=True)
class Model:
    features: Features
    heads: dict[str, Head]
    seed: int = 0
    examples: int = 0
    also: int = 0

    def probabilities(self, texts: Sequence[Text], target: str) -> NDArray[np.float64]:
        head = self.heads[target]
        matrix = self.features.matrix(read(text, self.features.concepts) for text in texts)
        return head.calibration.probabilities(matrix @ head.weights + head.bias)

    def guess(self, text: Text, targets: Sequence[str] | None = None, *, most: int = MOST) -> dict[str, list[Guess]]:
        """For each target up to `most` answers, likeliest first, with their reasons."""
        taken = read(text, self.features.concepts)
        where, amounts = self.features.row(taken)
        found: dict[str, list[Guess]] = {}
        for target in targets if targets is not None else self.heads:
            if (head := self.heads.get(target)) is None:
                continue
            rows = head.weights[where]
            likely = head.calibration.probabilities((amounts @ rows + head.bias)[None])[0]
            speaking = (rows - rows.mean(axis=1, keepdims=True)) * amounts[:, None]
            best = np.argsort(-likely, kind="stable")[:most]
            found[target] = [
                Guess(head.labels[place], float(likely[place]), self._words(taken, where, speaking[:, place]))
                for place in best
            ]
        return found

    def _words(self, taken: Read, where: NDArray[np.int32], speaking: Floats) -> tuple[str, ...]:
        """Words of the text that speak for an answer, strongest first: a concept's words share what it says."""
        features = self.features
        titles, texts, first = len(features.titles), features.first_concept, features.first_concept
        concepts = len(features.concepts.names)
        weight: dict[str, float] = {}
        strongest = np.argsort(-speaking)[:LOOKED_AT]
        for column, amount in zip(where[strongest].tolist(), speaking[strongest].tolist(), strict=True):
            if column < texts:
                gram = features.titles[column] if column < titles else features.texts[column - titles]
                if len(gram) > 1 and not NO_WORDS.intersection(gram):
                    weight[gram] = weight.get(gram, 0) + amount
            elif column < features.first_facet:
                place, in_title = (column - first) % concepts, column >= first + concepts
                words = (taken.title_concepts if in_title else taken.concepts)[place]
                for word, times in words.items():
                    weight[word] = weight.get(word, 0) + amount * times / words.total()
        # What a word's own parts say, it says too
        whole = {w: v + sum(weight.get(part, 0) for part in _parts(w)) / 2 for w, v in weight.items() if len(w) > 1}
        chosen: list[str] = []
        least = LEAST_SHARE * float(speaking[speaking > 0].sum())
        for word in sorted(whole, key=lambda w: (-whole[w], w)):
            if len(chosen) == WORDS or whole[word] < least:
                break
            if not any(word in other or other in word or _overlap(word, other) for other in chosen):
                chosen.append(word)
        return tuple(chosen)

    def to_bytes(self) -> bytes:
        arrays = io.BytesIO()
        packed: dict[str, Any] = {"idf": self.features.weights}
        for number, head in enumerate(self.heads.values()):
            packed[f"weights{number}"], packed[f"bias{number}"] = head.weights, head.bias
        np.savez(arrays, allow_pickle=False, **packed)
        told = {
            "format": FORMAT,
            "seed": self.seed,
            "examples": self.examples,
            "also": self.also,
            "titles": self.features.titles,
            "texts": self.features.texts,
            "facets": self.features.facets,
            "title_mean": self.features.title_mean,
            "concepts": _lines(self.features.concepts),
            "heads": [
                {
                    "target": target,
                    "labels": head.labels,
                    "calibration": asdict(head.calibration),
                    "threshold": head.threshold,
                    "examples": head.examples,
                    "report": head.report,
                }
                for target, head in self.heads.items()
            ],
        }
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
            for name, content in (
                ("model.json", json.dumps(told, ensure_ascii=False).encode()),
                ("arrays.npz", arrays.getvalue()),
            ):
                archive.writestr(
                    zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED
                )  # no time: same input, same bytes
        return out.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Model:
        """Raises ModelFault."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                    raise ModelFault("模型文件过大，不是“huying recommend train”生成的。")
                told = json.loads(archive.read("model.json"))
                if told["format"] != FORMAT:
                    raise ModelFault(
                        f"模型文件的格式是第 {told['format']} 版，本程序只能读第 {FORMAT} 版，请重新训练。"
                    )
                with np.load(io.BytesIO(archive.read("arrays.npz")), allow_pickle=False) as arrays:
                    features = Features(
                        list(map(str, told["titles"])),
                        list(map(str, told["texts"])),
                        list(map(str, told["facets"])),
                        np.asarray(arrays["idf"], np.float32),
                        float(told["title_mean"]),
                        Concepts(list(map(str, told["concepts"]))),
                    )
                    if features.weights.shape != (features.width,):
                        raise ModelFault("模型文件内容不完整，请重新训练。")
                    heads = {}
                    for number, head in enumerate(told["heads"]):
                        weights = np.asarray(arrays[f"weights{number}"], np.float32)
                        bias = np.asarray(arrays[f"bias{number}"], np.float32)
                        labels = list(map(str, head["labels"]))
                        if weights.shape != (features.width, len(labels)) or bias.shape != (len(labels),):
                            raise ModelFault("模型文件内容不完整，请重新训练。")
                        heads[str(head["target"])] = Head(
                            labels,
                            weights,
                            bias,
                            Calibration(**{name: float(value) for name, value in head["calibration"].items()}),
                            float(head["threshold"]),
                            int(head["examples"]),
                            dict(head["report"]),
                        )
        except (zipfile.BadZipFile, KeyError, TypeError, ValueError, OSError, EOFError) as error:
            if isinstance(error, ModelFault):
                raise
            raise ModelFault("这不是“huying recommend train”生成的模型文件。") from error
        return cls(features, heads, int(told["seed"]), int(told["examples"]), int(told["also"]))

    def save(self, path: Path) -> None:
        """Whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".part")
        beside.write_bytes(self.to_bytes())
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Model:
        return cls.from_bytes(path.read_bytes())


def _parts(word: str) -> list[str]:
    return [word[i : i + size] for size in range(2, len(word)) for i in range(len(word) - size + 1)]


def _overlap(one: str, other: str) -> bool:
    return one[-1] == other[0] or other[-1] == one[0]


def _lines(concepts: Concepts) -> list[str]:
    words: list[list[str]] = [[] for _ in concepts.names]
    for word, places in concepts.words.items():
        for place in places:
            words[place].append(word)
    return [f"{name}：{' '.join(mine)}" for name, mine in zip(concepts.names, words, strict=True)]
