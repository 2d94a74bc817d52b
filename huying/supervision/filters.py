"""Filters of a list of supervisions: all of them stand in the address, and are told as chips."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from huying.cases import options
from huying.matters.enums import Warning
from huying.matters.forms import CONTROL, Chosen
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.supervision.enums import Colour, Rung, SupervisionKind
from huying.ui.forms import LongSelect

ANY = ("", "不限")
DUE: Mapping[str, str] = {"late": "已超时", "yellow": "黄牌"}
SIDES: Mapping[str, tuple[str, Q]] = {
    "unit": ("在单位手上", Q(closed_at=None, state__in=("issued", "working", "reviewing"))),
    "centre": ("在区中心手上", Q(closed_at=None, state__in=("reported", "unassigned"))),
}


class FilterForm(forms.Form):
    """What nobody offers is refused beside its field and does not filter. `chosen`: the valid filters."""

    more = ("rung", "side", "returned")
    use_required_attribute = False

    q = forms.CharField(label="编号或内容", max_length=100, required=False)
    unit = forms.ChoiceField(label="被督办单位", required=False, widget=LongSelect)
    kind = forms.ChoiceField(label="督办类别", required=False, widget=LongSelect)
    colour = forms.ChoiceField(label="颜色", required=False, widget=LongSelect)
    due = forms.ChoiceField(label="时限", required=False, widget=LongSelect)
    rung = forms.ChoiceField(label="督办层级", required=False, widget=LongSelect)
    side = forms.ChoiceField(label="在谁手上", required=False, widget=LongSelect)
    returned = forms.BooleanField(label="只看退回再办的", required=False)

    def __init__(self, data: Mapping[str, str], actor: Actor) -> None:
        given = {name: [CONTROL.sub(" ", data[name])] for name in data if name in self.base_fields}
        super().__init__(MultiValueDict(given), auto_id="filter-%s")
        self._labels: dict[tuple[str, str], str] = {}
        chosen: dict[str, Chosen] = {
            "unit": options.handlers(),
            "kind": SupervisionKind.choices,
            "colour": Colour.choices,
            "due": list(DUE.items()),
            "rung": [(str(value), str(label)) for value, label in Rung.choices],
            "side": [(key, label) for key, (label, _) in SIDES.items()],
        }
        if actor.scope != "all":
            del self.fields["unit"]
        for name, pairs in chosen.items():
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                field.choices = [ANY, *pairs]
                field.error_messages["invalid_choice"] = "没有这个选项，请重新选择。"
                self._labels |= {(name, str(value)): str(label) for value, label in pairs}
        self.is_valid()
        self.chosen: dict[str, str] = {
            name: str(value) for name, value in self.cleaned_data.items() if value not in (None, "", False)
        }

    @property
    def condition(self) -> Q:
        """All chosen filters but the words."""
        found = Q()
        for name, value in self.chosen.items():
            match name:
                case "unit":
                    found &= Q(lead_id=directory().by_code[value].id)
                case "kind":
                    found &= Q(subkind=value)
                case "colour" | "rung":
                    found &= Q(**{f"supervision__{name}": value})
                case "due":
                    late = Q(closed_at=None, next_due_at__lt=timezone.now())
                    found &= late if value == "late" else Q(closed_at=None, warning=Warning.YELLOW) & ~late
                case "side":
                    found &= SIDES[value][1]
                case "returned":
                    found &= Q(rework_count__gt=0)
        return found

    def words_of(self, name: str) -> str:
        value = self.chosen[name]
        return "是" if name == "returned" else self._labels.get((name, value), value)
