"""平急转换: a regime begins and ends by somebody's word. When it begins, every body that answers calls is told and has
to confirm; whoever has not is told again. On phones too: nobody of the staff can switch that off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from huying.kernel import live
from huying.kernel.changes import ACT, record_change
from huying.kernel.errors import Conflict, Forbidden, Missing
from huying.matters.messages import HANDLERS, people_of, tell, templates
from huying.matters.models import Regime, RegimeNotice
from huying.matters.rhythms import CONFIRM, every
from huying.matters.wording import Template, own_placeholder
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.models import Post

PERMISSION = "matters.regimes"
CHANNEL = "regimes"  # of live pages
REMINDED = 500  # at once
PLANNED = "到了预计的结束时间。"


@dataclass(frozen=True, slots=True)
class Standing:
    """A regime that holds now. `unconfirmed` of `told` bodies have not said that they know."""

    id: int
    name: str
    since: datetime
    until: datetime | None
    by: str
    reason: str
    told: int
    unconfirmed: int

    @property
    def url(self) -> str:
        return reverse("matters:regime", args=[self.id])


def running(now: datetime) -> QuerySet[Regime]:
    return Regime.objects.filter(Q(until=None) | Q(until__gt=now), since__lte=now)


def standing(now: datetime) -> list[Standing]:
    """Those that hold now, the oldest first. One query."""
    rows = (
        running(now)
        .select_related("started_by")
        .annotate(told=Count("notices"), unconfirmed=Count("notices", filter=Q(notices__confirmed_at=None)))
        .order_by("since", "pk")
    )
    return [
        Standing(
            id=one.pk,
            name=one.name,
            since=one.since,
            until=one.until,
            by=one.started_by.display_name if one.started_by else "",
            reason=one.reason,
            told=one.told,
            unconfirmed=one.unconfirmed,
        )
        for one in rows
    ]


def begin(regime: Regime, *, at: datetime) -> int:
    """Tell every body that answers calls, in the transaction that has stored the regime. Returns how many."""
    units = [listed.id for listed in directory().handlers()]
    made = RegimeNotice.objects.bulk_create(RegimeNotice(regime=regime, organisation_id=unit) for unit in units)
    _tell(regime, made, at, again=False)
    live.publish([CHANNEL])
    return len(made)


def finish(regime: Regime, *, by: Actor, reason: str, at: datetime) -> None:
    """End one that holds; everybody who was told of it is told. In a transaction, the row locked.

    Raises:
        Conflict
    """
    if regime.until is not None and regime.until <= at:
        raise Conflict(f"“{regime.name}”早已结束。")
    regime.until, regime.ended_by_id, regime.ended_for = at, by.user_id, reason
    regime.save(update_fields=["until", "ended_by", "ended_for"])
    _tell_ended(regime, at)


def finish_planned(now: datetime) -> int:
    """Those whose planned end has come: written down as ended, and told like the others. Returns how many."""
    with transaction.atomic():
        over = Regime.objects.select_for_update(skip_locked=True).filter(until__lte=now, ended_by=None, ended_for="")
        ended = list(over.order_by("until", "pk")[:REMINDED])
        for regime in ended:
            assert regime.until is not None
            regime.ended_for = PLANNED
            regime.save(update_fields=["ended_for"])
            record_change(who="系统", what="应急状态", key=regime.name, before={}, after={ACT: PLANNED})
            _tell_ended(regime, now)
    return len(ended)


def confirm(regime_id: int, *, by: Actor, at: datetime) -> RegimeNotice:
    """Somebody of a body that was told says that it knows.

    Raises:
        Missing, Forbidden, Conflict
    """
    with transaction.atomic():
        rows = RegimeNotice.objects.select_for_update().select_related("organisation")
        notice = rows.filter(regime=regime_id, organisation=by.organisation_id or 0).first()
        if notice is None:
            if not Regime.objects.filter(pk=regime_id).exists():
                raise Missing("没有这个应急状态。")
            raise Forbidden("您的岗位不能确认：这条通知没有发给您的单位。", code="not_told")
        if notice.confirmed_at is not None:
            raise Conflict("贵单位已经确认过。", code="already_confirmed")
        notice.confirmed_at, notice.confirmed_by_id, notice.next_at = at, by.user_id, None
        notice.save(update_fields=["confirmed_at", "confirmed_by", "next_at"])
        live.publish([CHANNEL])
    return notice


def remind(now: datetime) -> int:
    """Tell once more whoever has not confirmed; returns how many bodies."""
    with transaction.atomic():
        waiting = list(
            RegimeNotice.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(confirmed_at=None, next_at__lte=now)
            .select_related("regime")
            .order_by("next_at")[:REMINDED]
        )
        over = [one.pk for one in waiting if one.regime.until is not None and one.regime.until <= now]
        RegimeNotice.objects.filter(pk__in=over).update(next_at=None)
        by_regime: dict[Regime, list[RegimeNotice]] = {}
        for one in waiting:
            if one.pk not in over:
                by_regime.setdefault(one.regime, []).append(one)
        for regime, notices in by_regime.items():
            _tell(regime, notices, now, again=True)
        return len(waiting) - len(over)


def _tell_ended(regime: Regime, at: datetime) -> None:
    """Everybody who was told of it; nobody has to confirm it any more."""
    regime.notices.filter(confirmed_at=None).update(next_at=None)
    units = list(regime.notices.values_list("organisation", flat=True))
    _say("regime.ended", regime, units, at, reason=regime.ended_for)
    live.publish([CHANNEL])


def _tell(regime: Regime, notices: Sequence[RegimeNotice], at: datetime, *, again: bool) -> None:
    units = [notice.organisation_id for notice in notices]
    apart = regime.started_by_id if not again else None
    _say("regime.again" if again else "regime.begun", regime, units, at, reason=regime.reason, apart=apart)
    RegimeNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(
        told=F("told") + 1, next_at=at + every(CONFIRM, at)
    )


def _say(
    template: str, regime: Regime, units: Sequence[int], at: datetime, *, reason: str, apart: int | None = None
) -> None:
    """To whoever works on what these bodies hold and whoever heads them, and to their duty phones."""
    posts = Post.objects.current().filter(organisation__in=units, role__in=(*HANDLERS, "chief"))
    users = {user for found in people_of(posts.values_list("pk", flat=True)).values() for user in found}
    words = {"regime": regime.name, "reason": reason}
    tell(template, users - {apart or 0}, words, url=reverse("matters:regime", args=[regime.pk]), at=at, on_duty=units)


own_placeholder("regime", "应急状态的名称", "防汛应急响应")
own_placeholder("reason", "为什么启动或结束", "暴雨橙色预警")
for _key, _template in {
    "regime.begun": Template(
        "已进入应急状态：{regime}",
        "“{regime}”已启动：{reason}请马上登录系统确认收到，按应急时限办理。",
        urgent=True,
        must=True,
    ),
    "regime.again": Template(
        "请确认应急状态：{regime}",
        "“{regime}”已启动，贵单位还没有确认，请马上登录系统确认收到。",
        urgent=True,
        must=True,
    ),
    "regime.ended": Template(
        "应急状态结束：{regime}", "“{regime}”已结束，恢复平时的时限。{reason}", urgent=True, must=True
    ),
}.items():
    templates.add(_key, _template)
