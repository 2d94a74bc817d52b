"""The command `huying`: help in Chinese, exit codes, and no stack trace for what is not our fault."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from huying.cli import COMMANDS, cli
from huying.cli.chinese import speak_chinese
from huying.kernel.commands import Progress

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


def test_a_progress_bar_is_quiet_when_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("导入", 2) as progress:
        progress.advance()
        progress.advance()
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""
