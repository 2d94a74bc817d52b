"""What the line of an approval says of the reply check: which kinds of findings its page had shown, or, where no page
had (through the interface, of many at once), which there were."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from huying.cases.models import Resolution
from huying.knowledge.replies import district
from huying.knowledge.replies.checking import Context, check
from huying.knowledge.replies.findings import LABELS, Finding
from huying.knowledge.replies.fit import Message
from huying.matters.flow import Change
from huying.matters.models import LedgerLine, Words
from huying.ui.components import Fact

_WORDS = {kind.value: label for kind, label in LABELS.items()}
SHOWN, UNSHOWN = "reply_findings", "reply_findings_unshown"  # facts of the ledger: kinds, never texts


def kinds_of(findings: Sequence[Finding]) -> list[str]:
    return sorted({one.kind.value for one in findings})


def note_unshown(changes: Sequence[Change], proposals: Mapping[int, Resolution]) -> None:
    """Check the replies that nobody was shown the findings of. One statement for all; copies of other replies and what
    is attached are left to the page."""
    unseen = [change for change in changes if SHOWN not in change.facts and not change.quiet and not change.refusal]
    if not unseen:
        return
    rows = Words.objects.filter(
        matter__in=[change.matter.pk for change in unseen], field__in=("text", "public_reply"), erased_at=None
    )
    said = {
        (matter, seq, field): text for matter, seq, field, text in rows.values_list("matter", "seq", "field", "text")
    }
    corpus, phrases = district.corpus(), district.phrases()
    for change in unseen:
        matter = change.matter
        reply = said.get((matter.pk, proposals[matter.pk].seq, "public_reply"), "")
        if reply:
            message = Message(matter.title, said.get((matter.pk, 1, "text"), ""))
            found = check(message, reply, Context(corpus=corpus, phrases=phrases, by_dates=False))
            change.facts[UNSHOWN] = kinds_of(found)


def told(line: LedgerLine) -> list[Fact]:
    """In words, for whoever reads what happened."""
    if "reply_findings" not in line.facts:
        return []
    facts = json.loads(line.facts)
    found = []
    for name, label, none in (
        (SHOWN, "答复检查", "没有要核对的"),
        (UNSHOWN, "答复检查（办理时没有显示）", "没有要核对的"),
    ):
        if name in facts:
            found.append(Fact(label, "、".join(_WORDS.get(kind, kind) for kind in facts[name]) or none))
    return found
