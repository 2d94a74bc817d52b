"""The work lists of cases: what each holds, which role has which, and how a list is narrowed and searched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from huying.cases import options
from huying.cases.flow import CASES
from huying.kernel.paging import CappedCount, capped_counts
from huying.kernel.privacy import find_personal, normalise
from huying.kernel.search import Folded, Matches, exact_words, fold
from huying.matters.enums import Warning
from huying.matters.models import Alarm, Matter, Words
from huying.matters.scopes import helps
from huying.people.actors import Actor
from huying.people.models import Contact

TABS_COUNTED_TO = 999
RARE = 1000  # hits up to which the words are looked up first and the list is put in order afterwards
FOUND_BY_KEY = 1000  # rows of one phone or one external number that a search looks at, the newest first
PRESSING = ("next_due_at", "id")
NEWEST = ("-opened_at", "-id")

Condition = Callable[[Actor, datetime], Q]


@dataclass(frozen=True, slots=True)
class Queue:
    """One work list. `permission`: whoever has it finds the list in the menu. `empty`: what stands there when nothing
    does: a heading and what that means."""

    key: str
    label: str
    condition: Condition
    empty: tuple[str, str]
    permission: str = ""
    ordering: tuple[str, ...] = PRESSING

    @property
    def slug(self) -> str:
        return self.key.replace("_", "-")

    @property
    def url_name(self) -> str:
        return f"cases:queue-{self.slug}" if self.key else "cases:list"


def _in_state(key: str) -> Condition:
    """In a state; for units only what is in their own hands."""

    def condition(actor: Actor, now: datetime) -> Q:
        here = Q(state=key, closed_at=None)
        return here if actor.scope in ("all", "reviewed", "grids") else here & Q(holder_id=actor.organisation_id)

    return condition


def _state(key: str, empty: tuple[str, str], permission: str = "") -> Queue:
    return Queue(key, CASES.state[key].label, _in_state(key), empty, permission)


_OPEN = Q(closed_at=None)
_TO_CONTACT = Q(state="acknowledged") | Q(state="handling", case__contacted_at=None)  # also before it is done over

QUEUES: dict[str, Queue] = {
    queue.key: queue
    for queue in (
        Queue(
            "", "全部诉求件", lambda actor, now: Q(), ("还没有诉求件", "登记或收到的诉求件会出现在这里。"), "", NEWEST
        ),
        _state("received", ("没有待研判的件", "新来件会自动出现在这里。"), "cases.triage"),
        _state("triaged", ("没有待派单的件", "研判完的件会自动出现在这里。"), "cases.dispatch"),
        _state("dispatched", ("没有待签收的件", "新派来的件会自动出现在这里。"), "cases.acknowledge"),
        _state("acknowledged", ("没有待沟通的件", "签收后还没有联系诉求人的件会出现在这里。"), "cases.propose"),
        _state("handling", ("没有正在办理的件", "联系过诉求人、正在办的件会出现在这里。"), "cases.propose"),
        _state("waiting", ("没有等待补充的件", "退回诉求人补充情况的件会出现在这里，期间各时限暂停。")),
        _state("awaiting_approval", ("没有待审批的件", "经办人提交的办理结果会出现在这里。"), "cases.approve"),
        _state("resolved", ("没有待回访的件", "承办单位办结、还没有回访的件会出现在这里。"), "cases.callback"),
        Queue(
            "confidential",
            "保密件待联系",
            lambda actor, now: _OPEN & Q(confidential=True) & _TO_CONTACT,
            ("没有等着联系的保密件", "诉求人要求保密的件，承办单位签收后由区中心联系，会出现在这里。"),
            "cases.callback",
        ),
        Queue(
            "late",
            "已超时",
            lambda actor, now: _OPEN & Q(next_due_at__lt=now),
            ("没有超时的件", "在办的件都在时限之内。"),
        ),
        Queue(
            "yellow",
            "黄牌",
            lambda actor, now: _OPEN & Q(warning=Warning.YELLOW, next_due_at__gte=now),
            ("没有黄牌", "还没有快到期的件。"),
        ),
        Queue(
            "alarm",
            "险情未确认",
            lambda actor, now: Q(Exists(Alarm.objects.filter(matter=OuterRef("pk"), acknowledged_at=None))),
            ("没有待确认的险情", "出现险情词语的来件会立即出现在这里。"),
        ),
        Queue(
            "joint",
            "协办",
            lambda actor, now: _OPEN & helps(actor.organisation_id or 0),
            ("没有协办的件", "由别的单位主办、请本单位协办的件会出现在这里。"),
        ),
        Queue(
            "reworked",
            "重办两次以上",
            lambda actor, now: Q(rework_count__gte=2),
            ("没有重办两次以上的件", "诉求人两次表示没有解决或不满意的件，会出现在这里等待评价。"),
            ordering=NEWEST,
        ),
        Queue("open", "在办", lambda actor, now: _OPEN, ("没有在办的件", "还没有结案的件会出现在这里。")),
        Queue(
            "closed",
            "已结案",
            lambda actor, now: Q(state="closed"),
            ("还没有结案的件", "办完并结案的件会出现在这里。"),
            ordering=NEWEST,
        ),
    )
}

_UNIT = ("dispatched", "acknowledged", "handling", "waiting", "awaiting_approval", "joint", "open", "closed")
TABS: dict[str, tuple[str, ...]] = {
    "call_taker": ("received", "confidential", "waiting", "resolved", "open", "closed"),
    "dispatcher": ("received", "triaged", "dispatched", "resolved", "open", "closed"),
    "supervisor": ("late", "yellow", "alarm", "open", "closed"),
    "leader": ("late", "open", "closed"),
    "third_party": ("reworked", "open", "closed"),
    "chief": ("awaiting_approval", "handling", "late", "open", "closed"),
    "handler": _UNIT,
    "assistance": _UNIT,
    "street_clerk": _UNIT,
    "community_clerk": _UNIT,
}
PLAIN_TABS = ("open", "closed")


def tabs_of(actor: Actor) -> list[Queue]:
    """The lists of this role, the most pressing first, everything last."""
    return [QUEUES[key] for key in (*TABS.get(actor.role.key, PLAIN_TABS), "")]


def cases_for(actor: Actor) -> QuerySet[Matter]:
    """Every case this actor may see. All lists, counts and doors of cases start here."""
    # The district is the first column of the index over open work, so it is always said.
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=CASES.kind)


def in_queue(queue: Queue, actor: Actor, now: datetime) -> QuerySet[Matter]:
    return cases_for(actor).filter(queue.condition(actor, now))


def counts(queues: Mapping[str, Queue], actor: Actor, now: datetime) -> dict[str, CappedCount]:
    """How many cases lie in each, counted up to a bound, in one query."""
    return capped_counts({key: in_queue(queue, actor, now) for key, queue in queues.items()}, TABS_COUNTED_TO)


# --- search ----------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[A-Z]{1,6}-?\d{4,}[\dA-Z-]*")
_DIGITS = re.compile(r"\d{5,}")
_EXTERNAL = re.compile(r"\d{4}")
_PHONE = re.compile(r"\+?[\d\s()（）-]{7,20}")


def looks_like_number(typed: str) -> str:
    """The number of a case that was typed, in the form it is stored in; "" when it is none."""
    wanted = fold(typed).strip().upper()
    return wanted if _NUMBER.fullmatch(wanted) else ""


def looks_like_phone(typed: str) -> bool:
    return bool(_PHONE.fullmatch(typed.strip())) and 7 <= len(normalise("phone", typed)) <= 15


def sees_plain_words(actor: Actor) -> bool:
    """Whether numbers of phones and identities in people's texts are shown as they are."""
    return actor.may("cases.view_contact") and not actor.role.deidentified


def search(rows: QuerySet[Matter], actor: Actor, typed: str) -> QuerySet[Matter]:
    """Those found by number, external number, the words of the appeal or, for whoever may see it, the phone.

    Nobody finds by what is hidden from them: a phone typed by a role that sees none finds nothing, and a confidential
    reporter's phone finds nothing for a unit. Each way is one condition with an index of its own: put together by OR
    none of them would be used.
    """
    if found := _by_external_number(typed):
        return rows.filter(pk__in=found)
    if number := looks_like_number(typed):
        return rows.filter(number__startswith=number)
    if looks_like_phone(typed):
        return _readable(rows, actor).filter(pk__in=_by_phone(actor, typed))
    if hides(typed) and not sees_plain_words(actor):
        return rows.none()
    rows = _readable(rows, actor)
    said = _saying(typed)
    rare = list(said.values_list("matter_id", flat=True)[: RARE + 1])
    if len(rare) > RARE:
        # So many say it that walking down the list meets a page of them soon. Pairs of characters that stand apart
        # count as well then: looking closer at so many texts would cost more than the odd false hit.
        return rows.filter(Exists(said.filter(matter_id=OuterRef("pk"))))
    return rows.filter(pk__in=_exact(said, rare, typed))


def _readable(rows: QuerySet[Matter], actor: Actor) -> QuerySet[Matter]:
    """Whoever must not learn who a confidential reporter is finds nothing by words that may name somebody."""
    return rows if actor.may("cases.view_confidential") else rows.filter(confidential=False)


def _by_external_number(typed: str) -> list[int]:
    if not typed.isascii() and not _EXTERNAL.search(typed):
        return []  # words: the numbers of channels have digits
    # The index begins with the channel.
    rows = Matter.objects.exclude(external_number="").filter(channel__in=list(options.channel_names()))
    return list(rows.filter(external_number=typed.strip()).values_list("pk", flat=True)[:FOUND_BY_KEY])


def _by_phone(actor: Actor, typed: str) -> QuerySet[Matter, int]:
    """The newest matters of whoever gave this number, and those whose text has it."""
    if not sees_plain_words(actor):
        return Matter.objects.none().values_list("pk", flat=True)
    contacts = list(Contact.objects.with_phone(typed).values_list("pk", flat=True)[:50])
    rows = Matter.objects.filter(raised_by_id__in=contacts)
    if not actor.may("cases.view_confidential"):
        rows = rows.filter(confidential=False)
    raised = rows.order_by("-id").values_list("pk", flat=True)[:FOUND_BY_KEY]
    told = _saying(typed).order_by("-matter_id").values_list("matter_id", flat=True)[:FOUND_BY_KEY]
    return raised.union(told, all=True)


def hides(typed: str) -> bool:
    """Whether words could be used to try out somebody's phone or identity number."""
    return any(True for _ in find_personal(typed)) or bool(_DIGITS.search(fold(typed)))


def _saying(typed: str) -> QuerySet[Words]:
    """Texts that hold every pair of characters of the words typed."""
    return Words.objects.filter(Matches("document", typed), document__isnull=False)


def _exact(said: QuerySet[Words], ids: list[int], typed: str) -> list[int]:
    """Those among them that hold the words themselves."""
    compound = exact_words(typed)
    if not compound or not ids:
        return ids
    whole = Concat(
        F("matter__title"), Value("\n"), F("text"), Value("\n"), F("matter__case__address"), output_field=TextField()
    )
    found = said.filter(matter_id__in=ids).annotate(whole=whole).alias(folded=Folded("whole"))
    for word in compound:
        # Nearly always it stands there as typed: folding a text costs twenty times as much as looking into it.
        found = found.filter(Q(whole__contains=word) | Q(folded__contains=word))
    return list(found.values_list("matter_id", flat=True))
