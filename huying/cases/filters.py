"""Filters of a list of cases: shareable by address, drawn as a form, told as chips."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.choices import BaseChoiceIterator
from django.utils.datastructures import MultiValueDict

from huying.cases import options
from huying.cases.enums import CaseKind
from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cases.queues import MOST_REPEATED, NEWEST, PRESSING, Queue
from huying.cases.searching import searched_by
from huying.kernel.generation import cached
from huying.matters.aspects import aspects, having
from huying.matters.enums import Urgency, Warning
from huying.matters.forms import CONTROL, grouped
from huying.matters.models import Alarm
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.people.models import Post
from huying.places.enums import Level
from huying.places.tree import place_tree
from huying.ui.forms import LongSelect
from huying.ui.text import day

ANY = ("", "不限")
NOT_OFFERED = "没有这个选项，请重新选择。"

DUE: Mapping[str, tuple[str, Q]] = {
    "late": ("已超时", Q(closed_at=None)),
    "yellow": ("快到期", Q(closed_at=None, warning=Warning.YELLOW)),
    "paused": ("已暂停", Q(state__in=("waiting", "deferred"))),
    "provisional": ("到期为暂定", Q(closed_at=None, next_due_provisional=True)),
}
REWORKED: Mapping[str, tuple[str, Q]] = {
    "once": ("重办过", Q(rework_count__gt=0)),
    "twice": ("重办两次以上", Q(rework_count__gte=2)),
    "never": ("没有重办", Q(rework_count=0)),
}
ORDERS = {
    "pressing": ("最急的在前", PRESSING),
    "newest": ("最新的在前", NEWEST),
    "repeated": ("反映不止一次的，次数多的在前", MOST_REPEATED),
}
RANGES = {  # column, and whether the day itself is the last one
    "opened_from": ("opened_at", False),
    "opened_to": ("opened_at", True),
    "closed_from": ("closed_at", False),
    "closed_to": ("closed_at", True),
}
MOST_OFFICERS = 200


class _Given(BaseChoiceIterator):
    """Choices as a field keeps them: of a list Django would look at each one again for each form."""

    def __init__(self, choices: Iterable[tuple[str, object]]) -> None:
        self._choices = tuple(choices)

    def __iter__(self) -> Iterator[tuple[str, object]]:
        return iter(self._choices)


@dataclass(frozen=True, slots=True)
class _Offer:
    """What a filter offers: `labels` by value, and the same as its field takes it, in groups where there are many."""

    choices: _Given
    labels: Mapping[str, str]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> _Offer:
        known = [(str(value), str(label)) for value, label in pairs]
        return cls(_Given([ANY, *grouped(known)]), dict(known))


@cached("places")
def _places() -> _Offer:
    """Streets, each followed by its communities."""
    tree = place_tree()
    streets = [place for place in tree.by_code.values() if place.level == Level.STREET]
    communities: dict[int | None, list[tuple[str, str]]] = {}
    for place in tree.by_code.values():
        if place.level == Level.COMMUNITY:
            label = f"{tree.name_of(place.street_id)} / {place.name}"
            communities.setdefault(place.street_id, []).append((place.code, label))
    return _Offer.of(
        pair for street in streets for pair in [(street.code, street.name), *communities.get(street.id, [])]
    )


@cached("categories")
def _categories() -> _Offer:
    return _Offer.of(sorted(options.category_names().items()))


@cached("organisations")
def _handlers() -> _Offer:
    return _Offer.of(options.handlers())


_STATES = _Offer.of((state.key, state.label) for state in CASES.states)
_DUE = _Offer.of((key, label) for key, (label, _) in DUE.items())
_REWORKED = _Offer.of((key, label) for key, (label, _) in REWORKED.items())
_URGENCIES, _KINDS = _Offer.of(Urgency.choices), _Offer.of(CaseKind.choices)


def officers(actor: Actor) -> list[tuple[str, str]]:
    """Who works in the actor's own unit: only there somebody in particular has a case in hand."""
    if actor.organisation_id is None:
        return []
    posts = Post.objects.current().filter(organisation_id=actor.organisation_id)
    people = posts.order_by("user__full_name").values_list("user_id", "user__full_name").distinct()
    return [(str(key), name) for key, name in people[:MOST_OFFICERS]]


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


def _day() -> forms.DateField:
    return forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "没有这一天，请写成 2026-11-22 这样。"},
        validators=[
            MinValueValidator(FIRST_DAY, f"请填写 {FIRST_DAY.year} 年以后的日期。"),
            MaxValueValidator(LAST_DAY, f"请填写 {LAST_DAY.year} 年以前的日期。"),
        ],
    )


class FilterForm(forms.Form):
    """Filters of a list. What nobody offers is refused beside its field and does not filter.

    Built from an address or from what was kept of one; `chosen` holds the valid filters as they stand in an address.
    """

    more = (
        *("officer", "urgency", "channel", "kind", "category", "rework", "aspect", "tag"),
        *("opened_from", "opened_to", "closed_from", "closed_to", "alarm", "order"),
    )
    use_required_attribute = False

    q = forms.CharField(label="编号、电话或内容", max_length=100, required=False)
    state = forms.ChoiceField(label="状态", required=False, widget=LongSelect)
    due = forms.ChoiceField(label="时限", required=False, widget=LongSelect)
    handler = forms.ChoiceField(label="主办单位", required=False, widget=LongSelect)
    place = forms.ChoiceField(label="街道或社区", required=False, widget=LongSelect)
    officer = forms.ChoiceField(label="经办人", required=False, widget=LongSelect)
    urgency = forms.ChoiceField(label="紧急程度", required=False, widget=LongSelect)
    channel = forms.ChoiceField(label="来源渠道", required=False, widget=LongSelect)
    kind = forms.ChoiceField(label="诉求类型", required=False, widget=LongSelect)
    category = forms.ChoiceField(label="分类", required=False, widget=LongSelect)
    rework = forms.ChoiceField(label="重办", required=False, widget=LongSelect)
    aspect = forms.ChoiceField(label="情形", required=False, widget=LongSelect)
    tag = forms.CharField(
        label="标签", max_length=20, required=False, widget=forms.TextInput(attrs={"placeholder": "如防汛、营商环境"})
    )
    opened_from = _day()
    opened_to = _day()
    closed_from = _day()
    closed_to = _day()
    alarm = forms.BooleanField(label="只看有险情提示的", required=False)
    order = forms.ChoiceField(
        label="排序",
        choices=[(key, label) for key, (label, _) in ORDERS.items()],
        required=False,
        widget=LongSelect,
        error_messages={"invalid_choice": NOT_OFFERED},
    )

    def __init__(self, data: Mapping[str, str], queue: Queue, actor: Actor) -> None:
        usual = next(key for key, (_, ordering) in ORDERS.items() if ordering == queue.ordering)
        given = {name: [CONTROL.sub(" ", data[name])] for name in data if name in self.base_fields}
        super().__init__(MultiValueDict({"order": [usual], **given}), auto_id="filter-%s")
        self.usual_order = usual
        self.fields["q"].label = searched_by(actor)
        self.fields["order"].initial = usual
        for name, label in {"opened": "受理时间", "closed": "结案时间"}.items():
            self.fields[f"{name}_from"].label = f"{label}从"
            self.fields[f"{name}_to"].label = f"{label}到"
        offers: dict[str, _Offer] = {
            "state": _STATES,
            "due": _DUE,
            "place": _places(),
            "urgency": _URGENCIES,
            "channel": _Offer.of(options.channel_names().items()),
            "kind": _KINDS,
            "category": _categories(),
            "handler": _handlers(),
            "rework": _REWORKED,
            "aspect": _Offer.of((aspect.key, aspect.meaning) for aspect in aspects),
        }
        if actor.scope == "organisation":
            del self.fields["handler"]
        if actor.scope in ("organisation", "street", "community"):
            offers["officer"] = _Offer.of(officers(actor))
        else:
            del self.fields["officer"]
        for name, offer in offers.items():
            field = self.fields.get(name)
            if field is None:
                continue
            assert isinstance(field, forms.ChoiceField)
            field.choices = offer.choices
            field.error_messages["invalid_choice"] = NOT_OFFERED
        self._offers = offers
        if queue.key in CASES.state:
            del self.fields["state"]
        self.is_valid()
        self.chosen: dict[str, str] = {
            name: value.isoformat() if isinstance(value, date) else str(value)
            for name, value in self.cleaned_data.items()
            if value not in (None, "", False)
        }

    def clean(self) -> None:
        for name in ("opened", "closed"):
            first, last = self.cleaned_data.get(f"{name}_from"), self.cleaned_data.get(f"{name}_to")
            if first and last and last < first:
                self.add_error(f"{name}_to", ValidationError("要晚于开始的那一天。"))

    @property
    def condition(self) -> Q:
        """All chosen filters but the words."""
        found = Q()
        for name, value in self.chosen.items():
            match name:
                case "state" | "urgency" | "channel":
                    found &= Q(**{name: value})
                case "kind":
                    found &= Q(subkind=value)
                case "category":
                    found &= Q(category__in=_below(value))
                case "handler":
                    found &= Q(lead_id=directory().by_code[value].id)
                case "officer":
                    found &= Q(holder_user_id=int(value))
                case "place":
                    place = place_tree().by_code[value]
                    column = "street" if place.level == Level.STREET else "community"
                    found &= Q(**{f"{column}_id": place.id})
                case "due":
                    found &= DUE[value][1]
                    if value == "late":
                        found &= Q(next_due_at__lt=timezone.now())
                    elif value == "yellow":
                        found &= Q(next_due_at__gte=timezone.now())
                case "rework":
                    found &= REWORKED[value][1]
                case "aspect":
                    found &= having(value)
                case "tag":
                    found &= Q(pk__in=Case.objects.filter(~Q(tags=[]), tags__contains=[value]).values("pk"))
                case "order" if value == "repeated":
                    found &= Q(repeat_count__gt=0)  # that order has an index over these alone
                case "alarm":
                    found &= Q(Exists(Alarm.objects.filter(matter=OuterRef("pk"))))
                case "opened_from" | "opened_to" | "closed_from" | "closed_to":
                    column, whole = RANGES[name]
                    edge = _midnight(date.fromisoformat(value) + timedelta(days=whole))
                    found &= Q(**{f"{column}__lt" if whole else f"{column}__gte": edge})
        return found

    @property
    def ordering(self) -> tuple[str, ...]:
        return ORDERS[self.chosen.get("order") or self.usual_order][1]

    @property
    def narrowing(self) -> list[str]:
        """The chosen fields that leave something out."""
        return [name for name in self.chosen if name != "order"]

    @property
    def query(self) -> dict[str, str]:
        """What an address needs to say for the same list."""
        return {k: v for k, v in self.chosen.items() if (k, v) != ("order", self.usual_order)}

    def words_of(self, name: str) -> str:
        """What a chosen filter says."""
        value = self.chosen[name]
        if name in RANGES:
            return day(date.fromisoformat(value))
        if name == "alarm":
            return "是"
        if name == "order":
            return ORDERS[value][0]
        offer = self._offers.get(name)
        return offer.labels.get(value, value) if offer else value

    def told(self) -> str:
        """All of them in words, for a log."""
        return "，".join(f"{self.fields[name].label}：{self.words_of(name)}" for name in self.narrowing)


def _below(code: str) -> list[str]:
    """A category with all below it: spelled out, because an index on the codes finds each of them."""
    return [key for key in options.category_names() if key == code or key.startswith(f"{code}.")]


def _midnight(of: date) -> datetime:
    return timezone.make_aware(datetime.combine(of, time()))
