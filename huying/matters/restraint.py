"""What keeps a message from ringing a phone: quiet hours, quotas, and people who want none. Urgent ones pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

from huying.kernel.bulk import update_rows
from huying.kernel.privacy import lookup_hash, lookup_hashes
from huying.matters.channels import OutwardChannel
from huying.matters.models import Delivery, OptOut, SentCount
from huying.matters.parameters import DAILY, DAILY_EACH, QUIET_FROM, QUIET_TO
from huying.people.phones import textable

Phone = Callable[[Delivery], str]
ALL = b""  # the subject of the day's total
NIGHT = "夜间不打扰，早上再发"
LANDLINE = "留的是固定电话，收不到短信"
REFUSED = "对方已退订短信"
KEPT_DAYS = 14  # counts older than that are nobody's business


def hold_back(channel: OutwardChannel, due: Sequence[Delivery], phone: Phone, now: datetime) -> list[Delivery]:
    """Those of a locked batch that go out now, counted; what is held back is written down. Inside the transaction."""
    if not channel.rings:
        return list(due)
    going: list[tuple[Delivery, str]] = []
    held: list[tuple[object, ...]] = []
    numbers = {delivery.pk: phone(delivery) for delivery in due}
    refused = _refused(n for n in numbers.values() if n)
    morning = morning_after(now)
    for delivery in due:
        number = numbers[delivery.pk]
        if number and not textable(number):
            held.append((delivery.pk, Delivery.Status.WITHHELD, None, LANDLINE))
        elif number in refused and not delivery.message.urgent:
            held.append((delivery.pk, Delivery.Status.WITHHELD, None, REFUSED))
        elif morning is not None and not delivery.message.urgent:
            held.append((delivery.pk, Delivery.Status.PENDING, morning, NIGHT))
        else:
            going.append((delivery, number))
    going, over = _counted(channel.key, going, now)
    held += over
    update_rows(Delivery, ("status", "next_try_at", "problem"), held)
    return [delivery for delivery, _ in going]


def morning_after(now: datetime) -> datetime | None:
    """When the quiet hours that it falls into end; None outside of them."""
    first, last = QUIET_FROM.value, QUIET_TO.value
    here = timezone.localtime(now)
    if first == last or not (first <= here.hour < last if first < last else here.hour >= first or here.hour < last):
        return None
    return _at(here.date() if here.hour < last else here.date() + timedelta(days=1), last)


def tomorrow(now: datetime) -> datetime:
    return _at(timezone.localdate(now) + timedelta(days=1), QUIET_TO.value)


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def _refused(numbers: object) -> set[str]:
    by_hash = {digest: n for n in set(numbers) for digest in lookup_hashes("phone", n)}  # type: ignore[call-overload]
    found = OptOut.objects.filter(phone_hash__in=list(by_hash)).values_list("phone_hash", flat=True) if by_hash else ()
    return {by_hash[bytes(digest)] for digest in found}


def _counted(
    channel: str, going: Sequence[tuple[Delivery, str]], now: datetime
) -> tuple[list[tuple[Delivery, str]], list[tuple[object, ...]]]:
    """Those within the day's quotas, and the rows of those beyond. Two workers at once wait for each other here."""
    if not going:
        return [], []
    day = timezone.localdate(now)
    subjects = {number: lookup_hash("phone", number) for _, number in going if number}
    before = _locked(day, channel, [ALL, *subjects.values()])
    added: Counter[bytes] = Counter()
    within: list[tuple[Delivery, str]] = []
    over: list[tuple[object, ...]] = []
    for delivery, number in going:
        subject = subjects.get(number, ALL)
        problem = ""
        if before[ALL] + added[ALL] >= DAILY.value:
            problem = f"今天的 {DAILY.value:,} 条已用完，明天早上再发"
        elif subject != ALL and before[subject] + added[subject] >= DAILY_EACH.value:
            problem = f"这个号码今天已发满 {DAILY_EACH.value} 条，明天早上再发"
        if problem and not delivery.message.urgent:
            over.append((delivery.pk, Delivery.Status.PENDING, tomorrow(now), problem))
            continue
        within.append((delivery, number))
        added.update({ALL, subject})
    _add(day, channel, added)
    return within, over


def give_back(channel: OutwardChannel, unsent: Sequence[Delivery], phone: Phone, now: datetime) -> None:
    """What surely did not leave counts for nobody's quota."""
    if channel.rings and unsent:
        taken: Counter[bytes] = Counter()
        for delivery in unsent:
            taken.subtract({ALL, lookup_hash("phone", phone(delivery))})
        _add(timezone.localdate(now), channel.key, taken)


def sent_on(day: date, channel: str) -> int:
    return SentCount.objects.filter(day=day, channel=channel, subject=ALL).values_list("n", flat=True).first() or 0


def forget_counts(today: date) -> int:
    return SentCount.objects.filter(day__lt=today - timedelta(days=KEPT_DAYS)).delete()[0]


def _locked(day: date, channel: str, subjects: Sequence[bytes]) -> Counter[bytes]:
    wanted = sorted(set(subjects))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO matters_sentcount (day, channel, subject, n) SELECT %s, %s, s, 0 "
            "FROM unnest(%s::bytea[]) AS s ORDER BY s ON CONFLICT DO NOTHING",
            [day, channel, wanted],
        )
        cursor.execute(
            "SELECT subject, n FROM matters_sentcount WHERE day = %s AND channel = %s AND subject = ANY(%s::bytea[]) "
            "ORDER BY subject FOR UPDATE",
            [day, channel, wanted],
        )
        return Counter({bytes(subject): n for subject, n in cursor.fetchall()})


def _add(day: date, channel: str, added: Mapping[bytes, int]) -> None:
    subjects = sorted(added)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE matters_sentcount AS c SET n = greatest(0, c.n + v.n) "
            "FROM unnest(%s::bytea[], %s::int[]) AS v(subject, n) "
            "WHERE c.day = %s AND c.channel = %s AND c.subject = v.subject",
            [subjects, [added[subject] for subject in subjects], day, channel],
        )
