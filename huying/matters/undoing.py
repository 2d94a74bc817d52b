"""Taking a step back (撤回): which line is taken back, by whom and how soon, and the messages it had sent.

A step names its reverse in the flow's table. The reverse is a step like any other, with a line of its own that says
which one it undoes; what the room itself has to put back is done by its hooks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from huying.kernel.bulk import select_rows
from huying.kernel.errors import Conflict, Forbidden
from huying.matters.channels import IN_APP
from huying.matters.flow import Change, Undone
from huying.matters.models import Clock, Delivery, LedgerLine, Matter
from huying.matters.parameters import UNDO_SECONDS
from huying.people.actors import Actor

FACT = "undoes"  # of a reversing line: the number of the line it takes back


def load(changes: Sequence[Change], steps: Collection[str]) -> None:
    """Put the line that is to be taken back, the newest of these steps, and the clocks it stopped into each change."""
    rows = LedgerLine.objects.filter(matter_id__in=[c.matter.pk for c in changes], step__in=steps)
    newest = {line.matter_id: line for line in rows.order_by("matter_id", "-seq").distinct("matter_id")}
    for change in changes:
        line = newest.get(change.matter.pk)
        if line is None:
            change.refuse(Conflict("没有可以撤回的环节。", code="nothing_to_undo"))
            continue
        change.undone = Undone(line.seq, line.step, line.actor_id, line.recorded_at, json.loads(line.facts))
        change.facts[FACT] = line.seq
    wanted = {change.matter.pk: change for change in changes if change.undone}
    seqs = [change.undone.seq for change in wanted.values() if change.undone]
    pairs = '("matter_id", "stopped_seq") IN (SELECT * FROM unnest(%s::bigint[], %s::integer[]))'
    for clock in select_rows(Clock, pairs, [list(wanted), seqs]) if wanted else ():
        wanted[clock.matter_id].stopped.append(clock)


def refuse_all_but_slips(changes: Sequence[Change]) -> None:
    """For the `check` of a reverse that is there for slips: whoever took the step takes it back, at once, while nothing
    has followed."""
    for change in changes:
        line = change.undone
        if line is None:
            continue
        if line.seq != change.matter.version:
            change.refuse(Conflict("之后又有了新的办理，不能再撤回。", code="undo_followed"))
        elif line.by is None or line.by != change.actor.user_id:
            change.refuse(Forbidden("只有办理这一步的本人能撤回。", code="undo_others"))
        elif change.now - line.recorded_at > timedelta(seconds=UNDO_SECONDS.value):
            change.refuse(Conflict(f"已超过 {UNDO_SECONDS.value} 秒，不能再撤回。", code="undo_late"))


def slip(step: str) -> Callable[[Matter, Actor], bool]:
    """The `fits` that belongs to it: whether this step was just taken by this actor. Asks the database only while it
    can be true."""

    def fits(matter: Matter, actor: Actor) -> bool:
        latest = timezone.now() - timedelta(seconds=UNDO_SECONDS.value)
        if actor.user_id is None or matter.moved_at < latest:
            return False
        return LedgerLine.objects.filter(
            matter_id=matter.pk, seq=matter.version, step=step, actor_id=actor.user_id, recorded_at__gte=latest
        ).exists()

    return fits


def withdraw(changes: Sequence[Change]) -> None:
    """Messages of the lines that were taken back: what has not gone never goes, what lies in an inbox is marked."""
    wanted = Q()
    for change in changes:
        if change.undone is not None:
            wanted |= Q(message__matter_id=change.matter.pk, message__seq=change.undone.seq)
    if wanted:
        cancel(wanted)


def cancel(which: Q) -> None:
    unread = When(channel=IN_APP, read_at=None, then=Value(timezone.now()))
    Delivery.objects.filter(which).filter(Q(channel=IN_APP) | Q(status=Delivery.Status.PENDING)).update(
        status=Delivery.Status.CANCELLED,
        next_try_at=None,
        read_at=Case(unread, default=F("read_at")),  # nothing to be counted any more
    )
