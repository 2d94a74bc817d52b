"""Cells of a list as HTML. A page has four hundred of them: as nested templates they were most of what it cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

from huying.cases.queries import Row
from huying.ui.templatetags.ui import highlight, remaining, short_moment, state

NOTHING = "—"


def _state(row: Row) -> SafeString:
    return format_html('<td class="tight" data-label="状态">{}</td>', state(row.state, row.tone))


def _due(row: Row) -> SafeString:
    left = row.remaining
    if left is not None:
        words = remaining(left.words, left.warning, left.due_at, left.provisional, left.paused)
        shown = format_html('<span>{} <small class="soft">{}</small></span>', words, left.label)
    elif row.closed_at:
        shown = format_html('<span class="soft">{} 结案</span>', short_moment(row.closed_at))
    else:
        shown = SafeString(NOTHING)
    return format_html('<td class="tight" data-label="时限">{}</td>', shown)


def _holder(row: Row) -> SafeString:
    return format_html('<td data-label="承办">{}</td>', row.holder or NOTHING)


def _opened(row: Row) -> SafeString:
    return format_html('<td class="tight" data-label="受理时间">{}</td>', short_moment(row.opened_at))


def _closed(row: Row) -> SafeString:
    closed = short_moment(row.closed_at) if row.closed_at else NOTHING
    return format_html('<td class="tight" data-label="结案时间">{}</td>', closed)


DRAWN: Mapping[str, Callable[[Row], SafeString]] = {
    "state": _state,
    "due": _due,
    "holder": _holder,
    "opened": _opened,
    "closed": _closed,
}


def text_cell(label: str, text: str, *, verbatim: bool = False) -> SafeString:
    """A plain cell; `verbatim`: somebody else's number, in whatever letters it has."""
    shown = format_html("<span data-verbatim>{}</span>", text or NOTHING) if verbatim else text or NOTHING
    return format_html('<td data-label="{}">{}</td>', label, shown)


def title_cell(row: Row, url: str, excerpt: str, terms: Sequence[str]) -> SafeString:
    """The title as a link, the place in the text where the words were found, and what makes the case unlike others."""
    found = format_html('<p class="excerpt">{}</p>', highlight(excerpt, terms)) if excerpt else SafeString("")
    marks = SafeString("")
    if row.marks or row.category:
        shown = SafeString("").join(format_html("{} ", state(mark.label, mark.tone)) for mark in row.marks)
        category = format_html('<span class="soft">{}</span>', row.category) if row.category else SafeString("")
        marks = format_html('<div class="row-marks">{}{}</div>', SafeString(shown), category)
    title = highlight(row.title, terms)
    return format_html('<td class="title"><a href="{}">{}</a>{}{}</td>', url, title, found, marks)


def number_cell(row: Row, terms: Sequence[str]) -> SafeString:
    return format_html('<td class="number">{}</td>', highlight(row.number, terms))
