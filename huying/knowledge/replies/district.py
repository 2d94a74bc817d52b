"""What a district knows of its own replies: statistics learnt from them, and where one like this stands.

Nothing is written while a reply is approved: a periodic job traces what has been let go since, and rebuilds the
statistics once a day from the newest replies. A page reads the statistics from memory and asks twice: for traces that
are alike, and for their texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from huying.kernel.generation import bump, cached
from huying.knowledge.models import EmptyPhrase, ReplyStatistics, ReplyTrace
from huying.knowledge.replies.copies import Earlier, bands
from huying.knowledge.replies.corpus import Corpus
from huying.knowledge.replies.source import Answered, answered

LEARN_FROM = 3000  # replies, the newest
LEARN_EVERY = timedelta(days=1)
TRACED = 2000  # replies in one run
AGAIN = timedelta(minutes=10)  # a reply may be let go earlier than a later one is seen
MOST_LIKE = 5  # replies whose texts are compared
MOST_FOUND = 200  # traces that share a band: a text that everybody sends needs no more to be known as one
LABEL = Callable[[Answered], str]
_ALIKE = (
    'SELECT "matter_id", "seq" FROM (SELECT "id", "matter_id", "seq", "bands" FROM "knowledge_replytrace" '
    'WHERE "bands" && %s::integer[] AND "matter_id" <> %s LIMIT %s) AS found '
    'ORDER BY cardinality(ARRAY(SELECT unnest("bands") INTERSECT SELECT unnest(%s::integer[]))) DESC, "id" DESC '
    "LIMIT %s"
)


@cached("reply_statistics")
def corpus() -> Corpus:
    """Without one learnt yet, an empty one: then it is judged by words and dates of the pair alone."""
    row = ReplyStatistics.objects.values_list("corpus", flat=True).first()
    return Corpus.unpacked(bytes(row)) if row else Corpus.empty()


@cached("empty_phrases")
def phrases() -> Sequence[str]:
    """After a change: `bump("empty_phrases")`."""
    return list(EmptyPhrase.objects.filter(active=True).values_list("phrase", flat=True))


def alike(reply: str, *, apart: int, label: LABEL) -> list[Earlier]:
    """Replies to other matters that share a band, the most shared first. `label`: how a page calls one."""
    own = bands(reply)
    if not own:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, [own, apart, MOST_FOUND, own, MOST_LIKE])
        lines = [(int(matter), int(seq)) for matter, seq in cursor.fetchall()]
    if not lines:
        return []
    return [
        Earlier(str(one.matter_id), label(one), one.message, one.reply)
        for one in answered.get().of(lines)
        if one.reply and one.message
    ]


@transaction.atomic
def trace() -> None:
    """Note what has been let go since the last time."""
    known, source = _statistics(), answered.get()
    given = source.since(known.traced_until - AGAIN if known.traced_until else None, TRACED)
    if len(given) == TRACED and known.traced_until and given[-1].at <= known.traced_until:
        given = source.since(known.traced_until, TRACED)  # so many at once that looking back leads nowhere
    rows = [ReplyTrace(matter_id=one.matter_id, seq=one.seq, at=one.at, bands=bands(one.reply)) for one in given]
    ReplyTrace.objects.bulk_create([row for row in rows if row.bands], ignore_conflicts=True)
    if given:
        known.traced_until = given[-1].at
        known.save(update_fields=["traced_until"])


@transaction.atomic
def learn(now: datetime) -> int:
    """Build the statistics anew if that has not been done lately. Returns of how many replies they are."""
    known = _statistics()
    if known.built_at and now - known.built_at < LEARN_EVERY:
        return known.replies
    given = answered.get().newest(LEARN_FROM)
    known.corpus = Corpus.of((one.message, one.reply) for one in given).packed() if given else b""
    known.replies, known.built_at = len(given), now
    known.save(update_fields=["corpus", "replies", "built_at"])
    bump("reply_statistics")
    return len(given)


def _statistics() -> ReplyStatistics:
    ReplyStatistics.objects.bulk_create([ReplyStatistics(pk=1)], ignore_conflicts=True)
    return ReplyStatistics.objects.select_for_update().get(pk=1)


def refresh() -> None:
    trace()
    learn(timezone.now())
