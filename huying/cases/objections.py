"""派单申诉 and 责任争议: until when a unit may object, who may rule on it, and what several units have said."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from huying.cases.enums import Verdict
from huying.cases.models import Objection
from huying.cases.parameters import DISPUTED_FROM
from huying.kernel.calendar import Due, current_calendar, due
from huying.kernel.registry import DetailPanel, detail_panels
from huying.matters.aspects import Aspect, aspects
from huying.matters.clocks import hours_of
from huying.matters.flow import Change
from huying.matters.limits import Case as Condition
from huying.matters.limits import limit_for
from huying.matters.models import LedgerLine, Matter
from huying.people.actors import Actor
from huying.people.directory import directory

OBJECTED, DISPUTED, RULED = "objected", "disputed", "ruled"

aspects.declare(
    Aspect(key=DISPUTED, label="责任争议", meaning="责任争议，待裁定承办", tone="red", order=10),
    Aspect(key=RULED, label="已裁定", meaning="承办单位由裁定确定", tone="grey", order=20),
    Aspect(key=OBJECTED, label="申诉", meaning="有单位申诉或退回过", tone="grey", shown=False, order=30),
)

GIVING = ("dispatch", "assign_by_ruling")
DENYING = ("hand_back", "rule", "assign_by_ruling")
TAKEN_BACK = "taken_back"  # why figures leave a dispatch out: the centre itself took it back, the unit had said nothing
DENIED_BY = "denied_by"  # as a fact: code of the unit that has said, and been believed, that it is not its own


# --- until when ------------------------------------------------------------------------------------------------------


def objectable_until(matter: Matter, given_at: datetime) -> datetime:
    """When the time to object ends for the unit that has it, if it was given to it then."""
    assert matter.lead_id is not None
    about = Condition(matter.subkind, matter.category, matter.urgency, matter.channel, matter.lead_id)
    amount, unit = limit_for(matter.kind, "objection", about, given_at)
    end: Due = due(given_at, amount, unit, hours_of(matter.lead_id), current_calendar())
    return end.at


def against_objecting(matter: Matter, given_at: datetime | None, now: datetime) -> str:
    """Why its unit may no more say that it is not its own, as a clause; "" while it may. `given_at`: None when it is
    being done over."""
    if RULED in matter.aspects:
        return BOUND
    if given_at is None:
        return "这件诉求正在重办，承办单位已经定下，不能再申诉"
    until = objectable_until(matter, given_at)
    if now > until:
        return f"申诉要在派单后的规定时间内提出，{timezone.localtime(until):%-m月%-d日 %H:%M} 已经截止"
    return ""


BOUND = "这件诉求的承办单位是裁定定下的，不能再申诉，也不能再退回；有困难请联系区中心"


def given_at_of(matter: Matter) -> datetime | None:
    """When it was given to the unit that has it, as the door of a page has found out."""
    return cast("datetime | None", getattr(matter, "given_at", None))


def may_object(matter: Matter, actor: Actor) -> bool:
    if not hasattr(matter, "given_at"):  # no page: the step itself says it
        return RULED not in matter.aspects
    return not against_objecting(matter, given_at_of(matter), timezone.now())


# --- who may rule ----------------------------------------------------------------------------------------------------


def standing() -> QuerySet[Objection]:
    """Objections that nobody has decided yet."""
    return Objection.objects.filter(ended_at=None)


def objections_to(matter: Matter) -> Sequence[Objection]:
    """All of them, the newest first; asked once for one page, and not where there are none."""
    if OBJECTED not in matter.aspects:
        return ()
    if not hasattr(matter, "_objections"):
        rows = list(Objection.objects.filter(case=matter.pk).order_by("-seq"))
        matter._objections = rows  # type: ignore[attr-defined]
    return cast("Sequence[Objection]", matter._objections)  # type: ignore[attr-defined]


def objection_of(matter: Matter) -> Objection | None:
    """The one that is open."""
    return next((row for row in objections_to(matter) if row.ended_at is None), None)


def may_rule(matter: Matter, actor: Actor) -> bool:
    """Never whoever dispatched it, nor who asked for the objection."""
    if DISPUTED in matter.aspects:
        return False
    objection = objection_of(matter)
    return objection is not None and is_apart(objection, actor)


def is_apart(objection: Objection, actor: Actor) -> bool:
    concerned = (objection.by_id, objection.endorsed_by_id, objection.dispatched_by_id)
    return actor.user_id is None or actor.user_id not in concerned


def may_endorse(matter: Matter, actor: Actor) -> bool:
    objection = objection_of(matter)
    return objection is not None and (actor.user_id is None or objection.by_id != actor.user_id)


def may_assign(matter: Matter, actor: Actor) -> bool:
    """A dispute is ruled on by somebody who has not given it to anybody yet, nor objected."""
    if DISPUTED not in matter.aspects:
        return False
    concerned = {user for row in objections_to(matter) for user in (row.by_id, row.dispatched_by_id)}
    return actor.user_id is None or actor.user_id not in concerned


def is_own_unit(actor: Actor, matter: Matter) -> bool:
    """Of taking an objection back: the unit that made it, though the centre holds the case."""
    if actor.scope == "all":  # an outside system that speaks for every unit
        return True
    return actor.organisation_id is not None and actor.organisation_id == matter.lead_id


def may_hand_back(matter: Matter, actor: Actor) -> bool:
    return RULED not in matter.aspects or not denies(actor)


def denies(actor: Actor) -> bool:
    """Whether this actor speaks for a unit: the centre that takes a case back has not said that it is not its own."""
    return actor.organisation_id != directory().centre.id


# --- what has been said ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class History:
    """Of one case, from its lines: who gave it to whom last, everybody who did, who asked for objections, and the
    units that have got rid of it."""

    dispatched_by: int | None = None
    dispatchers: set[int] = field(default_factory=set)
    objectors: set[int] = field(default_factory=set)
    units: list[str] = field(default_factory=list)

    def disputed_with(self, unit: str) -> bool:
        """Whether it is a dispute once this unit, too, says that it is not its own."""
        said = [*self.units, unit]
        return len(said) >= DISPUTED_FROM.value or len(set(said)) > 1


def history(matter_ids: Sequence[int]) -> Mapping[int, History]:
    """One query for all of them."""
    found: dict[int, History] = {}
    rows = LedgerLine.objects.filter(matter_id__in=matter_ids, step__in=(*GIVING, *DENYING, "object"))
    for matter, step, actor, facts in rows.order_by("matter_id", "seq").values_list(
        "matter_id", "step", "actor_id", "facts"
    ):
        said = found.setdefault(matter, History())
        if step in GIVING:
            said.dispatched_by = actor
            said.dispatchers |= {actor} if actor else set()
        if step in ("object", "hand_back"):
            said.objectors |= {actor} if actor else set()
        if step in DENYING and (unit := json.loads(facts).get(DENIED_BY)):
            said.units.append(unit)
    return found


def histories(changes: Sequence[Change]) -> Mapping[int, History]:
    known = history([change.matter.pk for change in changes])
    return {change.matter.pk: known.get(change.matter.pk, History()) for change in changes}


# --- what its page shows ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """What one unit has said, and what became of it."""

    unit: str
    way: str
    cause: str
    at: datetime
    suggested: str
    verdict: str


def said_of(matter: Matter) -> list[Said]:
    """Everything that units have said against having it, the newest first."""
    book = directory()

    def name(code: str) -> str:
        listed = book.by_code.get(code)
        return listed.label if listed else code

    return [
        Said(
            unit=book.name_of(row.unit_id),
            way=row.get_way_display(),
            cause=row.cause_label,
            at=row.at,
            suggested="、".join(name(code) for code in row.suggested),
            verdict=row.get_verdict_display() or ("等裁定" if row.endorsed_at else "等本单位负责人审核"),
        )
        for row in objections_to(matter)
    ]


def _panel(request: HttpRequest, matter: Matter) -> Mapping[str, object] | None:
    if OBJECTED not in matter.aspects:
        return None
    actor: Actor = request.actor  # type: ignore[attr-defined]
    upheld = any(row.verdict == Verdict.UPHELD for row in objections_to(matter))
    return {
        "denials": said_of(matter),
        "is_disputed": DISPUTED in matter.aspects,
        "disputed_from": DISPUTED_FROM.value,
        "rule_for": matter.number if upheld and actor.may("knowledge.maintain_rules") else "",
    }


detail_panels.declare(
    DetailPanel(key="objections", label="申诉和退回", template="cases/desk_objections.html", context=_panel, order=5)
)
