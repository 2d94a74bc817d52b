"""What the frame of every staff page asks of the rooms above.

A room fills in its own lines in `AppConfig.ready`:

    from huying.ui.shell import shell
    shell.posts, shell.switch_url = posts_of, "people:switch-post"

What nobody has filled in is not drawn. The menu itself comes from `huying.kernel.registry.navigation`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class PostChoice:
    """A post that this person may act through."""

    id: int
    label: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Phone:
    """As people read it, and as a phone dials it."""

    words: str
    dialled: str

    def __str__(self) -> str:
        return self.words


CITY_LINE = Phone("12345", "12345")
Reader = Literal["staff", "resident", ""]  # "": nobody has signed in


@dataclass(slots=True)
class Shell:
    """Functions take the request; addresses are names of routes."""

    reader: Callable[[HttpRequest], Reader] | None = None  # in whose frame something is said
    help_line: Callable[[], Phone] | None = None  # where residents ask when a page does not help

    posts: Callable[[HttpRequest], Sequence[PostChoice]] | None = None
    person: Callable[[HttpRequest], str] | None = None  # the name in the corner
    unread: Callable[[HttpRequest], int] | None = None
    channels: Callable[[HttpRequest], Sequence[str]] | None = None  # live channels that change the figures of the menu
    search_url: str = ""  # GET with `q`; finds what its reader may see, also where that is no case
    search_words: Callable[[HttpRequest], str] | None = None  # what may be typed there
    help_url: str = ""
    messages_url: str = ""
    switch_url: str = ""  # POST with `post` and `next`
    account_url: str = ""
    sign_out_url: str = ""  # POST


shell = Shell()
