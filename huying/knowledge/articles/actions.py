"""What is done to articles: written, sent for approval, published by somebody else, reviewed, withdrawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing
from huying.kernel.models import StoredFile
from huying.kernel.privacy import find_personal
from huying.kernel.search import fold, index_text
from huying.knowledge.articles.reminders import tell_reported, tell_returned, tell_submitted
from huying.knowledge.articles.search import standing
from huying.knowledge.models import Article, ArticleEvent, ArticleFeedback, ArticleVersion
from huying.people.actors import Actor

State, Audience, Act = ArticleVersion.State, ArticleVersion.Audience, ArticleEvent.Act
WRITE, APPROVE = "knowledge.write_articles", "knowledge.approve_articles"
OWNER = "article"  # of files
WRITTEN = (State.DRAFT, State.SUBMITTED, State.RETURNED)


@dataclass(frozen=True, slots=True)
class Content:
    """What is written in one version."""

    question: str
    answer: str
    ways: Sequence[str] = ()
    basis: str = ""
    category: str = ""
    audience: str = Audience.PUBLIC
    streets: Sequence[int] = ()
    valid_until: date | None = None
    note: str = ""


def owners_of(actor: Actor) -> int | None:
    """The unit for which this actor writes; None, any, at the centre."""
    return None if actor.scope == "all" else actor.organisation_id


def may_write(actor: Actor, owner_id: int) -> bool:
    return actor.may(WRITE) and owners_of(actor) in (None, owner_id)


def check_writer(actor: Actor, owner_id: int) -> None:
    if not may_write(actor, owner_id):
        raise Forbidden("这条知识不归您的单位，不能修改；发现有误请用“这条不对”反馈。")


def problems_of(content: Content) -> dict[str, list[str]]:
    """By field: what no article may say."""
    faults: dict[str, list[str]] = {}
    said = {
        "question": content.question,
        "answer": content.answer,
        "basis": content.basis,
        "ways": "\n".join(content.ways),
    }
    for name, text in said.items():
        numbers = numbers_of_people(text)
        if numbers:
            words = f"里面像是有个人的手机号或证件号码（{'、'.join(numbers)}），请删去；单位对外公布的座机可以写"
            faults[name] = [words]
    return faults


def numbers_of_people(text: str) -> list[str]:
    """Mobile and identity numbers; a landline is a body's, and may be told."""
    return [found.value for found in find_personal(text) if found.kind == "identity" or _is_mobile(found.value)]


def _is_mobile(number: str) -> bool:
    digits = "".join(filter(str.isdigit, number))
    return len(digits) >= 11 and digits[-11] == "1"


def lexemes(content: Content) -> tuple[str, str]:
    """What is indexed of it: `asked` and `document`."""
    asked = index_text(content.question, *content.ways)
    return asked, index_text(content.question, *content.ways, content.answer, content.basis)


def _user(actor: Actor) -> int:
    """Articles are written and judged by people."""
    if actor.user_id is None:
        raise Forbidden("知识由工作人员撰写和审核。")
    return actor.user_id


def _log(article: Article, act: str, by: Actor, at: datetime, *, n: int | None = None, text: str = "") -> None:
    ArticleEvent.objects.create(article=article, n=n, at=at, by_id=_user(by), act=act, text=text[:500])


def _locked(article_id: int) -> Article:
    article = Article.objects.select_for_update().filter(pk=article_id).first()
    if article is None:
        raise Missing("没有这条知识。")
    return article


def _written(article: Article, *states: str) -> ArticleVersion:
    version = article.versions.filter(state__in=WRITTEN).first()
    if version is None:
        raise Conflict("没有正在起草的新版本，可能已经发布或者作废，请看最新情况。", code="nothing_written")
    if states and version.state not in states:
        raise Conflict(f"这一版现在是“{version.get_state_display()}”，不能这样办。", code="already_moved")
    return version


# --- writing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def save(
    article_id: int | None,
    content: Content,
    *,
    by: Actor,
    owner_id: int,
    review_on: date | None = None,
    origin_id: int | None = None,
    files: Collection[UUID] = (),
    uploader: str = "",
    seen: str = "",
    at: datetime | None = None,
) -> ArticleVersion:
    """Keep what is being written: a new article without `article_id`, else its next version. `seen`: the state in which
    the writer opened it (`seen_of`); somebody else's change in between is not overwritten.

    Raises:
        Invalid, Forbidden, Conflict
    """
    now = at or timezone.now()
    if faults := problems_of(content):
        raise Invalid("内容里有个人信息，请删去。", fields=faults)
    if content.valid_until is not None and content.valid_until < timezone.localdate(now):
        raise Invalid("有效期已经过了。", fields={"valid_until": ["有效期要在今天以后"]})
    check_writer(by, owner_id)
    if article_id is None:
        article = Article.objects.create(owner_id=owner_id, origin_id=origin_id, review_on=review_on, created_at=now)
        version, n = None, 1
    else:
        article = _locked(article_id)
        check_writer(by, article.owner_id)
        version = article.versions.filter(state__in=WRITTEN).first()
        if seen and seen != seen_of(version):
            raise Conflict("您打开之后，别人已经改过这条知识，请刷新后在新的内容上改。", code="already_moved")
        if version is not None and version.state == State.SUBMITTED:
            raise Conflict("这一版已经送审，要改请先撤回送审。", code="submitted")
        if article.owner_id != owner_id:
            article.owner_id = owner_id
            _log(article, Act.OWNED, by, now)
        article.review_on = review_on
        article.save(update_fields=["owner", "review_on"])
        n = (article.versions.order_by("-n").values_list("n", flat=True).first() or 0) + 1
    asked, document = lexemes(content)
    values = {
        "question": content.question,
        "ways": list(content.ways),
        "answer": content.answer,
        "basis": content.basis,
        "category": content.category,
        "audience": content.audience,
        "streets": list(content.streets),
        "valid_until": content.valid_until,
        "note": content.note,
        "changed_at": now,
        "asked": asked,
        "document": document,
    }
    if version is None:
        version = ArticleVersion.objects.create(
            article=article, n=n, state=State.DRAFT, author_id=_user(by), writers=[_user(by)], **values
        )
        _log(article, Act.DRAFTED, by, now, n=n, text=content.note)
    else:
        for name, value in values.items():
            setattr(version, name, value)
        version.state, version.author_id = State.DRAFT, _user(by)
        version.writers = list(dict.fromkeys([*version.writers, _user(by)]))
        version.save()
    _attach(version, files, uploader)
    return version


def seen_of(version: ArticleVersion | None) -> str:
    """What tells whether somebody has changed it meanwhile."""
    return f"{version.pk}-{version.changed_at.timestamp()}" if version else "0"


def allowed_files(article_id: int | None, wanted: Collection[UUID], uploader: str) -> list[StoredFile]:
    """Of these files those that this writer may hang on the article: own ones just uploaded, and its own of before."""
    rows = StoredFile.objects.filter(pk__in=wanted)
    return [
        file
        for file in rows
        if (file.state == StoredFile.State.LOOSE and file.uploader == uploader)
        or (file.owner_kind == OWNER and article_id is not None and file.owner_key == str(article_id))
    ]


def _attach(version: ArticleVersion, files: Collection[UUID], uploader: str) -> None:
    allowed = allowed_files(version.article_id, files, uploader)
    if len(allowed) != len(set(files)):
        words = "附件不存在或已经用过，请重新上传"
        raise Invalid(f"{words}。", fields={"attachments": [words]})
    loose = [file.pk for file in allowed if file.state == StoredFile.State.LOOSE]
    StoredFile.objects.filter(pk__in=loose).update(
        state=StoredFile.State.ATTACHED, owner_kind=OWNER, owner_key=str(version.article_id)
    )
    version.files.set(allowed)


@transaction.atomic
def submit(article_id: int, *, by: Actor, at: datetime | None = None, quiet: bool = False) -> ArticleVersion:
    """Send it to those who approve, who are told unless `quiet`.

    Raises:
        Conflict, Forbidden, Invalid: the same question stands already.
    """
    now = at or timezone.now()
    article = _locked(article_id)
    check_writer(by, article.owner_id)
    version = _written(article, State.DRAFT, State.RETURNED)
    if (twin := twin_of(version.question, apart=article.pk)) is not None:
        words = f"已经有同样的问题：{twin.number}，请改那一条，或者把问题写得不一样"
        raise Invalid(f"{words}。", fields={"question": [words]})
    version.state, version.submitted_at, version.author_id = State.SUBMITTED, now, _user(by)
    version.save(update_fields=["state", "submitted_at", "author"])
    _log(article, Act.SUBMITTED, by, now, n=version.n)
    if not quiet:
        tell_submitted(version)
    return version


def twin_of(question: str, *, apart: int | None = None) -> ArticleVersion | None:
    rows = standing().filter(question=question).exclude(article=apart).defer("asked", "document")
    return rows.first()


@transaction.atomic
def take_back(article_id: int, *, by: Actor, at: datetime | None = None) -> None:
    article = _locked(article_id)
    check_writer(by, article.owner_id)
    version = _written(article, State.SUBMITTED)
    version.state = State.DRAFT
    version.save(update_fields=["state"])
    _log(article, Act.TAKEN_BACK, by, at or timezone.now(), n=version.n)


@transaction.atomic
def drop(article_id: int, *, by: Actor, at: datetime | None = None) -> None:
    """The draft is not wanted any more. What stands goes on standing."""
    now = at or timezone.now()
    article = _locked(article_id)
    check_writer(by, article.owner_id)
    version = _written(article)
    version.state, version.ended_at = State.DROPPED, now
    version.save(update_fields=["state", "ended_at"])
    _log(article, Act.DROPPED, by, now, n=version.n)


# --- deciding --------------------------------------------------------------------------------------------------------


def may_decide(actor: Actor, version: ArticleVersion) -> bool:
    return actor.may(APPROVE) and version.state == State.SUBMITTED and not has_written(actor, version)


def has_written(actor: Actor, version: ArticleVersion) -> bool:
    """Whether it is this person's own: who writes on a draft does not approve it, whoever sends it."""
    return actor.user_id in (version.author_id, *version.writers)


def _check_judge(by: Actor, version: ArticleVersion) -> None:
    if not by.may(APPROVE):
        raise Forbidden("您的岗位不能审核知识。")
    if has_written(by, version):
        raise Forbidden("这一版是您写的，由另一位审核。", code="own_draft")


@transaction.atomic
def publish(article_id: int, *, by: Actor, seen: str = "", at: datetime | None = None) -> ArticleVersion:
    """What was sent stands from now on; the version before it is replaced."""
    now = at or timezone.now()
    article = _locked(article_id)
    version = _written(article, State.SUBMITTED)
    _check_judge(by, version)
    if seen and seen != seen_of(version):
        raise Conflict("您打开之后，这一版又改过，请看过新的内容再审核。", code="already_moved")
    if (twin := twin_of(version.question, apart=article.pk)) is not None:
        raise Conflict(f"已经有同样的问题：{twin.number}，请把这一版退回，改那一条。", code="twin")
    article.versions.filter(state=State.PUBLISHED).update(state=State.REPLACED, ended_at=now)
    version.state, version.published_at, version.decided_by_id, version.reason = State.PUBLISHED, now, by.user_id, ""
    version.save(update_fields=["state", "published_at", "decided_by", "reason"])
    _log(article, Act.PUBLISHED, by, now, n=version.n)
    return version


@transaction.atomic
def send_back(article_id: int, reason: str, *, by: Actor, at: datetime | None = None) -> ArticleVersion:
    article = _locked(article_id)
    version = _written(article, State.SUBMITTED)
    _check_judge(by, version)
    version.state, version.reason, version.decided_by_id = State.RETURNED, reason, by.user_id
    version.save(update_fields=["state", "reason", "decided_by"])
    _log(article, Act.RETURNED, by, at or timezone.now(), n=version.n, text=reason)
    tell_returned(version, reason)
    return version


@transaction.atomic
def withdraw(article_id: int, reason: str, *, by: Actor, at: datetime | None = None) -> None:
    """Nobody finds it any more. Its owner and the centre may."""
    now = at or timezone.now()
    article = _locked(article_id)
    if not by.may(APPROVE):
        check_writer(by, article.owner_id)
    version = article.versions.filter(state=State.PUBLISHED).first()
    if version is None:
        raise Conflict("这条知识没有发布，或者已经撤下。", code="not_standing")
    version.state, version.ended_at = State.WITHDRAWN, now
    version.save(update_fields=["state", "ended_at"])
    _log(article, Act.WITHDRAWN, by, now, n=version.n, text=reason)


@transaction.atomic
def confirm(article_id: int, until: date, *, by: Actor, at: datetime | None = None) -> None:
    """Its owner has looked: it is still true. `until`: when to look again."""
    now = at or timezone.now()
    if until <= timezone.localdate(now):
        raise Invalid("下次复核日期要在今天以后。", fields={"review_on": ["要在今天以后"]})
    article = _locked(article_id)
    check_writer(by, article.owner_id)
    article.review_on = until
    article.save(update_fields=["review_on"])
    _log(article, Act.REVIEWED, by, now, text=f"下次复核 {until:%Y-%m-%d}")


# --- counting and feedback -------------------------------------------------------------------------------------------


def viewed(article_id: int, *, staff: bool) -> None:
    """One more of today."""
    with connection.cursor() as cursor:
        cursor.execute(_VIEWED, [article_id, timezone.localdate(), int(staff), int(not staff)])


_VIEWED = (
    "INSERT INTO knowledge_articleviews AS v (article_id, day, staff, public) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (article_id, day) DO UPDATE SET staff = v.staff + EXCLUDED.staff, public = v.public + EXCLUDED.public"
)


def used(uses: Mapping[int, int]) -> None:
    """Cited in answers: article → how often."""
    for article_id, n in sorted(uses.items()):
        Article.objects.filter(pk=article_id).update(uses=F("uses") + n)


@transaction.atomic
def judge(
    version: ArticleVersion,
    right: bool,
    text: str,
    *,
    by: Actor | None,
    at: datetime | None = None,
    quiet: bool = False,
) -> None:
    """“Was this right?” `by` is None for residents. Those who keep it learn what is wrong, unless `quiet`."""
    text = text.strip()
    if numbers_of_people(text):
        raise Invalid(
            "请不要在反馈里写个人的手机号和证件号码。",
            fields={"text": ["里面像是有个人的手机号或证件号码，请删去；要办事请用“我要反映”"]},
        )
    ArticleFeedback.objects.create(
        article_id=version.article_id,
        n=version.n,
        at=at or timezone.now(),
        right=right,
        text=text,
        by_id=by.user_id if by else None,
    )
    counted = "right" if right else "wrong"
    Article.objects.filter(pk=version.article_id).update(**{counted: F(counted) + 1})
    if text and not right and not quiet:
        tell_reported(version, text, apart=by.user_id if by else None)


@transaction.atomic
def answer_feedback(pk: int, outcome: str, text: str, *, by: Actor, at: datetime | None = None) -> ArticleFeedback:
    now = at or timezone.now()
    row = ArticleFeedback.objects.select_for_update(of=("self",)).select_related("article").filter(pk=pk).first()
    if row is None:
        raise Missing("没有这条反馈。")
    if not by.may(APPROVE):
        check_writer(by, row.article.owner_id)
    if row.answered_at is not None:
        raise Conflict("这条反馈已经处理过了。", code="answered")
    row.seen_at = row.seen_at or now
    row.answered_at, row.answered_by_id, row.outcome, row.answer = now, by.user_id, outcome, text
    row.save()
    return row


def same_as(version: ArticleVersion, content: Content) -> bool:
    """Whether nothing would change."""
    return all(
        fold(str(getattr(version, name))) == fold(str(getattr(content, name)))
        for name in ("question", "answer", "basis", "category", "audience", "valid_until")
    ) and (list(version.ways), list(version.streets)) == (list(content.ways), list(content.streets))
