"""Large tables in by page: uploaded, checked by a job, taken in by another one when somebody says so."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from huying.kernel import jobs
from huying.kernel.errors import Invalid, Missing, Refusal
from huying.kernel.files import serve
from huying.kernel.readings import KEPT
from huying.people import table_imports
from huying.people.models import TableImport
from huying.people.requests import UserRequest
from huying.people.tasks import check_table, take_in_table
from huying.people.uploading import Importing, UploadForm, file_of
from huying.ui.components import Confirmation, Crumb
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page
from huying.ui.text import grouped

LISTED = 10
State = TableImport.State


def upload_page(request: UserRequest, importing: Importing) -> HttpResponseBase:
    """GET: the form with the newest files, and with `?template` and `?export=` files. POST: keeps one and checks it."""
    if request.method == "GET":
        return file_of(request, importing) or _upload(request, importing, importing.form())
    form = importing.form(request.POST, request.FILES)
    if not form.is_valid():
        return _upload(request, importing, form)
    try:
        run, short = table_imports.receive(importing, form.cleaned_data["file"], form.options(), request.user)
    except Refusal as refusal:
        show_refusal(form, Invalid(refusal.message, fields=refusal.fields or {"file": [refusal.message]}))
        return _upload(request, importing, form)
    if short:
        table_imports.check(run.pk)
    else:
        jobs.defer(check_table, lock=_lock(importing), pk=run.pk)
    return redirect(importing.url_of("run", run.pk))


def _lock(importing: Importing) -> str:
    """One file of a kind at a time: what a check finds is to be true when the file is taken in."""
    return f"people.table.{importing.key}"


def _upload(request: UserRequest, importing: Importing, form: UploadForm) -> HttpResponse:
    runs = TableImport.objects.filter(what=importing.key).select_related("by").order_by("-started_at")[:LISTED]
    context = {
        "importing": importing,
        "title": importing.title,
        "crumbs": importing.kind.crumbs(Crumb(importing.title)),
        "form": form,
        "runs": [(run, importing.url_of("run", run.pk)) for run in runs],
    }
    return render(request, "people/settings/table_upload.html", context, status=422 if form.errors else 200)


def run_page(request: UserRequest, importing: Importing, pk: int) -> HttpResponse:
    """What the check found, how far the reading is, what became of it."""
    run = _run(importing, pk)
    going = run.state in (State.CHECKING, State.READING)
    read = run.done >= 1  # all rows; what follows is one transaction, of which nobody sees how far it is
    checking = run.state == State.CHECKING
    verb = "正在检查，不会写入任何内容。" if checking else "正在导入。"
    rest = "各行已读完，正在核对。" if checking else "各行已读完，正在核对并写入。"
    context = {
        "importing": importing,
        "title": importing.title,
        "crumbs": importing.kind.crumbs(Crumb(importing.title, importing.url), Crumb("一个文件")),
        "run": run,
        "report": run.found,
        "faults": run.found.get("faults", []),
        "figures": run.found.get("figures", []),
        "going": going,
        "doing": f"{verb}{rest}" if read else verb,
        "percent": None if read else run.percent,
        "checked": run.state == State.CHECKED,
        "done": run.state == State.DONE,
        "start": _question(importing, run) if run.state == State.CHECKED and run.file_id else None,
        "errors_url": importing.url_of("errors", run.pk) if run.errors_id else "",
        "days": KEPT.value,
    }
    return render(request, "people/settings/table_run.html", context)


def _question(importing: Importing, run: TableImport) -> Confirmation:
    wanted, back = int(str(run.found.get("accepted", 0))), run.found.get("rejected")
    return Confirmation(
        id="start-import",
        label=f"导入这 {grouped(wanted)} 行",
        title=f"导入这个文件中的 {grouped(wanted)} 行？",
        body="从当天起生效，不能成批撤回；检查结果里说的都会照办。"
        + ("退回的行不导入，可以改好再单独上传。" if back else ""),
        verb="导入",
        action=importing.url_of("start", run.pk),
        back_url=importing.url_of("run", run.pk),
    )


def start_page(request: UserRequest, importing: Importing, pk: int) -> HttpResponse:
    run = _run(importing, pk)
    if request.method == "GET":
        return confirm_page(request, _question(importing, run))
    if table_imports.begin(pk):
        if table_imports.is_short(run):
            table_imports.take_in(pk)
        else:
            jobs.defer(take_in_table, lock=_lock(importing), pk=pk)
    return redirect(importing.url_of("run", pk))


def errors_file(request: UserRequest, importing: Importing, pk: int) -> HttpResponseBase:
    """The rows sent back, as they were, with the reasons."""
    run = _run(importing, pk)
    if run.errors is None:
        raise Missing(f"没有退回的行，或者退回表已经清除（只保留 {KEPT.value} 天）。")
    return serve(run.errors, request=request)


def _run(importing: Importing, pk: int) -> TableImport:
    rows = TableImport.objects.filter(what=importing.key).select_related("by", "file", "errors")
    run = rows.filter(pk=pk).first()
    if run is None:
        raise Missing("没有这次导入。")
    return run
