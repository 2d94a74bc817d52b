"""Third-party reviews together: what is under way, how far reviewers agree, who has how much to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from huying.cases.agreement import FEW, agreements, came_to, reviews_for, workloads
from huying.cases.enums import ReviewStage
from huying.cases.models import Judgement, Review
from huying.cases.queries import title_of
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest

DAYS = 90
MOST = 50  # reviews under way that the page names; the work list has all


class PeriodForm(forms.Form):
    use_required_attribute = False

    first = forms.DateField(
        label="从",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "没有这一天，请写成 2026-11-22 这样。", "required": "请选择从哪一天起。"},
    )
    last = forms.DateField(
        label="到",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "没有这一天，请写成 2026-11-22 这样。", "required": "请选择到哪一天止。"},
    )

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", "要晚于开始的那一天。")
        if first and not date(2000, 1, 1) <= first <= date(2099, 12, 31):
            self.add_error("first", "请填写 2000 到 2099 年之间的日期。")
        if last and not date(2000, 1, 1) <= last <= date(2099, 12, 31):
            self.add_error("last", "请填写 2000 到 2099 年之间的日期。")


@dataclass(frozen=True, slots=True)
class Line:
    """One review under way."""

    number: str
    title: str
    reason: str
    stage: str
    judges: Sequence[Judgement]


@desk("cases.arrange_review")
@require_GET
def reviews(request: UserRequest) -> HttpResponse:
    today, now = timezone.localdate(), timezone.now()
    usual = {"first": (today - timedelta(days=DAYS)).isoformat(), "last": today.isoformat()}
    form = PeriodForm(usual | {key: request.GET[key] for key in usual if key in request.GET}, auto_id="period-%s")
    valid = form.is_valid()
    first = form.cleaned_data["first"] if valid else today - timedelta(days=DAYS)
    last = form.cleaned_data["last"] if valid else today
    context = {
        "form": form,
        "first": first,
        "last": last,
        "agreements": agreements(request.actor, first, last),
        "few": FEW,
        "came": came_to(request.actor, first, last),
        "workloads": workloads(first, last, now),
        "lines": _under_way(request.actor),
        "now": now,
    }
    return render(request, "cases/desk_reviews.html", context, status=200 if valid else 422)


def _under_way(actor: Actor) -> list[Line]:
    """Those that were opened first come first. Two queries."""
    rows: list[Review] = list(
        reviews_for(actor).exclude(stage=ReviewStage.DONE).select_related("case__matter").order_by("opened_at")[:MOST]
    )
    judges: dict[int, list[Judgement]] = {}
    asked = Judgement.objects.filter(review__in=[r.pk for r in rows], replaced_at=None)
    for judgement in asked.select_related("reviewer", "organisation").order_by("place"):
        judges.setdefault(judgement.review_id, []).append(judgement)
    return [
        Line(
            number=row.case.matter.number,
            title=title_of(row.case.matter, actor),
            reason=row.get_reason_display(),
            stage=row.get_stage_display(),
            judges=judges.get(row.pk, []),
        )
        for row in rows
    ]
