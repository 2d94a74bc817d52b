"""What the components of a page are made of. Views build these, template tags draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from django.forms import BaseForm
from django.http import HttpRequest

Tone = Literal["grey", "blue", "teal", "green", "yellow", "orange", "red", "purple"]
TONES: frozenset[str] = frozenset({"grey", "blue", "teal", "green", "yellow", "orange", "red", "purple"})


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to this page; the last one has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, and the address of the same list without it."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a definition list. Empty values are left out by the tag; say "—" when the absence matters."""

    label: str
    value: object
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str
    url: str
    size: int  # bytes
    kind: str = "文件"  # two or three signs on the tile of what has no picture: PDF, 录音, 表格
    thumbnail_url: str = ""
    is_picture: bool = False  # can be looked at in the viewer
    note: str = ""  # who else sees it


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened: what, when, by whom, in which words."""

    what: str
    at: datetime
    who: str = ""
    text: str = ""
    facts: Sequence[Fact] = ()
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Addresses of the pages beside this one ("" where there is none)."""

    previous_url: str
    next_url: str


def page_links(request: HttpRequest, *, previous: str | None, following: str | None) -> PageLinks:
    """The same address with another cursor: filters stay, shared links keep working."""

    def url(cursor: str | None) -> str:
        return same_page(request, cursor=cursor) if cursor else ""

    return PageLinks(url(previous), url(following))


def chip(request: HttpRequest, parameter: str, label: str, value: str, *, of: str | None = None) -> Chip:
    """The chip of one parameter; `of` names one of several values of the same parameter."""
    query = request.GET.copy()
    kept = [] if of is None else [v for v in query.getlist(parameter) if v != of]
    query.setlist(parameter, kept)
    query.pop("cursor", None)
    encoded = query.urlencode()
    return Chip(label, value, f"{request.path}?{encoded}" if encoded else request.path)


def same_page(request: HttpRequest, **changes: str) -> str:
    """This page's address with some query parameters changed ("" removes one)."""
    query = request.GET.copy()
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    encoded = query.urlencode()
    return f"{request.path}?{encoded}" if encoded else request.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A question asked once before something that cannot be taken back.

    The same object is drawn as a button with a dialog (`{% confirm %}`) and as the page behind the button's address
    (`huying.ui.pages.confirm_page`), for browsers without script. `action` answers GET with that page and POST by
    doing it.
    """

    id: str  # of the dialog, unique on the page
    label: str  # on the button that asks
    title: str  # the question
    body: str  # what will happen, and to whom
    verb: str  # on the button that does it
    action: str
    danger: bool = False
    form: BaseForm | None = None  # what must be said with it
    back_url: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)  # further values sent along
