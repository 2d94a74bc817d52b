"""Danger signs in what people say, told to named people one after the other. How they are found: `signs`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from huying.kernel import live, outbox
from huying.kernel.bulk import insert_rows
from huying.kernel.errors import Conflict, Forbidden, Missing
from huying.matters.flow import Change
from huying.matters.models import Alarm, Matter
from huying.matters.rhythms import ALARM, every
from huying.matters.signs import watch
from huying.people.actors import Actor
from huying.people.models import Post

RAISED = "matter.alarm"  # outbox topic
CHANNEL = "alarms"  # of live pages
PERMISSION = "matters.alarm"


def scan_changes(changes: Sequence[Change]) -> None:
    """Look through what a reporter has said and note what is found."""
    watching = watch()
    for change in changes:
        signs = watching.scan("\n".join([str(change.columns.get("title", "")), *change.words.values()]))
        if signs:
            change.extra["alarm"] = signs
            change.facts["alarm"] = sorted({sign.group for sign in signs})


def raise_alarms(changes: Sequence[Change]) -> None:
    """Store alarms of a batch and have people told; runs in the engine's transaction."""
    from psycopg.types.json import Jsonb

    found = [(c, c.extra["alarm"]) for c in changes if "alarm" in c.extra]
    waiting = _waiting([c.matter.pk for c, _ in found if not c.step.opens])
    rows: list[tuple[object, ...]] = []
    loud: list[int] = []
    for change, signs in found:
        assert isinstance(signs, list)
        groups = list(dict.fromkeys(sign.group for sign in signs))
        words = [sign.word for sign in signs]
        if (alarm := waiting.get(change.matter.pk)) is not None:
            alarm.groups = list(dict.fromkeys([*alarm.groups, *groups]))
            alarm.words = list(dict.fromkeys([*alarm.words, *words]))
            continue
        rows.append((change.matter.pk, Jsonb(groups), Jsonb(words), change.at, Jsonb([]), change.now))
        if not change.quiet:
            loud.append(change.matter.pk)
    insert_rows(Alarm, ("matter", "groups", "words", "raised_at", "told", "next_person_at"), rows)
    if waiting:
        Alarm.objects.bulk_update(waiting.values(), ["groups", "words"])
    if loud:
        outbox.emit(RAISED, [{"matters": loud}])


def _waiting(matters: Sequence[int]) -> dict[int, Alarm]:
    """Alarms over these matters that nobody has acknowledged, held until the transaction ends."""
    if not matters:
        return {}
    rows = Alarm.objects.select_for_update().filter(matter__in=matters, acknowledged_at=None).order_by("pk")
    return {alarm.matter_id: alarm for alarm in rows}


def acknowledge(alarm_id: int, *, by: Actor, real: bool, at: datetime) -> Alarm:
    """Somebody has seen it and says whether it is real.

    Raises:
        Forbidden, Missing, Conflict
    """
    if not by.may(PERMISSION):
        raise Forbidden("您的岗位不接收险情报警。")
    with transaction.atomic():
        alarm = Alarm.objects.select_for_update().filter(pk=alarm_id).first()
        if alarm is None or not Matter.objects.visible_to(by).filter(pk=alarm.matter_id).exists():
            raise Missing("没有这条报警。")
        if alarm.acknowledged_at is not None:
            raise Conflict("这条报警已经有人确认。", code="already_acknowledged")
        alarm.acknowledged_at, alarm.acknowledged_by_id, alarm.real = at, by.user_id, real
        alarm.next_person_at = None
        alarm.save(update_fields=["acknowledged_at", "acknowledged_by", "real", "next_person_at"])
        live.publish([CHANNEL])
    return alarm


ORDER = ("supervisor", "dispatcher", "call_taker")  # who is told first


def next_people(now: datetime) -> int:
    """Tell the next person of every alarm nobody has acknowledged; returns how many were told.

    When everybody has been told it starts over with the first: an alarm is never silent.
    """
    from huying.matters.messages import tell_posts

    with transaction.atomic():
        waiting = list(
            Alarm.objects.select_for_update(skip_locked=True)
            .filter(acknowledged_at=None, next_person_at__lte=now)
            .select_related("matter")
            .order_by("next_person_at")[:200]
        )
        if not waiting:
            return 0
        posts = named_posts()
        for alarm in waiting:
            left = [post for post in posts if post not in alarm.told] or posts
            if not left:
                alarm.next_person_at = now + every(ALARM, now)
                continue
            tell_posts(alarm, [left[0]], at=now)
            alarm.told = [*([] if left is posts else alarm.told), left[0]]
            alarm.next_person_at = now + every(ALARM, now)
        Alarm.objects.bulk_update(waiting, ["told", "next_person_at"])
        return len(waiting)


def named_posts() -> list[int]:
    """Posts that receive alarms, in the order in which they are told."""
    rows = Post.objects.current().filter(role__in=ORDER).values_list("pk", "role").order_by("pk")
    return [pk for pk, role in sorted(rows, key=lambda row: ORDER.index(row[1]))]
