"""The knowledge base at the desk: looking for something, reading it, saying that it is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from huying.kernel.errors import Invalid, Missing, Refusal
from huying.kernel.files import serve
from huying.kernel.models import StoredFile
from huying.kernel.paging import CappedCount, Page, capped_count, keyset
from huying.knowledge.articles import actions
from huying.knowledge.articles.comparing import compared
from huying.knowledge.articles.forms import FeedbackForm, ReviewForm, streets, usual_review
from huying.knowledge.articles.queries import TONES, Waiting, door, lists, owner_counts, views_of, waiting
from huying.knowledge.articles.search import SHOWN, Hit, find, standing
from huying.knowledge.models import Article, ArticleFeedback, ArticleVersion
from huying.matters.messages import urls
from huying.matters.models import Matter
from huying.matters.settings.choices import category_paths
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.requests import UserRequest
from huying.places.tree import place_tree
from huying.ui.components import Attachment, Chip, Confirmation, Crumb, Fact, TimelineEntry, chip

SIZE = 30
LONGEST = 100  # characters of what is looked for
State = ArticleVersion.State


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    current: bool
    count: int | None = None


def tabs(request: UserRequest, here: str, counted: Waiting | None = None) -> list[Tab]:
    """The lists of the knowledge base; for who only reads there is one."""
    if not lists(request.actor):
        return []
    found = counted or waiting(request.actor)
    wanted: list[tuple[str, str, str, int | None]] = [
        ("articles", "在用的知识", "knowledge:articles", None),
        ("written", "起草和退回", "knowledge:written", found.written),
        ("submitted", "待审核", "knowledge:submitted", found.submitted),
        ("due", "到期和复核", "knowledge:due", found.due),
        ("feedback", "反馈", "knowledge:feedback", found.reported),
    ]
    if request.actor.may(actions.APPROVE):
        wanted.append(("synonyms", "同义词", "knowledge:synonyms", None))
    return [Tab(label, reverse(name), key == here, count) for key, label, name, count in wanted]


# --- the list --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the list is narrowed to, as its address has it."""

    typed: str
    owner: str
    category: str
    audience: str
    street: str

    @classmethod
    def of(cls, request: HttpRequest) -> Narrowing:
        def said(name: str, most: int = 40) -> str:
            return request.GET.get(name, "").replace("\x00", "").strip()[:most]

        return cls(said("q", LONGEST), said("owner"), said("category"), said("audience"), said("street"))

    def rows(self) -> QuerySet[ArticleVersion]:
        rows = standing()
        if self.owner and (unit := directory().by_code.get(self.owner)):
            rows = rows.filter(article__owner=unit.id)
        if self.category:
            rows = rows.filter(Q(category=self.category) | Q(category__startswith=f"{self.category}."))
        if self.audience in ArticleVersion.Audience.values:
            rows = rows.filter(audience=self.audience)
        if self.street_id:
            rows = rows.filter(Q(streets=[]) | Q(streets__contains=[self.street_id]))
        return rows

    @property
    def street_id(self) -> int | None:
        return int(self.street) if self.street.isascii() and self.street.isdigit() and len(self.street) < 18 else None


@dataclass(frozen=True, slots=True)
class Row:
    version: ArticleVersion
    url: str
    owner: str
    category: str
    passage: str
    terms: Sequence[str]
    place: str


def row_of(version: ArticleVersion, terms: Sequence[str] = (), passage: str = "") -> Row:
    return Row(
        version,
        reverse("knowledge:article", args=[version.article_id]),
        directory().name_of(version.article.owner_id),
        category_paths().get(version.category, ""),
        passage or _beginning(version.answer),
        terms,
        place_of(version),
    )


def _beginning(text: str, most: int = 90) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[:most]}…"


def place_of(version: ArticleVersion) -> str:
    """Where it holds; "" for the whole district."""
    return "、".join(filter(None, (place_tree().name_of(key) for key in version.streets)))


def own_street(actor: Actor) -> int | None:
    """The street whose own articles come first for this actor."""
    family = place_tree().by_id.get(actor.place_id) if actor.place_id else None
    return family.street_id if family else None


@desk("knowledge.articles")
@require_GET
def article_list(request: UserRequest) -> HttpResponse:
    narrowed = Narrowing.of(request)
    rows = narrowed.rows()
    page: Page[ArticleVersion] | None = None
    if narrowed.typed:
        hits: list[Hit] = find(rows, narrowed.typed, street=narrowed.street_id or own_street(request.actor))
        shown = [row_of(hit.version, hit.terms, hit.passage) for hit in hits]
        count = CappedCount(len(hits), len(hits) == SHOWN)
        summary = f"找到 {len(hits)} 条" if len(hits) < SHOWN else f"最相符的 {SHOWN} 条，再多写几个字会更准"
    else:
        listed = rows.select_related("article").defer("asked", "document")
        page = keyset(listed, ("-published_at", "-id"), request.GET.get("cursor"), SIZE)
        shown = [row_of(version) for version in page.rows]
        count = capped_count(rows)
        summary = f"{count} 条"
    context = {
        "rows": shown,
        "page": page,
        "summary": summary,
        "nothing": count.n == 0,
        "narrowed": narrowed,
        "chips": _chips(request, narrowed),
        "tabs": tabs(request, "articles"),
        "units": _units(),
        "categories": [(code, path) for code, path in category_paths().items() if code.count(".") < 2],
        "audiences": ArticleVersion.Audience.choices,
        "streets": streets(),
        "may_write": request.actor.may(actions.WRITE),
        "may_exchange": request.actor.may(actions.APPROVE),
    }
    return render(request, "knowledge/articles/list.html", context)


def _units() -> list[tuple[str, str]]:
    """Those that stand for something, with how much."""
    counted = owner_counts()
    return [
        (unit.code, f"{unit.label}（{counted[unit.id]}）") for unit in directory().by_id.values() if unit.id in counted
    ]


def _chips(request: HttpRequest, narrowed: Narrowing) -> list[Chip]:
    unit = directory().by_code.get(narrowed.owner)
    said = (
        ("q", "内容", narrowed.typed),
        ("owner", "归属单位", unit.label if unit else narrowed.owner),
        ("category", "分类", category_paths().get(narrowed.category, narrowed.category)),
        ("audience", "给谁看", dict(ArticleVersion.Audience.choices).get(narrowed.audience, narrowed.audience)),
        ("street", "街道", place_tree().name_of(narrowed.street_id) if narrowed.street_id else narrowed.street),
    )
    return [chip(request, key, label, value) for key, label, value in said if value]


# --- one article -----------------------------------------------------------------------------------------------------


@desk("knowledge.articles")
@require_GET
def article_page(request: UserRequest, pk: int) -> HttpResponse:
    article, versions = door(request.actor, pk)
    wanted = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.n) == wanted), None) or _first(versions)
    response = article_response(request, article, versions, shown)
    if shown.state == State.PUBLISHED and not wanted:
        actions.viewed(article.pk, staff=True)
    return response


def _first(versions: Sequence[ArticleVersion]) -> ArticleVersion:
    """What stands, else the newest."""
    return next((one for one in versions if one.state == State.PUBLISHED), versions[0])


def article_response(
    request: UserRequest,
    article: Article,
    versions: Sequence[ArticleVersion],
    shown: ArticleVersion,
    *,
    feedback: FeedbackForm | None = None,
    review: ReviewForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor, today = request.actor, timezone.localdate()
    inside = lists(actor) and (actor.may(actions.APPROVE) or actions.may_write(actor, article.owner_id))
    in_work = next((one for one in versions if one.state in actions.WRITTEN), None) if inside else None
    standing_now = next((one for one in versions if one.state == State.PUBLISHED), None)
    context = {
        "article": article,
        "version": shown,
        "versions": versions,
        "tone": TONES[State(shown.state)],
        "state": "已过期" if _expired(shown, today) else shown.get_state_display(),
        "facts": _facts(article, shown, actor, views_of(article)),
        "files": tiles(article.pk, shown.files.all(), "knowledge:article-file"),
        "ways": shown.ways if inside else [],
        "in_work": in_work,
        "standing": standing_now,
        "may_write": actions.may_write(actor, article.owner_id),
        "may_decide": shown.state == State.SUBMITTED and actions.may_decide(actor, shown),
        "own_draft": shown.state == State.SUBMITTED
        and actor.may(actions.APPROVE)
        and actions.has_written(actor, shown),
        "seen": actions.seen_of(shown),
        "older": next((one for one in versions if one.n < shown.n and one.published_at), None),
        "questions": _questions(article, shown, inside),
        "review_form": review or ReviewForm(initial={"review_on": usual_review()}, auto_id="review-%s"),
        "review_due": article.review_on is not None and article.review_on <= today,
        "feedback_form": feedback or FeedbackForm(auto_id="wrong-%s"),
        "told": _told(article) if inside else [],
        "story": _story(article) if inside else [],
        "crumbs": [Crumb("知识库", reverse("knowledge:articles")), Crumb(article.number)],
    }
    return render(request, "knowledge/articles/article.html", context, status=status)


def _expired(version: ArticleVersion, today: date) -> bool:
    return version.state == State.PUBLISHED and version.valid_until is not None and version.valid_until < today


def _facts(article: Article, version: ArticleVersion, actor: Actor, views: int) -> list[Fact]:
    origin = article.origin_id if actor.may("cases.view") and lists(actor) else None
    matter = Matter.objects.visible_to(actor).filter(pk=origin).first() if origin is not None else None
    link = urls.get(matter.kind) if matter is not None else None
    return [
        Fact("依据", version.basis),
        Fact("归属单位", directory().name_of(article.owner_id)),
        Fact("分类", category_paths().get(version.category, "")),
        Fact("适用范围", place_of(version) or "全区"),
        Fact("给谁看", version.get_audience_display()),
        Fact("有效期至", _day(version.valid_until) or "长期"),
        Fact("复核日期", _day(article.review_on)),
        Fact("发布", _day(version.published_at.date()) if version.published_at else ""),
        Fact("查看", f"{views:,} 次"),
        Fact("答复引用", f"{article.uses:,} 次"),
        Fact("反馈", f"认为正确 {article.right:,}，认为有误 {article.wrong:,}"),
        Fact("来自诉求件", matter.number if matter else "", link(matter) if matter is not None and link else ""),
    ]


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def tiles(pk: int, files: Sequence[StoredFile] | QuerySet[StoredFile], url_name: str) -> list[Attachment]:
    return [
        Attachment(
            name=file.name,
            url=reverse(url_name, args=[pk, file.pk]),
            size=file.size,
            kind="图片" if file.media_type.startswith("image/") else "文件",
            is_picture=file.media_type.startswith("image/"),
        )
        for file in files
    ]


def _questions(article: Article, shown: ArticleVersion, inside: bool) -> dict[str, Confirmation]:
    """What is asked before it is done, by name."""
    if not inside:
        return {}
    back = reverse("knowledge:article", args=[article.pk])

    def ask(key: str, label: str, title: str, body: str, *, danger: bool = False) -> Confirmation:
        action = reverse("knowledge:article-act", args=[article.pk, key])
        return Confirmation(
            id=key,
            label=label,
            title=title,
            body=body,
            verb=label,
            action=action,
            danger=danger,
            back_url=back,
            hidden={"seen": actions.seen_of(shown)},
        )

    return {
        "submit": ask("submit", "送审", "把这一版送审？", "送审以后不能再改，由写的人以外的审核人发布；要改可以撤回。"),
        "publish": ask(
            "publish",
            "审核通过并发布",
            "发布这一版？",
            "发布以后接线员和（对外公开的）群众马上能查到，原来的一版停用。",
        ),
        "drop": ask(
            "drop", "草稿作废", "这份草稿不用了？", "写的内容不再保留在起草列表里；正在用的一版不受影响。", danger=True
        ),
    }


def _told(article: Article) -> list[ArticleFeedback]:
    return list(article.feedback.exclude(text="").select_related("by", "answered_by").order_by("-at")[:10])


def _story(article: Article) -> list[TimelineEntry]:
    events = article.events.select_related("by").order_by("-at", "-pk")[:60]
    return [
        TimelineEntry(
            what=f"{event.get_act_display()}{f'（第 {event.n} 版）' if event.n else ''}",
            at=event.at,
            who=event.by.display_name,
            text=event.text,
        )
        for event in events
    ]


@desk("knowledge.articles")
@require_GET
def article_file(request: UserRequest, pk: int, key: UUID) -> HttpResponseBase:
    """A file of a version that this actor may read."""
    _, versions = door(request.actor, pk)
    hung = ArticleVersion.files.through.objects.filter(articleversion__in=[one.pk for one in versions], storedfile=key)
    file = StoredFile.objects.filter(pk__in=hung.values("storedfile")).first()
    if file is None:
        raise Missing("没有这个附件。")
    return serve(file, inline=True, request=request)


@desk("knowledge.articles")
@require_GET
def article_compare(request: UserRequest, pk: int) -> HttpResponse:
    """Two versions beside each other: `from` and `to`; the newest two without them."""
    article, versions = door(request.actor, pk)
    by_n = {str(one.n): one for one in versions}
    later = by_n.get(request.GET.get("to", "")) or versions[0]
    earlier = by_n.get(request.GET.get("from", "")) or next((one for one in versions if one.n < later.n), None)
    context = {
        "article": article,
        "versions": versions,
        "earlier": earlier,
        "later": later,
        "changes": compared(earlier, later) if earlier is not None else [],
        "crumbs": [
            Crumb("知识库", reverse("knowledge:articles")),
            Crumb(article.number, reverse("knowledge:article", args=[pk])),
            Crumb("版本对照"),
        ],
    }
    return render(request, "knowledge/articles/compare.html", context)


@desk("knowledge.articles")
@require_POST
def article_feedback(request: UserRequest, pk: int) -> HttpResponse:
    """“Was this right?”"""
    article, versions = door(request.actor, pk)
    version = next((one for one in versions if one.state == State.PUBLISHED), None)
    if version is None:
        raise Missing("这条知识已经不在用了，不用再反馈。")
    right = request.POST.get("right") == "yes"
    if right:
        actions.judge(version, True, "", by=request.actor)
        messages.success(request, "谢谢，已记下：这条答复正确。")
        return redirect("knowledge:article", pk=article.pk)
    form = FeedbackForm(request.POST, auto_id="wrong-%s")
    if form.is_valid():
        try:
            actions.judge(version, False, form.cleaned_data["text"], by=request.actor)
        except Invalid as refusal:
            _beside(form, refusal)
        else:
            messages.success(request, f"已转{directory().name_of(article.owner_id)}核对，处理结果会在“反馈”里答复。")
            return redirect("knowledge:article", pk=article.pk)
    return article_response(request, article, versions, version, feedback=form, status=422)


def _beside(form: FeedbackForm, refusal: Refusal) -> None:
    for texts in refusal.fields.values():
        for text in texts:
            form.add_error("text", text)
