"""Imports from the desk: a file is uploaded and checked without keeping anything, then read in for good.

A short file is read while its reader waits, a longer one by a job. The file and the sheet of rows sent back hold
personal data: they are removed after some days.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huying.cases.importing import COLUMNS, import_cases, run_of
from huying.cases.models import ImportRun
from huying.kernel.errors import Conflict, Invalid, Refusal, TooLarge
from huying.kernel.files import kinds, store
from huying.kernel.files.accepting import Upload
from huying.kernel.files.making import keep_made
from huying.kernel.tabular import Limits, Mapping, Report, open_rows, write_template
from huying.people.actors import Actor

AT_ONCE = 500  # rows that are read while somebody waits
MEGABYTES = 50
LIMITS = Limits(megabytes=MEGABYTES, unpacked_megabytes=300, rows=200_000, columns=100, characters=50_000)
SHOWN_FAULTS = 20
KEPT_DAYS = 7
OWNER = "cases.import"
SUFFIXES = (".xlsx", ".csv")
FOR_US = frozenset({"number", "channel_name"})  # columns that nobody has to fill in

State = ImportRun.State


def write_empty(path: Path) -> None:
    """The sheet to fill in."""
    write_template(path, [column for column in COLUMNS if column.key not in FOR_US], title="诉求件")


def receive(upload: Upload, actor: Actor) -> tuple[ImportRun, bool]:
    """Keep an uploaded table, and say whether it is short enough to be read at once.

    Raises:
        Refusal: what is wrong with the file as a whole.
    """
    name = (upload.name or "").replace("\\", "/").rpartition("/")[2][-150:] or "未命名"
    with store.incoming() as stem:
        path = stem.with_suffix(Path(name).suffix.lower() if Path(name).suffix.lower() in SUFFIXES else ".bin")
        size = 0
        with path.open("wb") as file:
            for piece in upload.chunks():
                size += len(piece)
                if size > MEGABYTES << 20:
                    raise TooLarge(f"文件超过 {MEGABYTES} MB，请拆分后分批导入。", code="file_too_large")
                file.write(piece)
        short = _is_short(path, name)
        run = run_of(path, Mapping(), name)
        with transaction.atomic():
            run = ImportRun.objects.select_for_update().get(pk=run.pk)
            if run.by_id is not None and (run.state in (State.CHECKING, State.READING) or run.finished_at):
                return run, short  # it is being read, or has been: its page says what can be done
            if run.finished_at is None:
                run.state, run.done, run.problem, run.report = State.CHECKING, 0, "", {}
            run.name, run.by_id = name, actor.user_id
            run.file = keep_made(path, name="导入文件.txt", kind=kinds.TXT, owner=(OWNER, str(run.pk)))
            run.save()
    return run, short


def _is_short(path: Path, name: str) -> bool:
    """Opens it, so that a file that is none is refused before anything is kept."""
    try:
        with open_rows(path, COLUMNS, limits=LIMITS) as source:
            rows = sum(1 for _ in islice(source, AT_ONCE + 1))
    except Refusal as refusal:
        words = refusal.message.replace(path.name, f"“{name}”").replace("xlsx、csv 或 jsonl", "xlsx 或 csv")
        refusal.message = words
        raise
    if not rows:
        raise Invalid(f"“{name}”里只有表头，没有要导入的行。", code="empty_file")
    return rows <= AT_ONCE


def check(pk: int) -> None:
    """Read the file without keeping anything: what would come in, and what would be sent back."""
    _read(pk, State.CHECKED, dry_run=True)


def take_in(pk: int) -> None:
    """Read the file for good."""
    _read(pk, State.DONE, dry_run=False)


def reading_of(run: ImportRun) -> str:
    """The reading that has come to its end, as whoever wants another one names it; empty before there was one."""
    return run.finished_at.isoformat() if run.finished_at is not None else ""


def begin(pk: int, *, after: str = "") -> ImportRun | None:
    """From checked to reading, once however often it is pressed; None where another press has done it.

    Args:
        after: the reading (`reading_of`) after which the file is wanted once more.

    Raises:
        Conflict: it has not been checked, or is not kept any more.
    """
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=pk)
        if run.state == State.READING or reading_of(run) not in ("", after):
            return None
        stopped = run.state == State.FAILED and bool(run.report)  # while it was read for good
        if run.file_id is None or not (run.state in (State.CHECKED, State.DONE) or stopped):
            raise Conflict("这个文件还没有检查完，或者已经清除，请看页面上的最新情况。", code="not_checked")
        run.state, run.done, run.problem = State.READING, 0, ""
        run.save(update_fields=["state", "done", "problem"])
    return run


def _read(pk: int, after: ImportRun.State, *, dry_run: bool) -> None:
    run = ImportRun.objects.select_related("file").get(pk=pk)
    if run.file is None or run.state not in (State.CHECKING, State.READING):
        return

    def tell(done: float) -> None:
        ImportRun.objects.filter(pk=pk).update(done=done)

    try:
        with store.incoming() as stem:
            sheet = stem.with_suffix(".xlsx")
            report = import_cases(
                store.path_of(run.file.sha256),
                dry_run=dry_run,
                again=run.finished_at is not None,
                error_sheet=sheet,
                progress=tell,
            )
            _keep(run, report, after, dry_run=dry_run)
    except Refusal as refusal:
        _give_up(pk, refusal.message)
    except Exception:
        _give_up(pk, "读取时出了故障。再试一次会接着读，已导入的不会重复；仍不行请联系管理员。")
        raise


def _keep(run: ImportRun, report: Report, after: ImportRun.State, *, dry_run: bool) -> None:
    found: dict[str, object] = {
        "accepted": report.accepted,
        "skipped": report.skipped,
        "rejected": report.rejected,
        "faults": [[fault.row, fault.column, fault.message] for fault in report.faults[:SHOWN_FAULTS]],
    }
    if not dry_run:
        found["checked"] = run.report.get("checked", run.report)
    old, kept = run.errors, None
    if report.error_sheet is not None:
        kept = keep_made(report.error_sheet, name="退回的行.xlsx", kind=kinds.XLSX, owner=(OWNER, str(run.pk)))
    ImportRun.objects.filter(pk=run.pk).update(state=after, done=1, report=found, errors=kept)
    if old is not None:
        old.delete()


def _give_up(pk: int, problem: str) -> None:
    ImportRun.objects.filter(pk=pk).update(state=State.FAILED, problem=problem[:500])


def forget_old() -> int:
    """Remove the files of imports that are some days old; what was imported and the record stay."""
    old = ImportRun.objects.filter(started_at__lt=timezone.now() - timedelta(days=KEPT_DAYS), file__isnull=False)
    removed = 0
    for run in old.exclude(state__in=(State.CHECKING, State.READING)).select_related("file", "errors"):
        files = [file for file in (run.file, run.errors) if file is not None]
        ImportRun.objects.filter(pk=run.pk).update(file=None, errors=None)
        for file in files:
            file.delete()
        removed += 1
    return removed
