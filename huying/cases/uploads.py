"""Imports from the desk: a file is uploaded and checked without keeping anything, then read in for good; see
`kernel.readings`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from django.db import transaction

from huying.cases.importing import COLUMNS, import_cases, run_of
from huying.cases.models import ImportRun
from huying.kernel import readings
from huying.kernel.errors import Conflict, Invalid, Refusal
from huying.kernel.files import store
from huying.kernel.files.accepting import Upload
from huying.kernel.tabular import Limits, Mapping, Report, open_rows, write_template
from huying.people.actors import Actor

AT_ONCE = 500  # rows that are read while somebody waits
MEGABYTES = 50
LIMITS = Limits(megabytes=MEGABYTES, unpacked_megabytes=300, rows=200_000, columns=100, characters=50_000)
OWNER = "cases.import"
SUFFIXES = (".xlsx", ".csv")
BROKEN = "读取时出了故障。再试一次会接着读，已导入的不会重复；仍不行请联系管理员。"
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
    name = readings.name_of(upload)
    with store.incoming() as stem:
        path = stem.with_suffix(Path(name).suffix.lower() if Path(name).suffix.lower() in SUFFIXES else ".bin")
        readings.take_down(upload, path, megabytes=MEGABYTES)
        short = _is_short(path, name)
        run = run_of(path, Mapping(), name)
        with transaction.atomic():
            run = ImportRun.objects.select_for_update().get(pk=run.pk)
            if run.by_id is not None and (run.state in (State.CHECKING, State.READING) or run.finished_at):
                return run, short  # it is being read, or has been: its page says what can be done
            if run.finished_at is None:
                run.state, run.done, run.problem, run.report = State.CHECKING, 0, "", {}
            run.name, run.by_id = name, actor.user_id
            run.file = readings.keep_file(path, run, OWNER)
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
    run = ImportRun.objects.select_related("file", "errors").get(pk=pk)

    def read(path: Path, sheet: Path, tell: readings.Tell) -> Report:
        again = run.finished_at is not None
        return import_cases(path, dry_run=dry_run, again=again, error_sheet=sheet, progress=tell)

    def keep(run: ImportRun, report: Report) -> None:
        found = readings.told(report)
        if not dry_run:
            found["checked"] = run.report.get("checked", run.report)
        readings.keep_sheet(run, report, OWNER)
        ImportRun.objects.filter(pk=run.pk).update(state=after, done=1, report=found)

    readings.attempt(run, read, keep, broken=BROKEN)


def forget_old() -> int:
    return readings.forget_old(ImportRun)
