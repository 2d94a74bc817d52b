"""This room's lines in the frame of every page."""

from __future__ import annotations

from django.http import HttpRequest

from huying.kernel.registry import NavigationEntry, navigation
from huying.people.middleware import post_of, posts_of, signed_in_user
from huying.ui.shell import PostChoice, shell


def register() -> None:
    shell.posts = choices
    shell.person = person
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
    )


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
