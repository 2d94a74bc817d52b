"""Reply templates beside the box they are written into: chosen, inserted, changed by hand. Without script the button
sends the form, and the same form comes back with the text in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from huying.matters.enums import ReplyUse
from huying.matters.forms import InputForm
from huying.matters.models import Matter
from huying.matters.replies import Offer, count, offered
from huying.people.actors import Actor

INSERT = "insert"  # of the button: which box

Offers = Mapping[str, Sequence[Offer]]  # by field


def offers_for(uses: Mapping[str, ReplyUse], matter: Matter, actor: Actor) -> Offers:
    return {name: offered(matter, actor, use) for name, use in uses.items()}


def put_beside(form: InputForm, offers: Offers) -> None:
    """Draw the templates below their boxes."""
    for name, rows in offers.items():
        if rows and name in form.fields:
            chosen = form.data.get(_select(name), "") if form.is_bound else ""
            form.fields[name].widget = ReplyBox(form.fields[name].widget.attrs, rows, chosen)


def with_inserted(request: HttpRequest, offers: Offers) -> QueryDict | None:
    """What was typed, with the chosen template behind it; None when nobody asked for that."""
    name = request.POST.get(INSERT, "")
    if name not in offers:
        return None
    data = request.POST.copy()
    chosen = data.get(_select(name), "")
    text = next((offer.text for offer in offers[name] if str(offer.id) == chosen), "")
    data[name] = "\n".join(filter(None, (data.get(name, "").rstrip(), text)))
    return data


def count_used(request: HttpRequest, offers: Offers) -> None:
    for name, rows in offers.items():
        count(rows, request.POST.get(_select(name), ""))


def _select(name: str) -> str:
    return f"{name}.template"


class ReplyBox(forms.Textarea):
    def __init__(self, attrs: Mapping[str, Any], offers: Sequence[Offer], chosen: str) -> None:
        super().__init__(attrs=dict(attrs))
        self.offers = offers
        self.chosen = chosen

    def render(self, name: str, value: object, attrs: Any = None, renderer: Any = None) -> SafeString:
        box = super().render(name, value, attrs, renderer)
        own = [offer for offer in self.offers if offer.own]
        shared = [offer for offer in self.offers if not offer.own]
        groups = format_html_join(
            "",
            '<optgroup label="{}">{}</optgroup>',
            ((label, self._options(offers)) for label, offers in (("本单位的", own), ("全区通用的", shared)) if offers),
        )
        key = (attrs or {}).get("id", name)
        return format_html(
            '{}<div class="reply-picker"><label class="visually-hidden" for="{}-template">答复模板</label>'
            '<select id="{}-template" name="{}" class="form-select" data-verbatim><option value="">选一个答复模板'
            '</option>{}</select><button class="btn btn-plain" type="submit" name="{}" value="{}" formnovalidate'
            ' data-insert="{}">插入模板</button></div>',
            box,
            key,
            key,
            _select(name),
            groups,
            INSERT,
            name,
            key,
        )

    def _options(self, offers: Sequence[Offer]) -> SafeString:
        return format_html_join(
            "",
            '<option value="{}" data-text="{}"{}>{}</option>',
            (
                (offer.id, offer.text, SafeString(" selected") if str(offer.id) == self.chosen else "", offer.title)
                for offer in offers
            ),
        )
