"""Forms of the desk that are not inputs of a step: filters, the purpose of a reveal; and what step forms begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from huying.cases import inputs, options
from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.queues import NEWEST, PRESSING, Queue
from huying.matters.enums import Urgency, Warning
from huying.matters.forms import CONTROL, Chosen, InputForm, form_of, grouped
from huying.matters.models import Alarm, Matter
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.models import User
from huying.places.enums import Level
from huying.places.tree import place_tree
from huying.ui.forms import LongSelect

ANY = ("", "不限")

DUE: Mapping[str, tuple[str, Q]] = {
    "late": ("已超时", Q(closed_at=None)),
    "yellow": ("黄牌", Q(closed_at=None, warning=Warning.YELLOW)),
    "paused": ("已暂停", Q(state="waiting")),
    "provisional": ("到期为暂定", Q(closed_at=None, next_due_provisional=True)),
}
ORDERS = {"pressing": ("最急的在前", PRESSING), "newest": ("最新的在前", NEWEST)}


def places() -> list[tuple[str, str]]:
    """Streets, each followed by its communities."""
    tree = place_tree()
    streets = [place for place in tree.by_code.values() if place.level == Level.STREET]
    communities: dict[int | None, list[tuple[str, str]]] = {}
    for place in tree.by_code.values():
        if place.level == Level.COMMUNITY:
            label = f"{tree.name_of(place.street_id)} / {place.name}"
            communities.setdefault(place.street_id, []).append((place.code, label))
    return [pair for street in streets for pair in [(street.code, street.name), *communities.get(street.id, [])]]


class FilterForm(forms.Form):
    """Filters of a list, shareable by address. What nobody offers is refused beside its field and does not filter."""

    more = ("place", "urgency", "channel", "category", "handler", "alarm", "order")
    use_required_attribute = False

    q = forms.CharField(label="编号、电话或内容", max_length=100, required=False)
    state = forms.ChoiceField(label="状态", required=False)
    due = forms.ChoiceField(label="时限", required=False)
    place = forms.ChoiceField(label="街道或社区", required=False, widget=LongSelect)
    urgency = forms.ChoiceField(label="紧急程度", required=False)
    channel = forms.ChoiceField(label="来源渠道", required=False)
    category = forms.ChoiceField(label="分类", required=False, widget=LongSelect)
    handler = forms.ChoiceField(label="主办单位", required=False, widget=LongSelect)
    alarm = forms.BooleanField(label="只看有险情提示的", required=False)
    order = forms.ChoiceField(label="排序", required=False)

    def __init__(self, data: Mapping[str, str], queue: Queue, actor: Actor) -> None:
        usual = next(key for key, (_, ordering) in ORDERS.items() if ordering == queue.ordering)
        super().__init__({"order": usual, **{name: CONTROL.sub(" ", data[name]) for name in data}}, auto_id="filter-%s")
        self.fields["order"].initial = usual
        self._labels: dict[tuple[str, str], str] = {}
        chosen: dict[str, Chosen] = {
            "state": [(state.key, state.label) for state in CASES.states],
            "due": [(key, label) for key, (label, _) in DUE.items()],
            "place": places(),
            "urgency": Urgency.choices,
            "channel": list(options.channel_names().items()),
            "category": sorted(options.category_names().items()),
            "handler": options.handlers(),
            "order": [(key, label) for key, (label, _) in ORDERS.items()],
        }
        for name, pairs in chosen.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(pairs) if name == "order" else [ANY, *grouped(pairs)]
            field.error_messages["invalid_choice"] = "没有这个选项，请重新选择。"
            self._labels |= {(name, str(value)): str(label) for value, label in pairs}
        if queue.key in CASES.state:
            del self.fields["state"]
        if actor.scope == "organisation":
            del self.fields["handler"]
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
                case "state" | "urgency" | "channel":
                    found &= Q(**{name: value})
                case "category":
                    found &= Q(category=value) | Q(category__startswith=f"{value}.")
                case "handler":
                    found &= Q(lead_id=directory().by_code[value].id)
                case "place":
                    place = place_tree().by_code[value]
                    column = "street" if place.level == Level.STREET else "community"
                    found &= Q(**{f"{column}_id": place.id})
                case "due":
                    found &= DUE[value][1]
                    if value == "late":
                        found &= Q(next_due_at__lt=timezone.now())
                case "alarm":
                    found &= Q(Exists(Alarm.objects.filter(matter=OuterRef("pk"))))
        return found

    @property
    def ordering(self) -> tuple[str, ...]:
        return ORDERS[self.chosen.get("order") or str(self.fields["order"].initial)][1]

    @property
    def narrowing(self) -> list[str]:
        """The chosen fields that leave something out."""
        return [name for name in self.chosen if name != "order"]

    def words_of(self, name: str) -> str:
        """What a chosen filter says."""
        value = self.chosen[name]
        return "是" if name == "alarm" else self._labels.get((name, value), value)


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

RECEIVE_FIRST = ("reporter.phone", "text", "address", "reporter.name", "channel", "urgency", "attachments")
ReceiveForm = form_of(inputs.Receive, first=RECEIVE_FIRST, without=("reporter.handle",))

_FORMS: dict[str, type[InputForm]] = {step.key: form_of(step.input) for step in CASES.steps if not step.opens}


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
