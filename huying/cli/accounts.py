"""`huying createadmin`: the first account, from which all others are made on the pages."""

from __future__ import annotations

import sys

import click

from huying.kernel.commands import Mistake, needs_database


@click.command("createadmin", short_help="建立系统管理员账号。")
@click.option("--username", prompt="用户名", help="用户名。")
@click.option("--full-name", default="系统管理员", show_default=True, help="姓名。")
@click.option("--organisation", default="", help="所在单位的编码。[默认：区中心，没有时自动建立]")
@click.option("--password-stdin", is_flag=True, help="从标准输入读取密码（供脚本使用）。")
@needs_database
def createadmin(username: str, full_name: str, organisation: str, password_stdin: bool) -> None:
    """建立系统管理员账号。首次登录后须启用动态验证码。"""
    from django.db import transaction

    from huying.kernel.changes import at_the_machine, record_change
    from huying.people.actions import create_admin
    from huying.people.passwords import RULES
    from huying.people.views.accounts import ACCOUNTS

    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        click.echo(f"密码要求：{RULES}")
        password = click.prompt("密码", hide_input=True, confirmation_prompt=True)
    else:
        raise Mistake("没有终端可供输入密码。请用 --password-stdin 从标准输入传入。")
    with transaction.atomic():
        user = create_admin(username=username, password=password, full_name=full_name, organisation=organisation)
        told = {**ACCOUNTS.words(user), "角色": "系统管理员"}
        record_change(who=at_the_machine(), what=ACCOUNTS.what, key=ACCOUNTS.named(user), before=None, after=told)
    click.echo(f"已建立管理员 {user.username}。")
