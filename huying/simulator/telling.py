"""What was told in the simulated past: messages as of then, alarms acknowledged by somebody of the centre."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random

from django.db import connection

from huying.matters import alarms
from huying.matters.engine import Result
from huying.matters.messages import Draft, Posts, recipients_of, send
from huying.matters.models import Alarm
from huying.simulator.world import World


def tell(results: Sequence[Result], posts: Posts) -> int:
    """Messages of one batch of steps, each at the moment of its step. Returns the number of deliveries."""
    changes = [r.change for r in results if r.matter is not None and r.change is not None and r.change.outcome.notices]
    drafts: list[Draft] = []
    for change in changes:
        for notice in change.outcome.notices:
            recipients = recipients_of(notice.to, change.matter, posts, change.units, change.people)
            recipients.users.discard(change.actor.user_id or 0)
            drafts.append(Draft(f"{change.flow.kind}.{notice.template}", change.matter, recipients, {}, change.at))
    return send(drafts, past=True)


def acknowledge_alarms(results: Sequence[Result], leave: set[int], world: World, chance: Random) -> None:
    """Alarms of freshly opened matters are seen within minutes, except those of the matters in `leave`."""
    raised = {
        r.matter.pk: r.change.at for r in results if r.matter is not None and r.change and "alarm" in r.change.extra
    }
    if not raised:
        return
    first = alarms.named_posts()[:1]
    for alarm in Alarm.objects.filter(matter_id__in=raised.keys() - leave).order_by("pk"):
        by = world.at_centre("supervisor" if chance.random() < 0.7 else "dispatcher", chance)
        at = raised[alarm.matter_id] + dt.timedelta(minutes=chance.uniform(1, 8))
        alarms.acknowledge(alarm.pk, by=by, real=chance.random() < 0.88, at=at)
    Alarm.objects.filter(matter_id__in=raised.keys() - leave).update(told=first)


def mark_read(until: dt.datetime) -> None:
    """Nearly all of what is older than a day has been read, of the rest about a third."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE matters_delivery SET read_at = LEAST(sent_at + make_interval(mins => (id * 37 %% 400)::int), %s) "
            "WHERE channel = 'in_app' AND read_at IS NULL AND sent_at IS NOT NULL "
            "AND (CASE WHEN sent_at < %s THEN id %% 20 <> 0 ELSE id %% 3 = 0 END)",
            [until, until - dt.timedelta(days=1)],
        )
