"""`huying alarms check`: every place where a danger word counts, with its context, masked."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from huying.cases.commands import alarms, check
from huying.kernel.tabular import Mapping
from huying.matters.signs import Watch, Word

WATCH = Watch([Word("轻生", "跳楼", ["跳楼价"]), Word("火险", "起火", ["〈假设〉"])])
MESSAGES = [
    {"no": "1", "head": "求助", "text": "有人要跳楼，请打13971112222，他还在楼顶说要跳楼。"},
    {"no": "2", "head": "噪声", "text": "店里天天喊跳楼价。"},
    {"no": "3", "head": "消防", "text": "万一起火怎么办？\n昨晚三栋起火了。"},
    {"no": "4", "head": "重复", "text": "店里天天喊跳楼价。"},
    {"no": "5", "head": "空的", "text": ""},
]
MAPPING = Mapping({"external_number": "no", "title": "head", "text": "text", "closed_at": "not there"})


def messages(path: Path) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in MESSAGES), encoding="utf-8")
    return path


def test_places_are_counted_once_a_text(tmp_path: Path) -> None:
    checked = check(messages(tmp_path / "m.jsonl"), MAPPING, WATCH)
    assert (checked.messages, checked.texts, checked.signalled) == (5, 3, 2)
    assert [(f.row, f.number, f.word) for f in checked.found] == [(1, "1", "跳楼"), (1, "1", "跳楼"), (3, "3", "起火")]
    assert checked.by_word == [("轻生", "跳楼", 1), ("火险", "起火", 1)]
    assert "【跳楼】" in checked.found[0].context
    assert "13971112222" not in checked.found[0].context
    assert checked.found[2].context.endswith("昨晚三栋【起火】了。")


def test_the_command_prints_places_and_sums(tmp_path: Path) -> None:
    path = messages(tmp_path / "m.jsonl")
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps({"columns": {"text": "text", "title": "head"}}))
    told = CliRunner().invoke(alarms, ["check", str(path), "--mapping", str(mapping), "--shipped"])
    assert told.exit_code == 0, told.output
    assert "5 条来件，内容不同的 3 条，其中 2 条有险情词" in told.output
    asked = CliRunner().invoke(alarms, ["check", str(path), "--mapping", str(mapping), "--shipped", "--json"])
    assert json.loads(asked.output)["signalled"] == 2
