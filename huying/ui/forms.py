"""Forms as pages draw them. Rules stay in the domain: a form translates input, an action decides."""

from __future__ import annotations

from dataclasses import dataclass

from django.forms import BaseForm, BoundField, CheckboxInput, FileInput, Select, SelectMultiple

from huying.kernel.errors import Refusal


def show_refusal(form: BaseForm, refusal: Refusal) -> None:
    """Put the domain's words beside the fields they are about; what belongs to none stands above the form."""
    for name, texts in refusal.fields.items():
        for text in texts:
            form.add_error(name if name in form.fields else None, text)
    if not refusal.fields:
        form.add_error(None, refusal.message)


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
