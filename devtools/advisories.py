"""Known weaknesses of what we depend on, asked of the registries' own services."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from devtools import frontend


class Unreachable(Exception):
    """The service does not answer from here."""


def answer(command: list[str], **options: Any) -> Any:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        told = (done.stderr or done.stdout).strip().splitlines() or ["没有任何回答"]
        raise Unreachable(f"漏洞查询服务无法访问，未检查（{told[-1][:200]}）") from error


def of_distributions() -> list[str]:
    found = answer([sys.executable, "-m", "pip_audit", "--local", "--skip-editable", "--format", "json"])
    dependencies = found["dependencies"]
    unknown = [one["name"] for one in dependencies if "skip_reason" in one]
    if len(unknown) > len(dependencies) / 2:  # a mirror without the service answers "no such package"
        raise Unreachable(f"Python 漏洞查询服务无法访问，{len(unknown)} 个依赖未检查")
    return [
        f"{one['name']} {one['version']}：{flaw['id']}，修复于 {'、'.join(flaw['fix_versions']) or '尚无'}"
        for one in dependencies
        for flaw in one.get("vulns", [])
    ]


def of_npm_packages() -> list[str]:
    node = frontend.node_directory()
    path = f"{node}{os.pathsep}{os.environ.get('PATH', '')}"
    found = answer([str(Path(node) / "npm"), "audit", "--json"], cwd=frontend.SOURCES, env={**os.environ, "PATH": path})
    if "vulnerabilities" not in found:
        raise Unreachable("npm 漏洞查询服务无法访问，未检查")
    return [f"npm {name}：{flaw['severity']}" for name, flaw in found["vulnerabilities"].items()]
