"""The work lists of supervisions: what each holds, which role has which, and how a list is searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from huying.kernel.paging import CappedCount, capped_counts
from huying.kernel.search import Folded, Matches, exact_words, fold
from huying.matters.models import Matter, Words
from huying.people.actors import Actor
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS

COUNTED_TO = 999
MOST_NAMED = 50  # matters that one supervision is about
PRESSING = ("next_due_at", "id")
NEWEST = ("-opened_at", "-id")

Condition = Callable[[Actor, datetime], Q]
_OPEN = Q(closed_at=None)


@dataclass(frozen=True, slots=True)
class Queue:
    """One work list. `empty`: what stands there when nothing does: a heading and what that means."""

    key: str
    label: str
    condition: Condition
    empty: tuple[str, str]
    ordering: tuple[str, ...] = PRESSING


def _state(key: str, *empty: str) -> Queue:
    return Queue(
        key, SUPERVISIONS.state[key].label, lambda actor, now: Q(state=key, closed_at=None), (empty[0], empty[1])
    )


QUEUES: dict[str, Queue] = {
    queue.key: queue
    for queue in (
        _state("issued", "没有待签收的督办件", "新下达的督办件会出现在这里。"),
        _state("working", "没有待反馈的督办件", "签收之后、还没有反馈的督办件会出现在这里。"),
        _state("reviewing", "没有待负责人审核的反馈", "经办人拟好的反馈会出现在这里。"),
        _state("reported", "没有待审核的反馈", "各单位报来的反馈会出现在这里。"),
        _state("unassigned", "没有待改派的督办件", "单位退回的督办件会出现在这里。"),
        Queue(
            "to-sign",
            "待签发",
            lambda actor, now: _OPEN & Q(supervision__draft__isnull=False),
            ("没有待签发的文书", "督导员拟好的约谈通知、通报和移交函会出现在这里。"),
        ),
        Queue(
            "late",
            "已超时",
            lambda actor, now: _OPEN & Q(next_due_at__lt=now),
            ("没有超时的督办件", "在办的督办件都在时限之内。"),
        ),
        Queue(
            "returned",
            "退回再办",
            lambda actor, now: _OPEN & Q(rework_count__gt=0),
            ("没有退回再办的督办件", "反馈没有办到位、退回单位再办的会出现在这里。"),
        ),
        Queue("open", "在办", lambda actor, now: _OPEN, ("没有在办的督办件", "还没有办结的督办件会出现在这里。")),
        Queue(
            "closed",
            "已办结",
            lambda actor, now: Q(state="closed"),
            ("还没有办结的督办件", "反馈审核通过的督办件会出现在这里。"),
            NEWEST,
        ),
        Queue("", "全部督办件", lambda actor, now: Q(), ("还没有督办件", "发起的督办会出现在这里。"), NEWEST),
    )
}

_UNIT = ("issued", "working", "reviewing", "reported", "returned", "open", "closed", "")
TABS: dict[str, tuple[str, ...]] = {
    "supervisor": ("reported", "unassigned", "late", "returned", "to-sign", "open", "closed", ""),
    "leader": ("to-sign", "late", "returned", "open", "closed", ""),
    "chief": ("reviewing", "issued", "working", "reported", "late", "open", "closed", ""),
}


def tabs_of(actor: Actor) -> list[Queue]:
    """The lists of this role, the most pressing first, everything last."""
    return [QUEUES[key] for key in TABS.get(actor.role.key, _UNIT)]


def supervisions_for(actor: Actor) -> QuerySet[Matter]:
    """Every supervision this actor may see. All lists, counts and doors of supervisions start here."""
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=SUPERVISIONS.kind)


def instructions_for(actor: Actor) -> QuerySet[Matter]:
    """The same of instructions: the centre's and the leaders' own paper."""
    rows = Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=INSTRUCTIONS.kind)
    return rows if actor.may("supervision.board") else rows.none()


def in_queue(queue: Queue, actor: Actor, now: datetime) -> QuerySet[Matter]:
    return supervisions_for(actor).filter(queue.condition(actor, now))


def counts(queues: list[Queue], actor: Actor, now: datetime) -> dict[str, CappedCount]:
    """How many lie in each, counted up to a bound, in one query."""
    return capped_counts({queue.key: in_queue(queue, actor, now) for queue in queues}, COUNTED_TO)


_WAITING: dict[str, Q] = {
    "supervision.handle": Q(state__in=("issued", "working")),
    "supervision.endorse": Q(state="reviewing"),
    "supervision.review": Q(state__in=("reported", "unassigned")),
}


def waiting_for(actor: Actor) -> Q:
    """What waits for this post to do something."""
    found = Q(pk__in=[])
    for permission, condition in _WAITING.items():
        if actor.may(permission):
            own = actor.scope != "all" and permission != "supervision.review"
            found |= condition & Q(holder_id=actor.organisation_id) if own else condition
    if actor.may("supervision.sign"):
        found |= Q(supervision__draft__isnull=False)
    return _OPEN & found


def search(rows: QuerySet[Matter], typed: str) -> QuerySet[Matter]:
    """Those found by their own number, the number of a matter they are about, or their words."""
    number = fold(typed).strip().upper()
    if number.isascii() and any(sign.isdigit() for sign in number) and " " not in number:
        about = Q(supervision__about__matter__number=number)
        task = Q(supervision__instruction__matter__number=number)
        return rows.filter(Q(number__startswith=number) | about | task).distinct()
    said = Words.objects.filter(Matches("document", typed), document__isnull=False, matter__kind="supervision")
    compound = exact_words(typed)
    if compound:
        whole = Concat(F("matter__title"), Value("\n"), F("text"), output_field=TextField())
        said = said.annotate(whole=whole).alias(folded=Folded("whole"))
    return rows.filter(pk__in=said.values("matter_id"))
