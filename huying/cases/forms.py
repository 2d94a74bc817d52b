"""Forms of the desk that are not inputs of a step: the purpose of a reveal; and what step forms begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from huying.cases import inputs, options
from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.matters.enums import ReplyUse
from huying.matters.forms import UNCHOSEN, Chosen, InputForm, form_of
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.models import User
from huying.places.tree import place_tree
from huying.ui.forms import BY_TYPING


class RevealForm(forms.Form):
    """Why somebody's plain data are needed."""

    use_required_attribute = False

    purpose = forms.CharField(
        label="用途",
        max_length=200,
        help_text="例如“办前沟通”“回访”。查看人、时间和用途会留痕。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "reveal-purposes"}),
    )


# --- forms of steps --------------------------------------------------------------------------------------------------

# What is asked first; all else of these steps stands behind “更多”.
FIRST: Mapping[str, tuple[str, ...]] = {
    "triage": ("kind", "category", "urgency", "place", "no_place", "note"),
    "contact": ("reached", "at", "means", "whom", "outcome", "attachments"),
    "hand_back": ("reason", "explanation", "suggested"),
}


class UnitForm(InputForm):
    """A form in which one of two hundred units is chosen: by typing, departments first."""

    unit: ClassVar[str]

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        field = self.fields[self.unit]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", UNCHOSEN if field.required else "不填"), *options.grouped_handlers()]
        field.widget.attrs["data-combobox"] = BY_TYPING


class DispatchForm(UnitForm):
    kind = inputs.Dispatch
    unit = "lead"

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        if not self.is_bound:
            self.fields["lead"].widget.attrs["autofocus"] = True


class HandBackForm(UnitForm):
    kind = inputs.HandBack
    unit = "suggested"
    first = FIRST["hand_back"]


_FORMS: dict[str, type[InputForm]] = {
    step.key: form_of(step.input, first=FIRST.get(step.key, ())) for step in CASES.steps if not step.opens
} | {"dispatch": DispatchForm, "hand_back": HandBackForm}

# Boxes beside which reply templates are offered.
REPLIES: Mapping[str, Mapping[str, ReplyUse]] = {
    "contact": {"outcome": ReplyUse.OUTCOME},
    "propose": {"public_reply": ReplyUse.REPLY},
    "answer": {"reply": ReplyUse.ANSWER},
    "return_to_reporter": {"question": ReplyUse.QUESTION},
}


def step_form(key: str) -> type[InputForm]:
    return _FORMS[key]


Beginning = Callable[[Matter, Case, Actor, User], dict[str, object]]


def _triage(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {
        "kind": matter.subkind or None,
        "category": matter.category,
        "urgency": matter.urgency,
        "place": place_tree().code_of(matter.community_id),
        "tags": case.tags,
        "upper_due_at": case.upper_due_at,
    }


def _answer(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {"kind": matter.subkind or None, "category": matter.category}


def _acknowledge(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {"officer": user.display_name}


def _contact(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {"at": timezone.now(), "whom": "诉求人", "means": "phone"}


def _propose(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    return {"by_whom": case.officer or user.display_name}


_BEGINNINGS: dict[str, Beginning] = {
    "triage": _triage,
    "answer": _answer,
    "acknowledge": _acknowledge,
    "contact": _contact,
    "propose": _propose,
}


def beginning(key: str, matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    """What is known before anybody types."""
    make = _BEGINNINGS.get(key)
    return make(matter, case, actor, user) if make else {}


def narrowed(key: str, matter: Matter) -> dict[str, Chosen]:
    """Choices that depend on the matter: a unit ticks its own list only."""
    if key != "propose":
        return {}
    return {
        "checklist": [
            (str(item), f"{words}（必须）" if required else words)
            for item, unit, words, required in options.checklist_items()
            if unit in (None, matter.lead_id)
        ]
    }
