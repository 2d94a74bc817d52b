"""All current organisations in memory: names, codes, hours. Read on every step, changed a few times a month."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils import timezone

from huying.kernel.calendar import DEFAULT_HOURS, WorkingHours
from huying.kernel.errors import Refusal
from huying.kernel.generation import cached
from huying.people.enums import OrganisationKind

_DIALLED = re.compile(r"\+?[0-9][0-9-]{2,}[0-9]")


@dataclass(frozen=True, slots=True)
class Listed:
    """One organisation as other rooms need it."""

    id: int
    code: str
    name: str
    short_name: str
    kind: str
    parent_id: int | None
    place_id: int | None
    hours: WorkingHours
    duty_phone: str
    valid_from: dt.date
    valid_to: dt.date | None
    successor_id: int | None = None
    apart: str = ""  # what tells it from another of the same short name: the body above it

    @property
    def current(self) -> bool:
        """Asked anew each time: the list stays in memory past midnight."""
        return self.is_there(timezone.localdate())

    def is_there(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    @property
    def label(self) -> str:
        name = self.short_name or self.name
        return f"{name}（{self.apart}）" if self.apart else name

    @property
    def dialled(self) -> str:
        """What a phone is to dial: the first number of the duty phone, which is written for people."""
        found = _DIALLED.search(self.duty_phone)
        return found[0] if found else ""


class UnknownOrganisation(Refusal):
    status = 422
    default_code = "unknown_organisation"


@dataclass(frozen=True, slots=True)
class Directory:
    by_id: Mapping[int, Listed]
    by_code: Mapping[str, Listed]
    by_name: Mapping[str, Listed]
    first_centre: Listed | None

    @property
    def centre(self) -> Listed:
        """The district's centre, which holds whatever nobody else holds."""
        if self.first_centre is not None:
            return self.first_centre
        raise UnknownOrganisation("还没有设置区中心，请管理员先导入单位。", code="no_centre")

    def handlers(self) -> list[Listed]:
        """Bodies to which a matter can be given, in display order."""
        without = {OrganisationKind.ENTERPRISE, OrganisationKind.OTHER, OrganisationKind.CENTRE}
        today = timezone.localdate()
        return [listed for listed in self.by_id.values() if listed.kind not in without and listed.is_there(today)]

    def heir_of(self, organisation_id: int | None) -> Listed | None:
        """Itself while it is there, else whoever has taken over from it; None where nobody has."""
        seen: set[int] = set()
        listed = self.by_id.get(organisation_id or 0)
        while listed is not None and not listed.current and listed.id not in seen:
            seen.add(listed.id)
            listed = self.by_id.get(listed.successor_id or 0)
        return listed if listed is not None and listed.current else None

    def dissolved(self) -> list[int]:
        """Ids of those that are no more."""
        today = timezone.localdate()
        return [o.id for o in self.by_id.values() if o.valid_to is not None and o.valid_to <= today]

    def name_of(self, organisation_id: int | None) -> str:
        listed = self.by_id.get(organisation_id) if organisation_id is not None else None
        return listed.label if listed else ""


def _told_apart(listed: Sequence[Listed]) -> list[Listed]:
    """Two communities of one name are in two streets: each of those that share a name names the body above it."""
    shared = Counter(o.label for o in listed if o.current)
    above = {o.id: o.label for o in listed}
    return [replace(o, apart=above.get(o.parent_id or 0, "")) if shared[o.label] > 1 else o for o in listed]


@cached("organisations")
def directory() -> Directory:
    """After a change to any organisation: `bump("organisations")`."""
    from huying.people.models import Organisation

    listed = [
        Listed(
            id=o.pk,
            code=o.code,
            name=o.name,
            short_name=o.short_name,
            kind=o.kind,
            parent_id=o.parent_id,
            place_id=o.place_id,
            hours=WorkingHours.parse(o.working_hours) if o.working_hours else DEFAULT_HOURS,
            duty_phone=o.duty_phone,
            valid_from=o.valid_from,
            valid_to=o.valid_to,
            successor_id=o.successor_id,
        )
        for o in Organisation.objects.in_order()
    ]
    listed = _told_apart(listed)
    return Directory(
        {o.id: o for o in listed},
        {o.code: o for o in listed},
        {o.name: o for o in sorted(listed, key=lambda o: o.current)},
        next((o for o in listed if o.kind == OrganisationKind.CENTRE and o.current), None),
    )
