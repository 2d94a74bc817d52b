"""The reply check on the pages of a case: before a result is proposed, and for whoever approves or publishes it.

It advises; people decide. What somebody was shown stands in the line of what they then did: kinds of findings, never
their text. `Seen` travels through the form, signed, so that the line tells what the page had shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.core import signing
from django.utils import timezone

from huying.cases.queues import cases_for
from huying.cases.reply_facts import SHOWN, kinds_of
from huying.knowledge.replies import district
from huying.knowledge.replies.checking import Context, check
from huying.knowledge.replies.findings import Finding, Piece, Severity, marked
from huying.knowledge.replies.fit import Message
from huying.knowledge.replies.source import Answered
from huying.matters.models import Matter
from huying.matters.timeline import Story
from huying.people.actors import Actor
from huying.people.directory import directory

SEEN, ASK = "reply_seen", "check_reply"  # of the form: what was shown; the button that only asks
READ_BY = ("approve", "send_back", "publish_reply", "return_reply")
_SALT = "cases.reply_check"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows: the reply in pieces, the findings by number, and what the form brings back of it."""

    pieces: Sequence[Piece]
    findings: Sequence[Finding]
    seen: str
    stops: bool  # it is shown instead of sending

    @property
    def wants_a_look(self) -> bool:
        return any(one.severity is Severity.CHECK for one in self.findings)


def checked(matter: Matter, actor: Actor, story: Story, reply: str, *, files: int | None, stops: bool = False) -> Shown:
    """At most four statements: alike replies, their two texts, and whether their cases are this actor's to see."""
    findings = check(_message(matter, story), reply, _context(matter, actor, story, reply, files))
    seen = signing.dumps({"of": _digest(matter, reply), "kinds": kinds_of(findings)}, salt=_SALT)
    return Shown(marked(reply, findings), findings, seen, stops)


def shown_before(token: str, matter: Matter, reply: str | None) -> list[str] | None:
    """The kinds of findings that a page has shown of this matter's reply; None where it was another one, or none.
    Without a `reply`, of whatever text it had."""
    try:
        told = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    matching = _digest(matter, reply) == told["of"] if reply is not None else told["of"].startswith(f"{matter.pk}:")
    return [str(kind) for kind in told["kinds"]] if matching else None


def facts(kinds: Sequence[str]) -> Mapping[str, object]:
    return {SHOWN: list(kinds)}


def proposed_files(story: Story) -> int | None:
    """How many files came with the newest proposal."""
    lines = zip(story.entries, story.lines, strict=True)
    return next((len(entry.attachments) for entry, line in lines if line.step == "propose"), None)


def _digest(matter: Matter, reply: str) -> str:
    return f"{matter.pk}:{sha256(' '.join(reply.split()).encode()).hexdigest()[:32]}"


def _message(matter: Matter, story: Story) -> Message:
    named = matter.raised_by is not None and not matter.confidential
    names = (matter.raised_by.name,) if named and matter.raised_by else ()
    at = timezone.localtime(matter.opened_at).replace(tzinfo=None)
    return Message(matter.title, story.words.get("text", ""), at, tuple(name for name in names if name))


def _context(matter: Matter, actor: Actor, story: Story, reply: str, files: int | None) -> Context:
    found: dict[int, Answered] = {}

    def label(one: Answered) -> str:
        found[one.matter_id] = one
        return str(one.matter_id)

    earlier = district.alike(reply, apart=matter.pk, label=label)
    mine = set(cases_for(actor).filter(pk__in=list(found)).values_list("pk", flat=True)) if found else set()
    named = [
        type(one)(
            one.key, f" {found[int(one.key)].number} " if int(one.key) in mine else "另一件诉求", one.message, one.reply
        )
        for one in earlier
    ]
    return Context(
        corpus=district.corpus(),
        phrases=district.phrases(),
        files=files,
        contacted=_contacted(story, matter.case.round),
        replied=timezone.localtime().replace(tzinfo=None),
        public=[unit.dialled for unit in directory().by_id.values() if unit.dialled],
        earlier=named,
        by_dates=False,
    )


def _contacted(story: Story, round_: int) -> bool | None:
    """Whether a line of this round says that the reporter was reached. None for what came in with its history."""
    lines = [json.loads(line.facts) for line in story.lines if line.step == "contact"]
    return any(facts.get("reached") and facts.get("round") == round_ for facts in lines)
