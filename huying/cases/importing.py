"""Cases in from tables: history that was closed elsewhere, and what has newly arrived, both through the real flow.

Rows go in batches, each in one transaction together with how far the file has been read, so an interrupted import goes
on where it stopped. A row that is wrong is sent back with its reason; the same external number of a channel never
comes in twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from huying.cases.enums import CaseKind
from huying.cases.flow import CASES
from huying.cases.import_rows import Taken, read, send_back
from huying.cases.models import ImportRun
from huying.kernel.errors import Conflict, Invalid
from huying.kernel.generation import bump
from huying.kernel.tabular import Column, Mapping, Report, Row, Source, load_mapping, open_rows
from huying.matters.engine import Opening, open_many
from huying.matters.enums import Urgency
from huying.matters.models import Channel, Matter
from huying.people.actors import IMPORT
from huying.people.enums import ContactKind

BATCH = 1000  # rows of one transaction …
BATCH_CHARACTERS = 4_000_000  # … and about how much text, so that memory stays bounded whatever a file holds
RECEIVED_ALREADY = "already_received"  # how the step refuses an external number that is there
CENTRE = "centre"  # stands for the district's centre in the handler's column

COLUMNS = (
    Column(key="number", title="平台编号", note="导出的表里有；本平台已有的编号跳过，不会重复导入。"),
    Column(
        key="channel",
        title="渠道",
        also=("来源渠道", "来源"),
        note="渠道名称，或者对接代码，例如 hotline。",
        example="武汉市民热线",
    ),
    Column(key="channel_name", title="渠道名称", note="渠道还没有时，以此名称新建。"),
    Column(key="external_number", title="来件编号", also=("工单编号", "编号", "工单号"), note="同一渠道不能重复。"),
    Column(key="title", title="标题", note="不填则取诉求内容的开头。", example="水岸星城门口路灯不亮"),
    Column(
        key="text",
        title="诉求内容",
        also=("内容", "反映内容", "工单内容"),
        required=True,
        example="小区门口路灯坏了三天，请尽快维修。",
    ),
    Column(
        key="opened_at",
        title="受理时间",
        also=("来件时间", "留言时间"),
        note="历史件必填；没有办结的件从它起算时限，不填为导入的时候。",
        example="2026-01-05 09:30",
    ),
    Column(key="happened_at", title="发生时间"),
    Column(key="closed_at", title="办结时间", also=("答复时间",), note="填了就作为历史件导入，不再办理。"),
    Column(key="reply", title="答复", also=("答复内容", "办理结果"), note="历史件的答复；没填办结时间的不导入。"),
    Column(
        key="handler",
        title="承办单位",
        also=("主办单位",),
        note="历史件由谁办的：单位名称或编码；centre 表示区中心。没有办结的件不按它派单。",
    ),
    Column(key="kind", title="诉求类型", note="、".join(CaseKind.labels)),
    Column(key="category", title="分类", note="分类代码，或者完整名称，例如“市政设施 / 路灯照明 / 路灯不亮”。"),
    Column(key="urgency", title="紧急程度", note="、".join(Urgency.labels)),
    Column(key="address", title="事发地址", also=("地址",)),
    Column(key="lon", title="经度", note="WGS-84"),
    Column(key="lat", title="纬度", note="WGS-84"),
    Column(key="reporter_kind", title="诉求人身份", note="、".join(ContactKind.labels)),
    Column(key="reporter_name", title="诉求人", also=("姓名", "诉求人姓名")),
    Column(
        key="reporter_phone",
        title="联系电话",
        also=("电话", "手机"),
        note="手机 11 位，固定电话带区号；号码可疑的也收，检查时会提醒。",
    ),
    Column(key="reporter_handle", title="渠道账号", also=("用户编号", "网名")),
    Column(key="anonymous", title="匿名", note="是 / 否"),
    Column(key="confidential", title="要求保密", note="是 / 否"),
    Column(key="wants_reply", title="要求答复", note="是 / 否，不填为是"),
    Column(key="upper_due_at", title="上级时限"),
)

SHIPPED = files("huying.cases") / "mappings"

Progress = Callable[[float], None]


@dataclass(slots=True)
class Figures:
    """What the command prints beside the report."""

    history: int = 0
    new: int = 0
    located: int = 0
    alarms: dict[str, int] = field(default_factory=dict)  # by word


def import_cases(
    path: Path,
    mapping: Mapping | None = None,
    *,
    dry_run: bool = False,
    again: bool = False,
    error_sheet: Path | None = None,
    progress: Progress = lambda done: None,
    figures: Figures | None = None,
) -> Report:
    """Import a file. An interrupted import of the same file with the same mapping goes on where it stopped.

    Args:
        again: read a file that has been imported completely once more; known external numbers are skipped.

    Raises:
        Refusal: when the file as a whole cannot be used, or has been imported already.
    """
    mapping = mapping or Mapping()
    figures = figures or Figures()
    run = None if dry_run else run_of(path, mapping)
    with _alone(run, again), open_rows(path, COLUMNS, mapping) as source, Report(source, sheet=error_sheet) as report:
        _channel_of(mapping, dry_run)
        seen: set[tuple[str, str]] = set()
        for batch in _batches(_once_each(source, after=run.last_row if run else 0)):
            _take_in(batch, report, run, figures, seen, dry_run)
            progress(source.progress)
        progress(1.0)
        if run:
            run.finished_at, run.state = timezone.now(), ImportRun.State.DONE
            run.save(update_fields=["finished_at", "state"])
    return report


@contextmanager
def _alone(run: ImportRun | None, again: bool) -> Iterator[None]:
    """One process at a time reads a file in. The lock belongs to the connection, so a killed process leaves none.

    Raises:
        Conflict: another process is at it, or the file has been read already and not `again` was said.
    """
    if run is None:
        yield
        return
    key = int.from_bytes(bytes.fromhex(run.digest)[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if cursor.fetchone() != (True,):
            raise Conflict(
                f"另一个进程正在导入 {run.name}，请等它完成；它中断以后再运行一次即可接着导。", code="importing"
            )
    try:
        _begin(run, again)
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def mapping_named(name: str) -> Mapping | None:
    """A mapping file, or one that ships with the product by its name; None for no name.

    Raises:
        Refusal: when there is none, or it is not one.
    """
    if not name:
        return None
    if Path(name).suffix or Path(name).exists():
        return load_mapping(Path(name))
    if not (SHIPPED / f"{name}.json").is_file():
        known = sorted(item.name.removesuffix(".json") for item in SHIPPED.iterdir() if item.name.endswith(".json"))
        raise Invalid(
            f"没有名为“{name}”的对照。自带的有：{'、'.join(known)}；也可以给出 JSON 文件的路径。", code="no_mapping"
        )
    with as_file(SHIPPED / f"{name}.json") as path:
        return load_mapping(path)


def _once_each(source: Source, after: int) -> Iterator[Row]:
    """The rows behind `after`. One that repeats the number of an earlier one with other words is faulted: whichever of
    the two the number belongs to, the other would be lost. Both hashes are kept, not the words: a file may be long."""
    first: dict[int, tuple[int, int]] = {}
    for row in source:
        number = str(row.raw("external_number") or "").strip()
        if number:
            said = hash((str(row.raw("title") or "").strip(), str(row.raw("text") or "").strip()))
            line, before = first.setdefault(hash((str(row.raw("channel") or "").strip(), number)), (row.number, said))
            if before != said:
                row.fault("external_number", f"与第 {line} 行的来件编号相同，内容却不同，请核对编号")
        if row.number > after:
            yield row


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    characters = 0
    for row in rows:
        batch.append(row)
        characters += sum(len(cell) for cell in row.original if isinstance(cell, str))
        if len(batch) == BATCH or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def run_of(path: Path, mapping: Mapping, name: str = "") -> ImportRun:
    """The record of this file: fresh, or the one that was interrupted."""
    digest = hashlib.sha256(repr(mapping).encode())
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    run, _ = ImportRun.objects.get_or_create(digest=digest.hexdigest(), defaults={"name": (name or path.name)[:200]})
    return run


def _begin(run: ImportRun, again: bool) -> None:
    """Go on where it stopped; from the first row where that is wanted of a file that has been read to its end."""
    run.refresh_from_db()
    if run.finished_at is None:
        return
    if not again:
        raise Conflict(
            f"{run.name} 在 {timezone.localtime(run.finished_at):%Y-%m-%d %H:%M} 已经导入过，没有重复导入；"
            "确实要再导一次请加 --again，来件编号相同的会跳过。",
            code="imported_already",
        )
    run.last_row, run.finished_at, run.accepted, run.rejected = 0, None, 0, 0
    run.save(update_fields=["last_row", "finished_at", "accepted", "rejected"])


def _channel_of(mapping: Mapping, dry_run: bool) -> None:
    """A mapping may bring the channel it speaks of."""
    key, name = mapping.constants.get("channel", ""), mapping.constants.get("channel_name", "")
    if not key or not name or dry_run:
        return
    with transaction.atomic():
        _, made = Channel.objects.get_or_create(key=key, defaults={"name": name, "external": True})
        if made:
            bump("channels")


def _take_in(
    rows: Sequence[Row],
    report: Report,
    run: ImportRun | None,
    figures: Figures,
    seen: set[tuple[str, str]],
    dry_run: bool,
) -> None:
    refused: list[Row] = []
    accepted = report.accepted
    with transaction.atomic():
        if dry_run:
            _channel_for_now(rows)
        ours = _ours(rows)
        report.skip(len(ours))
        now = timezone.now()
        taken = [t for row in rows if row.number not in ours and (t := read(row, now)) is not None]
        for step in ("import_history", "receive"):
            group = [t for t in taken if t.step == step and (t.data.channel, t.data.external_number) not in seen]
            report.skip(sum(t.step == step for t in taken) - len(group))
            openings = [Opening(IMPORT, t.data, t.at) for t in group]
            for wanted, result in zip(group, open_many(CASES, step, openings) if group else [], strict=True):
                if result.refusal is None:
                    report.accept()
                    _point_out_lateness(wanted, result.matter, now)
                    report.point_out(wanted.row)
                    _count(figures, step, result.change)
                elif result.refusal.code == RECEIVED_ALREADY:
                    report.skip()
                else:
                    send_back(wanted.row, result.refusal)
                if dry_run and wanted.data.external_number and not wanted.row.faults:
                    # the next batch will not find it in the database
                    seen.add((wanted.data.channel, wanted.data.external_number))
        refused = [row for row in rows if row.faults]
        if run:
            run.last_row = rows[-1].number
            run.accepted += report.accepted - accepted
            run.rejected += len(refused)
            run.save(update_fields=["last_row", "accepted", "rejected"])
        if dry_run:
            transaction.set_rollback(True)
    for row in refused:
        report.reject(row)


def _ours(rows: Sequence[Row]) -> set[int]:
    """Lines that carry the number of a case we have: they come from an export of our own."""
    numbers = {row.number: row.text("number") for row in rows}
    given = [number for number in numbers.values() if number]
    if not given:
        return set()
    known = set(Matter.objects.filter(kind=CASES.kind, number__in=given).values_list("number", flat=True))
    return {line for line, number in numbers.items() if number in known}


def _channel_for_now(rows: Sequence[Row]) -> None:
    """In a dry run the mapping's channel exists until the batch is rolled back."""
    key, name = str(rows[0].raw("channel") or ""), str(rows[0].raw("channel_name") or "")
    if key and name and not Channel.objects.filter(key=key).exists():
        Channel.objects.create(key=key, name=name, external=True)
        bump("channels")


def _point_out_lateness(taken: Taken, matter: Matter | None, now: datetime) -> None:
    if taken.at is not None and matter is not None and matter.next_due_at is not None and matter.next_due_at < now:
        taken.row.remark("opened_at", "研判时限从受理时间起算，导入时已经超时")


def _count(figures: Figures, step: str, change: object) -> None:
    from huying.matters.flow import Change

    assert isinstance(change, Change)
    if step == "receive":
        figures.new += 1
    else:
        figures.history += 1
    figures.located += change.matter.community_id is not None
    signs = change.extra.get("alarm", [])
    assert isinstance(signs, list)
    for sign in signs:
        figures.alarms[sign.word] = figures.alarms.get(sign.word, 0) + 1
