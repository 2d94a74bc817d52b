"""What every command of `huying` shares. Rooms write theirs in `commands.py` and are listed in `huying.cli`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

FIRST = "第一次使用请先执行 huying serve 或 huying migrate。"

P = ParamSpec("P")
R = TypeVar("R")


class Trouble(click.ClickException):
    """Something is wrong that is not the user's mistake: the text is shown, the exit code is 1."""

    exit_code = 1


class Mistake(click.ClickException):
    """The command was used wrongly: the text is shown, the exit code is 2."""

    exit_code = 2


@contextmanager
def database() -> Iterator[None]:
    """Django with a database that answers: the one of DATABASE_URL, or the embedded one of the data directory.

    Raises:
        Mistake: there is no database in the data directory. Only `migrate` and what serves make one.
    """
    import django

    if os.environ.get("DATABASE_URL"):
        django.setup()
        yield
        return
    from huying.kernel.postgres import embedded, is_made

    data_dir = Path(os.environ.get("HUYING_DATA_DIR", ".huying"))
    if not is_made(data_dir):
        found = f"目录 {data_dir} 里没有呼应的数据库" if data_dir.is_dir() else f"没有数据目录 {data_dir}"
        raise Mistake(f"{found}，请检查 --data 或环境变量 HUYING_DATA_DIR。{FIRST}")
    with embedded(data_dir):
        django.setup()
        yield
        from django.db import connections

        connections.close_all()


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False),
    expose_value=False,  # `huying.cli` has put it into HUYING_DATA_DIR before any setting was read
    help="数据目录，存放内置数据库、附件和密钥。[默认：环境变量 HUYING_DATA_DIR，否则 .huying]",
)


def needs_database(command: Callable[P, R]) -> Callable[P, R]:
    """Decorates a command's function, below `@click.command`: gives it `--data` and runs it inside `database()`, which
    must be there already."""

    @data_option
    @wraps(command)
    def with_database(*args: P.args, **kwargs: P.kwargs) -> R:
        with database():
            return command(*args, **kwargs)

    return with_database


class Progress:
    """A bar on a terminal; nothing elsewhere, so that logs stay readable."""

    def __init__(self, label: str, total: int) -> None:
        self._bar = click.progressbar(
            length=max(total, 1), label=label, file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True
        )

    def __enter__(self) -> Progress:
        self._bar.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.__exit__(None, None, None)

    def advance(self, steps: int = 1) -> None:
        self._bar.update(steps)
