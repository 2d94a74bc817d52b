"""The directions between the rooms, and what a file may be called and how long it may grow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignObject, ManyToManyField

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 600
ATTIC = {"utils", "util", "helpers", "helper", "mixins", "common", "misc", "tools"}


def layers() -> list[list[str]]:
    """From the top down, as `pyproject.toml` has them; rooms side by side share a line."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if one["type"] == "layers")
    return [[name.strip(" ()") for name in re.split(r"[|:]", layer)] for layer in contract["layers"]]


def height_of(room: str) -> int:
    for height, layer in enumerate(reversed(layers())):
        if room in layer:
            return height
    raise AssertionError(f"{room} is in no layer of [tool.importlinter] in pyproject.toml")


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def sources(*directories: str) -> Iterator[Path]:
    for directory in directories:
        yield from (ROOT / directory).rglob("*.py")


def test_imports_look_down() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_room_has_a_place_among_the_layers() -> None:
    known = {room for layer in layers() for room in layer}
    rooms = {f"huying.{path.parent.name}" for path in (ROOT / "huying").glob("*/__init__.py")}
    assert rooms <= known


def test_relations_between_models_look_down_too() -> None:
    """A foreign key named by a string is no import. The user model is exempt: everything is done by somebody."""
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        if not model.__module__.startswith("huying."):
            continue
        room = room_of(model.__module__)
        for field in model._meta.get_fields():
            if field.auto_created or not isinstance(field, ForeignObject | ManyToManyField):
                continue
            related = field.related_model
            assert related is not None and not isinstance(related, str)
            target = room_of(related.__module__)
            if related._meta.label == settings.AUTH_USER_MODEL or not target.startswith("huying.") or target == room:
                continue
            if height_of(target) >= height_of(room):
                wrong.append(f"{model._meta.label}.{field.name} → {related._meta.label}")
    assert wrong == []


def test_migrations_depend_downwards_too() -> None:
    """Else a lower room could not be migrated without a higher one."""
    wrong = []
    for path in sources("huying"):
        if path.parent.name != "migrations" or path.name == "__init__.py":
            continue
        room = f"huying.{path.parent.parent.name}"
        for label in re.findall(r'\(\s*"(\w+)",\s*"\d{4}_\w+"\s*\)', path.read_text()):
            target = next((config.name for config in apps.get_app_configs() if config.label == label), "")
            if target.startswith("huying.") and target != room and height_of(target) >= height_of(room):
                wrong.append(f"{path.relative_to(ROOT)} → {label}")
    assert wrong == []


@pytest.mark.parametrize("directory", ["huying", "config", "tests", "benchmarks", "drills", "devtools"])
def test_no_file_is_longer_than_one_idea(directory: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources(directory)
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_there_is_no_attic() -> None:
    attics = [
        str(path.relative_to(ROOT))
        for path in sources("huying", "config", "tests", "benchmarks", "drills", "devtools")
        if ATTIC & {path.stem.strip("_"), *path.relative_to(ROOT).parts[:-1]}
    ]
    assert attics == []


def test_nothing_flows_by_signals() -> None:
    """Whoever reads a step must see what follows from it; `AppConfig.ready` registers, it does not listen."""
    listeners = []
    for path in sources("huying", "config"):
        for node in ast.walk(ast.parse(path.read_text())):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and (module == "django.dispatch" or module.endswith(".signals")):
                listeners.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert listeners == []
