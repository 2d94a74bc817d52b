"""The upper level on the page of a case: what it asked, what it was told, its word beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from huying.cases import options
from huying.cases.enums import Satisfaction, UpperKind
from huying.cases.flow import CASES
from huying.cases.flow.upper import STEPS
from huying.cases.models import UpperAct
from huying.cases.parameters import SATISFIED_FROM
from huying.cases.steps.upper import UPPER, URGED, has_upper
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.ui.components import Fact
from huying.ui.text import moment

FROM_ABOVE = frozenset(step.key for step in STEPS)  # offered in this panel, not among what moves the case


def register() -> None:
    detail_panels.declare(
        DetailPanel(
            key="upper",
            label="上级",
            template="cases/desk_upper_panel.html",
            context=panel,
            permission="cases.view",
            order=30,
        )
    )


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    url: str
    wanted: bool  # the upper level waits for it


def panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    """None where it did not come from above. A query only where the upper level has said something."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if matter.kind != CASES.kind or not has_upper(matter, actor):
        return None
    told = UPPER in matter.aspects
    buttons = [
        Button(step.label, reverse("cases:step", args=[matter.number, step.key]), _is_wanted(step.key, matter))
        for step in STEPS
        if matter.state in step.sources and actor.may(step.permission) and actor.scope == "all"
    ]
    if not told and not buttons:
        return None
    acts = list(UpperAct.objects.filter(case=matter.pk).order_by("-seq")) if told else []
    return {"upper_facts": _facts(matter), "acts": acts, "beside": _beside(matter, acts), "upper_buttons": buttons}


def _is_wanted(step: str, matter: Matter) -> bool:
    return step == "answer_above" and URGED in matter.aspects


def _facts(matter: Matter) -> list[Fact]:
    due = matter.case.upper_due_at
    channel = options.channel_names().get(matter.channel, matter.channel)
    return [
        Fact("上级编号", f"{channel} {matter.external_number}" if matter.external_number else ""),
        Fact("上级要求办结", f"{moment(due)} 前；比我们自己的时限严的，以上级的为准" if due else ""),
    ]


@dataclass(frozen=True, slots=True)
class Beside:
    """Our callback and theirs, and which one counts."""

    ours: str
    theirs: str
    governs: str


def _beside(matter: Matter, acts: Sequence[UpperAct]) -> Beside | None:
    theirs = next((act for act in acts if act.kind == UpperKind.CALLED), None)
    if theirs is None or theirs.satisfied is None:
        return None
    case = matter.case
    ours = _words(case.solved, case.satisfaction) if case.satisfaction else "还没有回访到"
    good = bool(case.solved) and (case.satisfaction or 0) >= SATISFIED_FROM.value
    fine = bool(theirs.solved) and theirs.satisfied >= SATISFIED_FROM.value
    if not fine:
        governs = "上级回访没有解决或不满意，按上级的重办" if theirs.redone else "上级回访没有解决或不满意，正在办理"
    elif case.satisfaction and not good:
        governs = "我们回访没有解决或不满意，按我们的办"
    else:
        governs = "两边一致" if case.satisfaction else "上级回访满意，我们的回访照常进行"
    return Beside(ours, _words(theirs.solved, theirs.satisfied), governs)


def _words(solved: bool | None, satisfied: int) -> str:
    return f"{'已解决' if solved else '未解决'}，{Satisfaction(satisfied).label}"
