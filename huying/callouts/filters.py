"""What narrows a list of call-outs or of responses. Built from an address; what nobody offers does not filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django import forms
from django.db.models import Q, QuerySet

from huying.callouts import options
from huying.callouts.enums import Level, Purpose
from huying.callouts.flow import CALLOUTS
from huying.callouts.responses import RESPONSES
from huying.cases.searching import looks_like_number
from huying.kernel.search import Matches
from huying.matters.flow import Flow
from huying.matters.forms import CONTROL
from huying.matters.models import Matter, Words
from huying.people.directory import directory
from huying.places.enums import Level as PlaceLevel
from huying.places.tree import place_tree
from huying.ui.forms import LongSelect, by_typing

ANY = ("", "不限")
OVERDUE = (("late", "已超时"), ("yellow", "快到期"))


def streets() -> list[tuple[str, str]]:
    return [(place.code, place.name) for place in place_tree().by_code.values() if place.level == PlaceLevel.STREET]


class FilterForm(forms.Form):
    """Of call-outs; with `of_responses` of the responses to them."""

    use_required_attribute = False

    q = forms.CharField(label="编号或内容", max_length=100, required=False)
    state = forms.ChoiceField(label="状态", required=False, widget=LongSelect)
    purpose = forms.ChoiceField(label="呼叫类型", required=False, widget=LongSelect)
    level = forms.ChoiceField(label="呼叫层级", required=False, widget=LongSelect)
    street = forms.ChoiceField(label="街道", required=False, widget=LongSelect)
    caller = forms.ChoiceField(label="呼叫单位", required=False, widget=LongSelect)
    unit = forms.ChoiceField(label="被呼叫单位", required=False, widget=LongSelect)
    overdue = forms.ChoiceField(label="时限", required=False, widget=LongSelect)

    def __init__(self, data: Mapping[str, str], *, of_responses: bool = False) -> None:
        super().__init__(data)
        self.of_responses = of_responses
        flow: Flow = RESPONSES if of_responses else CALLOUTS
        self.offers: dict[str, Sequence[tuple[str, str]]] = {
            "state": [(state.key, state.label) for state in flow.states],
            "purpose": [(one.value, one.label) for one in Purpose],
            "level": [(one.value, one.label) for one in Level],
            "street": streets(),
            "overdue": OVERDUE,
        }
        for name, choices in self.offers.items():
            self._offer(name, [ANY, *choices])
        for name in ("caller", "unit"):
            self._offer(name, [ANY, *options.grouped_handlers()])
            by_typing(self.fields[name])

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
        if name in ("caller", "unit"):
            listed = directory().by_code.get(value)
            return listed.label if listed else value
        return dict(self.offers.get(name, ())).get(value, value)

    def condition(self, now: datetime) -> Q:
        chosen, found = self.chosen, Q()
        if state := chosen.get("state"):
            found &= Q(state=state)
        if purpose := chosen.get("purpose"):
            found &= Q(subkind=purpose)
        if level := chosen.get("level"):
            found &= Q(**{"response__callout__level" if self.of_responses else "callout__level": level})
        if street := chosen.get("street"):
            place = place_tree().by_code.get(street)
            found &= Q(street_id=place.id if place else 0)
        if unit := _id(chosen.get("unit")):
            found &= Q(lead_id=unit) if self.of_responses else Q(callout__called__contains=[unit])
        if caller := _id(chosen.get("caller")):
            of_response = Q(co_handlers__contains=[caller], response__callout__matter__lead=caller)
            found &= of_response if self.of_responses else Q(lead_id=caller)
        match chosen.get("overdue"):
            case "late":
                found &= Q(closed_at=None, next_due_at__lt=now)
            case "yellow":
                found &= Q(closed_at=None, next_due_at__gte=now, warning__gte=1)
        return found


def _id(code: str | None) -> int | None:
    listed = directory().by_code.get(code) if code else None
    return listed.id if listed else None


def search(rows: QuerySet[Matter], typed: str) -> QuerySet[Matter]:
    """By number, or by words of what was written when it was called: responses are found by those of their call-out."""
    if number := looks_like_number(typed):
        return rows.filter(number__startswith=number)
    said = Words.objects.filter(Matches("document", typed), document__isnull=False).values("matter_id")
    return rows.filter(Q(pk__in=said) | Q(response__callout__in=said))
