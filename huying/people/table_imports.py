"""Large tables of administrators: kept when they are uploaded, checked and taken in by a job; see `kernel.readings`.

How each kind is read its room has declared in `huying.people.uploading.importings`.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path, PurePath

from django.db import transaction
from django.utils import timezone

from huying.kernel import readings
from huying.kernel.errors import Conflict, Invalid
from huying.kernel.files import store
from huying.kernel.files.accepting import Upload
from huying.kernel.tabular import Report
from huying.people.models import TableImport, User
from huying.people.settings import note
from huying.people.uploading import Importing, Outcome, Task, importings

AT_ONCE = 300  # rows that are read while somebody waits, of a file that is no larger than …
AT_ONCE_BYTES = 1 << 20
MEGABYTES = 190
OWNER = "people.table"
BROKEN = "读取时出了故障，什么也没有写入。请重新上传；仍不行请联系运行维护人员。"

State = TableImport.State


def receive(importing: Importing, upload: Upload, options: dict[str, str], by: User) -> tuple[TableImport, bool]:
    """Keep an uploaded table, and say whether it is short enough to be checked at once.

    Raises:
        Refusal: what is wrong with the file as a whole, as far as that is seen without reading it.
    """
    name = readings.name_of(upload)
    suffix = PurePath(name).suffix.lower()
    if suffix not in importing.suffixes:
        text = f"只能上传 {'、'.join(sorted(importing.suffixes))} 文件。"
        raise Invalid(text, fields={"file": [text]})
    with store.incoming() as stem:
        path = stem.with_suffix(suffix)
        readings.take_down(upload, path, megabytes=MEGABYTES)
        short = _is_short(importing, path, name)
        with transaction.atomic():
            run = TableImport.objects.create(
                what=importing.key, name=name, options=options, by=by, state=State.CHECKING
            )
            run.file = readings.keep_file(path, run, OWNER)
            run.save(update_fields=["file"])
    return run, short


def _is_short(importing: Importing, path: Path, name: str) -> bool:
    """Opens it where that is quick, so that a file that is none is refused before anything is kept."""
    if path.stat().st_size > AT_ONCE_BYTES:
        return False
    try:
        with importing.opens(path) as source:
            rows = sum(1 for _ in islice(source, AT_ONCE + 1))
    except (Invalid, Conflict) as refusal:
        refusal.message = refusal.message.replace(path.name, f"“{name}”")
        raise
    if not rows:
        raise Invalid(f"“{name}”里没有要导入的内容。", code="empty_file")
    return rows <= AT_ONCE


def check(pk: int) -> None:
    """Read the file without keeping anything: what would come in and move, and what would be sent back."""
    _attempt(pk, dry_run=True)


def take_in(pk: int) -> None:
    """Read the file for good. That it is done, and by whom, is written with what it writes: a second run, after the
    worker was killed, finds it done or finds nothing of it."""
    _attempt(pk, dry_run=False)


def _attempt(pk: int, *, dry_run: bool) -> None:
    run = TableImport.objects.select_related("file", "errors", "by").get(pk=pk)

    def read(path: Path, sheet: Path, tell: readings.Tell) -> Report:
        return _read(run, path, sheet, tell, dry_run=dry_run)

    def keep(run: TableImport, report: Report) -> None:
        readings.keep_sheet(run, report, OWNER)

    readings.attempt(run, read, keep, broken=BROKEN)


def _read(run: TableImport, path: Path, sheet: Path, tell: readings.Tell, *, dry_run: bool) -> Report:
    importing = importings[run.what]
    rows = TableImport.objects.filter(pk=run.pk)

    def found(outcome: Outcome) -> dict[str, object]:
        return readings.told(outcome.report) | {"figures": [list(figure) for figure in outcome.figures]}

    def also(outcome: Outcome) -> None:
        figures = {what: f"{n:,}" for what, n in outcome.figures}
        words = {"文件": run.name, "结果": outcome.report.summary(), **run.options, **figures}
        note(run.by, importing.kind, f"导入 {run.name}", None, words)
        rows.update(state=State.DONE, done=1, report=found(outcome), finished_at=timezone.now())

    outcome = importing.run(Task(path, run.options, dry_run, sheet, tell, also))
    if dry_run:
        rows.update(state=State.CHECKED, done=1, report=found(outcome))
    return outcome.report


def begin(pk: int) -> bool:
    """From checked to reading, once however often it is pressed; False where another press has done it.

    Raises:
        Conflict: it has not been checked, or is not kept any more.
    """
    with transaction.atomic():
        run = TableImport.objects.select_for_update().get(pk=pk)
        if run.state in (State.READING, State.DONE):
            return False
        if run.file_id is None or run.state != State.CHECKED:
            raise Conflict("这个文件还没有检查完，或者已经清除，请看页面上的最新情况。", code="not_checked")
        run.state, run.done, run.problem = State.READING, 0, ""
        run.save(update_fields=["state", "done", "problem"])
    return True


def is_short(run: TableImport) -> bool:
    """Whether it may be taken in while somebody waits."""
    rows = sum(int(str(run.found.get(name, 0))) for name in ("accepted", "skipped", "rejected"))
    return rows <= AT_ONCE and run.file is not None and run.file.size <= AT_ONCE_BYTES


def forget_old() -> int:
    return readings.forget_old(TableImport)
