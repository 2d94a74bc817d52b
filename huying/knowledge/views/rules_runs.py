"""Rules tried on past cases: replays of drafts, and the survey of all that is in force."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from huying.kernel import jobs
from huying.kernel.errors import Conflict, Missing
from huying.kernel.paging import keyset
from huying.knowledge.forms import PeriodForm
from huying.knowledge.models import RuleMove, RuleRun, RuleVersion
from huying.knowledge.rules import faults, options, proposals
from huying.knowledge.rules.actions import Content, seal
from huying.knowledge.rules.proposals import against
from huying.knowledge.rules.queries import MAINTAIN, VIEW, in_force, sees_all
from huying.knowledge.rules.replay import LOCAL
from huying.knowledge.tasks import run_rules
from huying.knowledge.views.rules import crumbs, objected_since
from huying.matters.messages import urls
from huying.matters.models import Matter
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.places.tree import place_tree
from huying.ui.components import Crumb

PAGE = 50
FEW = 10  # moved cases beside the approval
NOBODY = "没有口径，人工判断"
LOCK = "knowledge.rules_run"
_LOCAL = {key: name for name, key in LOCAL.items()}
_WHOLE = re.compile(r"-?[0-9]{1,18}")


def begin_replay(request: UserRequest, versions: Sequence[RuleVersion], form: PeriodForm) -> RuleRun:
    """Have drafts tried on the cases of a period.

    Raises:
        Conflict: one is being tried already with the same words.
    """
    keys = sorted(one.pk for one in versions)
    going = RuleRun.objects.filter(
        kind=RuleRun.Kind.REPLAY, versions=keys, state__in=(RuleRun.State.WAITING, RuleRun.State.RUNNING)
    )
    if going.exists():
        raise Conflict("这份草稿正在回放，请等它完成。", code="going")
    return _begin(request, RuleRun.Kind.REPLAY, form, keys, seal(versions))


def _begin(
    request: UserRequest, kind: RuleRun.Kind, form: PeriodForm, versions: Sequence[int] = (), of: str = ""
) -> RuleRun:
    with transaction.atomic():
        run = RuleRun.objects.create(
            kind=kind,
            versions=list(versions),
            seal=of,
            first=form.cleaned_data["first"],
            last=form.cleaned_data["last"] + dt.timedelta(days=1),
            by=request.user,
        )
        jobs.defer(run_rules, lock=LOCK, pk=run.pk)
    return run


@dataclass(frozen=True, slots=True)
class WayRow:
    source: str
    target: str
    source_id: int
    target_id: int
    n: int
    agreed_before: int
    agreed: int
    objections: int
    upheld: int
    handed_back: int
    overdue: int


@dataclass(frozen=True, slots=True)
class MoveRow:
    move: RuleMove
    url: str
    source: str
    target: str
    final: str
    category: str

    @property
    def what(self) -> str:
        parts = [
            f"申诉 {self.move.objections} 次{'（成立）' if self.move.upheld else ''}" if self.move.objections else "",
            f"退回 {self.move.handed_back} 次" if self.move.handed_back else "",
            "曾超期" if self.move.overdue else "",
        ]
        return "，".join(part for part in parts if part)


def _unit(key: int | None) -> str:
    if key in _LOCAL:
        return options.TERRITORIAL[_LOCAL[key]]
    return (directory().name_of(key) or "已不在册的单位") if key else NOBODY


def _way(source: str, target: str) -> tuple[int, int] | None:
    """The way that an address names, as the figures have it."""
    if _WHOLE.fullmatch(source) and _WHOLE.fullmatch(target):
        return int(source), int(target)
    return None


def ways_of(run: RuleRun) -> list[WayRow]:
    return [
        WayRow(_unit(source), _unit(target), source, target, *figures)
        for source, target, *figures in run.result.get("ways", [])
    ]


def moves_of(rows: Sequence[RuleMove], actor: Actor) -> list[MoveRow]:
    """With the address of those that the actor sees, in one query."""
    seen = Matter.objects.visible_to(actor).filter(pk__in=[row.matter for row in rows]).only("pk", "kind", "number")
    address = {matter.pk: make(matter) for matter in seen if (make := urls.get(matter.kind)) is not None}
    names = options.category_names()
    return [
        MoveRow(
            row,
            address.get(row.matter, ""),
            _unit(row.source),
            _unit(row.target),
            _unit(row.final),
            names.get(row.category, "没有分类"),
        )
        for row in rows
    ]


def addresses(numbers: Iterable[str], actor: Actor) -> dict[str, str]:
    """Number → address, of those that the actor sees; one query."""
    wanted = [number for number in numbers if number]
    if not wanted:
        return {}
    seen = Matter.objects.visible_to(actor).filter(number__in=wanted).only("pk", "kind", "number")
    return {matter.number: make(matter) for matter in seen if (make := urls.get(matter.kind)) is not None}


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two rules that disagree, how often both held, and one of these cases."""

    one: RuleVersion
    other: RuleVersion
    one_told: str
    other_told: str
    ranked: bool
    n: int
    number: str
    url: str


def outcome_of(run: RuleRun, actor: Actor) -> dict[str, object]:
    """What the approver sees of a replay."""
    return {"result": run.result, "ways": ways_of(run)[:FEW], "moves": moves_of(_moves(run)[:FEW], actor)}


def _moves(run: RuleRun) -> Sequence[RuleMove]:
    return list(RuleMove.objects.filter(run=run).order_by("-opened_at", "-pk")[:FEW])


def _whole_days(run: RuleRun) -> tuple[dt.date, dt.date]:
    return run.first, run.last - dt.timedelta(days=1)


@desk(VIEW)
@require_GET
def rule_run(request: UserRequest, pk: int) -> HttpResponse:
    """How far a replay is; what came of it, case by case."""
    run = RuleRun.objects.select_related("by").filter(pk=pk, kind=RuleRun.Kind.REPLAY).first()
    if run is None or not sees_all(request.actor):
        raise Missing("没有这次回放。")
    drafts = list(RuleVersion.objects.filter(pk__in=run.versions).select_related("rule").order_by("rule"))
    rows = RuleMove.objects.filter(run=run)
    way = _way(request.GET.get("from", ""), request.GET.get("to", ""))
    if way is not None:
        rows = rows.filter(from_key=way[0], to_key=way[1])
    page = keyset(rows, ["-opened_at", "-pk"], request.GET.get("cursor"), PAGE)
    one = drafts[0] if len(drafts) == 1 else None
    first, last = _whole_days(run)
    context = {
        "run": run,
        "one": one,
        "drafts": drafts,
        "sentence": Content.of(one).sentence if one else "",
        "current": run.seal == seal(drafts),
        "batch": drafts[0].batch if drafts and not one else "",
        "first": first,
        "last": last,
        "result": run.result,
        "ways": ways_of(run),
        "moves": moves_of(page.rows, request.actor),
        "page": page,
        "narrowed": [_unit(key) for key in way] if way else (),
        "may_write": request.actor.may(MAINTAIN),
        "crumbs": crumbs(
            *([Crumb(one.rule.code, reverse("knowledge:rule", args=[one.rule.code]))] if one else []), Crumb("历史回放")
        ),
    }
    return render(request, "knowledge/rules/run.html", context)


# --- what is wrong with the rules as a whole -------------------------------------------------------------------------


@desk(VIEW)
@require_GET
def rule_faults(request: UserRequest) -> HttpResponse:
    """Conflicts, gaps, rules that never hold, units that are no more; the figures are those of the newest survey."""
    if not sees_all(request.actor):
        raise Missing("没有这个页面。")
    standing = in_force()
    runs = RuleRun.objects.filter(kind=RuleRun.Kind.SURVEY).select_related("by").order_by("-pk")
    newest = runs.first()
    done = newest if newest is None or not newest.going else runs.filter(state=RuleRun.State.DONE).first()
    result = done.result if done and done.state == RuleRun.State.DONE else {}
    pairs = {(a, b): (n, number) for a, b, n, number in result.get("pairs", [])}
    found = faults.conflicts(standing)
    counted = []
    known = addresses((number for _, number in pairs.values()), request.actor)
    for conflict in found:
        n, number = pairs.get(_pair(conflict)) or pairs.get(_pair(conflict)[::-1]) or (0, "")
        one, other = conflict.one, conflict.other
        told = Content.of(one).sentence, Content.of(other).sentence
        counted.append(PairRow(one, other, *told, conflict.ranked, n, number, known.get(number, "")))
    counted.sort(key=lambda row: -row.n)
    names, tree = options.category_paths(), place_tree()
    hit = result.get("rules", {})
    context = {
        "standing": len(standing),
        "run": newest,
        "done": done if result else None,
        "days": _whole_days(done) if done else (),
        "result": result,
        "open_conflicts": [row for row in counted if not row.ranked],
        "ranked": [row for row in counted if row.ranked][:100],
        "gaps": [
            (names.get(category, "没有分类"), category, tree.name_of(street) or "没有地点", n)
            for category, street, n in result.get("gaps", [])[:100]
        ],
        "never": [one for one in standing if str(one.rule_id) not in hit] if result else [],
        "gone": faults.gone(standing),
        "period": PeriodForm(),
        "may_write": request.actor.may(MAINTAIN),
        "crumbs": crumbs(Crumb("冲突和空白")),
    }
    return render(request, "knowledge/rules/faults.html", context)


def _pair(conflict: faults.Conflict) -> tuple[str, str]:
    return conflict.one.rule.code, conflict.other.rule.code


@desk(MAINTAIN)
@require_POST
def survey_rules(request: UserRequest) -> HttpResponse:
    form = PeriodForm(request.POST)
    if not form.is_valid():
        messages.error(request, form.problem)
    elif RuleRun.objects.filter(
        kind=RuleRun.Kind.SURVEY, state__in=(RuleRun.State.WAITING, RuleRun.State.RUNNING)
    ).exists():
        raise Conflict("正在体检，请等它完成。", code="going")
    else:
        _begin(request, RuleRun.Kind.SURVEY, form)
    return redirect("knowledge:rule-faults")


@desk(VIEW)
@require_GET
def rule_objections(request: UserRequest) -> HttpResponse:
    """What units object to again and again, and which rules name them."""
    if not sees_all(request.actor):
        raise Missing("没有这个页面。")
    standing = in_force()
    found = proposals.repeated(objected_since())[:100]
    known = addresses((number for one in found for number in one.numbers), request.actor)
    groups = [
        (
            one,
            [version for version in standing if against(version, [one])][:3],
            [(number, known.get(number, "")) for number in one.numbers],
        )
        for one in found
    ]
    context = {
        "groups": groups,
        "days": proposals.LATELY,
        "today": timezone.localdate(),
        "crumbs": crumbs(Crumb("同类申诉")),
    }
    return render(request, "knowledge/rules/objections.html", context)
