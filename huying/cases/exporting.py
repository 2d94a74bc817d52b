"""Cases out as a table. Personal data stay inside: what leaves is what a list shows, masked for everybody.

A list at the desk of up to `AT_ONCE` rows is answered at once; a longer one is written by a job, page by page, and kept
for some days (`KEPT`) for whoever asked. Either way an `ExportRun` says who took what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone

from huying.cases.filters import FilterForm
from huying.cases.listing import FOR_EXPORT, Column, columns_of, with_particulars
from huying.cases.models import ExportRun
from huying.cases.queues import QUEUES, cases_for, in_queue
from huying.cases.searching import find
from huying.kernel.errors import Forbidden, Invalid, Refusal
from huying.kernel.files import kinds, store
from huying.kernel.files.making import keep_made
from huying.kernel.paging import keyset
from huying.kernel.parameters import Parameter
from huying.kernel.parameters import declare as parameter
from huying.kernel.privacy import mask_text
from huying.kernel.tabular import Cell, write_csv, write_xlsx
from huying.matters.models import Matter
from huying.people.actors import SYSTEM, Actor, actor_for, usable_posts

AT_ONCE = 5_000
MOST = 300_000  # rows of one sheet: a year and a half of the district
BATCH = 1_000
KEPT = parameter(
    Parameter(
        key="retention.exports",
        label="保存期限：导出的文件",
        unit="天",
        default=7,
        least=1,
        most=30,
        note="过期的可以重新导出；导出记录一直保留。",
    )
)
OWNER = "cases.export"
LOOKED_FOR = "按内容查找"

Progress = Callable[[int], None]


def export_cases(path: Path, numbers: Sequence[str] = ()) -> int:
    """All cases, newest first, as a table that can be imported elsewhere; personal data masked. Returns how many."""
    found = cases_for(SYSTEM)
    rows = found.filter(number__in=numbers) if numbers else found
    return write_table(path, pages(rows, ("-id",)), columns_of(FOR_EXPORT))


def write_table(path: Path, rows: Iterator[Matter], columns: Sequence[Column]) -> int:
    """The columns of the page, whose headers are those of the import where they mean the same."""
    cells = {header: cell for column in columns for header, cell in column.exported.items()}
    write = write_csv if path.suffix.lower() == ".csv" else write_xlsx
    headers = ["平台编号", "标题", *cells]
    return write(path, headers, (_exported(matter, list(cells.values())) for matter in rows))


def _exported(matter: Matter, cells: Sequence[Callable[[Matter], Cell]]) -> list[Cell]:
    return [matter.number, mask_text(matter.title), *(cell(matter) for cell in cells)]


def pages(
    rows: QuerySet[Matter], ordering: Sequence[str], *, most: int = MOST, progress: Progress = lambda done: None
) -> Iterator[Matter]:
    """The rows in order, read page by page: no query stays open while a long sheet is written."""
    cursor: str | None = None
    done = 0
    while done < most:
        page = keyset(rows, ordering, cursor, min(BATCH, most - done), max_size=BATCH)
        yield from page.rows
        done += len(page.rows)
        progress(done)
        if page.next is None:
            return
        cursor = page.next


# --- a list of the desk ----------------------------------------------------------------------------------------------


def asked_rows(actor: Actor, run: ExportRun) -> tuple[QuerySet[Matter], tuple[str, ...]]:
    """What a run asks for, as this actor may see it, and in which order."""
    columns = columns_of(run.columns)
    queue = QUEUES[run.queue]
    form = FilterForm(run.query, queue, actor)
    if run.numbers:
        return with_particulars(cases_for(actor).filter(number__in=run.numbers), columns), form.ordering
    rows = in_queue(queue, actor, timezone.now()).filter(form.condition)
    if words := form.chosen.get("q"):
        rows = find(rows, actor, words).rows
    return with_particulars(rows, columns), form.ordering


def told(queue: str, query: Mapping[str, str], actor: Actor, numbers: Sequence[str] = ()) -> str:
    """What is taken out, in words for the log. The words looked for are left out, they may be somebody's name."""
    here = QUEUES[queue].label
    if numbers:
        return f"{here}，所选 {len(numbers)} 件"
    filters = FilterForm(without_words(query), QUEUES[queue], actor).told()
    return mask_text("，".join(filter(None, (here, filters, LOOKED_FOR if query.get("q") else ""))))[:300]


def carry_out(run: ExportRun, *, progress: Progress = lambda done: None) -> None:
    """Write the sheet of a run and keep it; run again, it begins anew."""
    post = next((post for post in usable_posts(run.by) if post.pk == run.post_id), None)
    if post is None or not run.by.is_active:
        raise Forbidden("导出人的岗位已经变更，没有导出。")
    actor = actor_for(run.by, post)
    if not actor.may("cases.export"):
        raise Forbidden("导出人的岗位不再能导出，没有导出。")
    rows, ordering = asked_rows(actor, run)
    with store.incoming() as path:
        sheet = path.with_suffix(".xlsx")
        run.rows = write_table(sheet, pages(rows, ordering, progress=progress), columns_of(run.columns))
        run.file = keep_made(sheet, name=file_name(run), kind=kinds.XLSX, owner=(OWNER, str(run.pk)))
    run.state, run.finished_at, run.query = ExportRun.State.DONE, timezone.now(), without_words(run.query)
    run.save(update_fields=["rows", "file", "state", "finished_at", "query"])


def without_words(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of an export that is over: what was looked for is nobody's business any more."""
    return {name: value for name, value in query.items() if name != "q"}


def file_name(run: ExportRun) -> str:
    return f"诉求件{timezone.localtime(run.at):%Y%m%d-%H%M}.xlsx"


def attempt(pk: int) -> None:
    """A run's job: what goes wrong is said on its page."""
    run = ExportRun.objects.select_related("by").get(pk=pk)
    if run.finished_at is not None:  # the words it looked for are gone: run again, it would take out more
        return
    ExportRun.objects.filter(pk=pk).update(state=ExportRun.State.WRITING, rows=0, problem="")

    def tell(done: int) -> None:
        ExportRun.objects.filter(pk=pk).update(rows=done)

    try:
        carry_out(run, progress=tell)
    except Refusal as refusal:
        _give_up(pk, refusal.message)
    except Exception:
        _give_up(pk, "生成时出了故障，请稍后再导出一次；仍不行请联系管理员。")
        raise


def _give_up(pk: int, problem: str) -> None:
    run = ExportRun.objects.get(pk=pk)
    run.state, run.finished_at, run.problem = ExportRun.State.FAILED, timezone.now(), problem[:500]
    run.query = without_words(run.query)
    run.save(update_fields=["state", "finished_at", "problem", "query"])


def old(before: datetime) -> QuerySet[ExportRun]:
    """Runs that ended before, whose file is still there."""
    return ExportRun.objects.filter(file__isnull=False, finished_at__lt=before).order_by("finished_at")


def forget_old() -> int:
    """Remove files that have been kept long enough; the log stays. Returns how many."""
    removed = 0
    for run in old(timezone.now() - timedelta(days=KEPT.value)).select_related("file"):
        file, run.file = run.file, None
        run.save(update_fields=["file"])
        if file is not None:
            file.delete()
            removed += 1
    return removed


def check_size(n: int) -> None:
    """
    Raises:
        Invalid: more than one sheet takes.
    """
    if n > MOST:
        raise Invalid(f"符合条件的超过 {MOST:,} 件，一次导不完。请用受理时间分段导出。", code="too_many")
