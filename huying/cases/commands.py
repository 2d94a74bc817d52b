"""`huying alarms check`: what the danger words find in a file of messages, so that false alarms can be counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from huying.cases import defaults
from huying.cases.importing import COLUMNS, mapping_named
from huying.kernel.commands import Progress, data_option, database
from huying.kernel.privacy import mask_text
from huying.kernel.search import fold
from huying.kernel.tabular import Mapping, open_rows
from huying.matters.signs import Watch, Word, watch

READ = ("external_number", "title", "text")
CONTEXT = 40  # characters shown on either side
STEPS = 1000  # of the progress bar


@dataclass(frozen=True, slots=True)
class Found:
    """One place of one message where a word counts. `context` is masked, the word in it stands in 【】."""

    row: int
    number: str
    title: str
    group: str
    word: str
    context: str


@dataclass(slots=True)
class Checked:
    """Messages read, different texts among them, those with a sign, and every place."""

    messages: int
    texts: int
    signalled: int
    found: list[Found]

    @property
    def by_word(self) -> list[tuple[str, str, int]]:
        """`(group, word, number of messages)`, most first, then as they were found."""
        words = Counter((group, word) for group, word, _ in dict.fromkeys((f.group, f.word, f.row) for f in self.found))
        return [(group, word, n) for (group, word), n in words.most_common()]


@click.group("alarms", short_help="险情词：检验词表。")
def alarms() -> None:
    """险情词与险情提示。"""


@alarms.command("check", short_help="列出险情词在一批来件中的每处命中。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", default="", help="列的对照：JSON 文件，或自带对照的名称。只用其中的编号、标题和内容。")
@click.option("--shipped", is_flag=True, help="用自带的词表，不用数据库中的。")
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON。")
@data_option
def check_command(file: Path, mapping: str, shipped: bool, as_json: bool) -> None:
    """逐条查看险情词在 xlsx、csv 或 jsonl 中命中的上下文，用来清点误报、调整词表。

    内容相同的只看一次。不写入任何数据；电话和证件号码遮盖后显示。
    """
    if shipped:
        watching = Watch(Word(r["group"], r["word"], r["unless"].split("|")) for r in defaults.rows("alarm_words.csv"))
    else:
        with database():
            watching = watch()
    checked = check(file, mapping_named(mapping), watching)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "messages": checked.messages,
                    "texts": checked.texts,
                    "signalled": checked.signalled,
                    "words": [{"group": g, "word": w, "messages": n} for g, w, n in checked.by_word],
                    "found": [asdict(found) for found in checked.found],
                },
                ensure_ascii=False,
            )
        )
        return
    for found in checked.found:
        number = f"（{found.number}）" if found.number else ""
        click.echo(f"第 {found.row} 行{number}{found.title}\n  {found.group}·{found.word}：{found.context}")
    click.echo(
        f"\n{checked.messages:,} 条来件，内容不同的 {checked.texts:,} 条，其中 {checked.signalled:,} 条有险情词，"
        f"共 {len(checked.found):,} 处。"
    )
    for group, word, n in checked.by_word:
        click.echo(f"  {group}·{word} {n:,} 条")


def check(file: Path, mapping: Mapping | None, watching: Watch) -> Checked:
    """Read a file of messages and note every place where a danger word counts."""
    result = Checked(0, 0, 0, [])
    seen: set[str] = set()
    columns = tuple(column for column in COLUMNS if column.key in READ)
    with open_rows(file, columns, _only_read(mapping or Mapping())) as source, Progress("检查", STEPS) as bar:
        done = 0
        for row in source:
            result.messages += 1
            title, text = row.text("title"), row.text("text", lines=True)
            if not text or text in seen:
                continue
            seen.add(text)
            found = list(_found_in(row.number, row.text("external_number"), title, text, watching))
            result.signalled += bool(found)
            result.found += found
            bar.advance(int(source.progress * STEPS) - done)
            done = int(source.progress * STEPS)
    result.texts = len(seen)
    return result


def _only_read(mapping: Mapping) -> Mapping:
    """Without the columns that are not looked at: a file of texts alone is enough."""
    return Mapping(
        columns={key: header for key, header in mapping.columns.items() if key in READ},
        encoding=mapping.encoding,
        sheet=mapping.sheet,
        header_row=mapping.header_row,
    )


def _found_in(row: int, number: str, title: str, text: str, watching: Watch) -> Iterator[Found]:
    folded = fold(f"{title}\n{text}")
    for hit in watching.hits(folded):
        before = folded[max(0, hit.start - CONTEXT) : hit.start]
        after = folded[hit.end : hit.end + CONTEXT]
        context = " ".join(mask_text(f"{before}【{folded[hit.start : hit.end]}】{after}").split())
        yield Found(row, number, mask_text(title), hit.sign.group, hit.sign.word, context)
