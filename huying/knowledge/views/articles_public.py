"""Answers for everybody: looked for before somebody reports, read, and told when they are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from huying.kernel.errors import Invalid, Missing
from huying.kernel.files import serve
from huying.kernel.paging import keyset
from huying.kernel.throttle import Throttle
from huying.knowledge.articles import actions
from huying.knowledge.articles.forms import FeedbackForm
from huying.knowledge.articles.search import find, near, standing
from huying.knowledge.models import ArticleVersion
from huying.knowledge.views.articles import place_of, tiles
from huying.matters.settings.choices import category_paths
from huying.people.access import public
from huying.people.directory import directory
from huying.people.requests import ActorRequest
from huying.ui.shell import CITY_LINE

SIZE = 15
LONGEST = 60  # characters of what is looked for
BESIDE = 3  # offered while somebody writes
LOOKS_A_MINUTE, FEEDBACK_A_MINUTE = 60, 6

looks, voices = Throttle(), Throttle()


@dataclass(frozen=True, slots=True)
class Answer:
    question: str
    answer: str
    url: str
    owner: str
    place: str
    terms: Sequence[str] = ()


def _open() -> QuerySet[ArticleVersion]:
    return standing().filter(audience=ArticleVersion.Audience.PUBLIC)


def _answer(version: ArticleVersion, terms: Sequence[str] = ()) -> Answer:
    return Answer(
        version.question,
        version.answer,
        reverse("knowledge:answer", args=[version.article_id]),
        directory().name_of(version.article.owner_id),
        place_of(version),
        terms,
    )


def beside(text: str) -> list[Answer]:
    """What may answer what somebody is about to report."""
    return [_answer(one.version, one.shared) for one in near(_open(), text, most=BESIDE)]


@public
@require_GET
def answers(request: ActorRequest) -> HttpResponse:
    """Looked for by words, or by kind; the newest first without either."""
    typed = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    kind = request.GET.get("kind", "")[:20]
    rows, page = _open(), None
    kinds = {code: name for code, name in category_paths().items() if "." not in code}
    if kind in kinds:
        rows = rows.filter(Q(category=kind) | Q(category__startswith=f"{kind}."))
    if typed:
        looks.take(request.META.get("REMOTE_ADDR", ""), LOOKS_A_MINUTE)
        shown = [_answer(hit.version, hit.terms) for hit in find(rows, typed)[:SIZE]]
        if not shown:  # a whole sentence: what comes near
            shown = [_answer(one.version, one.shared) for one in near(rows, typed, most=BESIDE)]
    else:
        listed = rows.select_related("article").defer("asked", "document")
        page = keyset(listed, ("-published_at", "-id"), request.GET.get("cursor"), SIZE)
        shown = [_answer(version) for version in page.rows]
    context = {"rows": shown, "page": page, "typed": typed, "kind": kind, "kinds": list(kinds.items())}
    return render(request, "knowledge/articles/answers.html", context)


def _found(pk: int) -> ArticleVersion:
    version = _open().filter(article=pk).select_related("article").defer("asked", "document").first()
    if version is None:
        raise Missing("这个答复已经撤下或者过期了，请看看别的，或者直接问我们。")
    return version


@public
@never_cache
@require_GET
def answer(request: ActorRequest, pk: int) -> HttpResponse:
    version = _found(pk)
    actions.viewed(pk, staff=False)
    return _page(request, version)


def _page(request: ActorRequest, version: ArticleVersion, form: FeedbackForm | None = None) -> HttpResponse:
    unit = directory().by_id.get(version.article.owner_id)
    centre = directory().first_centre
    context = {
        "version": version,
        "owner": unit.name if unit else "",
        "phone": centre.duty_phone if centre and centre.dialled else CITY_LINE.words,
        "dialled": centre.dialled if centre and centre.dialled else CITY_LINE.dialled,
        "place": place_of(version),
        "files": tiles(version.article_id, version.files.all(), "knowledge:answer-file"),
        "form": form or FeedbackForm(auto_id="wrong-%s"),
    }
    return render(request, "knowledge/articles/answer.html", context, status=422 if form else 200)


@public
@require_GET
def answer_file(request: ActorRequest, pk: int, key: UUID) -> HttpResponseBase:
    file = _found(pk).files.filter(pk=key).first()
    if file is None:
        raise Missing("没有这个附件。")
    return serve(file, inline=True, request=request)


@public
@require_POST
def answer_feedback(request: ActorRequest, pk: int) -> HttpResponse:
    """“Did this help?” Nobody is asked who he is."""
    version = _found(pk)
    voices.take(request.META.get("REMOTE_ADDR", ""), FEEDBACK_A_MINUTE)
    if request.POST.get("right") == "yes":
        actions.judge(version, True, "", by=None)
        messages.success(request, "谢谢您告诉我们。")
        return redirect("knowledge:answer", pk=pk)
    form = FeedbackForm(request.POST, auto_id="wrong-%s")
    if form.is_valid():
        try:
            actions.judge(version, False, form.cleaned_data["text"], by=None)
        except Invalid as refusal:
            for texts in refusal.fields.values():
                form.add_error("text", texts[0])
        else:
            messages.success(request, "谢谢，我们会核对。急着办事的，请直接向我们反映。")
            return redirect("knowledge:answer", pk=pk)
    return _page(request, version, form)


@public
@never_cache
@require_POST
def answers_near(request: ActorRequest) -> HttpResponse:
    """Beside the form of a report, while it is written. A POST, so that no word of an appeal stands in a log."""
    looks.take(request.META.get("REMOTE_ADDR", ""), LOOKS_A_MINUTE)
    return render(request, "knowledge/articles/near_answers.html", {"near": beside(request.POST.get("text", ""))})
