"""Forms of dockets: of the steps, from their inputs; and what narrows a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils import timezone

from huying.dockets import inputs, options
from huying.dockets.flow import DOCKETS
from huying.dockets.models import Meeting
from huying.dockets.queries import meeting_name
from huying.dockets.work import WORK
from huying.matters.forms import CONTROL, UNCHOSEN, Chosen, InputForm, form_of
from huying.matters.models import Matter, Words
from huying.people.directory import directory
from huying.people.models import User
from huying.ui.forms import BY_TYPING, LongSelect


class _UnitForm(InputForm):
    """A form in which one of two hundred units is chosen: by typing, departments first."""

    unit: ClassVar[str]

    def __init__(self, data: Any = None, files: Any = None, **more: Any) -> None:
        super().__init__(data, files, **more)
        field = self.fields[self.unit]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", UNCHOSEN), *options.grouped_handlers()]
        field.widget.attrs["data-combobox"] = BY_TYPING


class OpenForm(_UnitForm):
    kind = inputs.Open
    unit = "lead"


class AdjustForm(_UnitForm):
    kind = inputs.Adjust
    unit = "lead"


class DecideForm(_UnitForm):
    kind = inputs.Decide
    unit = "owner"


DraftForm = form_of(inputs.Draft)

_OWN: dict[str, type[InputForm]] = {"open": OpenForm, "adjust": AdjustForm, "decide": DecideForm}
_FORMS: dict[tuple[str, str], type[InputForm]] = {
    **{(flow.kind, step.key): form_of(step.input) for flow in (DOCKETS, WORK) for step in flow.steps if not step.opens},
    **{(DOCKETS.kind, key): form for key, form in _OWN.items()},
}


def step_form(kind: str, key: str) -> type[InputForm]:
    return _FORMS[kind, key]


# --- what a form begins with -----------------------------------------------------------------------------------------

Beginning = Callable[[Matter, User, QueryDict], dict[str, object]]


def _said(matter: Matter) -> str:
    """What the docket is about, as it was written last."""
    rows = Words.objects.filter(matter=matter, field="text", erased_at=None)
    return rows.order_by("-seq").values_list("text", flat=True).first() or ""


def _staffed(matter: Matter, user: User, asked: QueryDict) -> dict[str, object]:
    book = directory()
    members = [book.by_id[key].code for key in matter.co_handlers if key in book.by_id]
    lead = book.by_id.get(matter.lead_id or 0)
    leader = matter.docket.leader_id
    return {"lead": lead.code if lead else "", "leader": str(leader or ""), "members": members}


def _held(matter: Matter, user: User, asked: QueryDict) -> dict[str, object]:
    meeting = matter.docket.meeting
    book = directory()
    coming = [one.organisation_id for one in meeting.invitations.filter(attending=True)] if meeting else []
    attended = [book.by_id[key].code for key in (matter.lead_id or 0, *coming) if key in book.by_id]
    now = timezone.now()
    return {"at": min(meeting.at, now) if meeting else now, "attended": attended}


def _decided(matter: Matter, user: User, asked: QueryDict) -> dict[str, object]:
    held = Meeting.objects.filter(docket=matter.pk, held_seq__isnull=False).order_by("-pk").first()
    return {"meeting": str(held.pk) if held else ""}


def _numbers(matter: Matter, user: User, asked: QueryDict) -> dict[str, object]:
    return {"numbers": numbers_of(asked)}


_BEGINNINGS: dict[str, Beginning] = {
    "revise": lambda matter, user, asked: {"kind": matter.subkind, "title": matter.title, "text": _said(matter)},
    "adjust": _staffed,
    "take_up": lambda matter, user, asked: {"officer": user.display_name},
    "plan_meeting": lambda matter, user, asked: {"invited": [code for code, _ in members_of(matter)]},  # all of them
    "answer_invitation": lambda matter, user, asked: {"who": user.display_name},
    "hold_meeting": _held,
    "decide": _decided,
    "add_matters": _numbers,
    "remove_matters": _numbers,
}


def beginning(key: str, matter: Matter, user: User, asked: QueryDict) -> dict[str, object]:
    """What is known before anybody types. `asked`: the address's own words, which may name matters."""
    make = _BEGINNINGS.get(key)
    return make(matter, user, asked) if make else {}


def numbers_of(asked: QueryDict) -> list[str]:
    """Numbers of matters that an address names."""
    typed = [CONTROL.sub("", number)[:40] for number in asked.getlist("number")]
    return [number for number in typed if number][: inputs.MOST_AT_ONCE]


def members_of(matter: Matter, *, with_lead: bool = False) -> list[tuple[str, str]]:
    """The bodies of a docket; its lead, which asks the others to its meetings, first where it is wanted."""
    book = directory()
    keys = [matter.lead_id or 0, *matter.co_handlers] if with_lead else matter.co_handlers
    return options.labelled([book.by_id[key] for key in keys if key in book.by_id])


def narrowed(kind: str, key: str, matter: Matter) -> dict[str, Chosen]:
    """Choices that depend on the docket: who is asked to a meeting, which meetings there were."""
    if kind != DOCKETS.kind:
        return {}
    match key:
        case "plan_meeting":
            return {"invited": members_of(matter)}
        case "hold_meeting":
            return {"attended": members_of(matter, with_lead=True)}
        case "decide":
            held = Meeting.objects.filter(docket=matter.pk, held_seq__isnull=False).order_by("-pk")
            return {"meeting": [(str(one.pk), meeting_name(one)) for one in held]}
        case _:
            return {}


# --- lists -----------------------------------------------------------------------------------------------------------

ANY = ("", "不限")


class FilterForm(forms.Form):
    """Narrows a list of dockets or of work. Built from an address; what nobody offers does not filter."""

    use_required_attribute = False

    q = forms.CharField(label="编号或内容", max_length=100, required=False)
    state = forms.ChoiceField(label="状态", required=False, widget=LongSelect)
    kind = forms.ChoiceField(label="议题类型", required=False, widget=LongSelect)
    lead = forms.ChoiceField(label="单位", required=False, widget=LongSelect)

    def __init__(self, data: Mapping[str, str], states: Sequence[tuple[str, str]], *, of_work: bool = False) -> None:
        super().__init__(data)
        self.labels = dict([*states, *DOCKETS.subkinds])
        self._offer("state", [ANY, *states])
        self._offer("lead", [ANY, *options.grouped_handlers()])
        self.fields["lead"].label = "责任单位" if of_work else "牵头单位"
        if of_work:
            del self.fields["kind"]
        else:
            self._offer("kind", [ANY, *DOCKETS.subkinds])

    def _offer(self, name: str, choices: Sequence[object]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices  # type: ignore[assignment]

    def clean_q(self) -> str:
        return " ".join(CONTROL.sub(" ", str(self.cleaned_data["q"])).split())

    @property
    def chosen(self) -> dict[str, str]:
        """The valid filters that say something."""
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def words_of(self, name: str) -> str:
        """A filter in force as people read it."""
        value = self.chosen[name]
        if name == "lead":
            listed = directory().by_code.get(value)
            return listed.label if listed else value
        return self.labels.get(value, value)


class CollectForm(forms.Form):
    """Into which docket the chosen matters go."""

    use_required_attribute = False

    docket = forms.ChoiceField(label="放进哪个议题", widget=LongSelect)

    def __init__(self, data: Any, dockets: Sequence[tuple[str, str]]) -> None:
        super().__init__(data)
        field = self.fields["docket"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", UNCHOSEN), *dockets]
        field.error_messages["required"] = "请选择议题。"
        field.error_messages["invalid_choice"] = "这个议题已经不能加入事项，请重新选择。"
