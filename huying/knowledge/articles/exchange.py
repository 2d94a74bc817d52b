"""Articles in from a table, and out into one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.db import transaction

from huying.kernel.errors import Invalid, Refusal
from huying.kernel.tabular import Cell, Column, Report, Row, open_rows, write_csv, write_xlsx
from huying.knowledge.articles import actions
from huying.knowledge.articles.forms import usual_review, ways_of
from huying.knowledge.articles.queries import pk_of
from huying.knowledge.articles.search import standing
from huying.knowledge.models import Article, ArticleVersion
from huying.matters.settings.choices import category_paths
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.enums import Level
from huying.places.tree import place_tree

MOST = 2000  # rows at once: somebody waits for the page
AUDIENCES = {label: value for value, label in ArticleVersion.Audience.choices} | {
    value: value for value in ArticleVersion.Audience.values
}
COLUMNS = (
    Column(key="number", title="编号", note="改已有的知识才填；不填为新写一条。", example=""),
    Column(key="question", title="问题", required=True, example="老年优待证怎么办理？"),
    Column(
        key="answer",
        title="答复",
        required=True,
        example="年满 65 周岁的本市户籍老人，带身份证到社区申请，办好后可以免费乘公交。",
    ),
    Column(
        key="ways", title="别的问法", also=("关键词", "别的问法和关键词"), note="用顿号隔开。", example="老年卡、敬老卡"
    ),
    Column(key="basis", title="依据", required=True, example="本市老年人优待办法"),
    Column(key="category", title="分类", note="分类的名称路径或代码，可不填。", example="民政救助 / 养老服务"),
    Column(key="owner", title="归属单位", required=True, note="单位名称、简称或编码。", example="区民政局"),
    Column(key="audience", title="给谁看", note="对外公开、仅工作人员；不填为对外公开。", example="对外公开"),
    Column(key="streets", title="适用街道", note="用顿号隔开；不填为全区。", example=""),
    Column(key="valid_until", title="有效期至", note="长期有效的不填。", example=""),
    Column(key="review_on", title="复核日期", note="不填为半年后。", example=""),
    Column(key="note", title="修改说明", example="按今年的标准改写"),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    article: Article | None
    content: actions.Content
    owner_id: int


def take_in(path: Path, *, by: Actor, dry_run: bool, sheet: Path | None = None) -> Report:
    """Each good row becomes a version that waits for approval; one that says what stands already is left out.

    Raises:
        Invalid: too many rows for one file.
    """
    with open_rows(path, COLUMNS) as source:
        if next(islice(source, MOST, None), None) is not None:
            raise Invalid(f"一次最多导入 {MOST:,} 行，请拆成几个文件。")
    units = _units()
    categories = _categories()
    roads = {place.name: place.id for place in place_tree().by_code.values() if place.level == Level.STREET}
    with open_rows(path, COLUMNS) as source, Report(source, sheet=sheet) as report, transaction.atomic():
        seen: dict[str, int] = {}
        for row in source:
            wanted = _read(row, units, categories, roads)
            if wanted is not None and wanted.content.question in seen:
                row.fault("question", f"和第 {seen[wanted.content.question]} 行的问题一样")
            if wanted is None or row.faults:
                report.reject(row)
                continue
            seen[wanted.content.question] = row.number
            if _is_there(wanted):
                report.skip()
                continue
            try:
                with transaction.atomic():
                    _keep(wanted, row, by)
            except Refusal as refusal:
                for name, texts in (refusal.fields or {"question": [refusal.message]}).items():
                    row.fault(name if name in {column.key for column in COLUMNS} else "question", texts[0])
                report.reject(row)
            else:
                report.accept()
        if dry_run:
            transaction.set_rollback(True)
    return report


def _units() -> dict[str, int]:
    found: dict[str, int] = {}
    for unit in directory().by_id.values():
        if unit.current:
            for name in (unit.label, unit.short_name, unit.name, unit.code):
                found.setdefault(name, unit.id)
    return found


def _categories() -> dict[str, str]:
    paths = category_paths()
    return {path.replace(" ", ""): code for code, path in paths.items()} | {code: code for code in paths}


def _read(row: Row, units: dict[str, int], categories: dict[str, str], roads: dict[str, int]) -> _Wanted | None:
    article = None
    if number := row.text("number", most=20):
        key = pk_of(number)
        article = Article.objects.filter(pk=key).first() if key is not None else None
        if article is None:
            row.fault("number", f"没有编号为“{number}”的知识，新写的不要填编号")
    owner = row.text("owner", required=True)
    if owner and owner not in units:
        row.fault("owner", f"没有“{owner}”这个单位")
    category = row.text("category").replace(" ", "")
    if category and category not in categories:
        row.fault("category", f"没有“{category}”这个分类")
    streets = ways_of(row.text("streets"))
    if strange := [name for name in streets if name not in roads]:
        row.fault("streets", f"没有这个街道：{'、'.join(strange)}")
    audience = row.choice("audience", AUDIENCES) or ArticleVersion.Audience.PUBLIC.value
    content = actions.Content(
        question=row.text("question", required=True, most=200),
        answer=row.text("answer", required=True, most=5000, lines=True),
        ways=[way[:100] for way in ways_of(row.text("ways", most=2000))][:40],
        basis=row.text("basis", required=True, most=500),
        category=categories.get(category, ""),
        audience=audience,
        streets=[roads[name] for name in streets if name in roads],
        valid_until=row.day("valid_until"),
        note=row.text("note", most=200),
    )
    for name, texts in actions.problems_of(content).items():
        row.fault(name, texts[0])
    return None if row.faults else _Wanted(article, content, units[owner])


def _is_there(wanted: _Wanted) -> bool:
    rows = standing().select_related("article").defer("asked", "document")
    if wanted.article is not None:
        version = rows.filter(article=wanted.article).first()
    else:
        version = rows.filter(question=wanted.content.question).first()
    return (
        version is not None and version.article.owner_id == wanted.owner_id and actions.same_as(version, wanted.content)
    )


def _keep(wanted: _Wanted, row: Row, by: Actor) -> None:
    version = actions.save(
        wanted.article.pk if wanted.article else None,
        wanted.content,
        by=by,
        owner_id=wanted.owner_id,
        review_on=row.day("review_on") or usual_review(),
    )
    actions.submit(version.article_id, by=by, quiet=True)


def export(path: Path) -> int:
    """All that stands, to .xlsx or .csv, in the columns of the import; returns how many."""
    book, tree, paths = directory(), place_tree(), category_paths()
    rows: list[list[Cell]] = [
        [
            version.number,
            version.question,
            version.answer,
            "、".join(version.ways),
            version.basis,
            paths.get(version.category, ""),
            book.name_of(version.article.owner_id),
            version.get_audience_display(),
            "、".join(tree.name_of(key) for key in version.streets),
            version.valid_until,
            version.article.review_on,
            version.note,
        ]
        for version in standing()
        .select_related("article")
        .defer("asked", "document")
        .order_by("article")
        .iterator(2000)
    ]
    headers = tuple(column.title for column in COLUMNS)
    return write_csv(path, headers, rows) if path.suffix == ".csv" else write_xlsx(path, headers, rows, title="知识")
