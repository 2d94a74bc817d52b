"""What the worker does regularly for all matters."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from huying.kernel import health, jobs, outbox
from huying.kernel.changes import ACT, record_change
from huying.kernel.outbox import Payload
from huying.matters import alarms, delivery, ledger, presence, regimes, restraint, succession
from huying.matters.models import Delivery
from huying.matters.sweep import Settled, recompute_provisional, sweep

CALENDAR = "日历"  # in the log of configuration


@outbox.periodic("matters.clocks", 5)
def look_at_clocks() -> None:
    sweep(timezone.now())


@outbox.periodic("matters.alarms", 5)
def tell_next_people() -> None:
    alarms.next_people(timezone.now())


@outbox.periodic("matters.regimes", 15)
def look_after_regimes() -> None:
    now = timezone.now()
    regimes.finish_planned(now)
    regimes.remind(now)


@jobs.job("matters.deliver")
def deliver_waiting() -> None:
    """A job and not periodic work: it commits before anything leaves, so it must not run in one long transaction."""
    delivery.deliver(timezone.now())


@outbox.periodic("matters.delivery", 2)
def send_messages() -> None:
    if delivery.is_waiting(timezone.now()):
        jobs.defer_once(deliver_waiting, name="matters.deliver")


@outbox.periodic("matters.sent_counts", 3600)
def forget_old_counts() -> None:
    restraint.forget_counts(timezone.localdate())


@outbox.periodic("matters.anchor", 300)
def anchor() -> None:
    ledger.take_anchor(timezone.now())


@outbox.periodic("matters.succession", 60)
def hand_over_matters() -> None:
    succession.hand_over()


@outbox.periodic("matters.provisional", 3600)
def settle_provisional() -> None:
    """Nobody's doing: a version of the product knows the holidays of another year."""
    if (settled := recompute_provisional()).clocks:
        _note_settled("系统", "国家公布了节假日安排", settled)


@jobs.job("matters.settle")
def settle_clocks(*, who: str, cause: str) -> None:
    """At once, when somebody has changed the calendar."""
    _note_settled(who, cause, recompute_provisional())


def _note_settled(who: str, cause: str, settled: Settled) -> None:
    told = {ACT: "重算暂定的到期时间", "改变的时限": f"{settled.clocks} 个", "涉及的件": f"{settled.matters} 件"}
    record_change(who=who, what=CALENDAR, key=cause, before={}, after=told)


@outbox.periodic("matters.presence", 300)
def forget_who_has_gone() -> None:
    presence.sweep(timezone.now())


UNSENT_DAYS = 7  # how long a message that was not sent is listed
MOST_LISTED = 10


@health.check("消息")
def unsent_messages() -> health.Finding:
    """What could not be sent, and what nobody can tell of, by the matters they speak of: somebody has to call."""
    since = timezone.now() - timedelta(days=UNSENT_DAYS)
    unsent = Delivery.objects.filter(
        status__in=(Delivery.Status.FAILED, Delivery.Status.UNKNOWN),
        decided_at=None,
        message__created_at__gte=since,
    )
    numbers = list(
        unsent.exclude(message__matter=None)
        .order_by("message__matter__number")
        .values_list("message__matter__number", flat=True)
        .distinct()[: MOST_LISTED + 1]
    )
    if not (n := unsent.count()):
        return health.Finding(True, f"{UNSENT_DAYS} 天内的消息都已发出或正在发送。")
    listed = "、".join(numbers[:MOST_LISTED]) + ("等" if len(numbers) > MOST_LISTED else "")
    return health.Finding(
        False,
        f"{UNSENT_DAYS} 天内有 {n} 条消息没有发出或结果未知，涉及 {listed}。",
        "请检查短信通道，到“系统设置 › 没有送达的短信”逐条处理。",
    )


@outbox.handler(alarms.RAISED)
def alarm_raised(payloads: list[Payload]) -> None:
    alarms.next_people(timezone.now())
