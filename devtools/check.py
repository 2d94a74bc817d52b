"""`./dev check [NAME …]`: everything CI checks besides the tests. One line a check, its output only when it failed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from devtools import advisories, frontend, licences, reference

PYTHON = sys.executable


class Skipped(Exception):
    """The check could not be made here; the text says why, and is shown."""


class Failed(Exception):
    """The check found something; the text says what."""


def run(*command: str, **environment: str) -> None:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )  # fmt: skip
    if done.returncode:
        raise Failed((done.stdout + done.stderr).strip())


def told(findings: Sequence[str]) -> None:
    if findings:
        raise Failed("\n".join(findings))


def lint() -> None:
    run(PYTHON, "-m", "ruff", "check", ".")


def formatting() -> None:
    run(PYTHON, "-m", "ruff", "format", "--check", ".")


def types() -> None:
    run(PYTHON, "-m", "mypy")


def imports() -> None:
    run(os.path.join(os.path.dirname(PYTHON), "lint-imports"), "--no-cache")  # noqa: PTH118, PTH120


def migrations() -> None:
    # Compares models with files; no database is asked, and that nobody answers is not worth a warning
    run(
        PYTHON, "-W", "ignore::RuntimeWarning", "-m", "django", "makemigrations", "--check", "--dry-run",
        DJANGO_SETTINGS_MODULE="config.settings",
    )  # fmt: skip


def docs() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    told(reference.stale())


def lock() -> None:
    run(os.environ.get("HUYING_UV") or "uv", "lock", "--check", "--offline")


def python_licences() -> None:
    told(licences.of_distributions())


def npm_licences() -> None:
    told(licences.of_npm_packages())


def known_advisories(ask: Callable[[], list[str]]) -> None:
    try:
        told(ask())
    except advisories.Unreachable as error:
        raise Skipped(str(error)) from error


def typescript() -> None:
    frontend.install()
    frontend.npm("run", "check")


@dataclass(frozen=True)
class Check:
    name: str
    words: str
    work: Callable[[], None]


CHECKS = (
    Check("lint", "代码规范（ruff）", lint),
    Check("format", "代码格式（ruff format）", formatting),
    Check("types", "类型（mypy --strict）", types),
    Check("imports", "模块方向（import-linter）", imports),
    Check("migrations", "数据库迁移与模型一致", migrations),
    Check("docs", "生成的文档是最新的", docs),
    Check("frontend", "前端类型与规范", typescript),
    Check("lock", "uv.lock 与 pyproject.toml 一致", lock),
    Check("licences", "Python 依赖的许可证", python_licences),
    Check("npm-licences", "npm 依赖的许可证", npm_licences),
    Check("advisories", "Python 依赖的已知漏洞", lambda: known_advisories(advisories.of_distributions)),
    Check("npm-advisories", "npm 依赖的已知漏洞", lambda: known_advisories(advisories.of_npm_packages)),
)


def main(names: list[str]) -> int:
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        print(f"没有这样的检查：{'、'.join(sorted(unknown))}。可选：{'、'.join(check.name for check in CHECKS)}")
        return 2
    bad = 0
    for check in CHECKS:
        if names and check.name not in names:
            continue
        began = time.monotonic()
        try:
            check.work()
            outcome, output = "通过", ""
        except Skipped as skipped:
            outcome, output = "跳过", str(skipped)
        except Failed as failed:
            bad += 1
            outcome, output = "未通过", str(failed)
        except SystemExit as stopped:
            bad += 1
            outcome, output = "未通过", str(stopped)
        except Exception:  # the next checks are still worth making
            bad += 1
            outcome, output = "未通过", traceback.format_exc()
        print(f"{outcome}  {check.words}  {time.monotonic() - began:.1f} 秒", flush=True)
        for line in output.splitlines():
            print(f"      {line}", flush=True)
    print("全部通过。" if not bad else f"{bad} 项未通过。")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
