"""The recommender on bare texts: it learns, says why, is unsure of what it has never heard, and is kept in one file."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from scipy import sparse

from huying.knowledge.commands import recommend
from huying.knowledge.recommender import linear
from huying.knowledge.recommender.judging import figures
from huying.knowledge.recommender.model import Calibration, Model, ModelFault
from huying.knowledge.recommender.training import Example, copies, train
from huying.knowledge.recommender.words import Text, cleaned

SAID = {
    "城管": ["夜市占道经营", "流动摊贩摆摊", "店外经营堵路", "垃圾没人清运", "烧烤摊油烟大"],
    "教育": ["小学招生划片", "学校违规补课", "幼儿园收费高", "老师体罚学生", "高中食堂不卫生"],
    "交通": ["公交车不停站", "出租车拒载", "红绿灯坏了", "公交线路太少", "客运班车涨价"],
}
AROUND = ["请尽快处理", "希望有人管管", "反映好多次了", "住在附近的人都知道", "每天都是这样"]


def some(n: int = 90, seed: int = 1) -> list[Example]:
    chance = random.Random(seed)
    found = []
    for place in range(n):
        category = list(SAID)[place % 3]
        said = chance.sample(SAID[category], 2)
        body = f"{chance.choice(AROUND)}，{chance.randint(1, 99)} 号{said[1]}，{chance.choice(AROUND)}。"
        found.append(Example(Text(said[0], body), {"category": category}))
    return found


@pytest.fixture(scope="module")
def model() -> Model:
    return train(some(), ["category"])


def test_it_learns_and_says_which_words_speak(model: Model) -> None:
    first = model.guess(Text("路口的红绿灯又坏了", "公交车也不停站"))["category"][0]
    assert first.label == "交通"
    assert first.probability > 0.8
    assert {"红绿灯", "公交车"} & set(first.words)


def test_other_words_for_a_known_concept_are_understood(model: Model) -> None:
    # neither was ever said in training; the list of concepts knows that it is a bus, that it is a stall
    assert model.guess(Text("末班车太早，候车要一小时"))["category"][0].label == "交通"
    assert model.guess(Text("马路市场影响市容市貌"))["category"][0].label == "城管"


def test_it_is_less_sure_of_what_it_has_never_heard(model: Model) -> None:
    strange = model.guess(Text("想问问星星离地球多远"))["category"][0]
    known = model.guess(Text("学校违规补课"))["category"][0]
    assert strange.probability < known.probability


def test_the_same_input_gives_the_same_file_and_it_reads_back(model: Model) -> None:
    again = train(some(), ["category"]).to_bytes()
    assert again == model.to_bytes()
    text = Text("小区门口夜市占道")
    assert Model.from_bytes(again).guess(text) == model.guess(text)
    for broken in (b"", b"not a zip", again[: len(again) // 2]):
        with pytest.raises(ModelFault):
            Model.from_bytes(broken)


def test_facets_help_and_can_be_hidden() -> None:
    told = [Example(Text("有事反映", f"第 {n} 次"), {"handler": f"街道{n % 2}"}, 1.0) for n in range(40)]
    placed = [Example(Text(e.text.title, e.text.body, (f"street:{n % 2}",)), e.answers) for n, e in enumerate(told)]
    seeing = train(placed, ["handler"]).heads["handler"]
    blind = train(placed, ["handler"], blind={"handler": ("street",)}).heads["handler"]
    assert seeing.report["accuracy"] == 1
    assert blind.report["accuracy"] < 0.9


def test_near_copies_stand_in_one_group() -> None:
    long = "小区楼下的烧烤店每天晚上十一点以后还在营业，油烟直接排到楼道里，家里有老人和孩子，实在受不了"
    groups = copies(
        [
            Text("油烟", long),
            Text("路灯坏了", "三天没有人修"),
            Text("油烟", long + "，请处理。"),
            Text("公交少"),
            Text("学校远"),
        ]
    )
    assert groups[0] == groups[2] != groups[1]


def test_a_word_of_one_class_weighs_more_than_a_word_of_all() -> None:
    texts = sparse.csr_matrix([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 1]], dtype=np.float32)
    ones = np.ones(4, np.float32)
    everywhere, here, other = linear.telling(texts, np.array([0, 0, 1, 1]), 2, ones, [slice(0, 2)])
    assert here > 2 * everywhere
    assert other == 1  # not an n-gram: left as it is


def test_what_is_said_of_the_first_answer_is_corrected_and_the_order_stays() -> None:
    scores = np.log(np.array([[0.9, 0.07, 0.03], [0.5, 0.45, 0.05]]))
    said = Calibration(1.0, 0.5, 0.0).probabilities(scores)
    assert said.sum(axis=1) == pytest.approx([1, 1])
    assert said[0, 0] == pytest.approx(0.75)
    assert (np.diff(said) < 0).all()
    lowered = Calibration(1.0, 1.0, -3.0).probabilities(scores)
    assert (lowered.argmax(axis=1) == 0).all()


def test_cleaning_levels_width_numbers_and_mark_up() -> None:
    assert cleaned("Ａ３区<br>１２３４ 号_x000D_&nbsp;楼") == "某区 0 号 楼"


def test_figures_count_what_was_said() -> None:
    said = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.55, 0.45]])
    found = figures(said, ["甲", "乙"], ["甲", "乙", "乙", "丙"], 0.58)
    assert (found.n, found.accuracy, found.coverage) == (4, 0.5, 0.75)
    assert found.accuracy_when_covered == pytest.approx(2 / 3)
    assert {(c.right, c.said, c.n) for c in found.wrong} == {("乙", "甲", 1), ("丙", "甲", 1)}
    assert found.macro_f1 == pytest.approx((0.5 + 2 / 3 + 0) / 3)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(recommend, [str(argument) for argument in arguments])


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_the_command_trains_and_evaluates_a_bare_file(tmp_path: Path) -> None:
    rows = [{"id": str(n), "title": e.text.title, "text": e.text.body, **e.answers} for n, e in enumerate(some())]
    file, kept = write(tmp_path / "rows.jsonl", rows), tmp_path / "m"
    trained = run("train", "--from", file, "--model", kept)
    assert trained.exit_code == 0, trained.output
    assert "已用 90 条训练" in trained.output
    told = json.loads(run("evaluate", file, "--model", kept, "--json").output)
    assert (told["n"], told["accuracy"]) == (90, 1.0)
    assert told["milliseconds"]["p99"] > 0
    shown = run("evaluate", file, "--model", kept)
    assert "宏平均 F1 1.000" in shown.output


def test_bad_files_are_named_with_their_lines(tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.jsonl", [{"text": "路灯坏了", "category": "城管"}, {"text": "有事反映"}])
    refused = run("train", bad, "--model", tmp_path / "m")
    assert refused.exit_code == 2
    assert "第 2 行" in refused.output
    assert not (tmp_path / "m").exists()
    alone = run("train", write(tmp_path / "one.jsonl", [{"text": "路灯坏了", "category": "城管"}]))
    assert (alone.exit_code, "至少要有两个类别" in alone.output) == (2, True)
    good = write(tmp_path / "good.jsonl", [{"text": "路灯坏了", "category": "城管"}])
    assert run("evaluate", good, "--model", tmp_path / "none").exit_code == 2
    (tmp_path / "m").write_bytes(b"pickle")
    assert run("evaluate", good, "--model", tmp_path / "m").exit_code == 1
    assert run("train").exit_code == 2
