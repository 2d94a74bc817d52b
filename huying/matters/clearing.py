"""Taking out of matters what must not be kept: personal data in texts, whole texts, files. Lines stay as they are, and
the chain holds: a text erased leaves its digest, of a text concealed the rest is signed anew (`ledger.conceal`).

Matters are never deleted. All of this is for matters that were looked at before: what may be cleared say `forgetting`
and `retaining`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from huying.kernel.models import StoredFile
from huying.kernel.privacy import Traces, signing_key
from huying.matters import ledger
from huying.matters.models import Attachment, Delivery, Matter, Message, Words

ERASED_TITLE = "（内容已按规定清除）"


def conceal_words(matters: Collection[int], traces: Traces, at: datetime) -> int:
    """Take somebody's traces out of every text of these matters. How many texts had some."""
    key = signing_key()
    changed = []
    for words in Words.objects.filter(matter_id__in=matters, erased_at=None).defer("document").order_by("pk"):
        if (left := traces.out_of(words.text)) != words.text:
            ledger.conceal(words, left, at, key)
            changed.append(words)
    Words.objects.bulk_update(changed, ["text", "salt", "concealed_at", "signature", "key_id"], batch_size=200)
    return len(changed)


def conceal_titles(matters: Collection[int], traces: Traces) -> int:
    changed = []
    for matter in Matter.objects.filter(pk__in=matters).only("title").order_by("pk"):
        if (left := traces.out_of(matter.title)) != matter.title:
            matter.title = left[:200]
            changed.append(matter)
    Matter.objects.bulk_update(changed, ["title"], batch_size=200)
    return len(changed)


def conceal_messages(matters: Collection[int], traces: Traces) -> int:
    changed = []
    for message in Message.objects.filter(matter_id__in=matters).only("title", "body", "words"):
        title, body = traces.out_of(message.title), traces.out_of(message.body)
        if (title, body) != (message.title, message.body):
            message.title, message.body = title[:120], body
            message.words = {name: traces.out_of(value) for name, value in (message.words or {}).items()} or None
            changed.append(message)
    Message.objects.bulk_update(changed, ["title", "body", "words"], batch_size=200)
    return len(changed)


def conceal_file_names(matters: Collection[int], traces: Traces) -> int:
    changed = []
    for file in StoredFile.objects.filter(attachments__matter_id__in=matters).distinct():
        if (left := traces.out_of(file.name)) != file.name:
            file.name = left[:200]
            changed.append(file)
    StoredFile.objects.bulk_update(changed, ["name"], batch_size=200)
    return len(changed)


def stop_deliveries(contacts: Collection[int]) -> int:
    """What has not left yet does not leave any more."""
    waiting = Delivery.objects.filter(contact_id__in=contacts, status=Delivery.Status.PENDING)
    return waiting.update(status=Delivery.Status.CANCELLED, next_try_at=None)


def erase_words(words: QuerySet[Words], at: datetime) -> int:
    """Whole texts: what is left is that something was said, and the digest of it."""
    return words.filter(erased_at=None).update(
        text="", salt=None, document=None, erased_at=at, concealed_at=None, signature=None, key_id=""
    )


def remove_files(attached: QuerySet[Attachment]) -> int:
    """The bytes follow with the next sweep of files, unless somebody else has attached the same."""
    files = list(attached.values_list("file_id", flat=True))
    attached.delete()
    unused = StoredFile.objects.filter(pk__in=files, attachments=None)
    unused.delete()
    return len(set(files))
