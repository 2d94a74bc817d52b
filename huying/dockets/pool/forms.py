"""Forms of the pool's plain records: offers, providers, and what narrows their lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from huying.dockets.enums import OfferState, ProviderKind
from huying.dockets.models import Offer, Provider
from huying.dockets.pool.access import communities, own_places, streets, visible_providers
from huying.dockets.pool.matching import active_services, services
from huying.dockets.pool.offers import Content, offers_something
from huying.dockets.pool.ranking import WEEKDAYS
from huying.kernel.errors import Invalid, Refusal
from huying.matters.forms import CONTROL
from huying.people.actors import Actor
from huying.people.contacts import Person
from huying.people.directory import directory
from huying.places.tree import place_tree
from huying.ui.components import Tone
from huying.ui.forms import LongSelect, LongSelectMany, by_typing, show_refusal

ANY = ("", "不限")
UNCHOSEN = ("", "请选择")
OWN = "own"  # the provider of one's own organisation, made with its first offer
_DAYS = [(str(n), f"周{word}") for n, word in enumerate(WEEKDAYS, start=1)]
_MONTHS = [(str(n), f"{n}月") for n in range(1, 13)]


def choices(field: forms.Field, pairs: Sequence[object]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = pairs  # type: ignore[assignment]


def one_line(text: str) -> str:
    return " ".join(CONTROL.sub(" ", text).split())


def local_places(actor: Actor) -> list[tuple[str, str]]:
    """Streets and communities by id that this actor answers for; every one for who answers for none or for all."""
    own = own_places(actor) or None
    tree = place_tree()
    found = [(str(f.id), f.name) for f in tree.by_code.values() if f.level == "street" and (own is None or f.id in own)]
    return [
        *found,
        *(
            (str(tree.by_code[code].id), name)
            for code, name in communities()
            if own is None or tree.by_code[code].id in own
        ),
    ]


class PersonFields(forms.Form):
    """A contact, with the fields of whatever form inherits it. Left blank when something is changed: stays as it is."""

    person_name = forms.CharField(label="联系人", max_length=60, required=False)
    person_phone = forms.CharField(
        label="联系人电话",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text="个人信息：列表里只显示脱敏的，查看要写明用途并留痕。",
    )

    @property
    def person(self) -> Person | None:
        person = Person(one_line(self.cleaned_data["person_name"]), self.cleaned_data["person_phone"].strip())
        return None if person.is_anonymous else person

    def show(self, refusal: Refusal) -> None:
        """The domain's words beside their fields; a contact's own are called otherwise here."""
        named = {"name": "person_name", "phone": "person_phone"} if refusal.message.startswith("联系人信息") else {}
        fields = {named.get(key, key): list(texts) for key, texts in refusal.fields.items()}
        show_refusal(self, Invalid(refusal.message, fields=fields))


class OfferForm(PersonFields):
    use_required_attribute = False
    more = ("qualifications", "months", "per_month", "valid_from")

    provider = forms.ChoiceField(label="服务力量", widget=LongSelect, help_text="谁提供。没有的先登记服务力量。")
    service = forms.ChoiceField(label="服务类别", widget=LongSelect)
    title = forms.CharField(label="资源名称", max_length=60, min_length=2, help_text="一句话，例如“水管爆裂抢修”。")
    detail = forms.CharField(
        label="能做什么", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": "3"})
    )
    places = forms.MultipleChoiceField(
        label="服务范围", required=False, widget=LongSelectMany, help_text="街道或社区，可选几个；全区都去的不选。"
    )
    weekdays = forms.MultipleChoiceField(
        label="星期", required=False, choices=_DAYS, widget=forms.CheckboxSelectMultiple, help_text="每天都可以的不勾。"
    )
    opens = forms.TimeField(
        label="开始时间",
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text="全天的不填。",
    )
    closes = forms.TimeField(
        label="结束时间", required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    per_day = forms.IntegerField(
        label="每天最多",
        required=False,
        min_value=1,
        max_value=100_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="次、人或户；不限的不填。",
    )
    valid_to = forms.DateField(
        label="有效期到",
        required=False,
        widget=forms.TextInput(attrs={"type": "date"}),
        help_text="到期前提醒，过后不再推荐；长期的不填。",
    )
    qualifications = forms.CharField(label="资质", max_length=200, required=False, help_text="证照、等级、年限。")
    months = forms.MultipleChoiceField(
        label="月份",
        required=False,
        choices=_MONTHS,
        widget=forms.CheckboxSelectMultiple,
        help_text="只在有些季节提供的才勾。",
    )
    per_month = forms.IntegerField(
        label="每月最多",
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    valid_from = forms.DateField(label="有效期从", required=False, widget=forms.TextInput(attrs={"type": "date"}))

    field_order = (
        "provider", "service", "title", "detail", "places", "weekdays", "opens", "closes", "per_day", "valid_to",
        "person_name", "person_phone", "qualifications", "months", "per_month", "valid_from",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, actor: Actor, offer: Offer | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.actor = actor
        keepable = list(Provider.objects.filter(visible_providers(actor), active=True).order_by("kind", "name"))
        if offer is not None and offer.provider_id not in {one.pk for one in keepable}:
            keepable.append(offer.provider)
        groups: dict[str, list[tuple[str, str]]] = {}
        for one in keepable:
            place = f"（{place_tree().name_of(one.place_id)}）" if one.place_id else ""
            groups.setdefault(ProviderKind(one.kind).label, []).append((str(one.pk), f"{one.name}{place}"))
        own_known = any(one.organisation_id == actor.organisation_id for one in keepable)
        own = [] if own_known or not offers_something(actor.organisation_id) else [
            (OWN, f"本单位（{directory().name_of(actor.organisation_id)}）")
        ]  # fmt: skip
        choices(self.fields["provider"], [UNCHOSEN, *own, *groups.items()])
        by_typing(self.fields["provider"])
        active = active_services()
        keys = {key: one.pk for key, one in services().items()}
        choices(self.fields["service"], [UNCHOSEN, *((str(keys[key]), name) for key, name in active)])
        choices(self.fields["places"], local_places(actor))
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"

    def content(self, provider: int) -> Content:
        said = self.cleaned_data
        return Content(
            provider=provider,
            service=int(said["service"]),
            title=one_line(said["title"]),
            detail=CONTROL.sub("", said["detail"]).replace("\r\n", "\n").strip(),
            qualifications=one_line(said["qualifications"]),
            places=tuple(int(key) for key in said["places"]),
            weekdays=tuple(sorted(int(n) for n in said["weekdays"])),
            months=tuple(sorted(int(n) for n in said["months"])),
            opens=said["opens"],
            closes=said["closes"],
            valid_from=said["valid_from"] or timezone.localdate(),
            valid_to=said["valid_to"],
            per_day=said["per_day"],
            per_month=said["per_month"],
            person=self.person,
        )


def beginning(offer: Offer) -> dict[str, object]:
    names = ("title", "detail", "qualifications", "opens", "closes", "per_day", "per_month", "valid_from", "valid_to")
    return {name: getattr(offer, name) for name in names} | {
        "provider": str(offer.provider_id),
        "service": str(offer.service_id),
        "places": [str(key) for key in offer.places],
        "weekdays": [str(n) for n in offer.weekdays],
        "months": [str(n) for n in offer.months],
    }


class ProviderForm(PersonFields):
    use_required_attribute = False
    more = ("note",)

    kind = forms.ChoiceField(label="类型", widget=LongSelect)
    name = forms.CharField(label="名称", max_length=60, min_length=2)
    place = forms.ChoiceField(label="所在街道或社区", required=False, widget=LongSelect)
    organisation = forms.ChoiceField(
        label="对应单位", required=False, widget=LongSelect, help_text="在平台上有账号的单位选上，需求直接转给它认领。"
    )
    phone = forms.CharField(
        label="公开电话",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text="值班或服务电话，不是个人电话。",
    )
    note = forms.CharField(label="说明", max_length=200, required=False)
    active = forms.BooleanField(label="在册", required=False, initial=True, help_text="不在册的不再推荐它的资源。")

    field_order = ("kind", "name", "place", "organisation", "phone", "person_name", "person_phone", "active", "note")

    def __init__(self, data: Any = None, *, actor: Actor, **more: Any) -> None:
        super().__init__(data, **more)
        choices(self.fields["kind"], [UNCHOSEN, *ProviderKind.choices])
        own = own_places(actor)
        blank = ("", "没有固定所在地") if own is None or not own else UNCHOSEN
        choices(self.fields["place"], [blank, *local_places(actor)])
        by_typing(self.fields["place"])
        if own is None:
            units = [(str(one.id), one.label) for one in directory().handlers()]
            choices(self.fields["organisation"], [("", "没有"), *units])
            by_typing(self.fields["organisation"])
        else:
            del self.fields["organisation"]
        for field in self.fields.values():
            field.error_messages["required"] = f"请填写{field.label}。"

    def fill(self, provider: Provider) -> None:
        said = self.cleaned_data
        provider.kind, provider.name, provider.phone = said["kind"], one_line(said["name"]), one_line(said["phone"])
        provider.place_id = int(said["place"]) if said["place"] else None
        if "organisation" in self.fields:
            provider.organisation_id = int(said["organisation"]) if said["organisation"] else None
        provider.note, provider.active = one_line(said["note"]), said["active"]


class ReasonForm(forms.Form):
    use_required_attribute = False
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": "2"}))


# --- lists -----------------------------------------------------------------------------------------------------------


class OfferFilter(forms.Form):
    """Narrows the list of offers. Built from an address; what nobody offers does not filter."""

    use_required_attribute = False

    q = forms.CharField(label="名称或服务力量", max_length=60, required=False)
    service = forms.ChoiceField(label="服务类别", required=False, widget=LongSelect)
    kind = forms.ChoiceField(label="力量类型", required=False, widget=LongSelect)
    street = forms.ChoiceField(label="服务到哪个街道", required=False, widget=LongSelect)
    day = forms.DateField(label="哪天可用", required=False, widget=forms.TextInput(attrs={"type": "date"}))

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__(data)
        choices(self.fields["service"], [ANY, *((key, one.name) for key, one in services().items())])
        choices(self.fields["kind"], [ANY, *ProviderKind.choices])
        choices(self.fields["street"], [ANY, *streets()])

    @property
    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def words_of(self, name: str) -> str:
        value = self.chosen[name]
        match name:
            case "service":
                return services()[value].name
            case "kind":
                return ProviderKind(value).label
            case "street":
                return place_tree().name_of(int(value))
            case "day":
                assert isinstance(value, dt.date)
                return f"{value.month}月{value.day}日"
            case _:
                return str(value)


STATE_TONES: Mapping[OfferState, Tone] = {
    OfferState.PROPOSED: "blue",
    OfferState.RETURNED: "orange",
    OfferState.CONFIRMED: "teal",
    OfferState.ACTIVE: "green",
    OfferState.PAUSED: "yellow",
    OfferState.EXPIRED: "grey",
    OfferState.WITHDRAWN: "grey",
}
