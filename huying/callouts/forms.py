"""Forms of call-outs and of responses: of the steps, from their inputs, and what each begins with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django import forms
from django.http import QueryDict

from huying.callouts import inputs, options
from huying.callouts.enums import Purpose
from huying.callouts.flow import CALLOUTS
from huying.callouts.responses import RESPONSES
from huying.cases.options import grouped_handlers
from huying.matters.forms import CONTROL, Chosen, InputForm, form_of
from huying.matters.models import Matter, Words
from huying.people.directory import Listed, directory
from huying.people.models import User
from huying.ui.forms import BY_TYPING, LongSelectMany

POINT = ("lon", "lat")
NAMING = ("revise", "analyse", "add_units")  # steps of a call-out that say who is called


def _grouped(fit: Collection[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Bodies under what they are: departments first."""
    groups = [(kind, [pair for pair in pairs if pair[0] in fit]) for kind, pairs in grouped_handlers()]
    return [(kind, pairs) for kind, pairs in groups if pairs]


def callable_choices(caller: Listed | None) -> Chosen:
    """Those that this body may call; without one, everybody whom somebody may call."""
    if caller is None:
        return options.callable_units()
    return [(unit.code, unit.label) for unit in options.callable_by(caller)]


class CallForm(InputForm):
    """What is called for, by whom, to where. Units are chosen by typing, departments first; without script from a
    list."""

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        if "units" in self.fields:
            widget = LongSelectMany()
            offered = (more.get("choices") or {}).get("units") or options.callable_units()
            field = self.fields["units"]
            assert isinstance(field, forms.MultipleChoiceField)
            field.widget = widget
            field.choices = _grouped({code for code, _ in offered})
        for name in POINT:
            if name in self.fields:
                self.fields[name].help_text = "在地图上点一下就会填上"


class NewForm(CallForm):
    """Few fields first; `submit` is said by the button that is pressed."""

    kind = inputs.Draft
    first = ("purpose", "title", "text", "wanted", "units", "address", "attachments")
    without = ("submit",)


class EmergencyForm(CallForm):
    """On a phone: what, where, whom."""

    kind = inputs.Draft
    first = ("title", "units", "address", "attachments")
    without = ("submit", "purpose", "wanted_at", "numbers")

    def typed(self) -> dict[str, object]:
        return super().typed() | {"purpose": Purpose.EMERGENCY.value}


class ReviseForm(CallForm):
    kind = inputs.Revise
    first = NewForm.first


class AnalyseForm(CallForm):
    kind = inputs.Analyse


class AddUnitsForm(CallForm):
    kind = inputs.AddUnits


class _OneUnit(InputForm):
    """A form in which one of many units is named: by typing."""

    unit = ""

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        field = self.fields[self.unit]
        assert isinstance(field, forms.ChoiceField)
        offered = (more.get("choices") or {}).get(self.unit) or options.callable_units()
        field.choices = [("", "不填"), *_grouped({code for code, _ in offered})]
        field.widget.attrs["data-combobox"] = BY_TYPING


class DeclineForm(_OneUnit):
    kind = inputs.Decline
    unit = "suggested"


class RuleForm(_OneUnit):
    kind = inputs.Rule
    unit = "instead"


_OWN: dict[tuple[str, str], type[InputForm]] = {
    (CALLOUTS.kind, "revise"): ReviseForm,
    (CALLOUTS.kind, "analyse"): AnalyseForm,
    (CALLOUTS.kind, "add_units"): AddUnitsForm,
    (RESPONSES.kind, "decline"): DeclineForm,
    (RESPONSES.kind, "rule"): RuleForm,
}
_FORMS: dict[tuple[str, str], type[InputForm]] = {
    **{
        (flow.kind, step.key): form_of(step.input)
        for flow in (CALLOUTS, RESPONSES)
        for step in flow.steps
        if not step.opens and not step.by_system and (flow.kind, step.key) not in _OWN
    },
    **_OWN,
}


def step_form(kind: str, key: str) -> type[InputForm]:
    return _FORMS[kind, key]


# --- what a form begins with -----------------------------------------------------------------------------------------

Beginning = Callable[[Matter, User, QueryDict], dict[str, object]]


def _codes(matter: Matter) -> list[str]:
    book = directory()
    return [book.by_id[unit].code for unit in matter.callout.called if unit in book.by_id]


def _said(matter: Matter, field: str) -> str:
    """What was written there last."""
    rows = Words.objects.filter(matter=matter, field=field, erased_at=None)
    return rows.order_by("-seq").values_list("text", flat=True).first() or ""


def _written(matter: Matter, user: User, asked: QueryDict) -> dict[str, object]:
    row = matter.callout
    links = row.causes.standing().values_list("matter__number", flat=True)
    return {
        "purpose": matter.subkind,
        "title": matter.title,
        "text": _said(matter, "text"),
        "wanted": _said(matter, "wanted"),
        "units": _codes(matter),
        "address": row.address,
        "lon": matter.lon,
        "lat": matter.lat,
        "wanted_at": row.wanted_at,
        "numbers": list(links),
    }


def _docket(matter: Matter, user: User, asked: QueryDict) -> dict[str, object]:
    return {"title": matter.title}


_BEGINNINGS: dict[tuple[str, str], Beginning] = {
    (CALLOUTS.kind, "revise"): _written,
    (CALLOUTS.kind, "analyse"): lambda matter, user, asked: {"purpose": matter.subkind, "units": _codes(matter)},
    (CALLOUTS.kind, "turn_into_docket"): _docket,
    (CALLOUTS.kind, "link_matters"): lambda matter, user, asked: {"numbers": numbers_of(asked)},
    (CALLOUTS.kind, "unlink_matters"): lambda matter, user, asked: {"numbers": numbers_of(asked)},
    (RESPONSES.kind, "respond"): lambda matter, user, asked: {"who": user.display_name},
}


def beginning(key: str, matter: Matter, user: User, asked: QueryDict) -> dict[str, object]:
    """What is known before anybody types. `asked`: the address's own words, which may name matters."""
    make = _BEGINNINGS.get((matter.kind, key))
    return make(matter, user, asked) if make else {}


def numbers_of(asked: QueryDict) -> list[str]:
    """Numbers of matters that an address names."""
    typed = [CONTROL.sub("", number)[:40] for number in asked.getlist("number")]
    return [number for number in typed if number][: inputs.MOST_CAUSES]


def narrowed(key: str, matter: Matter) -> dict[str, Chosen]:
    """Whom the caller may call, where somebody is to be called."""
    book = directory()
    if matter.kind == CALLOUTS.kind:
        return {"units": callable_choices(book.by_id.get(matter.lead_id or 0))} if key in NAMING else {}
    caller = book.by_id.get(matter.response.callout.matter.lead_id or 0)
    field = {"decline": "suggested", "rule": "instead"}.get(key)
    others = [pair for pair in callable_choices(caller) if book.by_code[pair[0]].id != matter.lead_id]
    return {field: others} if field else {}
