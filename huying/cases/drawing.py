"""Cells of a list as HTML. A page has four hundred of them: as nested templates they were most of what it cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.safestring import SafeString

from huying.cases.queries import Row
from huying.ui.markup import html, markup
from huying.ui.templatetags.ui import highlight, remaining, short_moment, state

NOTHING = "—"


def _state(row: Row) -> SafeString:
    return markup(f'<td class="tight" data-label="状态">{state(row.state, row.tone)}</td>')


def _due(row: Row) -> SafeString:
    left = row.remaining
    shown = NOTHING
    if left is not None:
        words = remaining(left.words, left.warning, left.due_at, left.provisional, left.paused)
        shown = f'<span>{words} <small class="soft">{html(left.label)}</small></span>'
    elif row.closed_at:
        shown = f'<span class="soft">{short_moment(row.closed_at)} 结案</span>'
    return markup(f'<td class="tight" data-label="时限">{shown}</td>')


def _holder(row: Row) -> SafeString:
    return markup(f'<td data-label="承办">{html(row.holder or NOTHING)}</td>')


def _opened(row: Row) -> SafeString:
    return markup(f'<td class="tight" data-label="受理时间">{short_moment(row.opened_at)}</td>')


def _closed(row: Row) -> SafeString:
    closed = short_moment(row.closed_at) if row.closed_at else NOTHING
    return markup(f'<td class="tight" data-label="结案时间">{closed}</td>')


DRAWN: Mapping[str, Callable[[Row], SafeString]] = {
    "state": _state,
    "due": _due,
    "holder": _holder,
    "opened": _opened,
    "closed": _closed,
}


def text_cell(label: str, text: str, *, verbatim: bool = False) -> SafeString:
    """A plain cell; `verbatim`: somebody else's number, in whatever letters it has."""
    shown = html(text or NOTHING)
    if verbatim:
        shown = f"<span data-verbatim>{shown}</span>"
    return markup(f'<td data-label="{html(label)}">{shown}</td>')


def title_cell(row: Row, url: str, excerpt: str, terms: Sequence[str]) -> SafeString:
    """The title as a link, the place in the text where the words were found, and what makes the case unlike others."""
    found = f'<p class="excerpt">{highlight(excerpt, terms)}</p>' if excerpt else ""
    marks = ""
    if row.marks or row.category:
        shown = "".join(f"{state(mark.label, mark.tone)} " for mark in row.marks)
        category = f'<span class="soft">{html(row.category)}</span>' if row.category else ""
        marks = f'<div class="row-marks">{shown}{category}</div>'
    title = highlight(row.title, terms)
    return markup(f'<td class="title"><a href="{html(url)}">{title}</a>{found}{marks}</td>')


def number_cell(row: Row, terms: Sequence[str]) -> SafeString:
    return markup(f'<td class="number">{highlight(row.number, terms)}</td>')
