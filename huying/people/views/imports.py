"""Organisations and staff by file."""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path

from django.http import HttpResponseBase
from django.views.decorators.http import require_http_methods

from huying.kernel.errors import Invalid
from huying.kernel.tabular import Column, open_rows
from huying.people.access import desk
from huying.people.importing import (
    ORGANISATION_COLUMNS,
    STAFF_COLUMNS,
    export_organisations,
    export_staff,
    import_organisations,
    import_staff,
)
from huying.people.importing.staff import PASSWORD_HEADERS
from huying.people.requests import UserRequest
from huying.people.uploading import Importing, Outcome, Task, import_page
from huying.people.views.accounts import ACCOUNTS
from huying.people.views.organisations import ORGANISATIONS

MOST_ORGANISATIONS = 2000  # rows at once: somebody waits for the page


def _organisations(task: Task) -> Outcome:
    if task.dry_run:
        with open_rows(task.path, ORGANISATION_COLUMNS) as source:
            if next(islice(source, MOST_ORGANISATIONS, None), None) is not None:
                raise Invalid(f"一次最多导入 {MOST_ORGANISATIONS:,} 行，请拆成几个文件。")
    return Outcome(import_organisations(task.path, dry_run=task.dry_run, error_sheet=task.sheet))


MOST_STAFF = 500  # rows at once: a password takes a twentieth of a second to hash, and somebody waits for the page


def _staff(task: Task) -> Outcome:
    """The passwords are written to a file only on their way to the page that tells them."""
    with tempfile.TemporaryDirectory() as directory:
        told = Path(directory) / "passwords.xlsx"
        report = import_staff(task.path, dry_run=task.dry_run, error_sheet=task.sheet, password_sheet=told)
        if task.dry_run and report.accepted > MOST_STAFF:
            raise Invalid(f"一次最多导入 {MOST_STAFF} 行，现有 {report.accepted} 行，请拆成几个文件。")
        return Outcome(report, passwords=_passwords(told) if told.exists() else ())


def _passwords(path: Path) -> list[tuple[str, str, str]]:
    keys = ("username", "name", "unit", "password")
    columns = [Column(key=key, title=title) for key, title in zip(keys, PASSWORD_HEADERS, strict=True)]
    with open_rows(path, columns) as source:
        return [(row.text("username"), row.text("name"), row.text("password")) for row in source]


IMPORT_ORGANISATIONS = Importing(
    key="organisations",
    kind=ORGANISATIONS,
    title="导入单位",
    lead="编码相同的单位按文件更新，没有的新建；文件里没有的单位不变。空着的格子清空该项，日期除外。",
    url_name="people:import-organisations",
    columns=ORGANISATION_COLUMNS,
    run=_organisations,
    export=export_organisations,
)
IMPORT_STAFF = Importing(
    key="staff",
    kind=ACCOUNTS,
    title="导入人员",
    lead="一行一个岗位。没有的账号新建并给初始密码，已有的更新姓名和岗位；文件里没有的岗位不变。单位要先导入。",
    url_name="people:import-staff",
    columns=STAFF_COLUMNS,
    run=_staff,
    export=export_staff,
)


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def organisations(request: UserRequest) -> HttpResponseBase:
    return import_page(request, IMPORT_ORGANISATIONS)


@desk("people.manage")
@require_http_methods(["GET", "POST"])
def staff(request: UserRequest) -> HttpResponseBase:
    return import_page(request, IMPORT_STAFF)
