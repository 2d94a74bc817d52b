"""Uploaded tables that are read twice: checked without keeping anything, then taken in when somebody says so.

A room keeps a model of them (`class ImportRun(Reading)`) with who has uploaded it, and says how its files are read:

    attempt(run, lambda path, sheet, tell: import_cases(path, error_sheet=sheet, progress=tell), keep, broken="…")

A short file is read while its reader waits, a longer one by a job. File and sheet of rows sent back may hold personal
data: they are removed after some days, the record stays.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from huying.kernel.errors import Refusal, TooLarge
from huying.kernel.files import kinds, store
from huying.kernel.files.accepting import Upload
from huying.kernel.files.making import keep_made
from huying.kernel.models import StoredFile
from huying.kernel.parameters import Parameter
from huying.kernel.parameters import declare as parameter
from huying.kernel.tabular import Report

SHOWN_FAULTS = 20
KEPT = parameter(
    Parameter(
        key="retention.readings",
        label="保存期限：导入的文件和退回的行",
        unit="天",
        default=7,
        least=1,
        most=30,
        note="文件里可能有个人信息；导入记录本身一直保留。",
    )
)
STEP = 0.01  # progress is told no finer


class Reading(models.Model):
    """A file, how far it has been read, and what became of it."""

    class State(models.TextChoices):
        READING = "reading", "正在导入"  # also what the command line leaves when it is interrupted
        CHECKING = "checking", "正在检查"
        CHECKED = "checked", "已检查，待导入"
        DONE = "done", "已导入"
        FAILED = "failed", "没有完成"

    name = models.CharField("文件", max_length=200)
    started_at = models.DateTimeField("开始时间", auto_now_add=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.READING)
    done = models.FloatField("进度", default=0, help_text="Of what it is doing, 0 to 1.")
    file = models.ForeignKey("kernel.StoredFile", models.SET_NULL, null=True, blank=True, related_name="+")
    errors = models.ForeignKey("kernel.StoredFile", models.SET_NULL, null=True, blank=True, related_name="+")
    report = models.JSONField("结果", default=dict, help_text="Figures and the first faults of the newest reading.")
    problem = models.CharField("问题", max_length=500, blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def found(self) -> dict[str, object]:
        return self.report if isinstance(self.report, dict) else {}

    @property
    def state_words(self) -> str:
        if self.state == Reading.State.CHECKED and not self.found.get("accepted"):
            return "没有可导入的行"
        return self.get_state_display()

    @property
    def percent(self) -> int:
        """For a page that waits: never all of it before it is said to be done."""
        return min(99, int(100 * self.done))


R = TypeVar("R", bound=Reading)
Tell = Callable[[float], None]
Read = Callable[[Path, Path, Tell], Report]  # file, sheet for the rows sent back, how far → what became of it


def name_of(upload: Upload) -> str:
    """What the file was called where it comes from, without its directory."""
    return (upload.name or "").replace("\\", "/").rpartition("/")[2][-150:] or "未命名"


def take_down(upload: Upload, path: Path, *, megabytes: int) -> None:
    """Write an upload to `path`.

    Raises:
        TooLarge
    """
    size = 0
    with path.open("wb") as file:
        for piece in upload.chunks():
            size += len(piece)
            if size > megabytes << 20:
                raise TooLarge(f"文件超过 {megabytes} MB，请拆分后分批导入。", code="file_too_large")
            file.write(piece)


def keep_file(path: Path, run: Reading, owner: str) -> StoredFile:
    """The file itself, to be read later; `path` is moved away."""
    return keep_made(path, name="导入文件.txt", kind=kinds.TXT, owner=(owner, str(run.pk)))


def attempt(run: R, read: Read, keep: Callable[[R, Report], None], *, broken: str) -> None:
    """Read a file that is being checked or taken in. What goes wrong stands in the record in words: a refusal in its
    own, anything else as `broken`. A second attempt at what has come to its end does nothing."""
    if run.file is None or run.state not in (Reading.State.CHECKING, Reading.State.READING):
        return
    rows = type(run)._default_manager.filter(pk=run.pk)
    unfinished = rows.filter(state=run.state)
    told = run.done

    def tell(done: float) -> None:
        nonlocal told
        if abs(done - told) >= STEP or done >= 1:
            rows.update(done=done)
            told = done

    try:
        with store.incoming() as stem, _by_its_name(run.file, run.name) as path:
            keep(run, read(path, stem.with_suffix(".xlsx"), tell))
    except Refusal as refusal:
        unfinished.update(state=Reading.State.FAILED, problem=refusal.message[:500])
    except Exception:
        unfinished.update(state=Reading.State.FAILED, problem=broken[:500])
        raise


@contextmanager
def _by_its_name(file: StoredFile, name: str) -> Iterator[Path]:
    """The stored bytes under the name they came with: readers go by its end, refusals tell it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / name.replace("/", "_").replace("\0", "_")
        path.symlink_to(store.path_of(file.sha256).resolve())
        yield path


def told(report: Report) -> dict[str, object]:
    """What the record keeps of a report."""
    return {
        "accepted": report.accepted,
        "skipped": report.skipped,
        "rejected": report.rejected,
        "faults": [[fault.row, fault.column, fault.message] for fault in report.faults[:SHOWN_FAULTS]],
        "remarks": [[remark.where, remark.column, remark.message] for remark in report.remarks.values()],
    }


def keep_sheet(run: Reading, report: Report, owner: str) -> None:
    """The rows sent back, instead of those of an earlier reading."""
    old, kept = run.errors, None
    if report.error_sheet is not None:
        kept = keep_made(report.error_sheet, name="退回的行.xlsx", kind=kinds.XLSX, owner=(owner, str(run.pk)))
    type(run)._default_manager.filter(pk=run.pk).update(errors=kept)
    if old is not None:
        old.delete()


def old(model: type[R], before: datetime) -> QuerySet[R]:
    """Readings from before, whose files are still there."""
    rows = model._default_manager.filter(started_at__lt=before, file__isnull=False)
    return rows.exclude(state__in=(Reading.State.CHECKING, Reading.State.READING)).order_by("pk")


def let_go(rows: QuerySet[R], most: int) -> int:
    """Remove the files of up to so many readings; what was taken in and the record stay. Returns of how many."""
    runs = list(rows.select_related("file", "errors")[:most])
    for run in runs:
        type(run)._default_manager.filter(pk=run.pk).update(file=None, errors=None)
        for file in (run.file, run.errors):
            if file is not None:
                file.delete()
    return len(runs)


def forget_old(model: type[Reading]) -> int:
    """Remove the files of readings that are some days old."""
    rows = old(model, timezone.now() - timedelta(days=KEPT.value))
    return let_go(rows, rows.count())
