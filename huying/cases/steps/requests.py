"""What is asked for beside the main way and has to be approved: one course for every kind of request.

Asked by the unit → endorsed by its chief → decided by the centre; or refused, withdrawn, or fallen away because the
case went on without it. No two of these are the same person. Where a request stands is an aspect on the matter, so
that lists and buttons ask no other table: `…_asked` says what for, `request_to_chief` and `request_to_centre` whose
turn it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from huying.cases import options
from huying.cases.enums import RequestKind, RequestVerdict
from huying.cases.flow.states import (
    ACKNOWLEDGED,
    AWAITING_APPROVAL,
    CLOSED,
    HANDLING,
    RECEIVED,
    RESOLVED,
    TRIAGED,
    WAITING,
)
from huying.cases.models import CaseRequest
from huying.cases.steps.particulars import case_of, figures, load
from huying.kernel.bulk import insert_rows, select_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.flow import STAY, Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.models import User
from huying.ui.text import day

TO_CHIEF, TO_CENTRE = "request_to_chief", "request_to_centre"
ASKED: Mapping[RequestKind, str] = {kind: f"{kind.value}_asked" for kind in RequestKind}
MARKS = (*ASKED.values(), TO_CHIEF, TO_CENTRE)

LIVE = (ACKNOWLEDGED, HANDLING, WAITING, AWAITING_APPROVAL)
ANSWERED = (RESOLVED, CLOSED)
# Where a request may stand; once the case is elsewhere, nobody has to decide it any more.
STANDING: Mapping[RequestKind, tuple[str, ...]] = {
    RequestKind.EXTENSION: LIVE,
    RequestKind.COMPLEX: LIVE,
    RequestKind.DEFERRAL: LIVE,
    RequestKind.UNREASONABLE: (*LIVE, *ANSWERED),
}
OPEN = "request"  # in `Change.extra`: the request that this change is about
ONE_OPEN = "已有一项申请没有批，批了或者撤回之后才能再申请"
SAME_PERSON = "申请、审核和审批不能是同一个人"


# --- whose turn it is ------------------------------------------------------------------------------------------------


def asked_kind(matter: Matter) -> RequestKind | None:
    """What is being asked for."""
    return next((kind for kind, mark in ASKED.items() if mark in matter.aspects), None)


def asked_turn(matter: Matter) -> str:
    """；延期申请等负责人审核: what else is waited for; "" where nothing is."""
    kind = asked_kind(matter)
    if kind is None:
        return ""
    return f"；{kind.label}申请等{'负责人审核' if TO_CHIEF in matter.aspects else '区中心审批'}"


def own_unit(actor: Actor, matter: Matter) -> bool:
    """The unit that has it in hand, also while the centre looks at its result; a system that acts for all units."""
    if actor.scope == "all":
        return actor.organisation_id is None
    return actor.organisation_id is not None and actor.organisation_id in (matter.holder_id, matter.lead_id)


def centre_or_own(actor: Actor, matter: Matter) -> bool:
    return actor.scope == "all" or own_unit(actor, matter)


def by_centre(actor: Actor, matter: Matter) -> bool:
    return actor.scope == "all"


PEOPLE = ("asked_by", "endorsed_by", "first_by", "decided_by")
_NAMED = ("username", "full_name")  # what `User.display_name` says


def all_requests() -> ArraySubquery:
    """All requests of each case of a query, for `requests_on`; a door annotates them, so that they cost no query."""
    fields = [
        *(field.attname for field in CaseRequest._meta.concrete_fields),
        *(f"{p}__{n}" for p in PEOPLE for n in _NAMED),
    ]
    rows = CaseRequest.objects.filter(case=OuterRef("pk")).order_by("-seq")
    return ArraySubquery(rows.values(told=JSONObject(**{name: F(name) for name in fields})))


def requests_on(matter: Matter) -> list[CaseRequest]:
    """The newest first. As its door has read them; a query where something else has."""
    known: list[CaseRequest] | None = matter.__dict__.get("_requests")
    if known is None:
        told = matter.__dict__.get("requests_told")
        if isinstance(told, list):
            known = [_read(row) for row in told]
        else:
            known = list(CaseRequest.objects.filter(case=matter.pk).select_related(*PEOPLE).order_by("-seq"))
        matter.__dict__["_requests"] = known
    return known


def _read(row: dict[str, object]) -> CaseRequest:
    fields = CaseRequest._meta.concrete_fields
    request = CaseRequest(**{field.attname: field.to_python(row[field.attname]) for field in fields})
    for person in PEOPLE:
        key = row[f"{person}_id"]
        if key is not None:
            named = {name: row[f"{person}__{name}"] for name in _NAMED}
            setattr(request, person, User(pk=int(str(key)), **named))
    return request


def open_request(matter: Matter) -> CaseRequest | None:
    """The one that nobody has decided yet."""
    if asked_kind(matter) is None:
        return None
    return next((request for request in requests_on(matter) if not request.verdict), None)


def has_acted(request: CaseRequest, actor: Actor) -> bool:
    """Whether this person has asked, endorsed or agreed already."""
    return actor.user_id is not None and actor.user_id in (
        request.asked_by_id,
        request.endorsed_by_id,
        request.first_by_id,
    )


def may_ask(matter: Matter, actor: Actor) -> bool:
    return asked_kind(matter) is None


def may_endorse(matter: Matter, actor: Actor) -> bool:
    return TO_CHIEF in matter.aspects and not _own_request(matter, actor)


def may_decide(kind: RequestKind) -> Callable[[Matter, Actor], bool]:
    def fits(matter: Matter, actor: Actor) -> bool:
        return TO_CENTRE in matter.aspects and ASKED[kind] in matter.aspects and not _own_request(matter, actor)

    return fits


def may_refuse(matter: Matter, actor: Actor) -> bool:
    """The chief what waits for the chief, the centre what waits for the centre."""
    turn = TO_CENTRE if actor.scope == "all" else TO_CHIEF
    return turn in matter.aspects and not _own_request(matter, actor)


def may_withdraw(matter: Matter, actor: Actor) -> bool:
    """Units what their own have asked for; whoever asked at the centre, that."""
    request = open_request(matter)
    return request is not None and _may_take_back(request, actor)


def _may_take_back(request: CaseRequest, actor: Actor) -> bool:
    at_centre = actor.scope == "all" and actor.organisation_id is not None
    return not at_centre or request.asked_by_id == actor.user_id


def _own_request(matter: Matter, actor: Actor) -> bool:
    request = open_request(matter)
    return request is None or has_acted(request, actor)


# --- asking ----------------------------------------------------------------------------------------------------------


def begin(changes: Sequence[Change], kind: RequestKind) -> None:
    """For the `check` of a step that asks: refuse what is asked for beside another, mark and file the rest."""
    load(changes)
    for change in changes:
        if asked_kind(change.matter) is not None:
            change.refuse(Conflict(f"这件{ONE_OPEN}。", code="one_request"))
        if change.matter.lead_id is None:
            change.refuse(Conflict("还没有承办单位，不能申请。", code="no_lead"))
        ground = getattr(change.data, "ground", "")
        if ground not in dict(options.grounds(kind)):
            change.refuse(Invalid("没有这条理由。", fields={"ground": ["没有这条理由，请重新选择"]}))
        change.mark(ASKED[kind])
        change.mark(TO_CHIEF)
        change.facts |= figures(change) | {"request": kind.value}
        change.extra[OPEN] = CaseRequest(
            case_id=change.matter.pk,
            kind=kind,
            round=case_of(change).round,
            ground=ground,
            asked_at=change.at,
            asked_by_id=change.actor.user_id,
        )


_ASKED = ("kind", "round", "ground", "days", "until", "review_days", "times", "clock_seq", "due_before", "due_after")


def record_asked(changes: Sequence[Change]) -> None:
    insert_rows(
        CaseRequest,
        ("case", "seq", *_ASKED, "asked_at", "asked_by", "first_role", "verdict"),
        [
            (
                c.matter.pk,
                c.seq,
                *(getattr(request, name) for name in _ASKED),
                request.asked_at,
                request.asked_by_id,
                "",
                "",
            )
            for c in changes
            for request in (request_of(c),)
        ],
    )


def request_of(change: Change) -> CaseRequest:
    request = change.extra[OPEN]
    assert isinstance(request, CaseRequest)
    return request


def asked_words(request: CaseRequest) -> str:
    """延期 5 个工作日，挂账至 2027年3月1日 …: what is asked for, in words."""
    return words_of(request.kind, request.days, request.until, request.times)


def words_of(kind: str, days: int | None, until: date | None, times: int | None) -> str:
    match kind:
        case RequestKind.EXTENSION:
            return f"延期 {days} 个工作日"
        case RequestKind.COMPLEX:
            return f"按复杂件办理，延长 {days} 个工作日"
        case RequestKind.DEFERRAL if until:
            return f"挂账至 {day(until)}"
        case _:
            return f"不合理诉求认定（已解释 {times} 次）" if times else "不合理诉求认定"


# --- deciding --------------------------------------------------------------------------------------------------------


def load_open(changes: Sequence[Change], *, turn: str) -> list[Change]:
    """Put the open request into each change and refuse those that it is not the turn of, or whose presser has had a
    hand in it; returns the others. The cases are loaded."""
    load(changes)
    rows = select_rows(CaseRequest, '"case_id" = ANY(%s) AND "verdict" = \'\'', [[c.matter.pk for c in changes]])
    waiting = {row.case_id: row for row in rows}
    going: list[Change] = []
    for change in changes:
        request = waiting.get(change.matter.pk)
        if request is None:
            change.refuse(Conflict("这件没有等着批的申请，可能刚被撤回。", code="no_request"))
        elif turn and turn not in change.matter.aspects:
            words = "还要先由承办单位负责人审核" if turn == TO_CENTRE else "负责人已经审核过"
            change.refuse(Conflict(f"这项申请{words}。", code="not_its_turn"))
        elif turn and has_acted(request, change.actor):
            change.refuse(Forbidden(f"{SAME_PERSON}，请交给另一位。", code="second_eyes"))
        else:
            change.extra[OPEN] = request
            change.facts |= figures(change) | {
                "request": request.kind,
                "asked_seq": request.seq,
                "ground": request.ground,
            }
            change.told["asked"] = asked_words(request)
            going.append(change)
    return going


def of_kind(changes: Sequence[Change], kind: RequestKind) -> list[Change]:
    """Those that ask for this; the others are refused."""
    for change in changes:
        if request_of(change).kind != kind:
            change.refuse(Conflict("这件等着批的是另一种申请，请刷新后再看。", code="other_request"))
    return [change for change in changes if change.refusal is None]


def check_endorse(changes: Sequence[Change]) -> None:
    from huying.cases.steps import extending

    for change in load_open(changes, turn=TO_CHIEF):
        request = request_of(change)
        request.endorsed_at, request.endorsed_by_id = change.at, change.actor.user_id
        change.unmark(TO_CHIEF)
        if extending.chief_decides(request):
            change.choose(STAY, "granted")
            extending.lengthen(change)
        else:
            change.choose(STAY, "panel" if request.kind == RequestKind.UNREASONABLE else "endorsed")
            change.mark(TO_CENTRE)


def check_refuse(changes: Sequence[Change]) -> None:
    for change in changes:
        if not may_refuse_now(change):
            change.refuse(Forbidden("这项申请现在不由您的岗位审批。", code="not_its_turn"))
    going = [change for change in changes if change.refusal is None]
    for change in load_open(going, turn="") if going else ():
        if has_acted(request_of(change), change.actor):
            change.refuse(Forbidden(f"{SAME_PERSON}，请交给另一位。", code="second_eyes"))
        end(change, RequestVerdict.REFUSED)


def may_refuse_now(change: Change) -> bool:
    turn = TO_CENTRE if change.actor.scope == "all" else TO_CHIEF
    return asked_kind(change.matter) is None or turn in change.matter.aspects


def check_withdraw(changes: Sequence[Change]) -> None:
    for change in load_open(changes, turn=""):
        if not _may_take_back(request_of(change), change.actor):
            change.refuse(Forbidden("申请由提出的人撤回。", code="not_asker"))
        end(change, RequestVerdict.WITHDRAWN)


def end(change: Change, verdict: RequestVerdict) -> None:
    """Put its verdict on the request, and take the marks of asking away. The change's number is not known yet."""
    request = request_of(change)
    request.verdict = verdict
    request.decided_at, request.decided_by_id = change.at, change.actor.user_id
    change.facts["verdict"] = verdict.value
    for mark in MARKS:
        if mark in change.aspects:
            change.unmark(mark)


_DECIDED = (
    "days",
    "until",
    "review_days",
    "clock_seq",
    "due_before",
    "due_after",
    "endorsed_at",
    "endorsed_by_id",
    "first_at",
    "first_by_id",
    "first_role",
    "verdict",
    "decided_at",
    "decided_by_id",
)


def record_decided(changes: Sequence[Change]) -> None:
    update_rows(
        CaseRequest,
        (*(name.removesuffix("_id") for name in _DECIDED), "decided_seq"),
        [
            (request.pk, *(getattr(request, name) for name in _DECIDED), c.seq if request.verdict else None)
            for c in changes
            for request in (request_of(c),)
        ],
    )


# --- what becomes of it when the case goes on ------------------------------------------------------------------------

LAPSED = "request_lapsed"  # in `Change.extra`


def check_along(changes: Sequence[Change]) -> None:
    """A request falls away where the case leaves the states in which it could be granted; what was granted for one unit
    does not hold for the next."""
    for change in changes:
        if not change.matter.aspects:
            continue
        kind = asked_kind(change.matter)
        if kind is not None and OPEN not in change.extra and change.target not in STANDING[kind]:
            for mark in MARKS:
                change.unmark(mark)
            change.facts["lapsed"] = kind.value
            change.extra[LAPSED] = True
            change.done = (
                f"{change.done or change.outcome.done or f'已{change.step.label}'}；没有批的{kind.label}申请随之失效"
            )
        if change.target in (TRIAGED, RECEIVED) and "extended" in change.aspects:
            change.unmark("extended")


def record_along(changes: Sequence[Change]) -> None:
    fallen = {c.matter.pk: c for c in changes if LAPSED in c.extra}
    if not fallen:
        return
    rows = CaseRequest.objects.open().filter(case_id__in=list(fallen)).values_list("pk", "case_id")
    update_rows(
        CaseRequest,
        ("verdict", "decided_at", "decided_by", "decided_seq"),
        [
            (pk, RequestVerdict.LAPSED.value, change.at, change.actor.user_id, change.seq)
            for pk, case in rows
            for change in (fallen[case],)
        ],
    )


def date_words(at: datetime) -> str:
    """11月27日: by when, as the reporter is told."""
    local = timezone.localtime(at)
    year = f"{local.year}年" if local.year != timezone.localdate().year else ""
    return f"{year}{local.month}月{local.day}日"
