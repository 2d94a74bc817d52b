"""Many cases dispatched at once, each to the unit that is suggested for it (按建议分派).

A table says for each case which unit it would go to; single rows are unticked or given to another unit. Then it is
asked how many go where and what stays behind, and all of them are dispatched as one batch. Cases for which nothing is
sure stay behind unless somebody names a unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from huying.cases.flow import CASES
from huying.cases.suggesting import Advice
from huying.cases.views.bulk import (
    Asked,
    Became,
    Candidate,
    Pick,
    Told,
    again_of,
    candidates_of,
    is_told,
    keep_told,
    outcomes_of,
    picks_of,
    still_asked,
)
from huying.kernel.errors import Missing
from huying.matters.engine import Move, move
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.people.requests import UserRequest
from huying.ui.components import Crumb

DISPATCH = CASES.step["dispatch"]
POSSIBLE = 3  # units that are named where nothing is sure
UNTICKED, UNSURE = "没有勾选", "没有把握"


class NoteForm(forms.Form):
    note = forms.CharField(
        label="派单意见",
        required=False,
        max_length=2000,
        help_text="对要派的各件都一样，可以不填",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A case that can be dispatched. `unit`: what stands in its box; `fault`: what is wrong with that."""

    pick: Pick
    title: str
    sure: bool
    why: str
    left_out: str
    ticked: bool
    unit: str
    lead: Listed | None = None
    fault: str = ""

    @property
    def staying(self) -> str:
        """Why it stays behind."""
        return UNTICKED if self.sure or self.unit else UNSURE


@dataclass(frozen=True, slots=True)
class Share:
    """What goes to one unit."""

    lead: Listed
    rows: Sequence[Row]


@desk("cases.dispatch")
@require_http_methods(["GET", "POST"])
def accordingly(request: UserRequest, key: str) -> HttpResponse:
    """The table; POST asks how it would be, POST with `sure` does it."""
    if is_told(request, key):
        return redirect("cases:bulk-chosen", key=key)
    asked = still_asked(request, key)
    if asked is None or asked.step != DISPATCH.key:
        raise Missing("这次批量派单没有了：只保留一天，也只有勾选的人能打开。请回到列表重新勾选。")
    candidates = candidates_of(request.actor, DISPATCH, picks_of(asked.picks))
    sent = request.method == "POST"
    units = {unit.label: unit for unit in directory().handlers()}
    rows = [_row(one, request if sent else None, units) for one in candidates if not one.why_not]
    staying = [one for one in candidates if one.why_not]
    note = NoteForm(request.POST if sent else None)
    going = [row for row in rows if row.ticked]
    wrong = ""
    if sent and "change" not in request.POST:
        wrong = _wrong(going)
        if not wrong and note.is_valid():
            if "sure" not in request.POST:
                return _confirm(request, key, asked, rows, staying, note)
            text = note.cleaned_data["note"]
            keep_told(request, key, lambda: _carry_out(request.actor, asked, rows, staying, text))
            return redirect("cases:bulk-chosen", key=key)
    context = {
        "step": DISPATCH,
        "rows": rows,
        "sure": sum(row.sure for row in rows),
        "staying": staying,
        "units": units,
        "note": note,
        "wrong": wrong,
        "key": key,
        "back": asked.back,
        "crumbs": _crumbs(asked, key),
    }
    refused = bool(wrong) or (note.is_bound and not note.is_valid())
    return render(request, "cases/desk_accordingly.html", context, status=422 if refused else 200)


def _crumbs(asked: Asked, key: str) -> list[Crumb]:
    bulk = reverse("cases:bulk-chosen", args=[key])
    return [Crumb("诉求件", asked.back), Crumb("批量派单", bulk), Crumb("按建议分派")]


def _row(one: Candidate, request: UserRequest | None, units: Mapping[str, Listed]) -> Row:
    advice = one.advice if one.advice is not None else Advice()
    first = advice.handlers[0] if advice.sure_of_handler else None
    ticked, unit = first is not None, first.name if first is not None else ""
    if request is not None:
        ticked = one.pick.number in request.POST.getlist("go")
        unit = request.POST.get(f"lead-{one.pick.number}", "").strip()[:200]
    lead = units.get(unit)
    fault = ""
    if ticked and lead is None:
        fault = f"没有叫“{unit}”的承办单位。" if unit else "请填写派给哪个单位，或取消勾选。"
    return Row(
        pick=one.pick,
        title=one.title,
        sure=first is not None,
        why=_why(advice),
        left_out="；".join(f"{out.name}{out.why}" for out in advice.left_out),
        ticked=ticked,
        unit=unit,
        lead=lead,
        fault=fault,
    )


def _why(advice: Advice) -> str:
    if advice.sure_of_handler:
        first = advice.handlers[0]
        share = f"{first.percent}%" if first.percent is not None else ""
        return "，".join(filter(None, (share, first.why)))
    names = "、".join(offer.name for offer in advice.handlers[:POSSIBLE])
    return f"没有把握，可能是{names}" if names else "没有把握"


def _wrong(going: Sequence[Row]) -> str:
    if not going:
        return "还没有勾选要派的件。"
    faults = sum(bool(row.fault) for row in going)
    return f"有 {faults} 件的单位要改，见表里的说明。" if faults else ""


def _confirm(
    request: UserRequest, key: str, asked: Asked, rows: Sequence[Row], staying: Sequence[Candidate], note: NoteForm
) -> HttpResponse:
    going = [row for row in rows if row.ticked]
    shares: dict[str, list[Row]] = {}
    for row in going:
        assert row.lead is not None
        shares.setdefault(row.lead.code, []).append(row)
    by_code = directory().by_code
    found = sorted((Share(by_code[code], ones) for code, ones in shares.items()), key=lambda share: -len(share.rows))
    context = {
        "shares": found,
        "going": going,
        "rows": rows,
        "behind": [row for row in rows if not row.ticked],
        "staying": staying,
        "left": len(rows) - len(going) + len(staying),
        "note": note.cleaned_data["note"],
        "back": asked.back,
        "crumbs": _crumbs(asked, key),
    }
    return render(request, "cases/desk_accordingly_confirm.html", context)


def _carry_out(actor: Actor, asked: Asked, rows: Sequence[Row], staying: Sequence[Candidate], note: str) -> Told:
    """One batch; each case has its own result, and those left behind are told beside them."""
    going = [(row.pick, row.lead) for row in rows if row.ticked and row.lead is not None]
    moves = [Move(pick.number, actor, {"lead": lead.code, "note": note}, version=pick.version) for pick, lead in going]
    results = move(CASES, DISPATCH.key, moves)
    outcomes = outcomes_of([pick for pick, _ in going], DISPATCH, results, actor)
    again = again_of([*(row.pick for row in rows if not row.ticked), *(one.pick for one in staying)], actor)
    outcomes += [
        Became(row.pick.number, False, f"{row.staying}，没有派单", again.get(row.pick.number, ""))
        for row in rows
        if not row.ticked
    ]
    outcomes += [
        Became(one.pick.number, False, f"{one.why_not}，没有派单", again.get(one.pick.number, "")) for one in staying
    ]
    return Told(DISPATCH.key, outcomes, asked.back)
