"""A motion on the page of its case: what stands on the paper, its answers and what the proposer said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F
from django.http import HttpRequest
from django.urls import reverse

from huying.cases.flow import CASES
from huying.cases.models import Motion, MotionAnswer
from huying.cases.motions import WITHOUT, is_motion, is_unregistered, meeting_of, number_of, title_of
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.ui.components import Fact

ANSWERED = ("pk", "seq", "answer_class", "letter_number", "approved_at", "opinion_at", "attitude", "result")
IN_PANEL = frozenset({"set_motion"})  # offered in this panel, not among what moves the case


def register() -> None:
    detail_panels.declare(
        DetailPanel(
            key="motion",
            label="议提案",
            template="cases/desk_motion_panel.html",
            context=panel,
            permission="cases.view",
            order=15,
        )
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as a line. `letter`: where it is as a file, "" for whoever may not read who moved it."""

    row: MotionAnswer
    letter: str
    draft: bool


def reads_letters(actor: Actor) -> bool:
    """It says who moved it, and whom to call."""
    return not actor.role.deidentified


def panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    """None for every other case, without a query."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if matter.kind != CASES.kind or not (is_motion(matter) or is_unregistered(matter)):
        return None
    step = CASES.step["set_motion"]
    offered = step in CASES.available(matter, actor)
    context: dict[str, object] = {
        "motion_url": reverse("cases:step", args=[matter.number, step.key]) if offered else "",
        "motion_facts": (),
        "answers": (),
        "motion_missing": "" if is_motion(matter) else WITHOUT,
    }
    if not is_motion(matter):
        return context
    motion, rows = _told(matter)
    proposed = matter.state == "awaiting_approval"
    answers = [
        Answered(
            row,
            reverse("cases:letter", args=[matter.number, row.pk]) if reads_letters(actor) else "",
            row.approved_at is None,
        )
        for place, row in enumerate(rows)
        if row.approved_at is not None or (proposed and place == 0)  # others were sent back or withdrawn
    ]
    return context | {"motion_facts": _facts(motion, actor), "answers": answers}


def _told(matter: Matter) -> tuple[Motion, list[MotionAnswer]]:
    """The motion and its answers, the newest first. One query."""
    beside = {f"answer_{name}": F(f"case__motion_answers__{name}") for name in ANSWERED}
    rows = list(Motion.objects.filter(case=matter.pk).annotate(**beside).order_by(F("answer_seq").desc()))
    told = ({name: getattr(row, f"answer_{name}") for name in ANSWERED} for row in rows)
    return rows[0], [MotionAnswer(**values) for values in told if values["pk"] is not None]


def _facts(motion: Motion, actor: Actor) -> list[Fact]:
    named = reads_letters(actor)
    facts = [
        Fact("会议", meeting_of(motion)),
        Fact("编号", number_of(motion)),
        Fact(f"领衔{title_of(motion)}", motion.proposer if named else ""),
        Fact("附议人", motion.seconders if named else ""),
        Fact("答复", "可以公开" if motion.disclosed else "不公开"),
        Fact("重点督办", "是" if motion.key else ""),
    ]
    return [fact for fact in facts if fact.value]
