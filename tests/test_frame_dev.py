"""`./dev` and what stands behind it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import measurements
from devtools import check, frontend, licences, reference

DEV = Path(__file__).resolve().parent.parent / "dev"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A copy of `dev` alone, and a directory for PATH that holds the barest tools and no Python."""
    shutil.copy(DEV, tmp_path / "dev")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "env", "dirname", "cut", "cat", "rm", "mkdir"):
        (programs / name).symlink_to(shutil.which(name) or name)
    return tmp_path


def dev(machine: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [machine / "dev", *arguments], env={"PATH": str(machine / "bin"), **environment}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


def program(machine: Path, name: str, text: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/usr/bin/env bash\n{text}\n")
    path.chmod(0o755)


def test_alone_it_lists_what_it_can_do(machine: Path) -> None:
    result = dev(machine)
    assert result.returncode == 0
    for command in ("demo", "test", "check", "bench", "drill", "huying"):
        assert command in result.stdout


def test_an_unknown_command_is_a_mistake(machine: Path) -> None:
    result = dev(machine, "tset")
    assert result.returncode == 2
    assert "没有这个命令：tset" in result.stderr


def test_without_python_it_says_what_to_install(machine: Path) -> None:
    result = dev(machine, "test")
    assert result.returncode == 1
    assert "3.11" in result.stderr
    assert "python3-venv" in result.stderr


def test_a_python_that_does_not_run_or_is_too_old_is_passed_over(machine: Path) -> None:
    program(machine, "python3", "exit 127")  # a shim without a version behind it
    program(machine, "python3.13", 'echo "too old" >&2; exit 1')
    real = os.path.realpath(sys.executable)
    # Stands in for the interpreter: answers the probe, then shows with what it is asked to make an environment
    program(machine, "python3.12", f'case "$1" in -I) exec "{real}" "$@" ;; *) echo "asked: $*"; exit 9 ;; esac')
    result = dev(machine, "prepare")
    assert "正在准备安装工具" in result.stderr
    assert "没有找到可用的 Python" not in result.stderr


def test_a_python_named_by_hand_must_work(machine: Path) -> None:
    result = dev(machine, "test", HUYING_PYTHON="/bin/false")
    assert result.returncode == 1
    assert "HUYING_PYTHON=/bin/false 不能用" in result.stderr


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v18.20.1", False), ("v20.18.3", False), ("v20.19.0", True), ("v21.7.0", False), ("v22.11.0", False),
        ("v22.12.0", True), ("v24.19.0\n", True), ("", False),
    ],
)  # fmt: skip
def test_node_must_be_new_enough(version: str, enough: bool) -> None:
    assert frontend.new_enough(version) is enough


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True), ("MIT License", True), ("MPL-2.0 AND MIT", True), ("Apache-2.0 OR GPL-3.0-only", True),
        ("(MIT OR GPL-2.0-only)", True), ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("GPL-3.0-only", False), ("AGPL-3.0-only AND MIT", False), ("", False), ("SSPL-1.0", False),
    ],
)  # fmt: skip
def test_a_licence_must_be_on_the_list(licence: str, allowed: bool) -> None:
    assert licences.allowed(licence) is allowed


def test_every_allowed_licence_has_a_reason() -> None:
    assert all(reason.strip() for reason in licences.ALLOWED.values())


def test_the_settings_page_names_every_variable() -> None:
    page = reference.settings()
    for variable in ("DATABASE_URL", "HUYING_OWNER_DATABASE_URL", "HUYING_KEYS_DIR"):
        assert f"| `{variable}` |" in page


def test_an_unknown_check_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["nosuch"]) == 2
    assert "nosuch" in capsys.readouterr().out


def test_a_check_that_cannot_be_made_is_shown_as_skipped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> None:
        raise check.Skipped("服务无法访问")

    monkeypatch.setattr(check, "CHECKS", (check.Check("one", "一项", unreachable),))
    assert check.main([]) == 0
    shown = capsys.readouterr().out
    assert "跳过  一项" in shown
    assert "服务无法访问" in shown


def test_every_measurement_has_a_name() -> None:
    assert "benchmarks.__main__" not in measurements().values()
    assert json.dumps(sorted(measurements()))
