"""Writing articles, sending them for approval, and deciding on them."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing, Refusal
from huying.knowledge.articles import actions
from huying.knowledge.articles.forms import ArticleForm, ReasonForm, ReviewForm, beginning, usual_review
from huying.knowledge.articles.origins import Beginning, origins
from huying.knowledge.articles.queries import door
from huying.knowledge.articles.search import near, standing
from huying.knowledge.models import Article, ArticleVersion
from huying.knowledge.views.articles import Row, article_response, row_of
from huying.matters.attachments import uploader
from huying.matters.settings.choices import category_paths
from huying.people.access import desk
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.ui.components import Confirmation, Crumb
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page

State = ArticleVersion.State


# --- the editor ------------------------------------------------------------------------------------------------------


@desk(actions.WRITE)
@require_http_methods(["GET", "POST"])
def article_new(request: UserRequest) -> HttpResponse:
    """With `?case=` it begins with the answer of a closed matter."""
    origin = _origin(request)
    if request.method == "POST":
        return _save(request, None, None, origin)
    initial: dict[str, object] = {
        "audience": ArticleVersion.Audience.PUBLIC,
        "review_on": usual_review(),
        "owner": str(actions.owners_of(request.actor) or ""),
    }
    if origin is not None:
        initial |= {"question": origin.question, "answer": origin.answer, "category": origin.category}
        if actions.owners_of(request.actor) is None and origin.owner:
            initial["owner"] = str(origin.owner)
    form = ArticleForm(None, None, actor=request.actor, uploader=uploader(request.actor), article=None, initial=initial)
    return _editor(request, form, None, None, origin)


def _origin(request: UserRequest) -> Beginning | None:
    number = (request.POST.get("case", "") or request.GET.get("case", "")).replace("\x00", "")
    if not number:
        return None
    found = origins.begin(request.actor, number[:40])
    if found is None:
        raise Missing("没有这件诉求，或者它还没有结案、没有可以引用的答复。")
    return found


@desk(actions.WRITE)
@require_http_methods(["GET", "POST"])
def article_edit(request: UserRequest, pk: int) -> HttpResponse:
    article, versions = door(request.actor, pk)
    actions.check_writer(request.actor, article.owner_id)
    written = next((one for one in versions if one.state in actions.WRITTEN), None)
    if written is not None and written.state == State.SUBMITTED:
        raise Conflict("这一版已经送审，要改请先撤回送审。", code="submitted")
    if request.method == "POST":
        return _save(request, article, written, None)
    base = written or next((one for one in versions if one.state == State.PUBLISHED), versions[0])
    form = ArticleForm(
        None,
        None,
        actor=request.actor,
        uploader=uploader(request.actor),
        article=article,
        initial=beginning(base, article),
        kept=list(base.files.all()),
    )
    return _editor(request, form, article, written, None)


def _save(
    request: UserRequest, article: Article | None, written: ArticleVersion | None, origin: Beginning | None
) -> HttpResponse:
    mine = uploader(request.actor)
    form = ArticleForm(request.POST, request.FILES, actor=request.actor, uploader=mine, article=article)
    good = form.is_valid()
    try:
        files = form.take_files()
        if "preview" in request.POST:
            return _editor(request, form, article, written, origin, preview=good, status=200 if good else 422)
        if not good:
            return _editor(request, form, article, written, origin, status=422)
        version = actions.save(
            article.pk if article else None,
            form.content,
            by=request.actor,
            owner_id=int(form.cleaned_data["owner"]),
            review_on=form.cleaned_data["review_on"],
            origin_id=origin.matter_id if origin else None,
            files=[file.pk for file in files],
            uploader=mine,
            seen=request.POST.get("seen", "") if article else "",
        )
    except Refusal as refusal:
        if isinstance(refusal, Forbidden):
            raise
        show_refusal(form, refusal)
        return _editor(request, form, article, written, origin, status=refusal.status)
    number = version.number
    if "submit" in request.POST:
        try:
            actions.submit(version.article_id, by=request.actor)
        except Invalid as refusal:
            messages.warning(request, f"{number} 已存为草稿，还没有送审：{refusal.message}")
        else:
            messages.success(request, f"{number} 已送审，由写的人以外的审核人发布。")
    else:
        messages.success(request, f"{number} 已存为草稿，只有本单位和区中心看得到。")
    return redirect(f"{reverse('knowledge:article', args=[version.article_id])}?version={version.n}")


def _editor(
    request: UserRequest,
    form: ArticleForm,
    article: Article | None,
    written: ArticleVersion | None,
    origin: Beginning | None,
    *,
    preview: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "article": article,
        "origin": origin,
        "seen": request.POST.get("seen", "") or actions.seen_of(written),
        "returned": written.reason if written is not None and written.state == State.RETURNED else "",
        "preview": form.content if preview else None,
        "preview_owner": directory().name_of(int(form.cleaned_data["owner"])) if preview else "",
        "preview_category": category_paths().get(form.cleaned_data["category"], "") if preview else "",
        "twins": _twins(form, article),
        "crumbs": [
            Crumb("知识库", reverse("knowledge:articles")),
            *([Crumb(article.number, reverse("knowledge:article", args=[article.pk]))] if article else []),
            Crumb("起草新版本" if article else "写一条知识"),
        ],
    }
    return render(request, "knowledge/articles/edit.html", context, status=status)


def _twins(form: ArticleForm, article: Article | None) -> list[Row]:
    """What stands already and may be the same question."""
    question = str(form["question"].value() or "")
    rows = standing().exclude(article=article) if article else standing()
    return [row_of(one.version) for one in near(rows, question, most=3)] if question else []


# --- steps -----------------------------------------------------------------------------------------------------------


def _submit(request: UserRequest, pk: int) -> str:
    actions.submit(pk, by=request.actor)
    return "已送审，由写的人以外的审核人发布"


def _publish(request: UserRequest, pk: int) -> str:
    actions.publish(pk, by=request.actor, seen=request.POST.get("seen", ""))
    return "已发布，接线员和对外公开的群众马上能查到"


def _take_back(request: UserRequest, pk: int) -> str:
    actions.take_back(pk, by=request.actor)
    return "已撤回送审，可以接着改"


def _drop(request: UserRequest, pk: int) -> str:
    actions.drop(pk, by=request.actor)
    return "草稿已作废"


ACTS: dict[str, Callable[[UserRequest, int], str]] = {
    "submit": _submit,
    "take-back": _take_back,
    "publish": _publish,
    "drop": _drop,
}
_TITLES = {"submit": "送审", "publish": "审核通过并发布", "drop": "草稿作废", "take-back": "撤回送审"}


@desk(actions.WRITE, actions.APPROVE)
@require_http_methods(["GET", "POST"])
def article_act(request: UserRequest, pk: int, key: str) -> HttpResponse:
    article, versions = door(request.actor, pk)
    act = ACTS.get(key)
    if act is None:
        raise Missing("没有这个页面。")
    page = reverse("knowledge:article", args=[pk])
    if request.method == "GET":
        label = _TITLES[key]
        question = Confirmation(
            id=key,
            label=label,
            title=f"{label} {article.number}？",
            body=versions[0].question,
            verb=label,
            action=request.path,
            back_url=page,
            danger=key == "drop",
        )
        return confirm_page(request, question)
    done = act(request, pk)
    messages.success(request, f"{article.number} {done}。")
    left = Article.objects.filter(pk=pk, versions__state__in=(State.PUBLISHED, *actions.WRITTEN)).exists()
    if key == "publish" and request.POST.get("queue"):
        return redirect("knowledge:submitted")
    return redirect(page if left else "knowledge:written")


def _asked(
    request: UserRequest, pk: int, heading: str, form: forms.Form, template: str, verb: str, body: str, *, danger: bool
) -> HttpResponse:
    question = Confirmation(
        id=template,
        label=verb,
        title=heading,
        body=body,
        verb=verb,
        action=request.path,
        form=form,
        danger=danger,
        back_url=reverse("knowledge:article", args=[pk]),
    )
    return confirm_page(request, question)


@desk(actions.APPROVE)
@require_http_methods(["GET", "POST"])
def article_send_back(request: UserRequest, pk: int) -> HttpResponse:
    """Not good enough: back to who wrote it, with the reason."""
    article, _ = door(request.actor, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.send_back(pk, form.cleaned_data["reason"], by=request.actor)
        messages.success(request, f"{article.number} 已退回修改。")
        return redirect("knowledge:submitted")
    body = "写的人会收到原因，修改后重新送审。"
    return _asked(request, pk, f"退回 {article.number}？", form, "send-back", "退回修改", body, danger=False)


@desk(actions.WRITE, actions.APPROVE)
@require_http_methods(["GET", "POST"])
def article_withdraw(request: UserRequest, pk: int) -> HttpResponse:
    article, _ = door(request.actor, pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.withdraw(pk, form.cleaned_data["reason"], by=request.actor)
        messages.success(request, f"{article.number} 已撤下，接线员和群众都查不到了。")
        return redirect("knowledge:article", pk=pk)
    body = "撤下以后接线员和群众都查不到；写过的答复不受影响。要再用，起草新版本送审。"
    return _asked(request, pk, f"撤下 {article.number}？", form, "withdraw", "撤下", body, danger=True)


@desk(actions.WRITE)
@require_POST
def article_confirm(request: UserRequest, pk: int) -> HttpResponse:
    """Looked at again: still true."""
    article, versions = door(request.actor, pk)
    form = ReviewForm(request.POST, auto_id="review-%s")
    if form.is_valid():
        try:
            actions.confirm(pk, form.cleaned_data["review_on"], by=request.actor)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"{article.number} 已复核，到下次复核日期再提醒。")
            return redirect("knowledge:article", pk=pk)
    shown = next((one for one in versions if one.state == State.PUBLISHED), versions[0])
    return article_response(request, article, versions, shown, review=form, status=422)
