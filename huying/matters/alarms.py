"""Danger signs in what people say: found by words that are data, told to named people one after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from huying.kernel import outbox
from huying.kernel.bulk import insert_rows
from huying.kernel.errors import Conflict, Forbidden, Missing
from huying.kernel.generation import cached
from huying.kernel.search import fold
from huying.matters.flow import Change
from huying.matters.models import Alarm, AlarmWord, Matter
from huying.people.actors import Actor
from huying.people.models import Post

RAISED = "matter.alarm"  # outbox topic
NEXT_PERSON = timedelta(minutes=5)
PERMISSION = "matters.alarm"

# A negation stands shortly before the word, inside the same clause: 「没有人自杀」「并非煤气泄漏」. What lies between
# must not begin a thought of its own (「没人管我要跳楼」): a false alarm costs a call, a missed one a life.
_NEGATION = re.compile(
    r"(?:(?:没有|没|无|未)(?:[^,.;:!?，。；：！？、\s我就要想会再便法管理决处]{0,4})"
    r"|(?:并非|不是|不会|不存在|已排除|排除了|防止|预防|避免|以防|杜绝|谨防)[^,.;:!?，。；：！？、\s我就要想]{0,4})$"
)
_REACH = 8  # characters on either side in which a negation or an excusing word counts


@dataclass(frozen=True, slots=True)
class Sign:
    group: str
    word: str


@dataclass(frozen=True, slots=True)
class Watch:
    pattern: re.Pattern[str] | None
    groups: dict[str, str]
    unless: dict[str, tuple[str, ...]]

    def scan(self, text: str) -> list[Sign]:
        """Danger signs in a text, each word once, in order; negated and excused ones left out."""
        if self.pattern is None:
            return []
        folded = fold(text)
        found: dict[str, Sign] = {}
        for match in self.pattern.finditer(folded):
            word = match.group()
            before = folded[max(0, match.start() - _REACH) : match.start()]
            around = before + folded[match.start() : match.end() + _REACH]
            if word in found or _NEGATION.search(before) or any(excuse in around for excuse in self.unless[word]):
                continue
            found[word] = Sign(self.groups[word], word)
        return list(found.values())


@cached("alarm_words")
def watch() -> Watch:
    """After a change to the words: `bump("alarm_words")`."""
    words = list(AlarmWord.objects.filter(active=True))
    folded = {fold(w.word): w for w in words}
    longest_first = sorted(folded, key=len, reverse=True)
    return Watch(
        re.compile("|".join(map(re.escape, longest_first))) if folded else None,
        {word: w.group for word, w in folded.items()},
        {word: tuple(fold(excuse) for excuse in w.unless) for word, w in folded.items()},
    )


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
    # What was said later raises one as well, unless the matter has had its alarm.
    later = [c.matter.pk for c, _ in found if not c.step.opens]
    had = set(Alarm.objects.filter(matter__in=later).values_list("matter_id", flat=True)) if later else set()
    found = [(c, signs) for c, signs in found if c.matter.pk not in had]
    rows: list[tuple[object, ...]] = []
    for change, signs in found:
        assert isinstance(signs, list)
        groups = list(dict.fromkeys(sign.group for sign in signs))
        words = [sign.word for sign in signs]
        rows.append((change.matter.pk, Jsonb(groups), Jsonb(words), change.at, Jsonb([]), change.now))
    insert_rows(Alarm, ("matter", "groups", "words", "raised_at", "told", "next_person_at"), rows)
    loud = [change.matter.pk for change, _ in found if not change.quiet]
    if loud:
        outbox.emit(RAISED, [{"matters": loud}])


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
                alarm.next_person_at = now + NEXT_PERSON
                continue
            tell_posts(alarm, [left[0]], at=now)
            alarm.told = [*([] if left is posts else alarm.told), left[0]]
            alarm.next_person_at = now + NEXT_PERSON
        Alarm.objects.bulk_update(waiting, ["told", "next_person_at"])
        return len(waiting)


def named_posts() -> list[int]:
    """Posts that receive alarms, in the order in which they are told."""
    rows = Post.objects.current().filter(role__in=ORDER).values_list("pk", "role").order_by("pk")
    return [pk for pk, role in sorted(rows, key=lambda row: ORDER.index(row[1]))]
