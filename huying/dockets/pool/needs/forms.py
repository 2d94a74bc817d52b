"""Forms of needs: of the steps, from their inputs; and what narrows the list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from huying.dockets.pool.access import communities, streets
from huying.dockets.pool.forms import ANY, choices, one_line
from huying.dockets.pool.matching import Found, Ranked, resources_for, services
from huying.dockets.pool.needs import inputs
from huying.dockets.pool.needs.flow import NEEDS
from huying.dockets.pool.needs.steps import ASKED
from huying.matters.forms import Chosen, InputForm, form_of
from huying.matters.models import Matter, Words
from huying.people.actors import Actor
from huying.people.models import User
from huying.places.tree import place_tree
from huying.ui.forms import LongSelect, by_typing

MOST_CHOICES = 12

RaiseForm = form_of(inputs.Raise)
FORMS: dict[str, type[InputForm]] = {step.key: form_of(step.input) for step in NEEDS.steps if not step.opens}


def raise_form(*args: Any, actor: Actor, **more: Any) -> InputForm:
    """The form of a new need: communities that the actor may raise it for, chosen by typing."""
    local = communities(actor) if actor.scope in ("street", "community") else communities()
    form: InputForm = RaiseForm(*args, choices={"community": local}, **more)
    by_typing(form.fields["community"], whole=True)
    if len(local) == 1 and not form.is_bound:
        form.initial.setdefault("community", local[0][0])
    return form


def found_for(matter: Matter, *, most: int = MOST_CHOICES) -> Found:
    """Resources for a need; its row must have been read."""
    need, now = matter.need, timezone.now()
    return resources_for(
        matter.community_id,
        service=[matter.subkind],
        moment=max(need.wanted_from, now),
        until=max(need.wanted_until, now),
        quantity=need.quantity,
        most=most,
    )


def option(line: Ranked) -> tuple[str, str]:
    reasons = {reason.part: reason.words for reason in line.match.reasons}
    said = "，".join(reasons[part] for part in ("near", "time", "capacity") if part in reasons)
    return str(line.id), f"{line.resource.title}（{line.resource.provider}，{line.fitness}：{said}）"


def narrowed(key: str, matter: Matter, actor: Actor) -> dict[str, Chosen]:
    """Choices that depend on the need: which resources there are for it; for whoever claims, of his own."""
    match key:
        case "ask":
            return {"offer": [option(line) for line in found_for(matter).matches]}
        case "claim":
            own = actor.organisation_id
            lines = [line for line in found_for(matter, most=200).matches if line.resource.organisation == own]
            found = [option(line) for line in lines]
            asked = matter.need.offer
            if matter.state == ASKED and asked is not None and str(asked.pk) not in dict(found):
                found.insert(0, (str(asked.pk), f"{asked.title}（{asked.provider.name}）"))
            return {"offer": found}
        case _:
            return {}


def beginning(key: str, matter: Matter, user: User) -> dict[str, object]:
    """What is known before anybody types."""
    need = matter.need
    match key:
        case "revise":
            said = Words.objects.filter(matter=matter, field="text", erased_at=None).order_by("-seq")
            return {
                "title": matter.title,
                "text": said.values_list("text", flat=True).first() or "",
                "where": need.where,
                "wanted_from": need.wanted_from,
                "wanted_until": need.wanted_until,
                "quantity": need.quantity,
            }
        case "claim":
            day = need.planned_on or max(timezone.localdate(), timezone.localdate(need.wanted_from))
            offer = str(need.offer_id) if need.offer_id and matter.state == ASKED else ""
            return {"planned_on": day, "who": user.display_name, "offer": offer}
        case "ask":
            found = found_for(matter, most=1).matches
            return {"offer": str(found[0].id)} if found else {}
        case "finish":
            return {"people": 1}
        case _:
            return {}


def usual_times() -> dict[str, object]:
    """A new need is usually for the next three days."""
    now = timezone.localtime().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    until = (now + timedelta(days=3)).replace(hour=18)
    return {"wanted_from": now, "wanted_until": until}


class NeedFilter(forms.Form):
    """Narrows the list of needs. Built from an address; what nobody offers does not filter."""

    use_required_attribute = False

    q = forms.CharField(label="编号或内容", max_length=100, required=False)
    service = forms.ChoiceField(label="服务类别", required=False, widget=LongSelect)
    state = forms.ChoiceField(label="状态", required=False, widget=LongSelect)
    street = forms.ChoiceField(label="街道", required=False, widget=LongSelect)
    community = forms.ChoiceField(label="社区", required=False, widget=LongSelect)

    def __init__(self, data: Mapping[str, str], actor: Actor) -> None:
        super().__init__(data)
        choices(self.fields["service"], [ANY, *((key, one.name) for key, one in services().items())])
        choices(self.fields["state"], [ANY, *((state.key, state.label) for state in NEEDS.states)])
        if actor.scope == "community":
            del self.fields["street"], self.fields["community"]
            return
        if actor.scope == "street":
            del self.fields["street"]
        else:
            choices(self.fields["street"], [ANY, *streets()])
        local = communities(actor) if actor.scope == "street" else communities()
        choices(self.fields["community"], [ANY, *local])
        by_typing(self.fields["community"], whole=True)

    def clean_q(self) -> str:
        return one_line(str(self.cleaned_data["q"]))

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    def words_of(self, name: str) -> str:
        value = self.chosen[name]
        tree = place_tree()
        match name:
            case "service":
                return services()[value].name
            case "state":
                return NEEDS.state[value].label
            case "street":
                return tree.name_of(int(value))
            case "community":
                family = tree.family(value)
                return family.name if family else value
            case _:
                return value
