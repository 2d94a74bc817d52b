"""Uploaded files become part of a line. Only its uploader may attach a file; from there it may come along to a later
line of the same step of the same matter, as when a result that was sent back is proposed anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Invalid
from huying.kernel.models import StoredFile
from huying.matters.flow import Change, Flow
from huying.matters.models import Attachment, LedgerLine
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
    before = _hung_on(wanted - owners.keys())
    taken: set[object] = set()

    def may_have(change: Change, file: UUID) -> bool:
        loose_and_own = owners.get(file) == uploader(change.actor)
        return file not in taken and (loose_and_own or (file, change.matter.pk, change.step.key) in before)

    for change in changes:
        if not all(may_have(change, file) for file in change.attachments):
            sentence = "附件不存在或已经用过，请重新上传"
            change.refuse(Invalid(f"{sentence}。", fields={"attachments": [sentence]}))
        else:
            taken.update(change.attachments)


def _hung_on(files: Collection[UUID]) -> set[tuple[UUID, int, str]]:
    """File, matter and step of every line that these files hang on."""
    if not files:
        return set()
    rows = list(Attachment.objects.filter(file__in=files).values_list("file_id", "matter_id", "seq"))
    lines = LedgerLine.objects.filter(matter__in={matter for _, matter, _ in rows}, seq__in={seq for *_, seq in rows})
    steps = {(matter, seq): step for matter, seq, step in lines.values_list("matter_id", "seq", "step")}
    return {(file, matter, steps[matter, seq]) for file, matter, seq in rows}


def held_back(lines: Iterable[LedgerLine], flow: Flow) -> Mapping[int, bool]:
    """Numbers of the lines whose files the reporter does not see although they are marked for him, because the step
    that releases them has not followed: True where it still may, False where the line came to nothing."""
    held: dict[int, bool] = {}
    waiting: dict[int, LedgerLine] = {}
    for line in sorted(lines, key=lambda line: line.seq):
        for seq, earlier in list(waiting.items()):
            if flow.step[earlier.step].released_by == line.step:
                del waiting[seq], held[seq]
            elif line.to_state != earlier.to_state:
                del waiting[seq]
                held[seq] = False
        step = flow.step.get(line.step)
        if step is not None and step.released_by:
            waiting[line.seq], held[line.seq] = line, True
    return held


def write(changes: Sequence[Change]) -> None:
    """Hang the files of accepted changes on their lines."""
    rows = [(c.matter.pk, c.seq, file, c.attachments_public) for c in changes for file in c.attachments]
    insert_rows(Attachment, ("matter", "seq", "file", "public"), rows)
    update_rows(
        StoredFile,
        ("state", "owner_kind", "owner_key"),
        [(file, StoredFile.State.ATTACHED.value, OWNER, str(matter)) for matter, _, file, _ in rows],
    )
