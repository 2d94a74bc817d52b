"""One organisation at work, and all of them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse

from huying.cases.queries import Row, listed, rows_of
from huying.cases.queues import cases_for
from huying.kernel.errors import Missing
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.people.enums import OrganisationKind
from huying.people.models import Organisation, Post
from huying.places.tree import place_tree
from huying.ui.components import Fact
from huying.web.figures import (
    FIGURES,
    Narrowing,
    Share,
    address,
    numbers,
    on_time,
    on_time_by,
    rows_behind,
)
from huying.web.home import Told

PERMISSION = "matters.units"
OWN = ("organisation", "street", "community")  # scopes whose holders see their own unit and no other
STATES = ("dispatched", "acknowledged", "handling", "waiting", "awaiting-approval")
BEYOND = ("late", "yellow", "reworking", "co-handled")
SHOWN = 8  # rows of late cases and of those coming due


def may_see(actor: Actor, unit: Listed) -> bool:
    """Those who see everything, and the unit itself."""
    if not actor.may(PERMISSION):
        return False
    return actor.scope == "all" or (actor.scope in OWN and actor.organisation_id == unit.id)


def door(actor: Actor, code: str) -> Listed:
    """The unit behind a code.

    Raises:
        Missing
    """
    unit = directory().by_code.get(code)
    if unit is None or not may_see(actor, unit):
        raise Missing("没有这个单位，或者您的岗位无权查看。")
    return unit


def unit_url(unit: Listed) -> str:
    return reverse("web:unit", args=[unit.code])


# --- one unit ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds the posts of one role."""

    role: str
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class UnitPage:
    unit: Listed
    kind: str
    facts: Sequence[Fact]
    posts: Sequence[Holders]
    states: Sequence[Told]
    beyond: Sequence[Told]
    share: Share
    late: Sequence[Row]
    yellow: Sequence[Row]


def unit_page(unit: Listed, actor: Actor, now: datetime) -> UnitPage:
    part = Narrowing(unit=unit)
    counted = numbers((*STATES, *BEYOND), actor, now, part)
    own = cases_for(actor).filter(lead_id=unit.id)
    (closed,) = on_time_by(own, now)
    pressing = {
        key: list(listed(rows_behind(key, actor, now, part)).order_by(*FIGURES[key].ordering)[:SHOWN])
        for key in ("late", "yellow")
    }
    rows = {row.number: row for row in rows_of([m for found in pressing.values() for m in found], actor, now)}

    def told(key: str) -> Told:
        figure, count = FIGURES[key], counted[key]
        return Told(figure.label, str(count), address(key, part), key == "late" and count.n > 0, figure.note)

    def shown(matters: Sequence[Matter]) -> list[Row]:
        return [rows[matter.number] for matter in matters]

    kept = Organisation.objects.select_related("chief", "place", "parent").get(pk=unit.id)
    return UnitPage(
        unit=unit,
        kind=kept.get_kind_display(),
        facts=_facts(kept, unit),
        posts=_posts(unit),
        states=[told(key) for key in STATES],
        beyond=[told(key) for key in BEYOND],
        share=on_time(part, closed["part"], closed["whole"]),
        late=shown(pressing["late"]),
        yellow=shown(pressing["yellow"]),
    )


def _facts(kept: Organisation, unit: Listed) -> list[Fact]:
    place = place_tree().by_id.get(kept.place_id or 0)
    answers_for = " ".join(filter(None, (place_tree().name_of(place.street_id), place.name))) if place else ""
    if place and place.id == place.street_id:
        answers_for = place.name
    hours = "、".join(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in unit.hours.spans)
    until = f"已于 {kept.valid_to.year}年{kept.valid_to.month}月{kept.valid_to.day}日撤销" if kept.valid_to else ""
    return [
        Fact("全称", kept.name),
        Fact("类型", kept.get_kind_display()),
        Fact("上级单位", str(kept.parent) if kept.parent else ""),
        Fact("负责区域", answers_for or (kept.place.name if kept.place else "")),
        Fact("工作时间", hours),
        Fact("值班电话", kept.duty_phone or "没有登记"),
        Fact("负责人", kept.chief.display_name if kept.chief else "没有登记"),
        Fact("存续", "" if unit.current else until),
        Fact("承接单位", "" if unit.current else directory().name_of(unit.successor_id)),
    ]


def _posts(unit: Listed) -> list[Holders]:
    held: dict[str, list[str]] = {}
    posts = Post.objects.current().filter(organisation_id=unit.id, user__is_active=True).select_related("user")
    for post in posts.order_by("role", "user__full_name", "pk"):
        held.setdefault(post.get_role_display(), []).append(post.user.display_name)
    return [Holders(role, list(dict.fromkeys(names))) for role, names in held.items()]


# --- all units --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnitLine:
    unit: Listed
    url: str
    open: Told
    yellow: Told
    late: Told
    share: Share


@dataclass(frozen=True, slots=True)
class KindTab:
    key: str
    label: str
    count: int
    current: bool


KINDS = (
    OrganisationKind.DEPARTMENT,
    OrganisationKind.UTILITY,
    OrganisationKind.STREET,
    OrganisationKind.COMMUNITY,
    OrganisationKind.PROPERTY,
)


def kind_tabs(chosen: str) -> list[KindTab]:
    """The kinds of which there are units."""
    there: dict[str, int] = {}
    for unit in directory().handlers():
        there[unit.kind] = there.get(unit.kind, 0) + 1
    return [KindTab(kind, kind.label, there[kind], kind == chosen) for kind in KINDS if kind in there]


def unit_lines(kind: str, actor: Actor, now: datetime) -> list[UnitLine]:
    """All units of a kind, those with most that is late first."""
    yellow = FIGURES["yellow"].condition(actor, now)
    held: dict[int, dict[str, int]] = {
        row["holder_id"]: {"open": row["open"], "yellow": row["yellow"], "late": row["late"]}
        for row in cases_for(actor)
        .filter(closed_at=None)
        .order_by()
        .values("holder_id")
        .annotate(open=Count("pk"), yellow=Count("pk", filter=yellow), late=Count("pk", filter=Q(next_due_at__lt=now)))
    }
    closed = {row["lead_id"]: row for row in on_time_by(cases_for(actor), now, "lead_id")}
    lines = [_line(unit, held.get(unit.id, {}), closed.get(unit.id, {})) for unit in directory().handlers()
             if unit.kind == kind]  # fmt: skip
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _line(unit: Listed, held: Mapping[str, int], closed: Mapping[str, int]) -> tuple[tuple[int, int, str], UnitLine]:
    part = Narrowing(unit=unit)

    def told(key: str) -> Told:
        n = held.get(key, 0)
        return Told(FIGURES[key].label, f"{n:,}", address(key, part) if n else "", key == "late" and n > 0)

    line = UnitLine(
        unit,
        unit_url(unit),
        told("open"),
        told("yellow"),
        told("late"),
        on_time(part, closed.get("part", 0), closed.get("whole", 0)),
    )
    return (-held.get("late", 0), -held.get("open", 0), unit.code), line
