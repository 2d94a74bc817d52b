"""Statistics over messages and their replies: how rare a pair of characters is, and other matters to compare with.

    corpus = Corpus.of(pairs)      # of any number of (message, reply)
    blob = corpus.packed()         # numbers only; no text can be read from them
    corpus = Corpus.unpacked(blob)

How well a reply fits a message is what both say, the rarer the more; whether that is much is told by other messages: a
reply that fits many of them better was hardly written to this one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from huying.knowledge.replies.words import BUCKETS, Ids, grams

Floats = npt.NDArray[np.float64]
PEERS = 1000  # matters that are compared with
FEW = 100  # below that there is nothing to compare with
COMMON = 0.1  # of all texts: what more of them say tells nothing apart
LEARNT = 200  # texts from which on their own statistics count
FLAT = 16.0  # before that the weight of everything that is not said in every letter and reply
# Said in letters and replies everywhere: all that is known before a district has any of its own.
_SAID = (
    "您好网友市民同志尊敬的来信留言来件诉求反映的问题情况已收悉知悉现将现就有关情况回复答复如下经核实经调查了解根据关于"
    "感谢您对我们工作的关心支持理解监督与信任祝您生活愉快相关部门单位工作人员及时处理解决高度重视立即组织希望请求咨询投诉"
    "建议举报尽快没有可以我们他们你们进行要求现在目前已经一直什么怎么因为所以如果不能不是这个一个政府领导群众居民年月日"
)


@dataclass(frozen=True)
class Side:
    """The peers' messages, or their replies: for each number the peers in which it stands."""

    docs: tuple[Ids, ...]

    @cached_property
    def postings(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Distinct numbers, peers in the order of their numbers, where each number's peers begin."""
        numbers = np.concatenate(self.docs)
        peers = np.repeat(np.arange(len(self.docs), dtype=np.int32), [len(doc) for doc in self.docs])
        order = np.argsort(numbers, kind="stable")
        distinct, starts = np.unique(numbers[order], return_index=True)
        return distinct, peers[order], np.append(starts, len(numbers))

    def shared(self, asked: Ids, weights: Floats) -> Floats:
        """For each peer the weights of what it shares with `asked`."""
        distinct, peers, starts = self.postings
        at = np.minimum(np.searchsorted(distinct, asked), len(distinct) - 1)
        known = distinct[at] == asked
        at, worth = at[known], weights[known]
        counts = starts[at + 1] - starts[at]
        if not counts.sum():
            return np.zeros(len(self.docs))
        firsts = np.repeat(starts[at] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        at_peers = peers[firsts + np.arange(counts.sum())]
        summed: Floats = np.bincount(at_peers, np.repeat(worth, counts), minlength=len(self.docs)).astype(float)
        return summed


@dataclass(frozen=True)
class Corpus:
    """`said[n]`: in how many of the `texts` number n stands; the peers are some of them."""

    texts: int
    said: npt.NDArray[np.int32]
    asked: Side
    replied: Side

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], *, peers: int = PEERS) -> Corpus:
        """Of a stream: all count, evenly spread ones are kept as peers."""
        said = np.zeros(BUCKETS, dtype=np.int32)
        kept: list[tuple[Ids, Ids]] = []
        seen, step = 0, 1
        for message, reply in pairs:
            both = grams(message), grams(reply)
            for ids in both:
                said[ids] += 1
            if seen % step == 0:
                kept.append(both)
                if len(kept) >= 2 * peers:
                    kept, step = kept[::2], step * 2
            seen += 1
        chosen = [kept[n * len(kept) // peers] for n in range(peers)] if len(kept) > peers else kept
        return cls(2 * seen, said, Side(tuple(a for a, _ in chosen)), Side(tuple(b for _, b in chosen)))

    @classmethod
    def empty(cls) -> Corpus:
        return cls(0, np.zeros(BUCKETS, dtype=np.int32), Side(()), Side(()))

    @property
    def enough(self) -> bool:
        return len(self.asked.docs) >= FEW

    @cached_property
    def weights(self) -> Floats:
        """Of every number, the square of how rare it is; what two texts know at most weighs no more than that."""
        if self.texts < LEARNT:
            flat = np.full(BUCKETS, FLAT)
            flat[grams(_SAID)] = 0.0
            return flat
        rare = np.log((self.texts + 1) / (np.maximum(self.said, 2) + 0.5))
        squared: Floats = np.maximum(rare, 0.0) ** 2
        return squared

    def usual(self, ids: Ids) -> npt.NDArray[np.bool_]:
        if self.texts < LEARNT:
            return np.asarray(self.weights[ids] == 0.0)
        return np.asarray(self.said[ids] >= COMMON * self.texts)

    @cached_property
    def asked_lengths(self) -> Floats:
        return self._lengths(self.asked.docs)

    @cached_property
    def replied_lengths(self) -> Floats:
        return self._lengths(self.replied.docs)

    def _lengths(self, docs: Sequence[Ids]) -> Floats:
        lengths: Floats = np.sqrt(np.array([self.weights[doc].sum() for doc in docs], dtype=float)) + 1
        return lengths

    def packed(self) -> bytes:
        told = np.flatnonzero(self.said > 1)
        out = io.BytesIO()
        held: dict[str, Any] = {
            "texts": np.array([self.texts]),
            "numbers": told.astype(np.int32),
            "said": self.said[told],
            **_flat("asked", self.asked.docs),
            **_flat("replied", self.replied.docs),
        }
        np.savez_compressed(out, **held)
        return out.getvalue()

    @classmethod
    def unpacked(cls, blob: bytes) -> Corpus:
        with np.load(io.BytesIO(blob), allow_pickle=False) as held:
            said = np.zeros(BUCKETS, dtype=np.int32)
            said[held["numbers"]] = held["said"]
            return cls(int(held["texts"][0]), said, Side(_docs(held, "asked")), Side(_docs(held, "replied")))


def _flat(name: str, docs: Sequence[Ids]) -> dict[str, npt.NDArray[np.int32]]:
    return {
        name: np.concatenate([*docs, np.array([], dtype=np.int32)]).astype(np.int32),
        f"{name}_sizes": np.array([len(doc) for doc in docs], dtype=np.int32),
    }


def _docs(held: np.lib.npyio.NpzFile, name: str) -> tuple[Ids, ...]:
    return tuple(np.split(held[name], np.cumsum(held[f"{name}_sizes"])[:-1])) if held[f"{name}_sizes"].size else ()
