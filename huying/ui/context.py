"""The context processor: what base templates know of the request. Everything is worked out only when drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from huying.kernel.registry import NavigationEntry, navigation
from huying.ui.shell import PostChoice, shell

LARGE_TYPE_COOKIE = "large"


@dataclass(frozen=True, slots=True)
class MenuLine:
    key: str
    label: str
    url: str
    current: bool
    counted: bool


def address(url_name: str) -> str:
    """ "" when no room answers to that name."""
    if not url_name:
        return ""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def entries_for(request: HttpRequest) -> list[NavigationEntry]:
    """The lines of the menu that this post may open."""
    actor = getattr(request, "actor", None)
    if actor is None or not actor.is_signed_in:
        return []
    return [entry for entry in navigation if not entry.permission or actor.may(entry.permission)]


class Frame:
    """`ui` in templates."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def district(self) -> str:
        return str(settings.DISTRICT_NAME)

    @property
    def large_type(self) -> bool:
        return self._request.COOKIES.get(LARGE_TYPE_COOKIE) == "1"

    @cached_property
    def menu(self) -> list[MenuLine]:
        lines = [(entry, address(entry.url_name)) for entry in entries_for(self._request)]
        path = self._request.path
        within = [
            url
            for entry, url in lines
            if url and (path == url or (not entry.alone and path.startswith(url.rstrip("/") + "/")))
        ]
        here = max(within, key=len, default="")
        return [
            MenuLine(entry.key, entry.label, url, url == here, bool(entry.count or entry.counting))
            for entry, url in lines
            if url
        ]

    @property
    def counts_url(self) -> str:
        wanted = any(line.counted for line in self.menu) or (shell.unread is not None and bool(self.messages_url))
        return address("ui:counts") if wanted else ""

    @property
    def counts_channels(self) -> str:
        return " ".join(shell.channels(self._request)) if shell.channels else ""

    @cached_property
    def posts(self) -> list[PostChoice]:
        return list(shell.posts(self._request)) if shell.posts else []

    @property
    def current_post(self) -> str:
        return next((post.label for post in self.posts if post.current), "")

    @property
    def person(self) -> str:
        return shell.person(self._request) if shell.person else ""

    @property
    def search_url(self) -> str:
        return address(shell.search_url)

    @property
    def search_words(self) -> str:
        return shell.search_words(self._request) if shell.search_words else "搜索"

    @property
    def help_url(self) -> str:
        return address(shell.help_url)

    @property
    def messages_url(self) -> str:
        return address(shell.messages_url)

    @property
    def switch_url(self) -> str:
        return address(shell.switch_url)

    @property
    def account_url(self) -> str:
        return address(shell.account_url)

    @property
    def sign_out_url(self) -> str:
        return address(shell.sign_out_url)


def frame(request: HttpRequest) -> dict[str, Frame]:
    return {"ui": Frame(request)}
