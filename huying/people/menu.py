"""This room's lines in the frame of every page."""

from __future__ import annotations

from django.http import HttpRequest

from huying.kernel.registry import NavigationEntry, SettingsPage, navigation, settings_pages
from huying.people.middleware import post_of, posts_of, signed_in_user
from huying.ui.shell import PostChoice, Reader, shell

PEOPLE, LOGS = "单位和人员", "记录"
SETTINGS = (
    ("organisations", PEOPLE, "单位", "工作时间、值班电话、负责人，撤销和承接。", "people.manage", 100),
    ("accounts", PEOPLE, "账号和岗位", "开账号、重置密码，安排岗位，指定代理。", "people.manage", 110),
    ("sessions", PEOPLE, "在线会话", "谁在哪里登录着，必要时结束。", "people.sessions", 120),
    ("reveals", LOGS, "查看个人信息记录", "谁在何时、为了什么看了诉求人的联系方式。", "people.audit", 800),
    ("sign-ins", LOGS, "登录记录", "登录、退出和失败的尝试。", "people.audit", 810),
)


def register() -> None:
    shell.posts = choices
    shell.person = person
    shell.reader = reader
    shell.switch_url = "people:switch-post"
    shell.account_url = "people:account"
    shell.sign_out_url = "people:sign-out"
    navigation.declare(
        NavigationEntry(
            key="accounts", label="账号", url_name="people:accounts", permission="people.manage", order=800
        ),
        NavigationEntry(
            key="sessions", label="在线会话", url_name="people:sessions", permission="people.sessions", order=810
        ),
        NavigationEntry(
            key="reveals", label="查看记录", url_name="people:reveals", permission="people.audit", order=820
        ),
    )
    for key, group, label, line, permission, order in SETTINGS:
        settings_pages.declare(
            SettingsPage(
                key=key,
                group=group,
                label=label,
                line=line,
                url_name=f"people:{key}",
                permission=permission,
                order=order,
            )
        )


def reader(request: HttpRequest) -> Reader:
    user = signed_in_user(request)
    if user is None:
        return ""
    return "staff" if user.is_staff_member else "resident"


def choices(request: HttpRequest) -> list[PostChoice]:
    """The posts to switch between; somebody else's says whose it is."""
    user, current = signed_in_user(request), post_of(request)
    if user is None:
        return []
    return [
        PostChoice(
            post.pk,
            str(post) if post.user_id == user.pk else f"{post}（代 {post.user}）",
            current is not None and post.pk == current.pk,
        )
        for post in posts_of(request)
    ]


def person(request: HttpRequest) -> str:
    user = signed_in_user(request)
    return user.display_name if user is not None else ""
