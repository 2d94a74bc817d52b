"""Organisations and staff in from xlsx, csv or jsonl, and out again.

Like every import: rows that are wrong are sent back with a reason each, the others are written in one transaction; what
is there already under the same code or user name is brought up to date, so a file may be imported twice.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from huying.kernel.errors import Invalid
from huying.kernel.tabular import Column, Mapping, Report, open_rows
from huying.people.importing.organisations import COLUMNS as ORGANISATION_COLUMNS
from huying.people.importing.organisations import export_organisations, import_organisations
from huying.people.importing.staff import COLUMNS as STAFF_COLUMNS
from huying.people.importing.staff import export_staff, import_staff

__all__ = [
    "ORGANISATION_COLUMNS",
    "STAFF_COLUMNS",
    "export_organisations",
    "export_staff",
    "holds_staff",
    "import_organisations",
    "import_people",
    "import_staff",
]


def holds_staff(path: Path, mapping: Mapping | None = None) -> bool:
    """Whether a file lists staff (it has a column of user names) and not organisations."""
    anything = [Column(key=c.key, title=c.title, also=c.also) for c in (*STAFF_COLUMNS, *ORGANISATION_COLUMNS)]
    known = {column.key: column for column in anything}
    with open_rows(path, list(known.values()), mapping) as source:
        headers = {header.strip() for header in source.headers} | set(mapping.columns if mapping else ())
    username = next(column for column in STAFF_COLUMNS if column.key == "username")
    return not headers.isdisjoint({username.key, username.title, *username.also})


def import_people(
    path: Path,
    mapping: Mapping | None = None,
    *,
    day: dt.date | None = None,
    dry_run: bool = False,
    error_sheet: Path | None = None,
    password_sheet: Path | None = None,
) -> Report:
    """Whichever of the two the file holds. `password_sheet` takes the initial passwords of new staff."""
    if not holds_staff(path, mapping):
        return import_organisations(path, mapping, day=day, dry_run=dry_run, error_sheet=error_sheet)
    if password_sheet is None and not dry_run:
        raise Invalid("导入人员要指定初始密码写到哪个文件。", code="no_password_sheet")
    return import_staff(path, mapping, day=day, dry_run=dry_run, error_sheet=error_sheet, password_sheet=password_sheet)
