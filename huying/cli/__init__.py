"""The command `huying`."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from huying.cli.chinese import speak_chinese
from huying.kernel.commands import Mistake, Trouble

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# In the order in which `huying --help` shows them. A module is imported when its command is asked for; Django is set up
# before a room's module is imported, the database is there only inside `needs_database`.
COMMANDS: dict[str, str] = {
    "demo": "huying.simulator.command:demo",
    "simulate": "huying.simulator.command:simulate",
    "serve": "huying.cli.serve:serve",
    "worker": "huying.cli.worker:worker",
    "migrate": "huying.cli.migrate:migrate",
    "createadmin": "huying.cli.accounts:createadmin",
    "doctor": "huying.cli.maintenance:doctor",
    "keys": "huying.cli.keys:keys",
    "outbox": "huying.cli.maintenance:outbox",
    "import": "huying.cli.tables:import_command",
    "export": "huying.cli.tables:export_command",
    "verify": "huying.matters.commands:verify",
    "retain": "huying.cli.privacy:retain",
    "forget": "huying.cli.privacy:forget",
    "alarms": "huying.cases.commands:alarms",
    "replies": "huying.knowledge.replies.commands:replies",
    "places": "huying.places.commands:places",
    "recommend": "huying.knowledge.commands:recommend",
}


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        if not module.startswith("huying.cli."):
            import django

            django.setup()
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # The data directory decides what the settings are, and those are read before a command sees its options
        for place, argument in enumerate(args):
            if argument.startswith("--data="):
                os.environ["HUYING_DATA_DIR"] = argument.partition("=")[2]
            elif argument == "--data" and place + 1 < len(args):
                os.environ["HUYING_DATA_DIR"] = args[place + 1]
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="huying", message="呼应 %(version)s", help="显示版本号。")
def cli() -> None:
    """呼应：区级社会治理网格服务平台。

    退出码：0 完成；1 发现问题；2 用法有误。
    """


def plain_words(error: Exception) -> click.ClickException | None:
    """What to tell a user instead of a stack trace; None when it is our own fault and the trace is wanted."""
    from django.db.utils import OperationalError, ProgrammingError
    from psycopg.errors import UndefinedColumn, UndefinedTable
    from pydantic import ValidationError

    from huying.kernel.errors import Refusal
    from huying.kernel.postgres import EmbeddedDatabaseError

    if isinstance(error, EmbeddedDatabaseError):
        return Trouble(str(error))
    if isinstance(error, Refusal):
        details = [f"  {words}" for messages in error.fields.values() for words in messages if words != error.message]
        return Mistake("\n".join([error.message, *details]))
    if isinstance(error, OperationalError):
        return Trouble(f"无法使用数据库：{str(error).strip()}\n请检查 DATABASE_URL，并确认数据库正在运行。")
    if isinstance(error, ProgrammingError) and isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
        missing = str(error).strip().splitlines()[0]
        return Trouble(f"数据库结构还没有建立，或不是最新的（{missing}）。请先执行 huying migrate。")
    if isinstance(error, ValidationError) and error.title == "Environment":
        return Mistake("环境变量设置有误：\n" + "\n".join(map(wrong_setting, error.errors())))
    return None


def wrong_setting(found: ErrorDetails) -> str:
    name = str(found["loc"][0])
    expected = {
        "int_parsing": "应为整数",
        "bool_parsing": "应为 true 或 false",
        "literal_error": f"应为 {found.get('ctx', {}).get('expected', '').replace(' or ', ' 或 ')}",
    }.get(found["type"], found["msg"])
    return f"  {name if name.isupper() else f'HUYING_{name.upper()}'}={found['input']}：{expected}"


def main() -> NoReturn:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    speak_chinese()
    try:
        cli(prog_name="huying")
    except Exception as error:
        told = plain_words(error)
        if told is None:
            raise
        told.show()
        sys.exit(told.exit_code)
    sys.exit(0)
