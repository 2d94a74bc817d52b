"""What the pages of 系统设置 share: forms that save and leave a trace, and plain tables.

A room declares its pages in `huying.kernel.registry.settings_pages` and builds them of `edit`, `listing` and `ask`.
Whatever is saved is written down by `note` in the same transaction, and the caches that hold it are bumped there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, models, transaction
from django.db.models.fields import BLANK_CHOICE_DASH
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from huying.kernel.changes import ACT, Words, in_words, record_change, snapshot
from huying.kernel.errors import Refusal
from huying.kernel.generation import bump
from huying.kernel.paging import Page
from huying.people.models import User
from huying.people.requests import UserRequest
from huying.ui.components import Confirmation, Crumb, Tone
from huying.ui.forms import show_refusal
from huying.ui.pages import confirm_page

HOME = "web:settings"

if TYPE_CHECKING:
    RowForm = forms.ModelForm
else:

    class RowForm(forms.ModelForm):
        """Base of forms over one row. It can be written with the row's type, which Django's own cannot."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            for field in self.fields.values():
                choices = list(getattr(field, "choices", ()))
                if choices and choices[0] == BLANK_CHOICE_DASH[0]:
                    field.choices = [("", "请选择"), *choices[1:]]

        def __class_getitem__(cls, _: type) -> type:
            return cls


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that administrators keep: its word in the log, the title and address of its list, its caches; how a
    row is named and told in the log. `under`: what its list stands under, if anything."""

    what: str
    title: str
    url_name: str
    caches: tuple[str, ...] = ()
    named: Callable[[Any], str] = str
    words: Callable[[Any], Words] = snapshot
    under: str = "系统设置"

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def crumbs(self, *further: Crumb) -> list[Crumb]:
        """The way here; without `further` the list itself is the end of it."""
        here = Crumb(self.title, self.url if further else "")
        return [*([Crumb(self.under, reverse(HOME))] if self.under else []), here, *further]


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    css: str = "btn btn-plain"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `soft` is a second, quieter part; `verbatim` is in Latin letters; `tone` makes it a state."""

    text: object = ""
    url: str = ""
    soft: str = ""
    tone: Tone | None = None
    verbatim: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row; `of` names it to those who only hear the buttons."""

    cells: Sequence[Cell]
    links: Sequence[Link] = ()
    questions: Sequence[Confirmation] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`caption` is read by screen readers; a section has its own heading. The first cell is the row's title."""

    caption: str
    headers: Sequence[str]
    lines: Sequence[Line]
    id: str = "table"
    title: str = ""
    note: str = ""
    nothing: str = "还没有内容。"

    @property
    def has_actions(self) -> bool:
        return any(line.links or line.questions for line in self.lines)

    @property
    def rows(self) -> list[tuple[list[tuple[str, Cell]], Line]]:
        return [(list(zip(self.headers, line.cells, strict=True)), line) for line in self.lines]


def who(user: User) -> str:
    """How the log of configuration names somebody, for ever."""
    return f"{user.display_name}（{user.username}）"


def note(by: User, kind: Kind, key: str, before: Words | None, after: Words | None) -> None:
    """Write a change down and let every process notice it. Inside the transaction of the change."""
    record_change(who=who(by), what=kind.what, key=key, before=before, after=after)
    for cache in kind.caches:
        bump(cache)


def acted(by: User, kind: Kind, key: str, act: str, **facts: object) -> None:
    """Write down what was done to something and changed none of its words: “解除锁定”. Inside its transaction."""
    note(by, kind, key, {}, {ACT: act} | {name: in_words(value) for name, value in facts.items()})


def removed(row: models.Model, *, by: User, kind: Kind) -> None:
    """Delete a row, with its trace."""
    with transaction.atomic():
        before, key = kind.words(row), kind.named(row)
        row.delete()
        note(by, kind, key, before, None)


@contextmanager
def changing(row: models.Model, *, by: User, kind: Kind) -> Iterator[None]:
    """What is done to a row inside is one transaction and leaves its trace; the row is read anew afterwards."""
    with transaction.atomic():
        before = kind.words(row)
        yield
        row.refresh_from_db()
        note(by, kind, kind.named(row), before, kind.words(row))


def save(form: RowForm[Any], *, by: User, kind: Kind, before: Words | None) -> models.Model:
    """Store a valid form, with its trace.

    Raises:
        Refusal: when the form's own `save` refuses.
    """
    with transaction.atomic():
        row: models.Model = form.save()
        note(by, kind, kind.named(row), before, kind.words(row))
    return row


def edit(
    request: UserRequest,
    form: RowForm[Any],
    *,
    kind: Kind,
    title: str,
    done: str,
    back: str = "",
    lead: str = "",
    verb: str = "保存",
    template: str = "people/settings/form.html",
    context: dict[str, object] | None = None,
    after: Callable[[models.Model], str] | None = None,
) -> HttpResponse:
    """A page with one form: GET shows it, POST saves and goes back; refused input is answered with 422.

    `after` gives the address to go to once it is saved, when that depends on what was saved.
    """
    back = back or kind.url
    before = None if form.instance._state.adding else kind.words(form.instance)
    if request.method == "POST" and form.is_valid():
        try:
            row = save(form, by=request.user, kind=kind, before=before)
        except Refusal as refusal:
            show_refusal(form, refusal)
        except IntegrityError:
            form.add_error(None, "没有保存：与已有的内容冲突，可能刚被别人改过，请刷新后重试。")
        else:
            messages.success(request, done)
            return redirect(after(row) if after else back)
    return form_page(
        request, form, kind=kind, title=title, back=back, lead=lead, verb=verb, template=template, context=context
    )


def form_page(
    request: UserRequest,
    form: forms.BaseForm,
    *,
    kind: Kind,
    title: str,
    back: str = "",
    lead: str = "",
    verb: str = "保存",
    template: str = "people/settings/form.html",
    context: dict[str, object] | None = None,
) -> HttpResponse:
    """The form as a page; with 422 when something in it was refused."""
    values = {
        "form": form,
        "title": title,
        "lead": lead,
        "verb": verb,
        "back": back or kind.url,
        "crumbs": kind.crumbs(Crumb(title)),
        "upload": form.is_multipart(),
        **(context or {}),
    }
    return render(request, template, values, status=422 if form.is_bound and form.errors else 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of tables."""

    kind: Kind
    tables: Sequence[Table]
    lead: str = ""
    title: str = ""
    links: Sequence[Link] = ()
    questions: Sequence[Confirmation] = ()
    form: forms.BaseForm | None = None
    verb: str = "查找"  # on the button of the form
    page: Page[Any] | None = None
    summary: str = ""
    context: dict[str, object] = field(default_factory=dict)


def listing(request: UserRequest, shown: Listing, template: str = "people/settings/list.html") -> HttpResponse:
    title = shown.title or shown.kind.title
    values = {
        "title": title,
        "crumbs": shown.kind.crumbs(*([Crumb(title)] if shown.title else [])),
        "lead": shown.lead,
        "links": shown.links,
        "questions": shown.questions,
        "form": shown.form,
        "verb": shown.verb,
        "tables": shown.tables,
        "page": shown.page,
        "summary": shown.summary,
        **shown.context,
    }
    return render(request, template, values)


def ask(request: UserRequest, question: Confirmation, act: Callable[[], None], done: str) -> HttpResponse:
    """GET asks, POST does it and goes back to where the question was asked."""
    if request.method == "GET":
        return confirm_page(request, question)
    act()
    messages.success(request, done)
    return redirect(question.back_url)
