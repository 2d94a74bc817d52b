"""The check itself: one reply, beside what was asked, with what is known around it.

    findings = check(Message(title, text, at, names), reply, Context(corpus=…))

It advises. Whoever sends or approves the reply decides, and every finding says why, so that it can be judged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from huying.knowledge.replies.copies import Earlier, copied
from huying.knowledge.replies.corpus import Corpus
from huying.knowledge.replies.findings import Finding, Kind, Severity, in_order
from huying.knowledge.replies.fit import Fit, Message, called_wrong, fit, signed
from huying.knowledge.replies.personal import told_of_others
from huying.knowledge.replies.phrases import only_forwarded, own_words, said
from huying.knowledge.replies.words import grams, is_form, named, sentences

LEAST = 8  # characters without greeting and thanks
MOST_PHRASES = 5
_DONE = re.compile(
    r"(?:已|已经|均已|现已)(?:完成|进行|全部|对[^，。；]{0,16})?(?:清理|清运|清除|维修|修复|修缮|更换|安装|拆除|整改|处理完毕|疏通|加固|填补|冲洗|消杀|处罚|查处|关停|取缔|划线|补种|修剪)"
)
_TALKED = re.compile(
    r"(?:已|已经|电话|当面|上门)[^，。；]{0,10}(?:联系|致电|沟通|告知|回访|走访)(?:到)?[^，。；]{0,4}(?:您|你|诉求人|来电人|反映人|投诉人|当事人)|"
    r"(?:与|和|向)(?:您|你|诉求人|来电人|反映人|投诉人)[^，。；]{0,10}(?:联系|沟通|解释|说明)"
)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known around a reply; None is what is not known, and is not judged.

    `files`: attached ones; `contacted`: whether a talk with the reporter is recorded; `replied`: when it is given;
    `own`, `public`: numbers and names that are the reporter's own, numbers that bodies have published; `earlier`:
    replies to other matters that may be alike; `least`: characters that a reply should have; `by_dates`: see `fit`.
    """

    corpus: Corpus = field(default_factory=Corpus.empty)
    phrases: Sequence[str] = ()
    files: int | None = None
    contacted: bool | None = None
    replied: datetime | None = None
    own: Collection[str] = ()
    public: Collection[str] = ()
    earlier: Sequence[Earlier] = ()
    least: int = LEAST
    by_dates: bool = True


def check(message: Message, reply: str, context: Context) -> list[Finding]:
    """Findings, what wants a look first."""
    if not reply.strip():
        return [Finding(Kind.SHORT, Severity.CHECK, "答复是空的。")]
    return in_order(
        [
            *_topic(message, reply, context),
            *_copies(message, reply, context),
            *_personal(message, reply, context),
            *_evidence(reply, context),
            *_emptiness(reply, context),
        ]
    )


def _topic(message: Message, reply: str, context: Context) -> Iterator[Finding]:
    judged = fit(message, reply, context.corpus, context.replied, by_dates=context.by_dates)
    wrong = called_wrong(message, reply)
    at = signed(reply)
    early = message.at is not None and at is not None and (message.at.date() - at).days > 1
    if judged.suspected:
        why = "；".join(_reasons(judged, message, reply, wrong, early)) or "和来件说的对不上"
        yield Finding(
            Kind.OFF_TOPIC, Severity.CHECK, f"{why}。请核对是不是答给这一件的。", *_strangest(message, reply, context)
        )
    if wrong:
        start = max(reply.upper().find(wrong.upper()), 0)
        why = f"称呼的“{wrong}”不是这件的诉求人。"
        yield Finding(Kind.ADDRESSED, Severity.CHECK, why, start, start + len(wrong))
    if early and at is not None:
        found = [m.span() for m in re.finditer(rf"{at.year}\s*年\s*0?{at.month}\s*月\s*0?{at.day}\s*日?", reply)]
        start, end = found[-1] if found else (0, 0)
        yield Finding(Kind.DATED, Severity.CHECK, "落款日期早于来件日期。", start, end)


def _reasons(judged: Fit, message: Message, reply: str, wrong: str, early: bool) -> Iterator[str]:
    measured = judged.measured
    if wrong:
        yield f"称呼的是“{wrong}”"
    if early:
        yield "落款日期早于来件"
    elif measured["before"]:
        yield "答复时间早于来件"
    elif measured["late"] > 3.5 and measured["late"] > measured["early"]:
        yield "落款日期离来件很久"
    if measured["words"] > 0:
        strange = sorted(named(reply) - named(message.whole), key=lambda name: (-len(name), name))
        share = np.exp(measured["among_messages"]) if "among_messages" in measured else 0.0
        yield "和来件说的相同之处很少"
        if share > 0.02:
            yield f"拿别的来件比，每 100 件约有 {max(1, round(100 * share))} 件更像它要答的"
        if strange and measured["no_place_shared"]:
            yield f"说到的“…{strange[0]}”来件没有提到"


def _strangest(message: Message, reply: str, context: Context) -> tuple[int, int]:
    """The sentence that says most of what the message does not."""
    asked, weights = grams(message.whole), context.corpus.weights
    best, where = -1.0, (0, len(reply))
    for start, end in sentences(reply):
        if is_form(reply[start:end]):
            continue
        new = np.setdiff1d(grams(reply[start:end]), asked, assume_unique=True)
        worth = float(weights[new[~context.corpus.usual(new)]].sum())
        if worth > best:
            best, where = worth, (start, end)
    return where


def _copies(message: Message, reply: str, context: Context) -> Iterator[Finding]:
    found = copied(message.whole, reply, context.earlier, context.corpus)
    if found is not None:
        why = f"和{found.other.label}的答复有 {found.share:.0%} 相同，而两件问的不是一回事。"
        yield Finding(Kind.COPY, Severity.CHECK, why, found.start, found.end)


def _personal(message: Message, reply: str, context: Context) -> Iterator[Finding]:
    for told in told_of_others(reply, message.whole, context.own, context.public):
        why = f"有{told.what}，不是诉求人自己的就要遮盖或删去。"
        yield Finding(Kind.PERSONAL, Severity.CHECK, why, told.start, told.end)


def _evidence(reply: str, context: Context) -> Iterator[Finding]:
    if context.files == 0 and (done := _DONE.search(reply)):
        why = f"说“{done.group()}”，没有附照片、单据等佐证。"
        yield Finding(Kind.NO_EVIDENCE, Severity.NOTE, why, *done.span())
    if context.contacted is False and (talked := _TALKED.search(reply)):
        why = f"说“{talked.group()}”，这一轮没有联系上诉求人的记录。"
        yield Finding(Kind.NO_EVIDENCE, Severity.CHECK, why, *talked.span())


def _emptiness(reply: str, context: Context) -> Iterator[Finding]:
    empty = list(said(reply, context.phrases))
    if (passed_on := only_forwarded(reply)) is not None:
        yield Finding(Kind.EMPTY, Severity.CHECK, "只说转办或正在办，没有说结果。", *passed_on)
        return
    if (count := own_words(reply)) < context.least:
        why = f"除问候、致谢外只有 {count} 个字。" if count else "除问候、致谢外什么也没有说。"
        yield Finding(Kind.SHORT, Severity.CHECK, why)
        return
    if empty and (left := own_words(reply, empty)) < context.least:
        why = f"除套话外只有 {left} 个字，没有说做了什么、结果如何。"
        yield Finding(Kind.EMPTY, Severity.CHECK, why, empty[0][1], empty[0][2])
        return
    for phrase, start, end in empty[:MOST_PHRASES]:
        words = phrase.replace("…", "……")
        yield Finding(Kind.EMPTY, Severity.NOTE, f"“{words}”是套话，写明谁做什么、什么时候做完。", start, end)
