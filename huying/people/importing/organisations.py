"""Organisations by code: the tree, what they answer for, when they work."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huying.kernel.errors import Invalid
from huying.kernel.generation import bump
from huying.kernel.order import sort_key
from huying.kernel.tabular import Cell, Column, Mapping, Report, Row, open_rows, write_csv, write_xlsx
from huying.people.enums import OrganisationKind, UserKind
from huying.people.hours import parse_spans, print_spans
from huying.people.models import Organisation, User
from huying.people.phones import problem_of
from huying.places.models import Place

COLUMNS = (
    Column(key="code", title="单位编码", also=("编码",), required=True, note="字母、数字、- 和 _。", example="swj"),
    Column(key="name", title="单位名称", also=("名称",), required=True, example="区水务和湖泊局"),
    Column(key="short_name", title="简称", note="列表里显示的短名，可不填。", example="区水务局"),
    Column(
        key="kind",
        title="单位类型",
        also=("类型",),
        required=True,
        note=f"{'、'.join(OrganisationKind.labels)}。",
        example="部门",
    ),
    Column(key="parent", title="上级单位编码", also=("上级编码",), note="可不填。", example="qzx"),
    Column(key="place", title="负责区域编码", also=("区域编码",), note="街道和社区必填：区域的 6、9 或 12 位编码。"),
    Column(
        key="working_hours",
        title="工作时间",
        note="不填为 9:00–12:00、14:00–17:30。",
        example="8:30-12:00、14:00-17:00",
    ),
    Column(key="duty_phone", title="值班电话", example="027-88936000"),
    Column(key="chief", title="负责人用户名", note="已有的人员账号，可不填。"),
    Column(key="valid_from", title="设立日期", note="新单位不填为今天。", example="2020-01-01"),
    Column(key="valid_to", title="撤销日期", note="当日起不再受理，可不填。"),
    Column(key="successor", title="承接单位编码", note="撤销后由谁承接，可不填。"),
)
KINDS = {kind.label: kind for kind in OrganisationKind}
KINDS_BY_KEY = {kind.value: kind for kind in OrganisationKind}
WITH_PLACE = {OrganisationKind.STREET, OrganisationKind.COMMUNITY}
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,31}")
_PLAIN = ("name", "short_name", "kind", "place_id", "working_hours", "duty_phone", "chief_id", "valid_from", "valid_to")


@dataclass(slots=True)
class Wanted:
    """A good row: columns of the organisation, and the codes of those it points to."""

    row: Row
    code: str
    parent: str
    successor: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to."""

    organisations: Dictionary[str, Organisation]
    places: Dictionary[str, int]
    users: Dictionary[str, int]


def import_organisations(
    path: Path,
    mapping: Mapping | None = None,
    *,
    day: dt.date | None = None,
    dry_run: bool = False,
    error_sheet: Path | None = None,
) -> Report:
    """Create and update organisations. With `dry_run` nothing is kept, the report is the same.

    A cell left empty empties the field, except the dates, which stay.
    """
    day = day or timezone.localdate()
    with (
        open_rows(path, COLUMNS, mapping) as source,
        Report(source, sheet=error_sheet) as report,
        transaction.atomic(),
    ):
        known = Known(
            {one.code: one for one in Organisation.objects.select_for_update()},
            dict(Place.objects.values_list("code", "pk")),
            dict(User.objects.filter(kind=UserKind.STAFF, is_active=True).values_list("username", "pk")),
        )
        wanted: dict[str, Wanted] = {}
        bad: list[Row] = []
        for row in source:
            one = _read(row, known, wanted, day)
            if row.faults:
                bad.append(row)
            else:
                wanted[one.code] = one
        bad += _refuse_strangers(wanted, known)
        bad += _refuse_rings(wanted, known)
        for row in sorted(bad, key=lambda row: row.number):
            report.reject(row)
        written = _write(wanted, known)
        report.accept(written)
        report.skip(len(wanted) - written)
        if written:
            bump("organisations")
        if dry_run:
            transaction.set_rollback(True)
    return report


def _read(row: Row, known: Known, wanted: Dictionary[str, Wanted], day: dt.date) -> Wanted:
    code = row.text("code", required=True)
    if code and not _CODE.fullmatch(code):
        row.fault("code", "只用字母、数字、- 和 _，最多 32 位")
    if code in wanted:
        row.fault("code", f"编码 {code} 在第 {wanted[code].row.number} 行已经出现过")
    old = known.organisations.get(code)
    kind = KINDS_BY_KEY.get(row.text("kind")) or row.choice("kind", KINDS, required=True)
    place = row.digits("place", 6, 9, 12)
    if place and place not in known.places:
        row.fault("place", f"没有编码为 {place} 的区域，请先导入区域")
    if kind in WITH_PLACE and not place and not row.text("place"):
        row.fault("place", f"{kind.label if kind else ''}要写明负责的区域")
    chief = User.normalize_username(row.text("chief"))
    if chief and chief not in known.users:
        row.fault("chief", f"没有用户名为“{chief}”的在用人员账号")
    since = row.day("valid_from") or (old.valid_from if old else day)
    until = row.day("valid_to") or (old.valid_to if old else None)
    if until and until <= since:
        row.fault("valid_to", "撤销日期要晚于设立日期")
    successor = row.text("successor")
    if successor and until is None:
        row.fault("successor", "只有填了撤销日期的单位才有承接单位")
    values: dict[str, object] = {
        "name": row.text("name", required=True, most=100),
        "short_name": row.text("short_name", most=30),
        "kind": kind,
        "place_id": known.places.get(place),
        "working_hours": _hours(row),
        "duty_phone": _phone(row),
        "chief_id": known.users.get(chief),
        "valid_from": since,
        "valid_to": until,
    }
    return Wanted(row, code, row.text("parent"), successor, values)


def _phone(row: Row) -> str:
    text = row.code("duty_phone", most=40)
    if text and (problem := problem_of(text, service=True)):
        row.fault("duty_phone", problem)
    return text


def _hours(row: Row) -> list[list[str]] | None:
    text = row.text("working_hours")
    if not text:
        return None
    try:
        return parse_spans(text)
    except ValueError as error:
        row.fault("working_hours", str(error))
        return None


def _refuse_strangers(wanted: dict[str, Wanted], known: Known) -> list[Row]:
    """Rows that point to an organisation that is neither there nor coming; what points to those goes, too."""
    bad: list[Row] = []
    while True:
        before = len(bad)
        for one in list(wanted.values()):
            for column, code in (("parent", one.parent), ("successor", one.successor)):
                if code == one.code:
                    one.row.fault(column, "不能填本单位自己")
                elif code and code not in wanted and code not in known.organisations:
                    one.row.fault(column, f"没有编码为“{code}”的单位，或那一行没有通过")
            if one.row.faults:
                bad.append(wanted.pop(one.code).row)
        if len(bad) == before:
            return bad


def _refuse_rings(wanted: dict[str, Wanted], known: Known) -> list[Row]:
    """Rows by which an organisation would stand under itself."""
    by_id = {one.pk: code for code, one in known.organisations.items()}
    above = {code: by_id[one.parent_id] for code, one in known.organisations.items() if one.parent_id}
    above |= {one.code: one.parent for one in wanted.values()}
    ringed: list[str] = []
    for code in wanted:
        seen, at = {code}, above.get(code, "")
        while at and at not in seen:
            seen.add(at)
            at = above.get(at, "")
        if at == code:
            ringed.append(code)
    bad = []
    for code in ringed:
        wanted[code].row.fault("parent", "上级单位绕成了一圈，请检查各单位的上级")
        bad.append(wanted.pop(code).row)
    return bad + (_refuse_strangers(wanted, known) if bad else [])


def _write(wanted: Dictionary[str, Wanted], known: Known) -> int:
    """Insert and update; returns how many rows changed something."""
    new = [
        Organisation(code=one.code, sort_key=sort_key(str(one.values["name"])), **one.values)
        for one in wanted.values()
        if one.code not in known.organisations
    ]
    Organisation.objects.bulk_create(new)
    everyone = {**known.organisations, **{one.code: one for one in new}}
    changed: dict[str, Organisation] = {}
    for one in wanted.values():
        organisation = everyone[one.code]
        values = {
            **one.values,
            "parent_id": everyone[one.parent].pk if one.parent else None,
            "successor_id": everyone[one.successor].pk if one.successor else None,
        }
        if any(getattr(organisation, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(organisation, name, value)
            organisation.sort_key = sort_key(organisation.name)
            changed[one.code] = organisation
    fields = [name.removesuffix("_id") for name in _PLAIN] + ["parent", "successor", "sort_key"]
    Organisation.objects.bulk_update(changed.values(), fields)
    return len(changed.keys() | {one.code for one in new})


EXPORTED = tuple(column.title for column in COLUMNS)


def export_organisations(path: Path) -> int:
    """All organisations, dissolved ones included, to .xlsx or .csv; returns how many."""
    rows: list[list[Cell]] = [
        [
            one.code,
            one.name,
            one.short_name,
            one.get_kind_display(),
            one.parent.code if one.parent else "",
            one.place.code if one.place else "",
            print_spans(one.working_hours),
            one.duty_phone,
            one.chief.username if one.chief else "",
            one.valid_from,
            one.valid_to,
            one.successor.code if one.successor else "",
        ]
        for one in Organisation.objects.select_related("parent", "place", "chief", "successor").order_by("code")
    ]
    return write_table(path, EXPORTED, rows)


def write_table(path: Path, headers: tuple[str, ...], rows: list[list[Cell]]) -> int:
    match path.suffix.lower():
        case ".xlsx":
            return write_xlsx(path, headers, rows)
        case ".csv":
            return write_csv(path, headers, rows)
    raise Invalid("只能导出为 .xlsx 或 .csv 文件。", code="bad_suffix")
