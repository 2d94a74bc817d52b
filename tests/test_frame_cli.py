"""The command `huying`: help in Chinese, exit codes, and no stack trace for what is not our fault."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner

from huying.cli import COMMANDS, cli
from huying.cli.chinese import speak_chinese
from huying.kernel.commands import Progress
from tests.factories.district import District

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def huying(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "huying.cli", *arguments],
        env={**os.environ, **environment}, input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_in_chinese(name: str) -> None:
    speak_chinese()
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert CHINESE.search(result.output)
    english = re.findall(r"Show this message|Options:|Usage:|Commands:", result.output)
    assert english == []
    assert result.output.startswith("用法：")
    assert re.findall(r"[\u4e00-\u9fff][:?]", result.output) == []


def test_the_list_of_commands_says_what_each_does() -> None:
    speak_chinese()
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} +.*[\u4e00-\u9fff]", result.output, re.MULTILINE), name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nosuch"], "没有命令 nosuch"),
        (["serve", "--prot", "1"], "没有选项 --prot"),
        (["serve", "--port", "many"], "many"),
        (["serve", "--host", "no such host"], "监听地址"),
        (["createadmin", "--username", "someone"], "--password-stdin"),
    ],
)
def test_a_mistake_is_told_with_exit_code_2(arguments: list[str], words: str) -> None:
    result = huying(*arguments)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_that_does_not_answer_is_told_with_exit_code_1() -> None:
    result = huying("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    assert result.returncode == 1
    assert "请检查 DATABASE_URL" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_without_tables_is_told_what_to_do() -> None:
    empty = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    result = huying("verify", DATABASE_URL=empty)
    assert result.returncode == 1
    assert "huying migrate" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_setting_is_told_by_its_name() -> None:
    result = huying("migrate", HUYING_POOL_MAX_SIZE="many", HUYING_LOG_LEVEL="loud")
    assert result.returncode == 2
    assert "HUYING_POOL_MAX_SIZE=many：应为整数" in result.stderr
    assert "HUYING_LOG_LEVEL=loud" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_told_and_another_offered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = huying("serve", "--port", str(port))
    assert result.returncode == 1
    assert f"端口 {port} 已被其他程序占用" in result.stderr
    assert f"--port {port + 1}" in result.stderr


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = huying("migrate", "--data", str(tmp_path / "file" / "x"), DATABASE_URL="")
    assert result.returncode == 1
    assert "无法写入" in result.stderr


def test_questions_end_with_a_full_width_colon() -> None:
    speak_chinese()

    @click.command()
    @click.option("--name", prompt="用户名")
    def ask(name: str) -> None:
        click.confirm("继续")

    asked = CliRunner().invoke(ask, input="李\ny\n").output
    assert "用户名：" in asked
    assert "继续 [y/N]：" in asked


@pytest.mark.parametrize(
    "command",
    ["verify", "doctor", "keys list", "keys public", "outbox show", "export cases x.csv", "createadmin --username a"],
)
def test_a_mistyped_data_directory_is_told_and_nothing_is_made(tmp_path: Path, command: str) -> None:
    missing = tmp_path / "没有"
    result = huying(*command.split(), "--data", str(missing), DATABASE_URL="")
    assert result.returncode == 2
    assert f"没有数据目录 {missing}" in result.stderr
    assert not missing.exists()


def test_a_directory_without_a_database_is_told_and_left_alone(tmp_path: Path) -> None:
    result = huying("verify", DATABASE_URL="", HUYING_DATA_DIR=str(tmp_path))
    assert result.returncode == 2
    assert "里没有呼应的数据库" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_help_text_makes_no_keys(tmp_path: Path) -> None:
    assert huying("--help", HUYING_DATA_DIR=str(tmp_path / "x")).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["cases", "places", "people", "organisations"])
def test_an_export_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / "没有" / "x.csv"
    result = CliRunner().invoke(cli, ["export", name, str(path)])
    assert result.exit_code == 2
    assert f"无法写入文件 {path}：没有这个目录。" in result.output


@pytest.mark.django_db
def test_an_import_says_what_it_did_not_read_and_asks_first_where_to_write(district: District, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("渠道,诉求内容,随便\nphone,路灯坏了,1\n", encoding="utf-8")
    nowhere = ["--errors", str(tmp_path / "没有" / "e.xlsx")]
    result = CliRunner().invoke(cli, ["import", "cases", str(tmp_path / "a.csv"), "--dry-run", *nowhere])
    assert result.exit_code == 2
    assert "退回的行写不进目录" in result.output
    result = CliRunner().invoke(cli, ["import", "cases", str(tmp_path / "a.csv"), "--dry-run"])
    assert "文件里有 1 列没有用到：随便。" in result.output


def test_a_progress_bar_is_quiet_when_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("导入", 2) as progress:
        progress.advance()
        progress.advance()
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
