"""Forms as pages draw them. Rules stay in the domain: a form translates input, an action decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.forms import BaseForm, BoundField, CheckboxInput, Field, FileInput, Select, SelectMultiple
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from pypinyin import Style, lazy_pinyin

from huying.kernel.errors import Refusal


def show_refusal(form: BaseForm, refusal: Refusal) -> None:
    """Put the domain's words beside the fields they are about; what belongs to none stands above the form."""
    for name, texts in refusal.fields.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)
    if not refusal.fields:
        form.add_error(None, refusal.message)


@lru_cache(maxsize=512)
def _options(pairs: tuple[tuple[str, str], ...], chosen: frozenset[str], sounding: bool) -> SafeString:
    """Written once for all pages that offer the same."""

    def keys(label: str) -> SafeString:
        return format_html(' data-keys="{}"', initials(label)) if sounding else SafeString("")

    return format_html_join(
        "",
        '<option value="{}"{}{}>{}</option>',
        ((key, keys(label), SafeString(" selected") if key in chosen else "", label) for key, label in pairs),
    )


BY_TYPING = "键入文字或拼音首字母"  # the hint of a box in which one chooses by typing
BOXES = 12  # choices of which several may be ticked; among more one chooses by typing


class LongSelect(Select):
    """A drop-down of hundreds of choices, written in one go: Django's template for each option takes twenty times as
    long, which a list with three such filters would notice. With the attribute `data-combobox` (its hint) it is chosen
    by typing, characters or the initials of their sounds; without script it stays a drop-down."""

    def render(self, name: str, value: object, attrs: object = None, renderer: object = None) -> SafeString:
        given = attrs if isinstance(attrs, dict) else {}
        attributes = self.build_attrs(self.attrs, {**given, "name": name})
        if self.allow_multiple_selected:
            attributes["multiple"] = True
        chosen, sounding = frozenset(self.format_value(value)), "data-combobox" in attributes
        parts: list[SafeString] = []
        single: list[tuple[str, str]] = []
        for key, label in self.choices:
            if isinstance(label, list | tuple):
                grouped = tuple((str(k), str(v)) for k, v in label)
                parts += [_options(tuple(single), chosen, sounding), format_html('<optgroup label="{}">', key)]
                parts += [_options(grouped, chosen, sounding), SafeString("</optgroup>")]
                single = []
            else:
                single.append(("" if key is None else str(key), str(label)))
        parts.append(_options(tuple(single), chosen, sounding))
        return format_html("<select{}>{}</select>", flatatt(attributes), SafeString("".join(parts)))


class LongSelectMany(LongSelect, SelectMultiple):
    """Several of hundreds, by typing: each that is chosen becomes a chip. Without script it is a list of some lines."""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__({"data-combobox": BY_TYPING, "size": "8", **(attrs or {})})


def by_typing(field: Field, *, whole: bool = False) -> None:
    """Let a choice be made by typing. `whole`: what is chosen is told with the group it stands in, as a path."""
    field.widget.attrs["data-combobox"] = BY_TYPING
    if whole:
        field.widget.attrs["data-whole"] = ""


@lru_cache(maxsize=4096)
def initials(label: str) -> str:
    """First letters of the sounds, the parts of a path apart: 市政管理 / 路灯 gives “szgl ld”."""
    parts = ("".join(lazy_pinyin(part.strip(), style=Style.FIRST_LETTER)) for part in label.split("/"))
    return " ".join("".join(filter(str.isalnum, part)).lower() for part in parts)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A field with what its template needs to know of it."""

    bound: BoundField
    kind: str  # "control" | "select" | "check" | "choices"
    help_id: str
    error_id: str

    @property
    def html(self) -> str:
        css = {"select": "form-select", "control": "form-control"}.get(self.kind, "")
        return self.bound.as_widget(attrs={"class": css} if css else {})


def drawn(bound: BoundField) -> Drawn:
    widget = bound.field.widget
    if isinstance(widget, CheckboxInput):
        kind = "check"
    elif widget.use_fieldset and not isinstance(widget, FileInput):
        kind = "choices"
    elif isinstance(widget, Select | SelectMultiple):
        kind = "select"
    else:
        kind = "control"
    return Drawn(bound, kind, f"{bound.auto_id}_helptext", f"{bound.auto_id}_error")


def folded_names(form: BaseForm) -> tuple[str, ...]:
    """Names of the fields that a form keeps behind “更多”: its own attribute `more`."""
    return tuple(name for name in getattr(form, "more", ()) if name in form.fields)


def is_opened(form: BaseForm) -> bool:
    """The fold stands open when something in it was filled in or refused; a field's own beginning does not count."""
    nothing: tuple[object, ...] = (None, "", [], False)
    for name in folded_names(form):
        bound = form[name]
        value = bound.data if form.is_bound else form.initial.get(name)
        if bound.errors or (value not in nothing and value != form.fields[name].initial):
            return True
    return False
