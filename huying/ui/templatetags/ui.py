"""Tags and filters of every page (loaded everywhere, see TEMPLATES)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from huying.kernel.paging import Page
from huying.ui import text
from huying.ui.assets import assets
from huying.ui.components import (
    TONES,
    Attachment,
    Chip,
    Confirmation,
    Crumb,
    Fact,
    PageLinks,
    TimelineEntry,
    Tone,
    page_links,
)
from huying.ui.forms import Drawn, drawn, folded_names, is_opened
from huying.ui.icons import ICONS
from huying.ui.markup import html, markup

register = template.Library()

TIMELINE_SHOWN = 10  # entries up to which a timeline is shown whole
LONG_TEXT = 600  # characters of a text that are shown at once
ATTACHMENTS_SHOWN = 6


# ---- assets and icons --------------------------------------------------------------------------
@register.simple_tag
def vite(entry: str) -> SafeString:
    """Styles and script of an entry point. Nothing when nothing is built."""
    found = assets(entry)
    if found is None:
        return SafeString("")
    styles = format_html_join("\n", '<link rel="stylesheet" href="{}">', ((url,) for url in found.styles))
    modules = format_html_join("\n", '<link rel="modulepreload" href="{}">', ((url,) for url in found.modules))
    script = format_html('<script type="module" src="{}"></script>', found.script)
    return SafeString("\n".join(filter(None, (styles, modules, script))))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line icon; decoration beside a word, so screen readers skip it."""
    shape = format_html('<path d="{}"/>', ICONS[name])
    return format_html(  # a size and an outline of its own, so that it is small even before the style sheet is there
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"'
        ' aria-hidden="true" focusable="false">{}</svg>',
        shape,
    )


# ---- words for figures and times ---------------------------------------------------------------
@register.filter
def moment(at: datetime | None) -> SafeString:
    """2026年11月22日 14:05."""
    if not at:
        return SafeString("")
    at = text.local(at)
    return _time(at, text.moment(at))


@register.filter
def short_moment(at: datetime | None) -> SafeString:
    """今天 14:05, 11月22日 14:05; the whole of it as a tip."""
    if not at:
        return SafeString("")
    at = text.local(at)
    return _time(at, text.short_moment(at), title=text.moment(at))


@register.filter
def day(of: date | None) -> str:
    """2026年11月22日."""
    return text.day(of) if of else ""


@register.filter
def grouped(number: int | float | Decimal | None) -> str:
    """187,300."""
    return "" if number is None else text.grouped(number)


@register.filter
def wan(number: int | float | Decimal | None) -> str:
    """18.73万."""
    return "" if number is None else text.wan(number)


@register.filter
def file_size(octets: int | None) -> str:
    return "" if octets is None else text.file_size(octets)


def _time(at: datetime, words: str, *, title: str = "") -> SafeString:
    tip = f' title="{html(title)}"' if title else ""
    return markup(f'<time datetime="{at.isoformat(timespec="minutes")}"{tip}>{html(words)}</time>')


# ---- state and remaining time ------------------------------------------------------------------
@register.simple_tag
def state(label: str, tone: Tone = "grey") -> SafeString:
    """A state as a word on a quiet colour."""
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"no such tone: {tone}")
    return markup(f'<span class="state" data-tone="{tone}">{html(label)}</span>')


@register.simple_tag
def remaining(
    words: str,
    warning: str = "none",
    due_at: datetime | None = None,
    provisional: bool = False,
    paused: bool = False,
) -> SafeString:
    """Remaining working time in words; yellow and red say so in words as well.

    `words` come from `huying.kernel.calendar.remaining_words`, `warning` is "none", "yellow" or "red".
    """
    if not words and not paused:
        return SafeString("")
    tone = "paused" if paused else str(warning)
    prefix = {"yellow": "黄牌 ", "red": "红牌 "}.get(tone, "")
    hints = [f"到期：{text.moment(due_at)}"] if due_at else []
    if provisional:
        hints.append("暂定：下一年的放假安排公布后重新计算")
    shown = "已暂停" if paused else f"{prefix}{words}{'（暂定）' if provisional else ''}"
    title = f' title="{html("，".join(hints))}"' if hints else ""
    return markup(f'<span class="remaining" data-tone="{html(tone)}"{title}>{html(shown)}</span>')


# ---- forms -------------------------------------------------------------------------------------
@register.inclusion_tag("ui/parts/field.html")
def field(bound: BoundField, label: str = "") -> dict[str, object]:
    """Label, control, help and errors of one field."""
    return {"field": drawn(bound), "label": label or bound.label}


@register.inclusion_tag("ui/parts/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, object]:
    """All fields in order; those named in the form's `more` are folded away below."""
    folded = folded_names(form)

    def fields(wanted: bool) -> list[Drawn]:
        return [drawn(bound) for bound in form.visible_fields() if (bound.name in folded) is wanted]

    return {
        "form": form,
        "fields": fields(False),
        "folded": fields(True),
        "opened": is_opened(form),
    }


def _one_line(errors: Sequence[object]) -> str:
    """Sentences of one field side by side: a full stop stands at the end only."""
    *others, last = [str(error) for error in errors]
    return "；".join([*(words.rstrip("。；") for words in others), last])


@register.inclusion_tag("ui/parts/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, object]:
    """What is wrong with a form as a whole, with a link to each refused field; gets the focus."""
    refused = [(bound, _one_line(bound.errors)) for bound in form.visible_fields() if bound.errors]
    general = [str(error) for error in form.non_field_errors()]
    general += [str(error) for bound in form.hidden_fields() for error in bound.errors]
    return {"refused": refused, "general": general, "total": len(refused) + len(general)}


@register.inclusion_tag("ui/parts/confirm.html", takes_context=True)
def confirm(context: Context, confirmation: Confirmation, css: str = "btn btn-plain") -> dict[str, object]:
    """A button that asks before it does. `css` are the classes of the button that asks."""
    return {"confirmation": confirmation, "css": css, "csrf_token": context.get("csrf_token", "")}


# ---- pieces of a page --------------------------------------------------------------------------
@register.inclusion_tag("ui/parts/breadcrumbs.html")
def breadcrumbs(crumbs: Sequence[Crumb]) -> dict[str, object]:
    return {"crumbs": crumbs}


@register.inclusion_tag("ui/parts/chips.html")
def chips(chosen: Sequence[Chip], clear_url: str = "") -> dict[str, object]:
    """Filters in force, each with a way out; `clear_url` drops them all."""
    return {"chips": chosen, "clear_url": clear_url}


@register.inclusion_tag("ui/parts/pager.html", takes_context=True)
def pager(context: Context, page: Page[object] | PageLinks, summary: str = "") -> dict[str, object]:
    """Previous and next page of a keyset page; `summary` says how many there are, when somebody knows."""
    links = (
        page
        if isinstance(page, PageLinks)
        else page_links(context["request"], previous=page.previous, following=page.next)
    )
    return {"links": links, "summary": summary}


@register.inclusion_tag("ui/parts/timeline.html")
def timeline(entries: Sequence[TimelineEntry], folded: bool = True) -> dict[str, object]:
    """What happened, newest first as given. A long one is folded in the middle: how it stands and how it began are
    what people look for."""
    if not folded or len(entries) <= TIMELINE_SHOWN:
        return {"newest": entries, "middle": (), "oldest": ()}
    newest, oldest = TIMELINE_SHOWN - 4, 2
    return {"newest": entries[:newest], "middle": entries[newest:-oldest], "oldest": entries[-oldest:]}


@register.inclusion_tag("ui/parts/long_text.html")
def long_text(words: str, css: str = "story") -> dict[str, object]:
    """People's own words; of very long ones the rest is folded."""
    beginning, rest = text.cut(words, LONG_TEXT)
    return {"beginning": beginning, "rest": rest, "left": len(rest), "css": css}


@register.inclusion_tag("ui/parts/facts.html")
def facts(rows: Sequence[Fact]) -> dict[str, object]:
    """Label and value in two columns; empty values are left out."""
    return {"facts": [row for row in rows if row.value not in (None, "")]}


@register.inclusion_tag("ui/parts/attachments.html")
def attachments(files: Sequence[Attachment], folded: bool = True) -> dict[str, object]:
    """Tiles; pictures open in the viewer. Of very many the rest is folded."""
    shown = len(files) if not folded or len(files) <= ATTACHMENTS_SHOWN + 2 else ATTACHMENTS_SHOWN
    return {"attachments": files[:shown], "more": files[shown:]}


@register.inclusion_tag("ui/parts/empty.html")
def empty(title: str, what: str = "", url: str = "", action: str = "") -> dict[str, object]:
    """What stands where a list would be: that there is nothing, and what to do first."""
    return {"title": title, "what": what, "url": url, "action": action}


@register.inclusion_tag("ui/parts/live_notice.html")
def live_notice(words: str = "列表有更新，点这里刷新") -> dict[str, object]:
    """First thing in an element with `data-live` and `data-live-ask`: offers the news instead of forcing it."""
    return {"words": words}


@register.inclusion_tag("ui/parts/map.html")
def map_box(
    label: str,
    areas_url: str = "",
    lon: float | None = None,
    lat: float | None = None,
    lon_field: str = "",
    lat_field: str = "",
    centre: str = "",
    areas_from: str = "",
    areas_closer: str = "",
) -> dict[str, object]:
    """Our own areas and one point. With the ids of two inputs the point can be set. `areas_from`: id of an element in
    which `data-areas-url` tells what to show from then on; `areas_closer`: what is shown once one has come near. Needs
    `{% vite "map" %}`."""
    point = f"{lon:.6f},{lat:.6f}" if lon is not None and lat is not None else ""
    return {
        "label": label,
        "areas_url": areas_url,
        "point": point,
        "lon_field": lon_field,
        "lat_field": lat_field,
        "centre": centre,
        "areas_from": areas_from,
        "areas_closer": areas_closer,
        "tiles": settings.ENV.tile_url,
        "attribution": settings.ENV.tile_attribution,
    }


_SLOT = re.compile(r"\{([^{}\n]+)\}|【填：([^【】\n]*)】")


@register.filter
def slots(words: str) -> SafeString:
    """A template as people read it, each place in it by its name: `{单位}`, which is filled in by itself, and
    `【填：措施】`, which somebody fills in."""
    shown, past = SafeString(""), 0
    for slot in _SLOT.finditer(words):
        kind, name = ("slot", slot[1]) if slot[1] else ("slot is-blank", f"填：{slot[2]}")
        shown += format_html('{}<span class="{}">{}</span>', words[past : slot.start()], kind, name)
        past = slot.end()
    return format_html("{}{}", shown, words[past:])


@register.simple_tag
def highlight(words: str, terms: Sequence[str]) -> SafeString:
    """The words with the searched terms marked."""
    marked, rest = "", words
    while rest:
        hits = [(at, term) for term in terms if term and (at := rest.find(term)) >= 0]
        if not hits:
            break
        at, term = min(hits, key=lambda hit: (hit[0], -len(hit[1])))
        marked += f"{html(rest[:at])}<mark>{html(term)}</mark>"
        rest = rest[at + len(term) :]
    return markup(f"{marked}{html(rest)}")
