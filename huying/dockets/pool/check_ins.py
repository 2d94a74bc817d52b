"""Check-ins (社区报到) and the hours served after them: verbs, and what they add up to.

Somebody with an account checks in by himself and waits for the community; whom the community registers is confirmed by
that. The same holds of hours. Nobody confirms his own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from huying.dockets.enums import CheckInKind, CheckInState, RecordState
from huying.dockets.models import CheckIn, Service, ServiceRecord
from huying.dockets.pool.access import CHECK_IN, CONFIRM, answers_for, own_places
from huying.dockets.pool.ranking import when_words
from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing
from huying.people.actors import Actor
from huying.people.contacts import Person, checked, remember
from huying.people.directory import directory
from huying.places.tree import place_tree

BACK_DAYS = 180  # how long afterwards hours can be written down
LATELY_DAYS = 90  # within which somebody who has served counts as serving
UNKNOWN = "没有这条报到，或者您的岗位无权查看。"


@dataclass(frozen=True, slots=True)
class Content:
    """What somebody says who checks in. `community`: id of its place."""

    community: int
    unit: str
    services: tuple[str, ...]
    kind: str = CheckInKind.MEMBER
    people: int = 1
    skills: str = ""
    weekdays: tuple[int, ...] = ()
    evenings: bool = False
    organisation: int | None = None
    person: Person = field(default_factory=Person, repr=False)


def check_ins_for(actor: Actor) -> QuerySet[CheckIn]:
    """One's own, and those at the communities one answers for; lists, counts and doors start here."""
    mine = Q(user=actor.user_id or 0)
    if not actor.may(CONFIRM):
        return CheckIn.objects.filter(mine)
    own = own_places(actor)
    return CheckIn.objects.all() if own is None else CheckIn.objects.filter(mine | Q(community__in=own))


def door(actor: Actor, pk: int) -> CheckIn:
    found = check_ins_for(actor).select_related("contact").filter(pk=pk).first()
    if found is None:
        raise Missing(UNKNOWN)
    return found


def may_judge(actor: Actor, check_in: CheckIn) -> bool:
    """The community, its street and the centre; nobody his own."""
    own = check_in.user_id is not None and check_in.user_id == actor.user_id
    return actor.may(CONFIRM) and answers_for(actor, check_in.community_id) and not own


@transaction.atomic
def check_in(content: Content, *, by: Actor, own: bool, at: dt.datetime | None = None) -> CheckIn:
    """Check in oneself (`own`), or register somebody who came to the community.

    Raises:
        Invalid, Forbidden, Conflict
    """
    now = at or timezone.now()
    family = place_tree().by_id.get(content.community)
    if family is None or family.community_id is None:
        raise Invalid("没有这个社区。", fields={"community": ["没有这个社区，请重新选择"]})
    if own and (not by.may(CHECK_IN) or by.user_id is None):
        raise Forbidden("您的岗位不能报到。")
    if not own and not (by.may(CONFIRM) and answers_for(by, family.id)):
        raise Forbidden("只能登记到本地社区的报到。")
    person = checked(content.person)
    if not person.name or not person.phone:
        missing = {f"person_{key}": ["请填写"] for key in ("name", "phone") if not getattr(person, key)}
        raise Invalid("请填写姓名和电话。", fields=missing)
    known = set(Service.objects.filter(key__in=content.services).values_list("key", flat=True))
    if not known:
        raise Invalid("请选择能做什么。", fields={"services": ["请至少选一项"]})
    contact = remember(person, at=now)
    assert contact is not None
    row = CheckIn(
        kind=content.kind,
        community_id=family.id,
        contact_id=contact,
        user_id=by.user_id if own else None,
        unit=content.unit,
        organisation_id=content.organisation,
        people=content.people if content.kind == CheckInKind.UNIT else 1,
        services=[key for key in content.services if key in known],
        skills=content.skills,
        weekdays=list(content.weekdays),
        evenings=content.evenings,
        state=CheckInState.PROPOSED if own else CheckInState.ACTIVE,
        at=now,
    )
    if not own:
        _signed(row, by, now)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        words = "已经在这个社区报到过"
        raise Conflict(f"{words}。", code="once", fields={"community": [words]}) from error
    return row


def _signed(row: CheckIn | ServiceRecord, by: Actor, now: dt.datetime) -> None:
    row.confirmed_at, row.confirmed_by_id, row.confirmed_for_id = now, by.user_id, by.on_behalf_of_id


@transaction.atomic
def decide(pk: int, act: str, *, by: Actor, reason: str = "", at: dt.datetime | None = None) -> CheckIn:
    """`confirm` or `return` what waits; `end` what runs, which one may do oneself.

    Raises:
        Conflict, Forbidden, Invalid, Missing
    """
    now = at or timezone.now()
    row = CheckIn.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise Missing(UNKNOWN)
    wanted = CheckInState.ACTIVE if act == "end" else CheckInState.PROPOSED
    if row.state != wanted:
        raise Conflict(f"这条报到现在是“{CheckInState(row.state).label}”，请刷新后再看。", code="already_moved")
    own = act == "end" and row.user_id is not None and row.user_id == by.user_id
    if not (own or may_judge(by, row)):
        raise Forbidden("您的岗位不能办理这条报到，也不能确认自己的报到。")
    if act == "return" and len(reason.strip()) < 2:
        raise Invalid("请写明原因。", fields={"reason": ["请写明原因"]})
    row.state = {"confirm": CheckInState.ACTIVE, "return": CheckInState.RETURNED, "end": CheckInState.ENDED}[act]
    row.reason = reason.strip()[:200]
    if act != "end":
        _signed(row, by, now)
    row.save()
    return row


@transaction.atomic
def record(
    pk: int, *, service: str, day: dt.date, hours: Decimal, text: str, by: Actor, at: dt.datetime | None = None
) -> ServiceRecord:
    """Hours served: written down by whoever served, or confirmed at once by the community.

    Raises:
        Conflict, Forbidden, Invalid, Missing
    """
    now = at or timezone.now()
    row = CheckIn.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise Missing(UNKNOWN)
    own = row.user_id is not None and row.user_id == by.user_id
    judged = may_judge(by, row)
    if not (own or judged):
        raise Forbidden("只能登记本人的，或者本社区报到人的服务。")
    if row.state != CheckInState.ACTIVE:
        raise Conflict("社区确认报到以后，才能登记服务记录。", code="not_active")
    today = timezone.localdate(now)
    kind = Service.objects.filter(key=service).first()
    problems: dict[str, list[str]] = {}
    if kind is None:
        problems["service"] = ["没有这个服务类别，请重新选择"]
    if day > today:
        problems["day"] = ["不能晚于今天"]
    elif day < today - dt.timedelta(days=BACK_DAYS):
        problems["day"] = [f"只能补登记 {BACK_DAYS} 天以内的"]
    most = Decimal(24) * row.people
    there = row.records.filter(day=day).exclude(state=RecordState.RETURNED).aggregate(n=Sum("hours"))["n"] or Decimal(0)
    if there + hours > most:
        problems["hours"] = [f"这一天已登记 {there:g} 小时，加起来超过了一天"]
    if problems:
        raise Invalid("填写的内容有误，请按提示修改。", fields=problems)
    made = ServiceRecord(check_in=row, service=kind, day=day, hours=hours, text=text, at=now, by_id=by.user_id)
    if judged:
        made.state = RecordState.CONFIRMED
        _signed(made, by, now)
    made.save()
    return made


@transaction.atomic
def decide_record(pk: int, act: str, *, by: Actor, reason: str = "", at: dt.datetime | None = None) -> ServiceRecord:
    """`confirm` or `return` hours that wait.

    Raises:
        Conflict, Forbidden, Invalid, Missing
    """
    row = ServiceRecord.objects.select_for_update(of=("self",)).select_related("check_in").filter(pk=pk).first()
    if row is None:
        raise Missing("没有这条服务记录，或者您的岗位无权查看。")
    if not may_judge(by, row.check_in):
        raise Forbidden("您的岗位不能办理这条服务记录，也不能确认自己的服务。")
    if row.state != RecordState.PROPOSED:
        raise Conflict(f"这条服务记录现在是“{RecordState(row.state).label}”，请刷新后再看。", code="already_moved")
    if act == "return" and len(reason.strip()) < 2:
        raise Invalid("请写明原因。", fields={"reason": ["请写明原因"]})
    row.state = RecordState.CONFIRMED if act == "confirm" else RecordState.RETURNED
    row.reason = reason.strip()[:200]
    _signed(row, by, at or timezone.now())
    row.save()
    return row


# --- what it adds up to ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one community or unit: `registered` people who are checked in now, of whom `serving` check-ins have at least
    one confirmed record of the last days out of `check_ins`; hours confirmed in all, and those that wait."""

    name: str
    key: str
    check_ins: int
    registered: int
    serving: int
    hours: Decimal
    waiting: Decimal

    @property
    def share(self) -> str:
        """12/30, 40%."""
        if not self.check_ins:
            return "—"
        return f"{self.serving}/{self.check_ins}，{self.serving / self.check_ins:.0%}"

    @property
    def mean(self) -> str:
        """Hours for each check-in: those that have none count too."""
        return f"{self.hours / self.check_ins:.1f}" if self.check_ins else "—"


def tallies(rows: QuerySet[CheckIn], by: str, today: dt.date) -> list[Tally]:
    """By `community_id` or `unit`, the most hours first. Of check-ins that run; two queries."""
    running = rows.filter(state=CheckInState.ACTIVE).order_by()
    counted = running.values_list(by).annotate(n=Count("pk"), people=Sum("people"))
    lately = Q(state=RecordState.CONFIRMED, day__gt=today - dt.timedelta(days=LATELY_DAYS))
    records = ServiceRecord.objects.filter(check_in__in=running).order_by()
    added = {
        key: (serving, hours or Decimal(0), waiting or Decimal(0))
        for key, serving, hours, waiting in records.annotate(of=F(f"check_in__{by}"))
        .values_list("of")
        .annotate(
            serving=Count("check_in", distinct=True, filter=lately),
            done=Sum("hours", filter=Q(state=RecordState.CONFIRMED)),
            waiting=Sum("hours", filter=Q(state=RecordState.PROPOSED)),
        )
    }
    none = (0, Decimal(0), Decimal(0))
    tree = place_tree()
    found = [
        Tally(tree.name_of(key) if by == "community_id" else key, str(key), n, people, *added.get(key, none))
        for key, n, people in counted
    ]
    return sorted(found, key=lambda one: (-one.hours, -one.check_ins, one.name))


def own_unit(actor: Actor) -> str:
    """What stands for one's unit before anybody types."""
    unit = directory().by_id.get(actor.organisation_id or 0)
    return unit.name if unit else ""


def free_words(weekdays: Sequence[int], evenings: bool) -> str:
    days = when_words(tuple(weekdays), (), None, None).removesuffix(" 全天")
    return f"{days}{'晚上' if evenings else ''}"
