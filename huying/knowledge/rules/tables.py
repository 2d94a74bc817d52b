"""Rules in and out of Excel: one row is one rule; what comes in are drafts, to be tried and approved like any other."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from huying.kernel.errors import Refusal
from huying.kernel.tabular import Cell, Column, Report, Row, Source, open_rows
from huying.kernel.tabular.rows import as_text
from huying.knowledge.models import DispatchRule, RuleVersion
from huying.knowledge.rules import actions, options
from huying.knowledge.rules.actions import Content, check, split_words
from huying.knowledge.rules.conditions import Conditions
from huying.knowledge.rules.queries import in_force
from huying.people.directory import directory
from huying.people.importing.organisations import write_table
from huying.people.models import User

SEVERAL = "几个用顿号隔开。"
COLUMNS = (
    Column(key="code", title="编号", note="修改已有的口径才填，新增的留空。", example=""),
    Column(key="subject", title="事项", required=True, note="一句话说清是什么事。", example="小区停水、水压不足"),
    Column(
        key="categories",
        title="分类",
        note=f"名称、代码或全路径，含下级，符合其中一个就算。{SEVERAL}",
        example="公用事业 / 供水",
    ),
    Column(key="any_words", title="说到任一个", note=SEVERAL, example="停水、水压"),
    Column(key="all_words", title="同时说到", note=SEVERAL),
    Column(key="none_words", title="不含", note=SEVERAL, example="二次供水"),
    Column(key="places", title="地点", note=f"街道或社区的名称或编码，不填为不限。{SEVERAL}"),
    Column(key="kinds", title="类型", note=f"咨询、求助、投诉等，不填为不限。{SEVERAL}"),
    Column(key="urgencies", title="紧急程度", note=SEVERAL),
    Column(key="channels", title="渠道", note=f"渠道名称。{SEVERAL}"),
    Column(
        key="lead",
        title="主办单位",
        required=True,
        note="单位的名称、简称或编码，或者：属地街道、属地社区。",
        example="属地街道",
    ),
    Column(key="helpers", title="协办单位", note=f"写法同上，最多 {actions.MOST_HELPERS} 个。{SEVERAL}"),
    Column(key="e1_any_words", title="例外：说到任一个", note=f"有这种情况时不适用。{SEVERAL}"),
    Column(key="e1_categories", title="例外：分类", note=SEVERAL),
    Column(key="e1_places", title="例外：地点", note=SEVERAL),
    Column(key="e2_any_words", title="例外二：说到任一个", note=f"另一种例外。{SEVERAL}"),
    Column(key="e2_categories", title="例外二：分类", note=SEVERAL),
    Column(key="e2_places", title="例外二：地点", note=SEVERAL),
    Column(key="document", title="依据文件", required=True, example="武昌区诉求办理职责清单（示例）"),
    Column(key="clause", title="条款", required=True, example="第十二条"),
    Column(key="quote", title="条文"),
    Column(key="priority", title="优先级", note="1 到 9，不填为 5。几条同样具体时，数字小的先。"),
    Column(key="valid_from", title="生效日期", note="不填为今天。", example="2026-01-01"),
    Column(key="valid_to", title="失效日期", note="这一天起不再适用；不填为长期有效。"),
    Column(key="why", title="原因", note="起草或修改的原因。"),
)
EXCEPTIONS = ("e1_", "e2_")
PLAIN = ("subject", "document", "clause", "quote", "why")
MOST = {"subject": 60, "document": 120, "clause": 60, "quote": 2000, "why": 300}


@dataclass(slots=True)
class Names:
    """How rows name things → their codes; None where a name is given to several."""

    categories: dict[str, str | None] = field(default_factory=dict)
    places: dict[str, str | None] = field(default_factory=dict)
    units: dict[str, str | None] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    urgencies: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def known(cls) -> Names:
        found = cls(
            kinds={label: key for key, label in options.kinds()},
            urgencies={label: key for key, label in options.urgencies()},
            channels={label: key for key, label in options.channels()},
        )
        for code, path in options.category_paths().items():
            _name(found.categories, code, code, path, path.rpartition(" / ")[2])
        for code, path in options.places():
            _name(found.places, code, code, path, path.rpartition(" / ")[2])
        for key, label in options.TERRITORIAL.items():
            _name(found.units, key, key, label)
        for one in directory().handlers():
            _name(found.units, one.code, one.code, one.name, one.label, one.short_name)
        return found


def _name(known: dict[str, str | None], code: str, *names: str) -> None:
    for at, name in enumerate(dict.fromkeys(filter(None, names))):
        taken = name in known and known[name] != code
        if at == 0 or not taken:
            known[name] = code
        elif known[name] != name:  # a code stays what it is
            known[name] = None


def _listed(row: Row, key: str, known: Mapping[str, str | None], what: str) -> tuple[str, ...]:
    found: list[str] = []
    for name in (one.strip() for one in _parts(row.text(key))):
        if name not in known:
            row.fault(key, f"没有这个{what}：{name}")
        elif (code := known[name]) is None:
            row.fault(key, f"有几个{what}都叫“{name}”，请写全路径或者编码")
        else:
            found.append(code)
    return tuple(dict.fromkeys(found))


def _parts(text: str) -> Iterator[str]:
    """Names may hold spaces and slashes, so only these part them."""
    for mark in "，；;,":
        text = text.replace(mark, "、")
    return (part for part in text.split("、") if part.strip())


def content_of(row: Row, names: Names) -> Content:
    """What a row says; what is wrong is noted on the row."""

    def asked(prefix: str = "") -> Conditions:
        def words(name: str) -> tuple[str, ...]:
            return split_words(row.text(f"{prefix}{name}"))

        return Conditions(
            categories=_listed(row, f"{prefix}categories", names.categories, "分类"),
            any_words=words("any_words"),
            all_words=words("all_words"),
            none_words=words("none_words"),
            places=_listed(row, f"{prefix}places", names.places, "街道或社区"),
            kinds=() if prefix else _listed(row, "kinds", dict(names.kinds), "类型"),
            urgencies=() if prefix else _listed(row, "urgencies", dict(names.urgencies), "紧急程度"),
            channels=() if prefix else _listed(row, "channels", dict(names.channels), "渠道"),
        )

    lead = _listed(row, "lead", names.units, "单位")
    if len(lead) > 1:
        row.fault("lead", "主办单位只能是一个")
    plain = {key: row.text(key, most=MOST[key], lines=key == "quote") for key in PLAIN}
    priority = row.number_of("priority", least=1, most=9)
    content = Content(
        **plain,
        conditions=asked(),
        exceptions=tuple(one for prefix in EXCEPTIONS if (one := asked(prefix))),
        lead=lead[0] if lead else "",
        helpers=_listed(row, "helpers", names.units, "单位"),
        priority=int(priority) if priority is not None else 5,
        valid_from=row.day("valid_from") or timezone.localdate(),
        valid_to=row.day("valid_to"),
    )
    for key, sentences in check(content).items():
        if not row.is_faulted(key):
            for words in sentences:
                row.fault(key, words)
    return content


@dataclass(slots=True)
class Imported:
    report: Report
    batch: str = ""
    new: int = 0
    changed: int = 0


def import_rules(
    path: Path,
    *,
    by: User,
    dry_run: bool = False,
    error_sheet: Path | None = None,
) -> Imported:
    """Every good row becomes a draft of one batch; rows that say what is in force already are passed over."""
    standing = {one.rule.code: one for one in in_force()}
    with (
        open_rows(path, COLUMNS) as source,
        Report(source, sheet=error_sheet) as report,
        transaction.atomic(),
    ):
        done = Imported(report, uuid.uuid4().hex)
        known = {rule.code: rule for rule in DispatchRule.objects.all()}
        seen: dict[str | Content, int] = {}  # code, or what a new rule says → row
        names = Names.known()
        for row, content in contents(source, names):
            code = row.text("code")
            rule = known.get(code)
            if code and rule is None:
                row.fault("code", f"没有编号为 {code} 的口径；新增的请留空")
            if rule is not None and _unchanged(row, content, standing.get(code), names):
                report.skip()
                continue
            if not row.faults and (twin := seen.setdefault(code or content, row.number)) != row.number:
                row.fault("code", f"和第 {twin} 行是同一条口径")
            if not row.faults:
                try:
                    actions.draft(content, by=by, rule=rule, batch=done.batch)
                except Refusal as refusal:
                    row.fault("code", refusal.message)
            if row.faults:
                report.reject(row)
                continue
            report.accept()
            done.new += rule is None
            done.changed += rule is not None
        if dry_run:
            transaction.set_rollback(True)
    return done


def contents(source: Source, names: Names | None = None) -> Iterator[tuple[Row, Content]]:
    known = names or Names.known()
    for row in source:
        yield row, content_of(row, known)


def _unchanged(row: Row, content: Content, version: RuleVersion | None, names: Names) -> bool:
    """Whether a row says no more than what holds: nothing that decides, and nothing that is read, is different. One
    that names what is no more cannot be taken, but left as it was exported it is not a mistake of whoever brings it."""
    if version is None:
        return False
    if not row.faults:
        return _same(version, content)
    written = zip(COLUMNS, row_of(version.rule.code, Content.of(version), names), strict=True)
    return all(_plain(row.raw(column.key)) == _plain(cell) for column, cell in written)


def _plain(cell: Cell) -> str:
    if isinstance(cell, dt.date):
        return f"{cell:%Y-%m-%d}"
    return "" if cell is None else " ".join(as_text(cell).split())


def _same(version: RuleVersion, content: Content) -> bool:
    now = Content.of(version)
    names = (*("subject", "conditions", "exceptions", "lead", "helpers", "document", "clause"), "priority", "valid_to")
    return all(getattr(now, name) == getattr(content, name) for name in names) and now.quote == content.quote.strip()


def row_of(code: str, content: Content, names: Names) -> list[Cell]:
    """The other way round, with names where they lead back."""
    paths, places = options.category_paths(), dict(options.places())

    def listed(codes: Sequence[str], named: Callable[[str], str]) -> str:
        return "、".join(named(one) for one in codes)

    def labels(pairs: options.Pairs) -> Callable[[str], str]:
        known = dict(pairs)
        return lambda one: known.get(one, one)

    asked = content.conditions
    exceptions = [*content.exceptions, *(Conditions() for _ in EXCEPTIONS)][: len(EXCEPTIONS)]

    def category(one: str) -> str:
        return paths.get(one, one)

    def place(one: str) -> str:
        return places.get(one, one)

    def unit(one: str) -> str:
        label = options.unit_name(one)
        return label if names.units.get(label, one) == one else one

    return [
        code,
        content.subject,
        listed(asked.categories, category),
        "、".join(asked.any_words),
        "、".join(asked.all_words),
        "、".join(asked.none_words),
        listed(asked.places, place),
        listed(asked.kinds, labels(options.kinds())),
        listed(asked.urgencies, labels(options.urgencies())),
        listed(asked.channels, labels(options.channels())),
        unit(content.lead),
        listed(content.helpers, unit),
        *(
            cell
            for one in exceptions
            for cell in ("、".join(one.any_words), listed(one.categories, category), listed(one.places, place))
        ),
        content.document,
        content.clause,
        content.quote,
        content.priority,
        content.valid_from,
        content.valid_to,
        content.why,
    ]


def export_rules(path: Path) -> int:
    """What is in force, to .xlsx or .csv, to be changed there and imported again; returns how many."""
    names = Names.known()
    rows = [row_of(one.rule.code, Content.of(one), names) for one in in_force()]
    return write_table(path, tuple(column.title for column in COLUMNS), rows)
