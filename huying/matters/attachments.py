"""Uploaded files become part of a line: each belongs to one line only, and only its uploader may attach it."""

from __future__ import annotations

from collections.abc import Sequence

from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Invalid
from huying.kernel.models import StoredFile
from huying.matters.flow import Change
from huying.matters.models import Attachment
from huying.people.actors import Actor

OWNER = "matter"


def uploader(actor: Actor) -> str:
    """Under whose name files wait until they are attached."""
    if actor.user_id is not None:
        return f"user:{actor.user_id}"
    return f"session:{actor.session}" if actor.session else f"via:{actor.via}"


def check(changes: Sequence[Change]) -> None:
    """Lock the wanted files and refuse changes that name others' or used ones."""
    wanted = {file for c in changes for file in c.attachments}
    if not wanted:
        return
    loose = StoredFile.objects.select_for_update().filter(pk__in=wanted, state=StoredFile.State.LOOSE).order_by("pk")
    owners = {file.pk: file.uploader for file in loose}
    taken: set[object] = set()
    for change in changes:
        mine = uploader(change.actor)
        if any(owners.get(file) != mine or file in taken for file in change.attachments):
            sentence = "附件不存在或已经用过，请重新上传"
            change.refuse(Invalid(f"{sentence}。", fields={"attachments": [sentence]}))
        else:
            taken.update(change.attachments)


def write(changes: Sequence[Change]) -> None:
    """Hang the files of accepted changes on their lines."""
    rows = [(c.matter.pk, c.seq, file, c.attachments_public) for c in changes for file in c.attachments]
    insert_rows(Attachment, ("matter", "seq", "file", "public"), rows)
    update_rows(
        StoredFile,
        ("state", "owner_kind", "owner_key"),
        [(file, StoredFile.State.ATTACHED.value, OWNER, str(matter)) for matter, _, file, _ in rows],
    )
