"""Tables in by page: uploaded, checked without writing anything, imported when somebody says so."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django import forms
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from huying.kernel.errors import Invalid, Missing, Refusal
from huying.kernel.files.held import Held, held_by, hold
from huying.kernel.registry import Registry
from huying.kernel.tabular import Column, Report, Source, open_rows, write_template
from huying.people.requests import UserRequest
from huying.people.settings import Kind, note
from huying.ui.components import Crumb
from huying.ui.forms import show_refusal

TABLES = frozenset({".xlsx", ".csv", ".jsonl"})
SHOWN_FAULTS = 20


@dataclass(slots=True)
class Outcome:
    """What became of a file: the report, figures beside it, and what is told only once (user name, name, password)."""

    report: Report
    figures: Sequence[tuple[str, int]] = ()
    passwords: Sequence[tuple[str, str, str]] = ()


class UploadForm(forms.Form):
    file = forms.FileField(
        label="文件",
        help_text="Excel（.xlsx）或 CSV。先检查，确认后才写入。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.jsonl"}),
    )

    def options(self) -> dict[str, str]:
        """What is said with the file, as it is kept until the import."""
        return {}


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read. `sheet`: where rows sent back go; `tell`: how far it is, 0 to 1; `also`: what is kept or lost
    with what is written, called with the outcome inside its transaction."""

    path: Path
    options: dict[str, str]
    dry_run: bool
    sheet: Path
    tell: Callable[[float], None] = lambda done: None
    also: Callable[[Outcome], None] = lambda outcome: None


Run = Callable[[Task], Outcome]


@dataclass(frozen=True, slots=True)
class Importing:
    """One kind of table. `exports`: label → suffix of the file that `export` writes. `reads` opens a file that
    is no plain table. `key` tells them apart where a job reads them (`importings`)."""

    key: str
    kind: Kind
    title: str
    lead: str
    url_name: str
    columns: Sequence[Column]
    run: Run
    export: Callable[[Path], int]
    suffixes: frozenset[str] = TABLES
    exports: Sequence[tuple[str, str]] = (("导出为 Excel", ".xlsx"), ("导出为 CSV", ".csv"))
    form: type[UploadForm] = UploadForm
    reads: Callable[[Path], Source] | None = None

    def opens(self, path: Path) -> Source:
        return self.reads(path) if self.reads else open_rows(path, self.columns)

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def url_of(self, page: str, pk: int) -> str:
        """Of one file that a job reads: its `run`, the `start` of taking it in, its `errors`."""
        return reverse(f"{self.url_name}-{page}", args=[pk])


importings: Registry[Importing] = Registry("importings")  # those that a job reads, by key


@dataclass(slots=True)
class _Shown:
    form: UploadForm
    outcome: Outcome | None = None
    held: Held | None = None
    done: bool = False
    problem: str = ""
    faults: Sequence[Any] = field(default_factory=list)


def import_page(request: UserRequest, importing: Importing) -> HttpResponseBase:
    """GET: the form, and with `?template`, `?export=` and `?errors=` the files. POST: check, and then import."""
    if request.method == "GET":
        if (answer := file_of(request, importing)) is not None:
            return answer
        return _page(request, importing, _Shown(importing.form()))
    if "ticket" in request.POST:
        return _page(request, importing, _import(request, importing))
    return _page(request, importing, _check(request, importing))


def _check(request: UserRequest, importing: Importing) -> _Shown:
    form = importing.form(request.POST, request.FILES)
    shown = _Shown(form)
    if not form.is_valid():
        return shown
    try:
        shown.held = hold(
            form.cleaned_data["file"], owner=request.user.pk, suffixes=importing.suffixes, options=form.options()
        )
        shown.outcome = importing.run(Task(shown.held.path, shown.held.options, True, shown.held.error_sheet))
    except Refusal as refusal:
        said = refusal.message
        if shown.held is not None:
            said = said.replace(shown.held.path.name, form.cleaned_data["file"].name)
            shown.held.let_go()
        shown.held = None
        show_refusal(form, Invalid(said, fields=refusal.fields or {"file": [said]}))
    return shown


def _import(request: UserRequest, importing: Importing) -> _Shown:
    held = held_by(request.POST["ticket"], request.user.pk)
    shown = _Shown(importing.form(), held=held, done=True)
    try:
        with transaction.atomic():
            shown.outcome = importing.run(Task(held.path, held.options, False, held.error_sheet))
            told = {"文件": held.name, "结果": shown.outcome.report.summary(), **held.options}
            note(request.user, importing.kind, f"导入 {held.name}", None, told)
    except Refusal as refusal:
        shown.done, shown.problem = False, refusal.message
    finally:
        if shown.done and not (shown.outcome and shown.outcome.report.rejected):
            held.error_sheet.unlink(missing_ok=True)
    return shown


def _page(request: UserRequest, importing: Importing, shown: _Shown) -> HttpResponse:
    report = shown.outcome.report if shown.outcome else None
    context = {
        "importing": importing,
        "title": importing.title,
        "crumbs": importing.kind.crumbs(Crumb(importing.title)),
        "shown": shown,
        "report": report,
        "faults": report.faults[:SHOWN_FAULTS] if report else [],
        "more_faults": report is not None and len(report.faults) > SHOWN_FAULTS,
        "errors_url": f"{importing.url}?errors={shown.held.ticket}"
        if shown.held and report and report.rejected
        else "",
    }
    refused = bool(shown.form.errors) or bool(shown.problem)
    return render(request, "people/settings/import.html", context, status=422 if refused else 200)


def file_of(request: UserRequest, importing: Importing) -> HttpResponseBase | None:
    if "template" in request.GET:
        return sent(f"{importing.title}模板.xlsx", lambda path: write_template(path, importing.columns))
    if suffix := request.GET.get("export"):
        if suffix not in {known for _, known in importing.exports}:
            raise Invalid("不能导出为这种文件。")
        return sent(f"{importing.kind.what}{suffix}", importing.export)
    if ticket := request.GET.get("errors"):
        held = held_by(ticket, request.user.pk)
        if not held.error_sheet.exists():
            raise Missing("没有退回的行。")
        return FileResponse(
            held.error_sheet.open("rb"), as_attachment=True, filename=f"{Path(held.name).stem}.退回.xlsx"
        )
    return None


def sent(name: str, write: Callable[[Path], object]) -> FileResponse:
    """A file written for this one answer; its bytes stay readable after the directory is gone."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"file{Path(name).suffix}"
        write(path)
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)
