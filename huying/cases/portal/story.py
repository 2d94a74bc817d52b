"""What a reporter may know of a case, in words a grandmother understands."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse

from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.matters.flow import Step, Tone
from huying.matters.models import Attachment, Clock, LedgerLine, Matter, Words
from huying.matters.timeline import tile
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.ui.components import Attachment as FileTile
from huying.ui.components import TimelineEntry

COLOURS: dict[Tone, str] = {"new": "blue", "busy": "blue", "waiting": "orange", "done": "green", "closed": "grey"}


@dataclass(frozen=True, slots=True)
class PlainStory:
    """One page's worth. `promise` is when it should be done; None when nobody has promised anything yet."""

    state: str
    colour: str
    holder: str
    promise: datetime | None
    text: str
    question: str
    reply: str
    entries: list[TimelineEntry]
    files: list[FileTile]
    steps: list[Step]


def plain_story(matter: Matter, actor: Actor) -> PlainStory:
    """Read with five queries. Internal notes, sent-back proposals and who pressed what stay inside."""
    case = Case.objects.get(pk=matter.pk)
    lines = list(LedgerLine.objects.filter(matter=matter).order_by("seq"))
    words: dict[tuple[int, str], str] = {}
    for row in Words.objects.filter(matter=matter):
        words[row.seq, row.field] = "（内容已按规定抹除）" if row.erased_at else row.text
    attached = Attachment.objects.filter(matter=matter, public=True).select_related("file").order_by("pk")
    files = [_own_address(tile(a), matter, a) for a in attached]
    entries: list[TimelineEntry] = []
    reply = question = ""
    proposed = 0
    for line in lines:
        if line.step == "propose":
            proposed = line.seq
        said = _said(line, words, proposed)
        if line.step in ("answer", "import_history", "approve"):
            reply = said[1] if said else ""
        if line.step == "return_to_reporter":
            question = words.get((line.seq, "question"), "")
        if said is not None:
            entries.append(TimelineEntry(what=said[0], at=line.at, who="", text=said[1]))
    if case.imported:
        entries.append(TimelineEntry(what="办完了", at=matter.closed_at or matter.opened_at, who="", text=""))
    state = CASES.state[matter.state]
    return PlainStory(
        state=state.plain,
        colour=COLOURS[state.tone],
        holder=directory().name_of(matter.holder_id),
        promise=_promised(matter),
        text=words.get((1, "text"), ""),
        question=question if matter.state == "waiting" else "",
        reply=reply,
        entries=entries[::-1],
        files=files,
        steps=[s for s in CASES.available(matter, actor) if s.key in ("add_information", "rework", "rate")],
    )


def _own_address(shown: FileTile, matter: Matter, attached: Attachment) -> FileTile:
    """The same tile, fetched through the portal's door instead of the desk's."""
    url = reverse("portal:file", args=[matter.number, attached.file_id])
    return replace(shown, url=url, thumbnail_url=f"{url}?small" if shown.thumbnail_url else "")


def _promised(matter: Matter) -> datetime | None:
    running = Clock.objects.filter(matter=matter, kind__in=("handle", "rework"), stopped_at=None, paused_at=None)
    return running.order_by("due_at").values_list("due_at", flat=True).first()


def _said(line: LedgerLine, words: dict[tuple[int, str], str], proposed: int) -> tuple[str, str] | None:
    """What a line means to the reporter, and the words that go with it; None for what stays inside."""
    facts = json.loads(line.facts)
    handler = directory().by_code.get(str(facts.get("handler") or facts.get("lead") or ""))
    unit = handler.label if handler else "负责的单位"
    match line.step:
        case "receive" | "import_history":
            return "我们收到了您反映的事", words.get((line.seq, "public_reply"), "")
        case "answer":
            return "当场答复了您", words.get((line.seq, "reply"), "")
        case "dispatch":
            return f"交给了{unit}", ""
        case "succeed":
            return ("换了单位来办" if line.to_state == "triaged" else "负责的单位有变更，接着办"), ""
        case "hand_back":
            return "换一个更合适的单位来办", ""
        case "acknowledge":
            return f"{unit}接手了", ""
        case "contact" if facts.get("reached"):
            return "联系了您", ""
        case "return_to_reporter":
            return "想请您补充", words.get((line.seq, "question"), "")
        case "add_information":
            return "补充了情况", words.get((line.seq, "text"), "")
        case "no_answer":
            return "没有等到补充，先按现有情况办", ""
        case "approve":
            return "办好了，答复如下", words.get((proposed, "public_reply"), "")
        case "callback":
            if not facts.get("reached"):
                return "打电话问您是否满意，没有接通", ""
            return ("您说还没有解决，重新办理" if line.to_state == "handling" else "您确认办好了"), ""
        case "rework":
            return "您要求重办", words.get((line.seq, "reason"), "")
        case "close_without_callback":
            return "办完了", ""
        case "rate":
            return "您作了评价", words.get((line.seq, "text"), "")
        case _:
            return None
