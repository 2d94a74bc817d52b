"""`huying import` and `huying export`: tables of every kind in and out."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from huying.kernel.commands import Mistake, Progress, needs_database

if TYPE_CHECKING:
    from huying.kernel.tabular import Mapping, Report

SHOWN = 10  # faults printed; the error sheet has them all
STEPS = 1000  # of the progress bar


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line said."""

    path: Path
    mapping: Mapping | None
    dry_run: bool
    again: bool
    sheet: Path
    progress: Callable[[float], None]


def _cases(asked: Asked) -> Report:
    from huying.cases.importing import Figures, import_cases

    figures = Figures()
    report = import_cases(
        asked.path,
        asked.mapping,
        dry_run=asked.dry_run,
        again=asked.again,
        error_sheet=asked.sheet,
        progress=asked.progress,
        figures=figures,
    )
    click.echo(f"新受理 {figures.new:,} 件，历史件 {figures.history:,} 件，其中判定到社区 {figures.located:,} 件。")
    if figures.alarms:
        most = sorted(figures.alarms.items(), key=lambda pair: -pair[1])
        click.echo(f"险情提示：{'，'.join(f'{word} {n}' for word, n in most)}。请到“险情提示”逐件确认。")
    return report


def _places(asked: Asked) -> Report:
    from huying.places.importing import Figures, import_places
    from huying.web.settings.places import IMPORT_PLACES, in_words

    figures = Figures()
    return import_places(
        asked.path,
        asked.mapping,
        dry_run=asked.dry_run,
        error_sheet=asked.sheet,
        progress=asked.progress,
        figures=figures,
        also=lambda report: _note(asked, IMPORT_PLACES.kind.what, report, in_words(figures)),
    )


def _people(asked: Asked) -> Report:
    from huying.people.importing import import_people

    passwords = asked.path.with_name(f"{asked.path.stem}.初始密码.xlsx")
    report = import_people(
        asked.path, asked.mapping, dry_run=asked.dry_run, error_sheet=asked.sheet, password_sheet=passwords
    )
    if not asked.dry_run:
        _note(asked, "单位和人员", report)
    if passwords.exists() and not asked.dry_run:
        click.echo(f"新账号的初始密码写在 {passwords}，请分发后删除。")
    return report


def _note(asked: Asked, what: str, report: Report, figures: Sequence[tuple[str, int]] = ()) -> None:
    """The log of settings tells of it as of what is done on pages."""
    from huying.kernel.changes import at_the_machine, record_change

    told = {"文件": asked.path.name, "结果": report.summary(), **{name: f"{n:,}" for name, n in figures}}
    record_change(who=at_the_machine(), what=what, key=f"导入 {asked.path.name}", before=None, after=told)


def _organisations_out(path: Path) -> int:
    from huying.people.importing.organisations import export_organisations

    return export_organisations(path)


def _staff_out(path: Path) -> int:
    from huying.people.importing.staff import export_staff

    return export_staff(path)


def _places_out(path: Path) -> int:
    from huying.places.importing import export_places

    return export_places(path)


def _cases_out(path: Path) -> int:
    from huying.cases.exporting import export_cases

    return export_cases(path)


IMPORTS: dict[str, Callable[[Asked], Report]] = {"cases": _cases, "places": _places, "people": _people}
EXPORTS: dict[str, Callable[[Path], int]] = {
    "cases": _cases_out,
    "places": _places_out,
    "organisations": _organisations_out,
    "people": _staff_out,
}


def _free_name(path: Path) -> Path:
    """Where the error sheet goes: beside the file, never over an earlier one."""
    sheet = path.with_name(f"{path.stem}.退回.xlsx")
    n = 2
    while sheet.exists():
        sheet = path.with_name(f"{path.stem}.退回{n}.xlsx")
        n += 1
    return sheet


@click.command("import", short_help="导入诉求件、区域、单位和人员。")
@click.argument("kind", type=click.Choice(sorted(IMPORTS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", default="", help="列的对照：JSON 文件，或自带对照的名称（如 message_board_replies）。")
@click.option("--dry-run", is_flag=True, help="只检查，不写入。")
@click.option("--again", is_flag=True, help="诉求件：已导入过的文件再导一次，来件编号相同的跳过。")
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, path_type=Path),
    help="退回的行写到这里。[默认：文件旁边的“….退回.xlsx”]",
)
@needs_database
def import_command(kind: str, file: Path, mapping: str, dry_run: bool, again: bool, errors: Path | None) -> None:
    """从 xlsx、csv 或 jsonl 导入。

    KIND：cases 诉求件，places 区域，people 单位或人员。有问题的行写到退回表，改好后可以直接再导入；
    中断的诉求件导入重新运行即从断点继续。
    """
    from huying.cases.importing import mapping_named

    sheet = errors or _free_name(file)
    if not os.access(sheet.parent, os.W_OK):
        raise Mistake(f"退回的行写不进目录 {sheet.parent}：它不存在，或没有写入权限。请用 --errors 换一个位置。")
    with Progress("导入", STEPS) as bar:
        done = 0

        def progress(part: float) -> None:
            nonlocal done
            now = int(part * STEPS)
            bar.advance(now - done)
            done = now

        report = IMPORTS[kind](Asked(file, mapping_named(mapping), dry_run, again, sheet, progress))
    click.echo(("检查结果（没有写入）：" if dry_run else "") + report.summary())
    if report.unused_headers:
        click.echo(f"文件里有 {len(report.unused_headers)} 列没有用到：{'、'.join(report.unused_headers)}。", err=True)
    for fault in report.faults[:SHOWN]:
        click.echo(f"  {fault}", err=True)
    if report.rejected > SHOWN:
        click.echo("  ……", err=True)
    for remark in report.remarks.values():
        click.echo(f"  照样导入，请留意：{remark}", err=True)
    if report.error_sheet:
        click.echo(f"退回的行在 {report.error_sheet}，改好后可以直接再导入。", err=True)
    if report.rejected:
        raise SystemExit(1)


@click.command("export", short_help="导出诉求件、区域、单位和人员。")
@click.argument("kind", type=click.Choice(sorted(EXPORTS)))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@needs_database
def export_command(kind: str, file: Path) -> None:
    """导出为 xlsx 或 csv（区域还可以是 geojson）。个人信息不导出。"""
    if file.suffix.lower() not in {".xlsx", ".csv", ".geojson"}:
        raise Mistake("文件名请以 .xlsx、.csv 或 .geojson 结尾。")
    try:
        rows = EXPORTS[kind](file)
    except OSError as error:
        raise Mistake(f"无法写入文件 {file}：{_why(error)}。") from None
    click.echo(f"导出 {rows:,} 行到 {file}。")


_REASONS = {
    errno.ENOENT: "没有这个目录",
    errno.ENOTDIR: "没有这个目录",
    errno.EACCES: "没有写入权限",
    errno.EPERM: "没有写入权限",
    errno.EROFS: "磁盘是只读的",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已满",
    errno.ENAMETOOLONG: "文件名太长",
}


def _why(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, str(error.strerror or error))
