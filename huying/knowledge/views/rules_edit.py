"""Writing rules: the form with its preview, and what becomes of a draft."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.kernel.errors import Conflict, Refusal
from huying.knowledge.forms import PeriodForm, RuleForm, WhyForm, begun, changed, read, written
from huying.knowledge.models import RuleVersion
from huying.knowledge.rules import actions, proposals, sampling
from huying.knowledge.rules.actions import Content, State
from huying.knowledge.rules.queries import APPROVE, MAINTAIN, rule_door, version_door
from huying.knowledge.rules.wording import PRECEDENCE
from huying.knowledge.views.rules import crumbs, differences, drop_question, rule_crumb, withdrawal
from huying.knowledge.views.rules_runs import outcome_of
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.ui.components import Crumb
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page

Save = Callable[[Content], RuleVersion]
LOOK = "look"  # the button of those without script


def _to(version: RuleVersion) -> HttpResponse:
    return redirect("knowledge:rule", code=version.rule.code)


@desk(MAINTAIN)
@require_http_methods(["GET", "POST"])
def new_rule(request: UserRequest) -> HttpResponse:
    proposal = proposals.read(request.GET.get(proposals.PARAMETER, ""))
    origins = [proposal.origin()] if proposal else []

    def save(content: Content) -> RuleVersion:
        return actions.draft(content, by=request.user, origins=origins)

    form = _typed(request) if request.method == "POST" else RuleForm(initial=begun(proposal))
    return _edit(request, form, save, title="新增口径", crumb=Crumb("新增"), proposal=proposal)


@desk(MAINTAIN)
@require_http_methods(["GET", "POST"])
def change_rule(request: UserRequest, code: str) -> HttpResponse:
    """The next version of a rule, begun with what the last one says."""
    rule, versions = rule_door(request.actor, code)
    if any(one.is_open for one in versions):
        raise Conflict(f"{rule.code} 已有一份没有办完的草稿，请先办完它。", code="has_draft")
    standing = [one for one in versions if one.state == State.PUBLISHED]
    base = max(standing, key=lambda one: (one.valid_from, one.n)) if standing else versions[0]
    proposal = proposals.read(request.GET.get(proposals.PARAMETER, ""))
    origins = [proposal.origin()] if proposal else []

    def save(content: Content) -> RuleVersion:
        return actions.draft(content, by=request.user, rule=rule, origins=origins)

    begins = changed(Content.of(base), proposal)
    form = _typed(request) if request.method == "POST" else RuleForm(initial=begins)
    title = f"修改口径 {rule.code}"
    return _edit(request, form, save, title=title, crumb=Crumb("修改"), base=base, proposal=proposal)


@desk(MAINTAIN)
@require_http_methods(["GET", "POST"])
def edit_rule(request: UserRequest, pk: int) -> HttpResponse:
    version = version_door(request.actor, pk)
    if version.state != State.DRAFT:
        raise Conflict(
            f"{version} 现在是“{version.get_state_display()}”，不能再改；要改请另起草一版。", code="not_draft"
        )

    def save(content: Content) -> RuleVersion:
        return actions.rewrite(version, content, by=request.user)

    form = _typed(request) if request.method == "POST" else RuleForm(initial=written(Content.of(version)))
    return _edit(request, form, save, title=f"改草稿 {version.rule.code}", crumb=Crumb("改草稿"), base=version)


def _edit(
    request: UserRequest,
    form: RuleForm,
    save: Save,
    *,
    title: str,
    crumb: Crumb,
    base: RuleVersion | None = None,
    proposal: proposals.Proposal | None = None,
) -> HttpResponse:
    looking = LOOK in request.POST
    status = 200
    if form.is_bound:
        if form.is_valid() and not looking:
            try:
                version = save(form.content)
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                messages.success(request, f"{version.rule.code} 的草稿已保存。请用历史件回放，再提交审批。")
                return _to(version)
        elif not looking:
            _say_all(form)
            status = 422
    found = form.cleaned_data if form.is_bound else form.initial
    content = read(dict(found))
    asked = content.conditions
    context = {
        "form": form,
        "title": title,
        "proposal": proposal,
        "narrower": bool(asked.kinds or asked.urgencies or asked.channels),
        "excepted": len(content.exceptions) > 1,
        "back": reverse("knowledge:rule", args=[base.rule.code]) if base else reverse("knowledge:rules"),
        "precedence": PRECEDENCE,
        "crumbs": crumbs(*([rule_crumb(base)] if base else []), crumb),
        **_preview(content),
    }
    return render(request, "knowledge/rules/edit.html", context, status=status)


def _typed(request: UserRequest) -> RuleForm:
    return RuleForm(request.POST, looking=LOOK in request.POST)


def _say_all(form: RuleForm) -> None:
    """What cannot be read has stopped the form: what else is wrong is told with it, and not one by one."""
    for name, sentences in actions.check(read(dict(form.cleaned_data))).items():
        if name in form.fields and name not in form.errors:
            for words in sentences:
                form.add_error(name, words)


def _preview(content: Content) -> dict[str, object]:
    return {"sentence": content.sentence, "tried": sampling.try_on(content), "narrows": content.conditions.narrows}


@desk(MAINTAIN)
@require_POST
def preview(request: UserRequest) -> HttpResponse:
    """The sentence of what is typed so far, and how it would have done last month. Nothing is kept."""
    form = RuleForm(request.POST)
    form.is_valid()
    return render(request, "knowledge/rules/preview.html", _preview(read(dict(form.cleaned_data))))


@desk(MAINTAIN)
@require_POST
def replay_rule(request: UserRequest, pk: int) -> HttpResponse:
    from huying.knowledge.views.rules_runs import begin_replay

    version = version_door(request.actor, pk)
    form = PeriodForm(request.POST, auto_id="period-%s")
    if not form.is_valid():
        messages.error(request, form.problem)
        return _to(version)
    return redirect("knowledge:rule-run", pk=begin_replay(request, [version], form).pk)


@desk(MAINTAIN)
@require_POST
def submit_rule(request: UserRequest, pk: int) -> HttpResponse:
    version = actions.submit(version_door(request.actor, pk), by=request.user)
    messages.success(request, f"{version.rule.code} 已提交，由另一位派单审核员或督导员审批。")
    return _to(version)


@desk(MAINTAIN)
@require_http_methods(["GET", "POST"])
def drop_rule(request: UserRequest, pk: int) -> HttpResponse:
    version = version_door(request.actor, pk)
    if request.method == "GET":
        return confirm_page(request, drop_question(version))
    actions.drop(version, by=request.user)
    messages.success(request, f"{version.rule.code} 的草稿已作废。")
    return _to(version)


@desk(APPROVE)
@require_GET
def judge_rule(request: UserRequest, pk: int) -> HttpResponse:
    """What the approver reads: the words, what they replace, and what they would have moved."""
    version = version_door(request.actor, pk)
    return _judge(request, version, WhyForm())


def _judge(request: UserRequest, version: RuleVersion, form: WhyForm, *, status: int = 200) -> HttpResponse:
    standing = version.rule.versions.filter(state=State.PUBLISHED).order_by("-valid_from", "-n").first()
    run = actions.evidence(version)
    context = {
        "version": version,
        "sentence": Content.of(version).sentence,
        "replaced": standing,
        "lines": differences(version, standing),
        "run": run,
        "form": form,
        "own": request.user.pk in version.writers,
        "open": version.state == State.SUBMITTED,
        **(outcome_of(run, request.actor) if run else {}),
        "crumbs": crumbs(rule_crumb(version), Crumb("审批")),
    }
    return render(request, "knowledge/rules/judge.html", context, status=status)


@desk(APPROVE)
@require_POST
def approve_rule(request: UserRequest, pk: int) -> HttpResponse:
    version = actions.approve(version_door(request.actor, pk), by=request.user)
    day = version.valid_from
    messages.success(request, f"{version} 已发布，{day.month}月{day.day}日起按它派单。")
    return _to(version)


@desk(APPROVE)
@require_POST
def return_rule(request: UserRequest, pk: int) -> HttpResponse:
    version = version_door(request.actor, pk)
    form = WhyForm(request.POST)
    if not form.is_valid():
        return _judge(request, version, form, status=422)
    actions.send_back(version, by=request.user, why=form.cleaned_data["why"])
    messages.success(request, f"{version} 已退回起草人修改。")
    return _to(version)


@desk(APPROVE)
@require_http_methods(["GET", "POST"])
def withdraw_rule(request: UserRequest, pk: int) -> HttpResponse:
    version = version_door(request.actor, pk)
    standing = list(version.rule.versions.filter(state=State.PUBLISHED).order_by("-valid_from", "-n"))
    earlier = next((one for one in standing if one.pk != version.pk), None)
    question = withdrawal(version, earlier)
    form = WhyForm(request.POST, auto_id="withdraw-%s") if request.method == "POST" else question.form
    assert form is not None
    if request.method == "GET" or not form.is_valid():
        from dataclasses import replace

        return confirm_page(request, replace(question, form=form))
    back = actions.withdraw(version, by=request.user, why=form.cleaned_data["why"])
    then = f"第 {back.n} 版恢复适用" if back else "这条口径已停用"
    messages.success(request, f"{version} 已撤回，{then}。")
    return _to(version)
