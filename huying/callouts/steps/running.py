"""While a call-out runs: more units, a higher level, the matters it is linked to."""

from __future__ import annotations

from collections.abc import Sequence

from huying.callouts import inputs
from huying.callouts.enums import Level, Raised
from huying.callouts.models import Callout, CausingMatter, Response
from huying.callouts.states import LIVE, UNANSWERED
from huying.callouts.steps import linking
from huying.callouts.steps.particulars import callout_of, load, units
from huying.cases.steps.particulars import data_of
from huying.kernel.bulk import update_rows
from huying.kernel.errors import Conflict
from huying.matters.engine import Opening, open_many
from huying.matters.flow import Change, flows
from huying.matters.messages import Posts
from huying.matters.models import Matter
from huying.people.actors import SYSTEM, Actor
from huying.people.directory import Listed, directory


def calls(actor: Actor, matter: Matter) -> bool:
    """Whether the actor's body is the one that calls."""
    return actor.organisation_id is not None and actor.organisation_id == matter.lead_id


def holds(actor: Actor, matter: Matter) -> bool:
    """The chief of the body that has it in hand; for the centre, what is in nobody else's."""
    return actor.organisation_id is not None and actor.organisation_id == matter.holder_id


def commands(actor: Actor, matter: Matter) -> bool:
    """The centre, and the street over everything on its ground: its chief as well, of what he sees."""
    if actor.scope == "all":
        return True
    own = directory().by_id.get(actor.organisation_id or 0)
    place = own.place_id if own is not None and own.kind == "street" else None
    return place is not None and place == matter.street_id


def streets_over(caller: Listed, street_id: int | None) -> list[int]:
    """The streets that see a community's call through: its own, whose chief approves it, and that on whose ground it
    is, to which it is raised."""
    if caller.kind != "community":
        return []
    book = directory()
    own = book.by_id.get(caller.parent_id or 0)
    there = [one for one in book.by_id.values() if one.place_id == street_id] if street_id is not None else []
    return list(dict.fromkeys(one.id for one in (own, *there) if one and one.kind == "street" and one.current))


def calls_or_commands(actor: Actor, matter: Matter) -> bool:
    return calls(actor, matter) or commands(actor, matter)


def call_units(wanted: Sequence[tuple[Change, int, str]]) -> None:
    """A response for each `(change of the call-out, unit, what is wanted of it)`, in the same transaction."""
    if not wanted:
        return
    book = directory()
    openings = [
        Opening(SYSTEM, {"callout": c.matter.number, "unit": book.by_id[unit].code, "wanted": what}, c.at, c.now)
        for c, unit, what in wanted
    ]
    some = wanted[0][0]
    for result in open_many(flows["callout_response"], "be_called", openings, now=some.now, quiet=some.quiet):
        result.unwrap()


# --- more units ------------------------------------------------------------------------------------------------------


def check_add(changes: Sequence[Change]) -> None:
    load(changes)
    rows = Response.objects.filter(callout__in=[c.matter.pk for c in changes], matter__state__in=LIVE)
    there: dict[int, set[int]] = {}
    for callout, unit in rows.values_list("callout_id", "matter__lead_id"):
        there.setdefault(callout, set()).add(unit)
    for change in changes:
        found = units(change, data_of(change, inputs.AddUnits).units, "units", there.get(change.matter.pk, ()))
        added = [unit.id for unit in found]
        change.extra["added"] = added
        change.set(co_handlers=list(dict.fromkeys([*change.matter.co_handlers, *added])))
        change.facts["called"] = [unit.code for unit in found]


def record_add(changes: Sequence[Change]) -> None:
    rows = [(c.matter.pk, list(dict.fromkeys([*callout_of(c).called, *_added(c)]))) for c in changes]
    update_rows(Callout, ("called",), rows)
    call_units([(c, unit, data_of(c, inputs.AddUnits).wanted) for c in changes for unit in _added(c)])


def _added(change: Change) -> list[int]:
    added = change.extra["added"]
    assert isinstance(added, list)
    return added


# --- a higher level --------------------------------------------------------------------------------------------------


def next_level(callout: Callout) -> Raised | None:
    """Where it would be raised to; None at the top."""
    if callout.raised == Raised.DISTRICT:
        return None
    return Raised.STREET if callout.level == Level.COMMUNITY and not callout.raised else Raised.DISTRICT


def may_raise(matter: Matter, actor: Actor) -> bool:
    return next_level(matter.callout) is not None


def check_raise(changes: Sequence[Change]) -> None:
    load(changes)
    rows = Response.objects.filter(callout__in=[c.matter.pk for c in changes], matter__state__in=UNANSWERED)
    wanted: dict[int, list[int]] = {}
    for callout, unit in rows.values_list("callout_id", "matter__lead_id"):
        wanted.setdefault(callout, []).append(unit)
    for change in changes:
        change.units = wanted.get(change.matter.pk, [])
        _raise(change)


check_raise_by_clock = check_raise


def _raise(change: Change) -> None:
    row = callout_of(change)
    level = next_level(row)
    if level is None:
        change.refuse(Conflict("已经提到区级，不能再提。", code="at_the_top"))
        return
    row.raised = level.value
    change.facts["raised_to"] = level.value
    change.people = sorted(_commanders(change.matter, level))


def _commanders(matter: Matter, level: Raised) -> set[int]:
    """Who is told: the chiefs of the street on whose ground it is, else supervisors and leaders of the district."""
    streets = [one for one in directory().by_id.values() if one.kind == "street" and one.place_id == matter.street_id]
    posts = Posts.read([one.id for one in streets])
    if level == Raised.STREET and streets:
        return {user for one in streets for user in posts.chiefs_of(one.id) | posts.of_unit(one.id)}
    return posts.users(("supervisor", "leader"))


def record_raise(changes: Sequence[Change]) -> None:
    update_rows(Callout, ("raised",), [(c.matter.pk, callout_of(c).raised) for c in changes])


# --- linked matters --------------------------------------------------------------------------------------------------


def is_linked(matter: Matter, actor: Actor) -> bool:
    """Told by the door; asked where the matter came another way."""
    told: bool | None = getattr(matter, "linked", None)
    return CausingMatter.objects.standing().filter(callout=matter.pk).exists() if told is None else told


def check_link(changes: Sequence[Change]) -> None:
    for change in changes:
        found = linking.find(change, data_of(change, inputs.LinkMatters).numbers)
        there = linking.standing(change)
        if again := [matter.number for matter in found if matter.pk in there]:
            linking.refuse(change, f"已经关联：{'、'.join(again)}")


def record_link(changes: Sequence[Change]) -> None:
    linking.record_add(changes)


def check_unlink(changes: Sequence[Change]) -> None:
    for change in changes:
        found = linking.find(change, data_of(change, inputs.UnlinkMatters).numbers)
        there = linking.standing(change)
        if strange := [matter.number for matter in found if matter.pk not in there]:
            linking.refuse(change, f"没有关联：{'、'.join(strange)}")
        change.extra["links"] = [there[matter.pk] for matter in found if matter.pk in there]


def record_unlink(changes: Sequence[Change]) -> None:
    links = [(change.extra["links"], change.at) for change in changes]
    rows = [(link, at) for found, at in links if isinstance(found, list) for link in found]
    update_rows(CausingMatter, ("removed_at",), rows)
