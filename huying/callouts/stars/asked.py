"""Which stars an address asks for: side, months, purpose, street, kind of unit, and by what they are sorted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from django import forms

from huying.callouts.enums import Purpose
from huying.callouts.stars.league import OVERALL
from huying.callouts.stars.measured import MEASURES, SIDES, Side
from huying.people.enums import OrganisationKind
from huying.people.periods import PRESETS, YEAR, Period, PeriodForm
from huying.places.enums import Level
from huying.places.tree import place_tree

ANY = ("", "不限")
NOT_OFFERED = "没有这个选项，请重新选择。"


class NarrowForm(forms.Form):
    purpose = forms.ChoiceField(label="呼叫类型", required=False)
    street = forms.ChoiceField(label="地点所在街道", required=False)
    kind = forms.ChoiceField(label="单位类型", required=False)

    def __init__(self, given: Mapping[str, str], *, with_kind: bool = True) -> None:
        super().__init__(given)
        chosen: dict[str, forms.ChoiceField] = self.fields  # type: ignore[assignment]
        for one in chosen.values():
            one.error_messages["invalid_choice"] = NOT_OFFERED
        streets = [(one.code, one.name) for one in place_tree().by_id.values() if one.level == Level.STREET]
        chosen["purpose"].choices = [ANY, *Purpose.choices]
        chosen["street"].choices = [ANY, *streets]
        chosen["kind"].choices = [ANY, *OrganisationKind.choices]
        if not with_kind:
            del self.fields["kind"]


class Asked:
    """The address of a page of stars, read; `status` is 422 when something in it was no choice."""

    def __init__(self, given: Mapping[str, str], today: dt.date, *, with_kind: bool = True) -> None:
        self.form = PeriodForm(given, today, (YEAR, *(one for one in PRESETS[::-1])))
        self.narrow = NarrowForm(given, with_kind=with_kind)
        self.running = self.form.period.runs(today)
        valid = self.narrow.is_valid()
        chosen: Mapping[str, str] = self.narrow.cleaned_data
        self.side: Side = "caller" if given.get("side") == "caller" else "called"
        self.purpose = chosen.get("purpose", "")
        self.street = chosen.get("street", "")
        self.kind = chosen.get("kind", "")
        sort = given.get("sort", "")
        own = sort in MEASURES and MEASURES[sort].side == self.side
        self.sort = sort if own else OVERALL
        self.status = self.form.status if valid else 422

    @property
    def period(self) -> Period:
        return self.form.period

    @property
    def kept(self) -> dict[str, str]:
        """All but the months, as parameters of an address; what is left out is the default."""
        every = {"side": self.side if self.side != "called" else "", "purpose": self.purpose, "street": self.street}
        every |= {"kind": self.kind, "sort": self.sort if self.sort != OVERALL else ""}
        return {name: value for name, value in every.items() if value}

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the form that narrows sends along."""
        kept = {name: value for name, value in self.kept.items() if name in ("side", "sort")}
        return [*parse_qsl(self.period.query), *kept.items()]

    def query(self, **changes: str) -> str:
        kept = {name: value for name, value in (self.kept | changes).items() if value}
        return "&".join(filter(None, (self.period.query, urlencode(kept))))

    @property
    def sides(self) -> list[tuple[str, str, bool]]:
        """Address, label, and whether it is the one shown."""
        return [
            (f"?{self.query(side=key if key != 'called' else '', sort='')}", f"{label}的星级", key == self.side)
            for key, label in SIDES.items()
        ]

    @property
    def words(self) -> str:
        """What the numbers are narrowed to."""
        parts = [self.period.words]
        if self.purpose:
            parts.append(str(Purpose(self.purpose).label))
        if self.street and (family := place_tree().family(self.street)):
            parts.append(f"地点在{family.name}")
        return "，".join(parts)
