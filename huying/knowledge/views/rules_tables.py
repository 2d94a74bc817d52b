"""Rules in and out of Excel, and what is done with all drafts of one import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.kernel.errors import Conflict, Missing
from huying.kernel.paging import keyset
from huying.knowledge.forms import PeriodForm
from huying.knowledge.models import RuleRun, RuleVersion
from huying.knowledge.rules import actions
from huying.knowledge.rules.actions import State, seal
from huying.knowledge.rules.queries import APPROVE, MAINTAIN, sees_all
from huying.knowledge.rules.tables import COLUMNS, export_rules
from huying.knowledge.rules.tables import import_rules as read_rules
from huying.knowledge.views.rules import crumbs, row_of
from huying.knowledge.views.rules_runs import begin_replay, ways_of
from huying.people.access import desk
from huying.people.models import User
from huying.people.requests import UserRequest
from huying.people.settings import Kind
from huying.people.uploading import Importing, Outcome, Task, import_page
from huying.ui.components import Crumb

PAGE = 50
FEW = 10


@dataclass(frozen=True, slots=True)
class RuleKind(Kind):
    """Kept by dispatchers, not under 系统设置."""

    def crumbs(self, *further: Crumb) -> list[Crumb]:
        return crumbs(*further)


RULES = RuleKind("派单口径", "派单口径", "knowledge:rules")


def _run(by: User, task: Task) -> Outcome:
    done = read_rules(task.path, by=by, dry_run=task.dry_run, error_sheet=task.sheet)
    outcome = Outcome(done.report, (("新增口径草稿", done.new), ("起草已有口径的新版本", done.changed)))
    task.also(outcome)
    return outcome


@desk(MAINTAIN)
@require_http_methods(["GET", "POST"])
def import_rules(request: UserRequest) -> HttpResponseBase:
    importing = Importing(
        key="rules",
        kind=RULES,
        title="导入口径",
        lead="一行一条，导入后都是草稿：在“草稿”里打开这一批，一起回放、提交，由另一位审批后生效。导出的文件改好可以直接再导入，没有变化的行会跳过。",
        url_name="knowledge:import-rules",
        columns=COLUMNS,
        run=partial(_run, request.user),
        export=export_rules,
    )
    return import_page(request, importing)


# --- all drafts of one import ----------------------------------------------------------------------------------------


def _versions(request: UserRequest, name: str) -> list[RuleVersion]:
    found = list(RuleVersion.objects.filter(batch=name).select_related("rule", "author").order_by("rule"))
    if not found or not sees_all(request.actor):
        raise Missing("没有这一批口径。")
    return found


def _evidence(versions: Sequence[RuleVersion]) -> RuleRun | None:
    """The newest replay of exactly these drafts as they are."""
    keys = sorted(one.pk for one in versions)
    runs = RuleRun.objects.filter(kind=RuleRun.Kind.REPLAY, versions=keys).select_related("by").order_by("-pk")
    run = runs.first() if keys else None
    return run if run is not None and run.seal == seal(versions) else None


@desk(MAINTAIN, APPROVE)
@require_GET
def batch(request: UserRequest, name: str) -> HttpResponse:
    versions, actor = _versions(request, name), request.actor
    drafts = [one for one in versions if one.state == State.DRAFT]
    waiting = [one for one in versions if one.state == State.SUBMITTED]
    run = _evidence(drafts or waiting)
    page = keyset(RuleVersion.objects.filter(batch=name).select_related("rule"), ["rule", "n"],
                  request.GET.get("cursor"), PAGE)  # fmt: skip
    context = {
        "name": name,
        "n": len(versions),
        "drafts": len(drafts),
        "waiting": len(waiting),
        "mine": sum(actions.may_approve(one, actor.user_id) for one in waiting),
        "run": run,
        "result": run.result if run else {},
        "ways": ways_of(run)[:FEW] if run else [],
        "period": PeriodForm(auto_id="period-%s"),
        "rows": [row_of(one) for one in page.rows],
        "page": page,
        "author": versions[0].author,
        "may_write": actor.may(MAINTAIN),
        "may_approve": actor.may(APPROVE),
        "crumbs": crumbs(Crumb("一批导入的口径")),
    }
    return render(request, "knowledge/rules/batch.html", context)


@desk(MAINTAIN)
@require_POST
def replay_batch(request: UserRequest, name: str) -> HttpResponse:
    drafts = [one for one in _versions(request, name) if one.state == State.DRAFT]
    form = PeriodForm(request.POST, auto_id="period-%s")
    if not drafts:
        raise Conflict("这一批里没有草稿了。", code="no_drafts")
    if not form.is_valid():
        messages.error(request, form.problem)
        return redirect("knowledge:rule-batch", name=name)
    return redirect("knowledge:rule-run", pk=begin_replay(request, drafts, form).pk)


@desk(MAINTAIN)
@require_POST
def submit_batch(request: UserRequest, name: str) -> HttpResponse:
    drafts = [one for one in _versions(request, name) if one.state == State.DRAFT]
    with transaction.atomic():
        for one in drafts:
            actions.submit(one, by=request.user)
    messages.success(request, f"{len(drafts)} 条已提交，由另一位派单审核员或督导员审批。")
    return redirect("knowledge:rule-batch", name=name)


@desk(APPROVE)
@require_POST
def approve_batch(request: UserRequest, name: str) -> HttpResponse:
    waiting = [one for one in _versions(request, name) if one.state == State.SUBMITTED]
    with transaction.atomic():
        for one in waiting:
            actions.approve(one, by=request.user)
    messages.success(request, f"{len(waiting)} 条已发布。")
    return redirect("knowledge:rule-batch", name=name)
