"""Papers that could lie: commands that do not exist, links into nothing, examples that do not run."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from huying.cases.importing import COLUMNS as CASE_COLUMNS
from huying.cases.importing import Figures, import_cases
from huying.cli import COMMANDS, cli
from huying.kernel.tabular import load_mapping
from huying.people.actions import create_admin
from huying.people.importing import ORGANISATION_COLUMNS, STAFF_COLUMNS, import_people
from huying.people.roles import ROLES
from huying.places.importing import COLUMNS as PLACE_COLUMNS
from huying.places.importing import import_places
from huying.simulator.accounts import ACCOUNTS, PASSWORD

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
PAPERS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "huying" / "ui" / "README.md"])
CODE = ("huying", "config", "devtools", "benchmarks", "drills")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}\S.*\n)+")
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ ", re.M)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_paper = pytest.mark.parametrize("path", PAPERS, ids=name_of)


# --- what the papers name exists ------------------------------------------------------------------------------------


@each_paper
def test_links_lead_somewhere(path: Path) -> None:
    targets = [target.partition("#")[0] for target in LINK.findall(FENCE.sub("", path.read_text()))]
    here = [target for target in targets if target and "://" not in target]
    assert [target for target in here if not (path.parent / target).exists()] == []


def said(path: Path) -> list[str]:
    """What a reader would type: lines of code blocks, and code in sentences."""
    text = path.read_text()
    blocks = [body for language, body in FENCE.findall(text) if language in {"", "shell", "ini"}]
    lines = [line for block in (*blocks, *INDENTED.findall(text)) for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines] + INLINE.findall(FENCE.sub("", text))


@each_paper
def test_commands_of_dev_exist(path: Path) -> None:
    known = set(re.findall(r"^  (\w+)(?: \||\))", (ROOT / "dev").read_text(), re.M))
    assert {"demo", "test", "check", "bench", "drill", "huying"} <= known
    named = {word for line in said(path) for word in re.findall(r"^(?:\w+=\S+ )*\./dev ([a-z]+)", line)}
    assert named <= known


@each_paper
def test_commands_of_huying_exist_with_their_options(path: Path) -> None:
    wrong = []
    for line in said(path):
        found = re.search(r"(?:^|/bin/|\./dev )huying ((?!-)[^'`|]*)", line)
        if found and (fault := wrong_in(found[1].split())):
            wrong.append(f"{line}: {fault}")
    assert wrong == []


def wrong_in(words: list[str]) -> str:
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group):
        name = words.pop(0) if words else ""
        if command is not cli and (not name or name.startswith(("-", "…"))):
            return ""  # the group as such
        inner = command.get_command(context, name)
        if inner is None:
            return f"no command {name!r}"
        command = inner
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return ", ".join(word for word in words if word.startswith("--") and word.partition("=")[0] not in options)


@pytest.mark.parametrize("name", READMES)
def test_readme_names_the_product_s_commands_as_help_has_them(name: str) -> None:
    row = next(line for line in (ROOT / name).read_text().splitlines() if line.startswith("| `./dev huying`"))
    named = set(INLINE.findall(row)) - {"./dev huying"}
    assert named
    assert named <= COMMANDS.keys()


@each_paper
def test_settings_exist(path: Path) -> None:
    known = set(re.findall(r"`(HUYING_\w+|DATABASE_URL)`", (ROOT / "docs/reference/settings.md").read_text()))
    assert set(re.findall(r"HUYING_[A-Z_]+", path.read_text())) <= known


def test_generated_papers_are_fresh() -> None:
    """In a process of its own: other tests register things."""
    done = subprocess.run([sys.executable, "-m", "devtools.check", "docs"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


# --- the two front pages --------------------------------------------------------------------------------------------


def test_both_readmes_say_the_same() -> None:
    english, chinese = ((ROOT / name).read_text() for name in READMES)
    assert len(HEADING.findall(english)) == len(HEADING.findall(chinese))
    assert INDENTED.findall(english) == INDENTED.findall(chinese)
    assert sorted(INLINE.findall(english)) == sorted(INLINE.findall(chinese))
    links = [sorted(set(LINK.findall(text)) - set(READMES)) for text in (english, chinese)]
    assert links[0] == links[1]


@pytest.mark.parametrize("name", READMES)
def test_the_accounts_in_the_readme_are_those_of_the_demo(name: str) -> None:
    text = (ROOT / name).read_text()
    assert f"`{PASSWORD}`" in text
    rows = dict(re.findall(r"\| `(\w+)` \| ([^|]+?) (?=\|)", text))
    assert rows.keys() == {account.username for account in ACCOUNTS}
    if name == "README.zh-CN.md":
        assert rows == {account.username: ROLES[account.role].name for account in ACCOUNTS}


# --- words ----------------------------------------------------------------------------------------------------------


@cache
def words_of_code() -> frozenset[str]:
    return frozenset(
        word for path in (ROOT / "huying").rglob("*.py") for word in re.findall(r"[A-Za-z_]+", path.read_text())
    )


@cache
def classes_of_code() -> frozenset[str]:
    return frozenset(
        name for path in (ROOT / "huying").rglob("*.py") for name in re.findall(r"^class (\w+)", path.read_text(), re.M)
    )


def glossary(section: str) -> list[str]:
    text = (ROOT / "docs/glossary.md").read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [word for line in text.splitlines() if line.startswith("|") for word in INLINE.findall(line)]


def test_words_of_the_glossary_are_in_the_code() -> None:
    parts = [part for word in glossary("In the code") for part in word.split(".")]
    assert len(parts) > 80
    assert [part for part in parts if part not in words_of_code()] == []


def test_the_glossary_has_every_role_and_step() -> None:
    from huying.cases.flow import CASES

    known = set(glossary("In the code"))
    acts = {"contact", "callback", "no_answer"}  # named by what they leave behind; the system's own
    assert {*ROLES, *(key for key in CASES.step if key not in acts)} - known == set()


def test_reserved_words_are_still_free() -> None:
    assert [word for word in glossary("Reserved") if word in classes_of_code()] == []


# --- examples that really run ---------------------------------------------------------------------------------------

IMPORT = ROOT / "docs/how-to/import.md"


@pytest.mark.django_db
def test_the_tables_of_the_import_page_come_in(tmp_path: Path) -> None:
    text = IMPORT.read_text()
    paths = {}
    for name, table in re.findall(r"`(\S+)\.csv`：\n\n```csv\n(.*?)```", text, re.S):
        paths[name] = tmp_path / f"{name}.csv"
        paths[name].write_text(table)
    create_admin(username="guanli", password="Huying-2026-docs", full_name="系统管理员", organisation="")

    assert import_places(paths["区域"], None).rejected == 0
    assert import_people(paths["单位"]).rejected == 0
    assert import_people(paths["人员"], password_sheet=tmp_path / "passwords.xlsx").rejected == 0
    figures = Figures()
    report = import_cases(paths["诉求件"], figures=figures)
    assert (report.rejected, figures.new, figures.history, figures.located) == (0, 1, 1, 2)


def test_the_mapping_of_the_import_page_is_one(tmp_path: Path) -> None:
    (mapping,) = re.findall(r"```json\n(.*?)```", IMPORT.read_text(), re.S)
    (tmp_path / "mapping.json").write_text(mapping)
    loaded = load_mapping(tmp_path / "mapping.json")
    known = {column.key for column in CASE_COLUMNS}
    assert {*loaded.columns, *loaded.constants, *loaded.values} <= known


def test_the_import_page_knows_every_column() -> None:
    text = IMPORT.read_text() + (ROOT / "docs/how-to/places.md").read_text()
    columns = (*PLACE_COLUMNS, *ORGANISATION_COLUMNS, *STAFF_COLUMNS, *CASE_COLUMNS)
    assert [column.title for column in columns if column.title not in text and column.key != "channel_name"] == []


def test_the_import_page_knows_every_mapping() -> None:
    shipped = {path.stem for path in (ROOT / "huying/cases/mappings").glob("*.json")}
    assert shipped == set(re.findall(r"^\| `(\w+)` \|", IMPORT.read_text(), re.M))


# --- what must not stand anywhere -----------------------------------------------------------------------------------

LOCKS = {"uv.lock", "frontend/package-lock.json"}  # they name the default index, as lock files do
FORBIDDEN = {
    "a path of one machine": r"(?<![\w/])/(?:work|root|tmp/huying)/|/tmp/huying",
    "a registry": r"(?i)py[p]i\.org|pythonhoste[d]|npmj[s]\.|registry\.[a-z]+\.[a-z]|mirrors?\.[a-z]+\.(?:com|cn|edu)",
    "a machine as author": r"(?i)\b(?:clau[d]e|anthropi[c]|opena[i]|chatgp[t]|gp[t]-\d|copilo[t]|llm[s]?|ai assistan[t]"
    r"|language mode[l]|co-authore[d]-by)\b",
}


@cache
def tracked() -> tuple[Path, ...]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("不在 git 仓库里")
    return tuple(ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file())


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in tracked()
        if path != Path(__file__) and name_of(path) not in LOCKS
        for match in pattern.finditer(path.read_text(errors="ignore"))
    ]
    assert found == []


# --- Chinese punctuation --------------------------------------------------------------------------------------------

HAN = "\u4e00-\u9fff"
VALUE = "\ue000"  # stands for what a template or an f-string puts in
HALF = re.compile(
    rf"[{HAN}][,;:!?](?=[\w{VALUE}“（./-])|[{VALUE}”）][,;](?=[{HAN}])"
    rf"|[{HAN}]\((?=[\w{VALUE}])|[{HAN}]\)(?=[{HAN}，。；：、])"
)


PATTERN = re.compile(r"\(\?|\\[dswb]|\S\|\S")  # regular expressions have marks of their own


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Texts of a module with their lines; what an f-string inserts becomes VALUE."""
    tree = ast.parse(source)
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else VALUE for p in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.lineno, node.value


def chinese_texts() -> Iterator[tuple[str, str]]:
    """Where, and what people read there."""
    for path in tracked():
        name = name_of(path)
        if path.suffix == ".py" and name.split("/")[0] in CODE:
            for line, text in literals(path.read_text()):
                if not PATTERN.search(text):
                    yield f"{name}:{line}", text
        elif path.suffix == ".html":
            yield name, re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", VALUE, path.read_text(), flags=re.S)
        elif path.suffix == ".md":
            yield name, FENCE.sub(lambda m: "" if m[1] in {"csv", "json"} else m[2], path.read_text())
        elif path.suffix == ".ts" or name in {"dev", ".ci/run"}:
            yield name, re.sub(r"\$\{.*?\}|\$\(.*?\)|\$\w+", VALUE, path.read_text())


def test_chinese_is_written_with_chinese_marks() -> None:
    found = [
        f"{where}: {text[max(0, match.start() - 12) : match.end() + 12]!r}"
        for where, text in chinese_texts()
        for match in HALF.finditer(text)
    ]
    assert found == []
