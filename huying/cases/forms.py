"""Forms of steps at the desk, and what they begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils import timezone

from huying.cases import inputs, options
from huying.cases.flow import CASES
from huying.cases.models import Case, Resolution
from huying.cases.reviewers import others_for
from huying.cases.steps.public import RETURNED
from huying.kernel.privacy import mask_text
from huying.matters.enums import ReplyUse
from huying.matters.forms import GROUPED, UNCHOSEN, Chosen, InputForm, form_of
from huying.matters.models import Attachment, Matter, Words
from huying.people.actors import Actor
from huying.people.models import User
from huying.places.tree import place_tree
from huying.ui.forms import LongSelectMany, by_typing

# --- forms of steps --------------------------------------------------------------------------------------------------

# What is asked first; all else of these steps stands behind “更多”.
FIRST: Mapping[str, tuple[str, ...]] = {
    "triage": ("kind", "category", "urgency", "place", "no_place", "note"),
    "contact": ("reached", "at", "means", "whom", "outcome", "attachments"),
    "hand_back": ("reason", "explanation", "suggested"),
}


class StepForm(InputForm):
    """A form of the desk: what has many choices is chosen by typing, with its whole path."""

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        for plan in self.plans:
            if plan.kind == "select" and len(plan.choices) >= GROUPED:
                by_typing(self.fields[plan.name], whole=True)


class UnitForm(InputForm):
    """A form in which one of two hundred units is chosen: by typing, departments first."""

    unit: ClassVar[str]

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        field = self.fields[self.unit]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", UNCHOSEN if field.required else "不填"), *options.grouped_handlers()]
        by_typing(field)


class DispatchForm(UnitForm):
    kind = inputs.Dispatch
    unit = "lead"

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        helpers = self.fields["co_handlers"]
        helpers.widget = LongSelectMany()
        assert isinstance(helpers, forms.MultipleChoiceField)
        helpers.choices = options.grouped_handlers()
        if not self.is_bound:
            self.fields["lead"].widget.attrs["autofocus"] = True


class HandBackForm(UnitForm):
    kind = inputs.HandBack
    unit = "suggested"
    first = FIRST["hand_back"]


_FORMS: dict[str, type[InputForm]] = {
    step.key: form_of(step.input, first=FIRST.get(step.key, ()), base=StepForm)
    for step in CASES.steps
    if not step.opens
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
    """What was proposed before in this round and did not pass, to be mended and not written again."""
    known: dict[str, object] = {"by_whom": case.officer or user.display_name}
    last = _returned_proposal(matter, case)
    if last is None:
        return known
    files = list(Attachment.objects.filter(matter=matter, seq=last.seq).order_by("pk"))
    said = Words.objects.filter(matter=matter, seq=last.seq, erased_at=None).values_list("field", "text")
    known |= {"true": last.true, "solved": last.solved, "by_whom": last.by_whom, "checklist": last.checklist}
    known |= {"attachments": [row.file_id for row in files], "show_files": any(row.public for row in files)}
    return known | dict(said)


def _returned_proposal(matter: Matter, case: Case) -> Resolution | None:
    last = Resolution.objects.filter(case=case, round=case.round).order_by("-seq").first()
    returned = last is not None and (last.sent_back_at or last.withdrawn_at or RETURNED in matter.aspects)
    return last if returned else None


def carried(key: str, matter: Matter) -> Sequence[UUID]:
    """Files of an earlier line of this step that may come along again."""
    last = _returned_proposal(matter, matter.case) if key == "propose" else None
    if last is None:
        return ()
    return list(Attachment.objects.filter(matter=matter, seq=last.seq).values_list("file_id", flat=True))


def _publish(matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    """What the unit wrote, and the question without whatever tells who asked."""
    last = Resolution.objects.filter(case=case, approved_at__isnull=False).order_by("-seq").first()
    wanted = [1, last.seq] if last else [1]
    rows = Words.objects.filter(matter=matter, seq__in=wanted, field__in=("text", "public_reply"), erased_at=None)
    said = dict(rows.values_list("field", "text"))
    hide = matter.raised_by.concealed_in if matter.raised_by else mask_text
    return {
        "public_reply": said.get("public_reply", ""),
        "public": False if matter.confidential else None,
        "title": hide(matter.title)[:120],
        "question": hide(said.get("text", ""))[:5000],
    }


_BEGINNINGS: dict[str, Beginning] = {
    "triage": _triage,
    "answer": _answer,
    "acknowledge": _acknowledge,
    "contact": _contact,
    "propose": _propose,
    "publish_reply": _publish,
}


def beginning(key: str, matter: Matter, case: Case, actor: Actor, user: User) -> dict[str, object]:
    """What is known before anybody types."""
    make = _BEGINNINGS.get(key)
    return make(matter, case, actor, user) if make else {}


def narrowed(key: str, matter: Matter) -> dict[str, Chosen]:
    """Choices that depend on the matter: a unit ticks its own list only, a case is judged by who has no part in it."""
    if key == "assign_reviewer":
        return {"reviewer": [(str(one.user_id), one.label) for one in others_for(matter, matter.reviewers)]}
    if key != "propose":
        return {}
    return {
        "checklist": [
            (str(item), f"{words}（必须）" if required else words)
            for item, unit, words, required in options.checklist_items()
            if unit in (None, matter.lead_id)
        ]
    }
