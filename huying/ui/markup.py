"""HTML written in Python, where a page has so many pieces that templates, or `format_html` for each, are what it costs.

    markup(f'<td data-label="承办">{html(row.holder)}</td>')

Every value goes through `html`; what stands in the text itself is markup. For anything drawn a few times a page,
`format_html` is the better tool: it cannot be forgotten.
"""

from __future__ import annotations

from html import escape

from django.utils.safestring import SafeString, mark_safe


def html(value: object) -> str:
    """A value as HTML: markup as it is, anything else escaped. A tenth of `conditional_escape`, which also takes
    promises and objects that draw themselves."""
    return value if isinstance(value, SafeString) else escape(str(value))


def markup(text: str) -> SafeString:
    """Says that every value in this text went through `html`."""
    return mark_safe(text)  # noqa: S308 (see above)
