"""Cases in from a table, at the desk: template, check, reading in, and the rows sent back."""

from __future__ import annotations

from django import forms
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from huying.cases import uploads
from huying.cases.importing import COLUMNS
from huying.cases.models import ImportRun
from huying.cases.tasks import check_import, take_in
from huying.kernel import jobs
from huying.kernel.errors import Missing, Refusal
from huying.kernel.files import kinds, serve, store
from huying.kernel.readings import KEPT
from huying.people.access import desk
from huying.people.requests import UserRequest
from huying.ui.components import Confirmation, Crumb
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page
from huying.ui.text import grouped

LISTED = 20
State = ImportRun.State


class UploadForm(forms.Form):
    use_required_attribute = False

    file = forms.FileField(
        label="要导入的文件",
        error_messages={"required": "请选择文件。", "empty": "文件是空的，请重新选择。"},
        help_text=f"Excel（xlsx）或 csv，最大 {uploads.MEGABYTES} MB。先检查，不会直接导入。",
        widget=forms.FileInput(attrs={"accept": ",".join(uploads.SUFFIXES), "data-max-mb": str(uploads.MEGABYTES)}),
    )


@desk("cases.import")
@require_http_methods(["GET", "POST"])
def imports(request: UserRequest) -> HttpResponse:
    """GET asks for a file and shows the newest imports, POST checks one."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                run, short = uploads.receive(form.cleaned_data["file"], request.actor)
            except Refusal as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                if run.state == State.CHECKING and run.finished_at is None:
                    if short:
                        uploads.check(run.pk)
                    else:
                        jobs.defer(check_import, lock=f"cases.import.{run.pk}", pk=run.pk)
                return redirect("cases:import-run", pk=run.pk)
    context = {
        "form": form,
        "runs": ImportRun.objects.filter(by__isnull=False).select_related("by").order_by("-started_at")[:LISTED],
        "required": [column for column in COLUMNS if column.key in ("channel", "text")],
        "crumbs": [Crumb("诉求件", reverse("cases:list")), Crumb("导入")],
    }
    return render(request, "cases/desk_imports.html", context, status=status)


@desk("cases.import")
@require_GET
def import_template(request: UserRequest) -> HttpResponseBase:
    with store.incoming() as stem:
        path = stem.with_suffix(".xlsx")
        uploads.write_empty(path)
        return FileResponse(
            path.open("rb"), content_type=kinds.XLSX.media_type, as_attachment=True, filename="诉求件导入模板.xlsx"
        )


@desk("cases.import")
@require_GET
def import_run(request: UserRequest, pk: int) -> HttpResponse:
    """What the check found, how far the reading is, what became of it."""
    run = _run(pk)
    done = run.state == State.DONE or (run.finished_at is not None and run.state != State.FAILED)
    report = run.found
    doing = f"正在导入，已收 {grouped(run.accepted)} 件。"
    context = {
        "run": run,
        "doing": "正在检查，不会写入任何数据。" if run.state == State.CHECKING else doing,
        "report": report,
        "faults": report.get("faults", []),
        "remarks": report.get("remarks", []),
        "going": run.state == State.CHECKING or (run.state == State.READING and run.finished_at is None),
        "checked": run.state == State.CHECKED,
        "stopped": run.state == State.FAILED,
        "resumable": run.state == State.FAILED and bool(report) and run.file_id is not None,
        "done": done,
        "percent": run.percent,
        "start": _start(run) if run.file_id is not None else None,
        "days": KEPT.value,
        "crumbs": [
            Crumb("诉求件", reverse("cases:list")),
            Crumb("导入", reverse("cases:import")),
            Crumb(run.name),
        ],
    }
    return render(request, "cases/desk_import.html", context)


def _start(run: ImportRun) -> Confirmation:
    again = run.finished_at is not None
    wanted = run.report.get("accepted", 0) if isinstance(run.report, dict) else 0
    back = "退回的行可以在退回表里改好，再单独导入。" if run.report.get("rejected") else ""
    return Confirmation(
        id="start-import",
        label="再导一次" if again else "正式导入",
        title=f"再导一次“{run.name}”？" if again else f"导入“{run.name}”中的 {wanted} 件？",
        body=(
            "来件编号相同的会跳过；没有来件编号的行会再收一次。"
            if again
            else f"导入的件进入正常办理，不能成批撤回；填了办结时间的作为历史件入库。{back}"
        ),
        verb="再导一次" if again else "正式导入",
        action=reverse("cases:import-start", args=[run.pk]),
        danger=again,
        back_url=reverse("cases:import-run", args=[run.pk]),
        hidden={"after": uploads.reading_of(run)} if again else {},
    )


@desk("cases.import")
@require_http_methods(["GET", "POST"])
def import_start(request: UserRequest, pk: int) -> HttpResponse:
    """Read the file for good; once more where the form says after which reading."""
    run = _run(pk)
    if request.method == "GET":
        return confirm_page(request, _start(run))
    begun = uploads.begin(pk, after=request.POST.get("after", ""))
    if begun is None:
        return redirect("cases:import-run", pk=pk)
    report = begun.report if isinstance(begun.report, dict) else {}
    if sum(int(report.get(name, 0)) for name in ("accepted", "skipped", "rejected")) <= uploads.AT_ONCE:
        uploads.take_in(pk)
    else:
        jobs.defer(take_in, lock=f"cases.import.{pk}", pk=pk)
    return redirect("cases:import-run", pk=pk)


@desk("cases.import")
@require_GET
def import_errors(request: UserRequest, pk: int) -> HttpResponseBase:
    """The rows sent back, as they were, with the reasons."""
    run = _run(pk)
    if run.errors is None:
        raise Missing(f"没有退回的行，或者退回表已经清除（只保留 {KEPT.value} 天）。")
    return serve(run.errors, request=request)


def _run(pk: int) -> ImportRun:
    run = ImportRun.objects.filter(pk=pk, by__isnull=False).select_related("by", "errors").first()
    if run is None:
        raise Missing("没有这次导入。")
    return run
