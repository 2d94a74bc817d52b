"""How long data are kept: each room says of each kind of its data what is past its period, and clears it in batches.

    KEPT = declare(Kept(key="people.drafts", label="没有写完的草稿", period=DAYS, due=…, clear=…))

The periods are figures that a district sets for itself (`kernel.parameters`). A run clears what is due, batch by
batch in transactions of their own: it can be stopped and started again at any time, and two at once do no harm. It is
done daily by a job and at any time by `huying retain`; what it cleared stands in the log of settings.
"""

from __future__ import annotations

import calendar
import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from huying.kernel import jobs
from huying.kernel.changes import ACT, record_change
from huying.kernel.outbox import periodic
from huying.kernel.parameters import Parameter
from huying.kernel.registry import Registry

logger = logging.getLogger(__name__)

BATCH = 200
WHAT = "保存期限"  # in the log of settings
DAILY = "kernel.retention"  # the periodic work that has it done
MONTHS, DAYS = "个月", "天"

Due = Callable[[dt.datetime], int]
Clear = Callable[[dt.datetime, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One kind of data. `due(before)` counts what is older; `clear(before, most)` clears up to so many of it and says
    how many: none means that nothing is left. It must cost what is due, not what there is."""

    key: str
    label: str
    period: Parameter
    due: Due
    clear: Clear

    def before(self, now: dt.datetime) -> dt.datetime:
        """What came to its end earlier is past its period."""
        n = self.period.value
        return months_before(now, n) if self.period.unit == MONTHS else now - dt.timedelta(days=n)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What a run found (or cleared) of one kind. `failed`: it broke off, and the next run goes on."""

    kept: Kept
    n: int
    failed: bool = False


kinds: Registry[Kept] = Registry("kinds of kept data", order=lambda kept: (0, kept.key))


def declare(kept: Kept) -> Kept:
    if kept.period.unit not in (MONTHS, DAYS):
        raise ValueError(f"{kept.key}: a period is counted in days or months")
    return kinds.add(kept.key, kept)


def oldest(rows: QuerySet[Any], at: str, before: dt.datetime, most: int) -> list[Any]:
    """Keys of up to so many older rows of a log, oldest first. Only its beginning is read, as keys follow time."""
    beginning = rows.order_by("pk").values_list("pk", at)[: 5 * most]
    return [pk for pk, when in beginning if when < before][:most]


def months_before(now: dt.datetime, months: int) -> dt.datetime:
    """The same day so many months earlier, or the last one of a shorter month."""
    here = timezone.localtime(now)
    year, month = divmod(here.year * 12 + here.month - 1 - months, 12)
    return here.replace(year=year, month=month + 1, day=min(here.day, calendar.monthrange(year, month + 1)[1]))


def run(now: dt.datetime, *, who: str, dry_run: bool = False) -> Iterator[Cleared]:
    """Clear everything that is due, kind by kind; `dry_run` counts it. One kind that fails stops no other."""
    for kept in kinds:
        if dry_run:
            yield Cleared(kept, kept.due(kept.before(now)))
        else:
            yield _clear(kept, now, who)


def _clear(kept: Kept, now: dt.datetime, who: str) -> Cleared:
    done, failed, before = 0, False, kept.before(now)
    try:
        while True:
            with transaction.atomic():
                n = kept.clear(before, BATCH)
            if not n:
                break
            done += n
    except Exception:
        logger.exception("Retention of %s broke off", kept.key)
        failed = True
    if done:
        told = {ACT: "清除到期数据", "清除": f"{done:,}", "早于": f"{timezone.localtime(before):%Y-%m-%d}"}
        record_change(who=who, what=WHAT, key=kept.label, before={}, after=told)
    return Cleared(kept, done, failed)


@jobs.job("kernel.retain")
def retain() -> None:
    for cleared in run(timezone.now(), who="系统"):
        logger.info("Retention: %s of %s cleared", cleared.n, cleared.kept.key)


@periodic(DAILY, 24 * 3600)
def retain_daily() -> None:
    """A job and not periodic work: it commits batch by batch."""
    jobs.defer_once(retain, name="kernel.retain")
