"""`huying recommend`: the recommender trained and judged on bare files, or trained on the district's closed cases."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, pstdev
from typing import TypeVar

import click

from huying.kernel.commands import Mistake, Progress, Trouble, data_option
from huying.kernel.errors import Refusal
from huying.knowledge.recommender.judging import Figures, figures
from huying.knowledge.recommender.model import Model, ModelFault
from huying.knowledge.recommender.reading import TARGETS, BadRows, examples
from huying.knowledge.recommender.training import Example, TooLittle, cross_validate, train

WORDS = {"category": "分类", "handler": "承办单位"}
STEPS = 100  # of a progress bar
KEPT = Path("recommender.model")
WARMED = 20  # texts that are not timed
SHOWN_WRONG = 5

T = TypeVar("T")

a_file = click.Path(exists=True, dir_okay=False, path_type=Path)
to_option = click.option(
    "--model",
    "--to",
    "model_path",
    type=click.Path(path_type=Path),
    default=KEPT,
    show_default=True,
    help="模型文件；给出目录时用其中的 recommender.model。",
)


@click.group("recommend", short_help="派单推荐：训练、检验模型。")
def recommend() -> None:
    """派单推荐：从已经办结的件学会推荐分类和承办单位。

    文件每行一条，列有标题（title）、内容（text）、分类（category）、承办单位（handler），xlsx、csv、jsonl 均可。
    """


@recommend.command("train", short_help="训练模型。")
@click.argument("file", type=a_file, required=False)
@click.option("--from", "source", type=a_file, help="训练用的文件，与参数 FILE 相同。")
@to_option
@click.option("--also", type=a_file, multiple=True, help="没有分类的文件，只用来认识用词，可给多个。")
@click.option("--seed", type=int, default=0, show_default=True, help="随机数种子；相同的输入得到相同的模型。")
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON。")
@data_option
def train_command(
    file: Path | None, source: Path | None, model_path: Path, also: tuple[Path, ...], seed: int, as_json: bool
) -> None:
    """训练模型，并报告在没有见过的件上的准确程度（五折交叉检验，近似重复的件放在同一折）。"""
    given = source or file
    if given is None:
        raise Mistake("请给出训练用的文件：huying recommend train FILE。平台上的办结件在“派单推荐”页面训练。")
    target_path = _path(model_path)
    known = _read(lambda: examples(given))
    beside = [row.text for path in also for row in _read(lambda path=path: examples(path, answered=False))]  # type: ignore[misc]
    begun = time.perf_counter()
    with Progress("训练", STEPS) as bar:
        model = _read(lambda: train(known, TARGETS, also=beside, seed=seed, told=_teller(bar)))
    seconds = time.perf_counter() - begun
    try:
        model.save(target_path)
    except OSError as error:
        raise Mistake(f"模型写不进 {target_path}：{error.strerror or error}。请用 --model 换一个位置。") from None
    if as_json:
        heads = {target: {"labels": head.labels, **head.report} for target, head in model.heads.items()}
        click.echo(json.dumps({"n": len(known), "seconds": round(seconds, 2), "targets": heads}, ensure_ascii=False))
        return
    click.echo(f"已用 {len(known):,} 条训练，{seconds:.0f} 秒，模型存为 {target_path}。")
    for target, head in model.heads.items():
        r = head.report
        click.echo(
            f"{WORDS[target]}（{len(head.labels)} 种）：没有见过的件上准确率 {r['accuracy']:.1%}，"
            f"宏平均 F1 {r['macro_f1']:.3f}，"
            f"前三含正确答案 {r['top3']:.1%}；概率低于 {head.threshold:.2f} 时答“没有把握”。"
        )


@recommend.command("evaluate", short_help="检验模型。")
@click.argument("file", type=a_file)
@to_option
@click.option("--target", type=click.Choice(TARGETS), default="category", show_default=True, help="检验哪一项。")
@click.option("--folds", type=click.IntRange(2, 20), help="不用模型文件，把这批件分成几份轮流训练和检验。")
@click.option("--repeats", type=click.IntRange(1, 10), default=1, show_default=True, help="交叉检验重复几次。")
@click.option("--json", "as_json", is_flag=True, help="输出一行 JSON。")
@data_option
def evaluate_command(file: Path, model_path: Path, target: str, folds: int | None, repeats: int, as_json: bool) -> None:
    """用已知答案的件检验模型：准确率、把握、哪里最容易错。"""
    known = [example for example in _read(lambda: examples(file)) if target in example.answers]
    if not known:
        raise Mistake(f"{file.name} 里没有“{WORDS[target]}”一列，或者都是空的。")
    if folds is not None:
        with Progress("交叉检验", STEPS) as bar:
            found = _read(lambda: cross_validate(known, target, repeats=repeats, parts=folds, told=_teller(bar)))
        _tell(found, known, target, as_json, {})
        return
    model = _load(_path(model_path))
    if target not in model.heads:
        raise Mistake(f"这个模型没有学过{WORDS[target]}。")
    head = model.heads[target]
    spent = timed(model, known, target)
    answers = [example.answers[target] for example in known]
    judged = figures(
        model.probabilities([example.text for example in known], target), head.labels, answers, head.threshold
    )
    _tell([judged], known, target, as_json, spent)


def timed(model: Model, known: list[Example], target: str) -> dict[str, float]:
    """Milliseconds of one suggestion with its reasons, each text alone."""
    for example in known[:WARMED]:
        model.guess(example.text, [target])
    spent: list[float] = []
    for example in known:
        begun = time.perf_counter()
        model.guess(example.text, [target])
        spent.append((time.perf_counter() - begun) * 1000)
    spent.sort()
    return {"p50": spent[len(spent) // 2], "p99": spent[min(int(len(spent) * 0.99), len(spent) - 1)]}


def _tell(found: list[Figures], known: list[Example], target: str, as_json: bool, spent: dict[str, float]) -> None:
    names = ("accuracy", "macro_f1", "top3", "coverage", "accuracy_when_covered", "accuracy_at_80", "calibration_error")
    middle = {name: mean(getattr(each, name) for each in found) for name in names}
    spread = {name: pstdev(getattr(each, name) for each in found) for name in names} if len(found) > 1 else {}
    first = found[0]
    if as_json:
        told = {"target": target, "n": first.n, **middle, "spread": spread}
        told["classes"] = {
            c.label: {"n": c.n, "precision": c.precision, "recall": c.recall, "f1": c.f1} for c in first.classes
        }
        told["confusions"] = [{"right": c.right, "said": c.said, "n": c.n} for c in first.wrong]
        told["milliseconds"] = spent
        click.echo(json.dumps(told, ensure_ascii=False))
        return

    def word(name: str, form: str = ".1%") -> str:
        return f"{middle[name]:{form}}" + (f"（±{spread[name]:{form}}）" if spread else "")

    click.echo(f"{first.n:,} 条，{WORDS[target]}准确率 {word('accuracy')}，宏平均 F1 {word('macro_f1', '.3f')}，")
    click.echo(f"前三含正确答案 {word('top3')}，最有把握的八成中正确 {word('accuracy_at_80')}，")
    click.echo(f"给出推荐的占 {word('coverage')}，其中正确 {word('accuracy_when_covered')}，")
    click.echo(f"概率与实际平均相差 {word('calibration_error')}。")
    if spent:
        click.echo(f"每条用时：中位数 {spent['p50']:.1f} 毫秒，99% 在 {spent['p99']:.1f} 毫秒以内。")
    for each in first.classes:
        click.echo(
            f"  {each.label}：{each.n:,} 条，查准 {each.precision:.1%}，查全 {each.recall:.1%}，F1 {each.f1:.3f}"
        )
    if first.wrong:
        click.echo("最容易错的：")
    for pair in first.wrong[:SHOWN_WRONG]:
        click.echo(f"  “{pair.right}”当成“{pair.said}”{pair.n:,} 条，例如：{known[pair.rows[0]].text.title[:40]}")


def _path(given: Path) -> Path:
    return given / KEPT if given.is_dir() else given


def _load(path: Path) -> Model:
    try:
        return Model.load(path)
    except FileNotFoundError:
        raise Mistake(f"找不到模型文件 {path}，请先执行 huying recommend train，或用 --model 指明。") from None
    except OSError as error:
        raise Mistake(f"读不了模型文件 {path}：{error.strerror or error}。") from None
    except ModelFault as fault:
        raise Trouble(f"{path}：{fault}") from None


def _read(work: Callable[[], T]) -> T:
    try:
        return work()
    except Refusal as refusal:
        raise Mistake(refusal.message) from None
    except (BadRows, TooLittle) as fault:
        raise Mistake(str(fault)) from None


def _teller(bar: Progress) -> Callable[[float], None]:
    done = 0

    def told(share: float) -> None:
        nonlocal done
        bar.advance(int(share * STEPS) - done)
        done = int(share * STEPS)

    return told
