"""What waits in the knowledge base: drafts, approvals, what is due, what was reported; and words that mean the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from huying.kernel.errors import Invalid, Missing, Refusal
from huying.kernel.generation import bump
from huying.kernel.paging import keyset
from huying.knowledge.articles import actions
from huying.knowledge.articles.forms import FeedbackAnswerForm, SynonymsForm
from huying.knowledge.articles.queries import TONES, due, reported, soon_of, submitted, written
from huying.knowledge.articles.synonyms import CACHE
from huying.knowledge.models import ArticleFeedback, ArticleVersion, Synonyms
from huying.knowledge.views.articles import tabs
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Confirmation, Crumb, Tone
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page

SIZE = 50
State = ArticleVersion.State


@dataclass(frozen=True, slots=True)
class Line:
    """One article in a queue. `why`: what about it waits; `pressing`: since long."""

    version: ArticleVersion
    url: str
    owner: str
    state: str
    tone: Tone
    why: str = ""
    pressing: bool = False
    may_decide: bool = False
    seen: str = ""


def _line(version: ArticleVersion, actor: Actor, why: str = "", *, pressing: bool = False) -> Line:
    return Line(
        version,
        f"{reverse('knowledge:article', args=[version.article_id])}?version={version.n}",
        directory().name_of(version.article.owner_id),
        version.get_state_display(),
        TONES[State(version.state)],
        why,
        pressing,
        actions.may_decide(actor, version),
        actions.seen_of(version),
    )


def _page(
    request: UserRequest,
    here: str,
    heading: str,
    rows: QuerySet[ArticleVersion],
    ordering: Sequence[str],
    empty: tuple[str, str],
    **more: object,
) -> HttpResponse:
    page = keyset(rows, ordering, request.GET.get("cursor"), SIZE)
    context = {
        "heading": heading,
        "here": here,
        "lines": [_line(version, request.actor, *_why(here, version)) for version in page.rows],
        "page": page,
        "empty": empty,
        "tabs": tabs(request, here),
        "crumbs": [Crumb("知识库", reverse("knowledge:articles")), Crumb(heading)],
        "may_write": request.actor.may(actions.WRITE),
        **more,
    }
    return render(request, "knowledge/articles/queue.html", context)


def _why(here: str, version: ArticleVersion) -> tuple[str]:
    if here == "written":
        return (version.reason if version.state == State.RETURNED else version.note,)
    if here == "submitted":
        return ("新写的" if version.n == 1 else f"第 {version.n} 版{f'：{version.note}' if version.note else ''}",)
    today = timezone.localdate()
    soon, said = soon_of(today), []
    ends, look = version.valid_until, version.article.review_on
    if ends is not None and ends <= soon:
        said.append(f"{_day(ends, today)}已过期，查不到了" if ends < today else f"有效期到{_day(ends, today)}")
    if look is not None and look <= soon:
        said.append(f"应在{_day(look, today)}前复核，已过" if look < today else f"{_day(look, today)}前复核")
    return ("，".join(said),)


def _day(day: date, today: date) -> str:
    return f"{day.month}月{day.day}日" if day.year == today.year else f"{day.year}年{day.month}月{day.day}日"


@desk(actions.WRITE, actions.APPROVE)
@require_GET
def articles_written(request: UserRequest) -> HttpResponse:
    empty = ("没有正在起草的知识", "起草了还没有送审的，和被退回修改的，会出现在这里。")
    return _page(request, "written", "起草和退回", written(request.actor), ("-changed_at",), empty)


@desk(actions.WRITE, actions.APPROVE)
@require_GET
def articles_submitted(request: UserRequest) -> HttpResponse:
    empty = ("没有待审核的知识", "各单位送审的知识会出现在这里，由写的人以外的审核人发布。")
    may = request.actor.may(actions.APPROVE)
    return _page(request, "submitted", "待审核", submitted(request.actor), ("changed_at",), empty, may_approve=may)


@desk(actions.WRITE, actions.APPROVE)
@require_GET
def articles_due(request: UserRequest) -> HttpResponse:
    empty = ("没有快到期的知识", "快到有效期、已过有效期和该复核的知识会出现在这里。")
    return _page(request, "due", "到期和复核", due(request.actor), ("due_on",), empty)


@desk(actions.APPROVE)
@require_POST
def articles_publish(request: UserRequest) -> HttpResponse:
    """Several that were ticked; each has its own result."""
    keys = [int(key) for key in request.POST.getlist("article")[:200] if key.isascii() and key.isdigit()]
    if not keys:
        messages.warning(request, "还没有选择要发布的知识，请先勾选。")
        return redirect("knowledge:submitted")
    done, refused = 0, []
    for key in keys:
        try:
            actions.publish(key, by=request.actor, seen=request.POST.get(f"seen-{key}", ""))
        except Refusal as refusal:
            refused.append(refusal.message)
        else:
            done += 1
    if done:
        messages.success(request, f"已发布 {done} 条，接线员和对外公开的群众马上能查到。")
    if refused:
        messages.warning(request, f"{len(refused)} 条没有发布：{refused[0]}")
    return redirect("knowledge:submitted")


# --- feedback --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    feedback: ArticleFeedback
    question: str
    url: str
    owner: str
    who: str


@desk(actions.WRITE, actions.APPROVE)
@require_GET
def articles_feedback(request: UserRequest) -> HttpResponse:
    """What somebody said is wrong; answered ones with `?answered=1`."""
    return _feedback(request)


def _feedback(
    request: UserRequest, form: FeedbackAnswerForm | None = None, of: int | None = None, status: int = 200
) -> HttpResponse:
    answered = request.GET.get("answered") == "1"
    page = keyset(reported(request.actor, answered=answered), ("-at",), request.GET.get("cursor"), SIZE)
    asked = {row.article_id for row in page.rows}
    questions = {
        version.article_id: version.question
        for version in ArticleVersion.objects.filter(article__in=asked).order_by("n").only("article_id", "question")
    }
    rows = [
        Said(
            row,
            questions.get(row.article_id, ""),
            reverse("knowledge:article", args=[row.article_id]),
            directory().name_of(row.article.owner_id),
            row.by.display_name if row.by else "群众",
        )
        for row in page.rows
    ]
    context = {
        "rows": rows,
        "page": page,
        "answered": answered,
        "tabs": tabs(request, "feedback"),
        "form": form,
        "of": of,
        "blank": FeedbackAnswerForm(),
        "outcomes": ArticleFeedback.Outcome.choices,
        "crumbs": [Crumb("知识库", reverse("knowledge:articles")), Crumb("反馈")],
    }
    return render(request, "knowledge/articles/feedback.html", context, status=status)


@desk(actions.WRITE, actions.APPROVE)
@require_POST
def feedback_answer(request: UserRequest, pk: int) -> HttpResponse:
    form = FeedbackAnswerForm(request.POST)
    if not form.is_valid():
        return _feedback(request, form, pk, status=422)
    row = actions.answer_feedback(pk, form.cleaned_data["outcome"], form.cleaned_data["answer"], by=request.actor)
    messages.success(request, f"{row.article.number} 的反馈已处理：{row.get_outcome_display()}。")
    return redirect("knowledge:feedback")


# --- words that mean the same ----------------------------------------------------------------------------------------


@desk(actions.APPROVE)
@require_http_methods(["GET", "POST"])
def synonyms_page(request: UserRequest) -> HttpResponse:
    """All groups; a POST adds one."""
    form = SynonymsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            keep_synonyms(None, form.cleaned_data["words"])
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"已加一组：{'、'.join(form.cleaned_data['words'])}。")
            return redirect("knowledge:synonyms")
    groups = [
        (
            group,
            Confirmation(
                id=f"drop-{group.pk}",
                label="删除",
                title=f"删除“{group}”？",
                body="以后查一个词，不再同时查另一个。",
                verb="删除",
                action=reverse("knowledge:drop-synonyms", args=[group.pk]),
                back_url=reverse("knowledge:synonyms"),
                danger=True,
            ),
        )
        for group in Synonyms.objects.all()[:500]
    ]
    context = {
        "form": form,
        "groups": groups,
        "tabs": tabs(request, "synonyms"),
        "crumbs": [Crumb("知识库", reverse("knowledge:articles")), Crumb("同义词")],
    }
    return render(request, "knowledge/articles/synonyms.html", context, status=422 if form.errors else 200)


@transaction.atomic
def keep_synonyms(pk: int | None, words: Sequence[str]) -> None:
    """A word stands in one group only, or one would not know what it finds.

    Raises:
        Invalid
    """
    others = Synonyms.objects.filter(words__overlap=list(words))
    other = (others if pk is None else others.exclude(pk=pk)).first()
    if other is not None:
        said = f"“{other}”里已经有其中的词，请改那一组"
        raise Invalid(f"{said}。", fields={"words": [said]})
    group = Synonyms() if pk is None else Synonyms.objects.get(pk=pk)
    group.words, group.changed_at = list(words), timezone.now()
    group.save()
    bump(CACHE)


@desk(actions.APPROVE)
@require_http_methods(["GET", "POST"])
def synonyms_edit(request: UserRequest, pk: int) -> HttpResponse:
    group = _group(pk)
    form = SynonymsForm(request.POST if request.method == "POST" else None, initial={"words": str(group)})
    if request.method == "POST" and form.is_valid():
        try:
            keep_synonyms(pk, form.cleaned_data["words"])
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "同义词已保存。")
            return redirect("knowledge:synonyms")
    context = {
        "form": form,
        "group": group,
        "crumbs": [
            Crumb("知识库", reverse("knowledge:articles")),
            Crumb("同义词", reverse("knowledge:synonyms")),
            Crumb("修改"),
        ],
    }
    return render(request, "knowledge/articles/synonyms_edit.html", context, status=422 if form.errors else 200)


@desk(actions.APPROVE)
@require_http_methods(["GET", "POST"])
def synonyms_drop(request: UserRequest, pk: int) -> HttpResponse:
    group = _group(pk)
    if request.method == "GET":
        question = Confirmation(
            id="drop",
            label="删除",
            title=f"删除“{group}”？",
            body="以后查一个词，不再同时查另一个。",
            verb="删除",
            action=request.path,
            back_url=reverse("knowledge:synonyms"),
            danger=True,
        )
        return confirm_page(request, question)
    with transaction.atomic():
        group.delete()
        bump(CACHE)
    messages.success(request, "这一组同义词已删除。")
    return redirect("knowledge:synonyms")


def _group(pk: int) -> Synonyms:
    group = Synonyms.objects.filter(pk=pk).first()
    if group is None:
        raise Missing("没有这组同义词，可能已经删除。")
    return group
