"""Chinese for the words that click itself says."""

from __future__ import annotations

from typing import Any

import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types

WORDS = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Aborted!": "已中止。",
    "Error: {message}": "{message}",
    "Error: The two entered values do not match.": "两次输入不一致。",
    "Error: invalid input": "输入无效。",
    "Try '{command} {option}' for help.": "查看帮助：{command} {option}",
    "Invalid value: {message}": "取值无效：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 的取值无效：{message}",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing {param_type}": "缺少 {param_type}",
    "Missing parameter: {param_name}": "缺少参数：{param_name}",
    "Missing command.": "请给出命令。",
    "No such option {name!r}.": "没有选项 {name}。",
    "No such command {name!r}.": "没有命令 {name}。",
    "Got unexpected extra argument ({args})": "多出的参数：{args}",
    "Got unexpected extra arguments ({args})": "多出的参数：{args}",
    "Could not open file {filename!r}: {message}": "无法打开文件 {filename}：{message}",
    "Option {name!r} does not take a value.": "选项 {name} 不带取值。",
    "Option {name!r} requires an argument.": "选项 {name} 需要一个取值。",
    "Option {name!r} requires {nargs} arguments.": "选项 {name} 需要 {nargs} 个取值。",
    "Argument {name!r} takes {nargs} values.": "参数 {name} 需要 {nargs} 个取值。",
    "Show this message and exit.": "显示本帮助。",
    "Repeat for confirmation": "请再输入一次",
    "Do you want to continue?": "是否继续？",
    "Choose from:\n\t{choices}": "可选：\n\t{choices}",
    "{value!r} is not one of {choices}.": "{value} 不在可选范围内：{choices}。",
    "{value!r} is not {choice}.": "{value} 不是 {choice}。",
    "{value!r} is not a valid {number_type}.": "{value} 不是有效的 {number_type}。",
    "{value} is not in the range {range}.": "{value} 不在范围 {range} 内。",
    "{value!r} does not match the format {format}.": "{value} 不符合格式 {format}。",
    "{value!r} does not match the formats {formats}.": "{value} 不符合任何一种格式：{formats}。",
    "file": "文件",
    "directory": "目录",
    "path": "路径",
    "{name} {filename!r} does not exist.": "{name} {filename} 不存在。",
    "{name} {filename!r} is a file.": "{name} {filename} 是文件。",
    "{name} {filename!r} is a directory.": "{name} {filename} 是目录。",
    "{name} {filename!r} is not readable.": "{name} {filename} 无法读取。",
    "{name} {filename!r} is not writable.": "{name} {filename} 无法写入。",
    "(Possible options: {possibilities})": "（是否指：{possibilities}）",
    "(Did you mean one of: {possibilities}?)": "（是否指：{possibilities}）",
    "Did you mean {possibility}?": "是否指 {possibility}？",
    "default: {default}": "默认：{default}",
    "required": "必填",
}


def translated(message: str) -> str:
    return WORDS.get(message, message)


def translated_plural(one: str, many: str, n: int) -> str:
    message = one if n == 1 else many
    return WORDS.get(message, message)


class Formatter(click.formatting.HelpFormatter):
    """Headings with the colon of the language they are in, which needs no blank behind it."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, WORDS["Usage:"] if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}：\n")


_built_prompt = click.termui._build_prompt


def _prompt(text: str, suffix: str, *rest: Any, **more: Any) -> str:
    return _built_prompt(text, "：" if suffix == ": " else suffix, *rest, **more)


def speak_chinese() -> None:
    """click looks its words up by gettext in compiled catalogues; a catalogue of fifty words is this table."""
    click.Context.formatter_class = Formatter
    click.termui._build_prompt = _prompt
    modules = (
        click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.termui, click.types,
    )  # fmt: skip
    for module in modules:
        if hasattr(module, "_"):
            module._ = translated  # type: ignore[attr-defined]
        if hasattr(module, "ngettext"):
            module.ngettext = translated_plural  # type: ignore[attr-defined]
