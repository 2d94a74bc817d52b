"""Taking a list out as a sheet, and the log of who did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from huying.cases import exporting
from huying.cases.filters import FilterForm
from huying.cases.listing import columns_of
from huying.cases.models import ExportRun
from huying.cases.queues import QUEUES
from huying.cases.tasks import write_export
from huying.kernel import jobs
from huying.kernel.errors import Missing
from huying.kernel.files import kinds, serve, store
from huying.kernel.paging import capped_count, keyset
from huying.people.access import desk
from huying.people.actors import Actor
from huying.people.requests import UserRequest
from huying.ui.components import Crumb

PAGE = 50
AUDIT = "people.audit"


@desk("cases.export")
@require_POST
def export(request: UserRequest) -> HttpResponseBase:
    """The list as it is narrowed: a sheet at once, or a job when it is long."""
    queue = QUEUES.get(request.POST.get("queue", ""))
    if queue is None:
        raise Missing("没有这个列表，请回到列表重新导出。")
    form = FilterForm(QueryDict(request.POST.get("query", "")), queue, request.actor)
    return _export(request, queue.key, form.query, [])


def export_chosen(request: UserRequest, numbers: Sequence[str]) -> HttpResponseBase:
    """Chosen rows of a list."""
    if not request.actor.may("cases.export"):
        raise Missing("没有这项批量操作。")
    return _export(request, "", {}, list(numbers))


def _export(request: UserRequest, queue: str, query: dict[str, str], numbers: list[str]) -> HttpResponseBase:
    actor = request.actor
    run = ExportRun(
        by=request.user,
        post_id=actor.post_id,
        what=exporting.told(queue, query, actor, numbers),
        queue=queue,
        query=query,
        numbers=numbers,
        columns=[column.key for column in columns_of(request.POST.get("columns", "").split(","))],
    )
    rows, ordering = exporting.asked_rows(actor, run)
    if numbers:
        run.expected = len(numbers)
    else:
        run.expected = capped_count(rows, exporting.MOST + 1).n
        exporting.check_size(run.expected)
    if run.expected > exporting.AT_ONCE:
        run.save()
        jobs.defer(write_export, pk=run.pk)
        return redirect("cases:export-run", pk=run.pk)
    with store.incoming() as path:
        sheet = path.with_suffix(".xlsx")
        matters = exporting.pages(rows, ordering, most=exporting.AT_ONCE)
        run.rows = exporting.write_table(sheet, matters, columns_of(run.columns))
        run.state, run.finished_at = ExportRun.State.DONE, timezone.now()
        run.query = exporting.without_words(run.query)
        run.save()
        return _download(sheet, exporting.file_name(run))


def _download(sheet: Path, name: str) -> FileResponse:
    """The file is opened here and removed by the caller: what is open can still be read."""
    response = FileResponse(sheet.open("rb"), content_type=kinds.XLSX.media_type, as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def runs_of(actor: Actor) -> QuerySet[ExportRun]:
    """The actor's own; whoever audits sees all."""
    rows = ExportRun.objects.select_related("by", "file")
    return rows if actor.may(AUDIT) else rows.filter(by_id=actor.user_id)


@desk("cases.export", AUDIT)
@require_GET
def exports(request: UserRequest) -> HttpResponse:
    page = keyset(runs_of(request.actor), ["-at", "-id"], request.GET.get("cursor"), PAGE)
    context = {
        "page": page,
        "all": request.actor.may(AUDIT),
        "own": request.actor.user_id,
        "days": exporting.KEPT.value,
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb("导出记录")],
    }
    return render(request, "cases/desk_exports.html", context)


@desk("cases.export")
@require_GET
def export_run(request: UserRequest, pk: int) -> HttpResponse:
    """How far a long export is; the file when it is there."""
    run = _own(request.actor, pk)
    context = {
        "run": run,
        "words": str(run.query.get("q", "")),  # its reader is who typed them
        "percent": min(99, int(100 * run.rows / max(1, run.expected))),
        "going": run.state in (ExportRun.State.WAITING, ExportRun.State.WRITING),
        "days": exporting.KEPT.value,
        "crumbs": [
            Crumb("诉求件", reverse("cases:list")),
            Crumb("导出记录", reverse("cases:exports")),
            Crumb("导出"),
        ],
    }
    return render(request, "cases/desk_export.html", context)


@desk("cases.export")
@require_GET
def export_file(request: UserRequest, pk: int) -> HttpResponseBase:
    run = _own(request.actor, pk)
    if run.file is None:
        raise Missing(f"这份导出的文件已经清除（只保留 {exporting.KEPT.value} 天），请重新导出。")
    return serve(run.file, request=request)


def _own(actor: Actor, pk: int) -> ExportRun:
    """Only whoever asked gets the file, and sees how far it is."""
    run = ExportRun.objects.select_related("file").filter(pk=pk, by_id=actor.user_id).first()
    if run is None:
        raise Missing("没有这次导出，或者不是您导出的。")
    return run
