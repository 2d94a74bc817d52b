"""Does a reply address what was asked? Twenty measurements of a pair of texts and how they weigh.

The weights are a logistic regression over pairs of messages and official replies, of which half had been swapped; see
docs/benchmarks.md for what it finds and how often it is wrong. They are facts about Chinese official prose, not texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from math import exp, log, log1p
from pathlib import Path

import numpy as np
import numpy.typing as npt

from huying.knowledge.replies.corpus import Corpus, Floats
from huying.knowledge.replies.words import Ids, accounts, addressed, days, grams, is_form, named, sentences


@dataclass(frozen=True, slots=True)
class Message:
    """What was asked. `names`: what its writer may rightly be called in a reply (name, account), as far as known; a
    masked name tells the surname."""

    title: str
    text: str
    at: datetime | None = None
    names: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        return f"{self.title}\n{self.text}"


def said_apart_from_form(reply: str) -> str:
    return "\n".join(reply[a:b] for a, b in sentences(reply) if not is_form(reply[a:b]))


_SIGNED = re.compile(r"20\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?[^\d。]{0,24}$")
_PERSON = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{1,2}\*+")
SOON, LATE = 1, 20  # days before the message, and after it, within which a reply is usually dated


def signed(reply: str) -> date | None:
    """The date at its end."""
    ending = reply.replace("_x000D_", " ").strip()[-60:]
    found = _SIGNED.search(ending)
    dated = days(found.group()) if found else []
    return dated[0] if dated else None


def measure_dates(message: Message, reply: str, replied: datetime | None) -> dict[str, float]:
    """Zeros where nothing is known. `replied`: when it was given, or is being given."""
    found = dict.fromkeys(("on_time", "early", "late", "near_date", "far_date", "apart", "before"), 0.0)
    if message.at is None:
        return found
    asked = message.at.date()
    if replied is not None:
        found["before"] = float((replied.date() - asked).days < 0)
    if (at := signed(reply)) is not None:
        lag = (at - asked).days
        found["on_time"] = float(-SOON <= lag <= 2 * LATE)
        found["early"], found["late"] = log1p(max(0, -lag - SOON)), log1p(max(0, lag - LATE))
        if replied is not None:
            found["apart"] = log1p(max(0, abs((replied.date() - at).days) - LATE))
    elif dated := days(reply):
        nearest = min(abs((one - asked).days) for one in dated)
        found["near_date"], found["far_date"] = float(nearest <= 3 * LATE), log1p(max(0, nearest - 3 * LATE))
    return found


def measure_names(message: Message, reply: str) -> dict[str, float]:
    """Whether it calls its reader by a name that is theirs, or by another's. Zeros where no name is known."""
    called_right, called_wrong = _called(message, reply)
    return {"called_right": float(called_right), "called_wrong": float(bool(called_wrong))}


def called_wrong(message: Message, reply: str) -> str:
    """The name by which it calls somebody else; "" where it does not, or nothing is known."""
    return _called(message, reply)[1]


def _called(message: Message, reply: str) -> tuple[bool, str]:
    known = [name.strip() for name in message.names if name.strip()]
    if any(name.upper() in reply.upper() for name in known if "*" not in name):
        return True, ""
    theirs = {name.upper() for name in known if accounts(name)}
    if theirs and (others := accounts(reply)):
        return False, min(others)
    people = [name for name in known if _PERSON.fullmatch(name)]
    if people and (by := addressed(reply)) is not None and not any(name.startswith(by[0][:1]) for name in people):
        return False, "".join(by)
    return False, ""


def measure(message: Message, reply: str, corpus: Corpus) -> dict[str, float]:
    """What words tell. With too few peers without the comparisons (`among_…`, `beside_…`)."""
    title, asked, said = grams(message.title), grams(message.whole), grams(reply)
    weights = corpus.weights
    both = np.intersect1d(asked, said, assume_unique=True)
    telling = both[~corpus.usual(both)]
    mass = weights[telling].sum()
    length_asked, length_said = np.sqrt(weights[asked].sum()) + 1, np.sqrt(weights[said].sum()) + 1
    new = np.setdiff1d(said, asked, assume_unique=True)
    places_asked, places_said = named(message.whole), named(reply)
    found = {
        "cosine": mass / length_asked / length_said,
        "mass": log1p(mass / 50),
        "title": _share(np.intersect1d(title, said, assume_unique=True), title, weights),
        "of_reply": mass / (mass + weights[new[~corpus.usual(new)]].sum() + 50),
        "of_message": mass / (length_asked**2 + 50),
        "length": log1p(weights[said].sum() / 1000),
        "asked_length": log1p(weights[asked].sum() / 1000),
        "places": log1p(len(places_asked & places_said)),
        "strange_places": log1p(len(places_said - places_asked)),
        "no_place_shared": float(bool(places_said and places_asked) and not places_asked & places_said),
    }
    if corpus.enough:
        found |= _beside_others(asked, said, mass, length_asked, length_said, corpus)
    return found


def _share(part: Ids, whole: Ids, weights: Floats) -> float:
    all_of_it = weights[whole].sum()
    return float(weights[part].sum() / all_of_it) if all_of_it else 0.0


NEAREST = 15  # peers that are asked what is usually answered to such a message
SAME = 0.8  # alike as a text is to itself: the same matter, which says nothing about others


def _beside_others(
    asked: Ids, said: Ids, mass: float, length_asked: float, length_said: float, corpus: Corpus
) -> dict[str, float]:
    """Four times a text beside all peers: message and reply, each beside the peers' messages and their replies."""
    asked, said = asked[~corpus.usual(asked)], said[~corpus.usual(said)]
    by_messages, by_replies = corpus.asked_lengths, corpus.replied_lengths
    asked_asked = corpus.asked.shared(asked, corpus.weights[asked]) / by_messages
    asked_replied = corpus.replied.shared(asked, corpus.weights[asked]) / by_replies
    said_asked = corpus.asked.shared(said, corpus.weights[said]) / by_messages
    said_replied = corpus.replied.shared(said, corpus.weights[said]) / by_replies
    others = (asked_asked < SAME * length_asked) & (said_replied < SAME * length_said)
    asked_asked, asked_replied = asked_asked[others], asked_replied[others]
    said_asked, said_replied = said_asked[others], said_replied[others]
    found = {}
    for name, beside, length in (("messages", said_asked, length_asked), ("replies", asked_replied, length_said)):
        own = mass / length
        better = int((beside > own * 1.0001).sum())
        best = float(np.partition(beside, -10)[-10])
        found[f"among_{name}"] = log((better + 1) / (len(beside) + 1))
        found[f"beside_{name}"] = log((own + 0.5) / (best + 0.5))
        found[f"above_{name}"] = (own - float(beside.mean())) / (float(beside.std()) + 0.5)
    found["alike_pairs"] = _together(asked_asked, said_replied)
    found["alike_messages"] = _together(asked_asked, said_asked)
    found["alike_replies"] = _together(asked_replied, said_replied)
    found["usual_answer"] = _raised(said_replied, asked_asked)
    found["usual_question"] = _raised(asked_asked, said_replied)
    found["usual_crossed"] = _raised(said_asked, asked_asked)
    found["usual_back"] = _raised(asked_replied, said_replied)
    return found


def _together(one: Floats, other: Floats) -> float:
    """Correlation: do both look alike to the same peers?"""
    a, b = one - one.mean(), other - other.mean()
    return float(a @ b / (np.sqrt((a @ a) * (b @ b)) + 1e-9))


def _raised(values: Floats, near: Floats) -> float:
    """How far `values` of the nearest peers lie above those of all, in standard deviations."""
    nearest = np.argpartition(-near, NEAREST)[:NEAREST]
    return float((values[nearest].mean() - values.mean()) / (values.std() + 1e-9))


# --- how they weigh --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weights:
    """Of one logistic regression over measurements, each once as it is and once squared, by mean and deviation."""

    names: tuple[str, ...]
    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]  # the first is the constant

    @classmethod
    def read(cls, row: Mapping[str, Sequence[float]]) -> Weights:
        names = tuple(str(name) for name in row["names"])
        return cls(names, *(np.array(row[key], dtype=float) for key in ("mean", "scale", "weights")))

    def of(self, measured: Mapping[str, float]) -> float:
        plain = np.array([measured[name] for name in self.names])
        every = (np.concatenate([plain, plain**2]) - self.mean) / self.scale
        return float(self.weights[0] + self.weights[1:] @ every)


@dataclass(frozen=True, slots=True)
class Model:
    """`words`: what words tell; `more`: what dates and names add; `limits`: from where on a reply is suspected, by
    whether the time of the message (d) and its writer's names (n) are known."""

    words: Weights
    more: Mapping[str, float]
    limits: Mapping[str, float]


@cache
def models() -> Mapping[str, Model]:
    """`peers`: with other matters to compare with; `alone`: without."""
    read = json.loads((Path(__file__).parent / "weights.json").read_text(encoding="utf-8"))
    return {key: Model(Weights.read(row["words"]), row["more"], row["limits"]) for key, row in read.items()}


@dataclass(frozen=True, slots=True)
class Fit:
    """`doubt`: log-odds, above 0 where the reply is suspected to belong to another matter; with what speaks for it."""

    doubt: float
    measured: Mapping[str, float]

    @property
    def suspected(self) -> bool:
        return self.doubt > 0

    @property
    def probability(self) -> float:
        return 1 / (1 + exp(-max(min(self.doubt, 30.0), -30.0)))


def fit(message: Message, reply: str, corpus: Corpus, replied: datetime | None = None, *, by_dates: bool = True) -> Fit:
    """How doubtful it is that this reply is to this message. `by_dates`: whether a date that fits speaks for it; not
    at a desk, where whatever is mixed up was written today."""
    measured = measure(message, reply, corpus)
    model = models()["peers" if corpus.enough else "alone"]
    words = model.words.of(measured)
    dated = replace(message, at=message.at if by_dates else None)
    more = measure_dates(dated, reply, replied) | measure_names(message, reply)
    told = model.more["constant"] + model.more["words"] * words + sum(model.more[key] * more[key] for key in more)
    known = ("d" if dated.at else "") + ("n" if message.names else "")
    return Fit(told - model.limits[known], measured | more | {"words": words})
