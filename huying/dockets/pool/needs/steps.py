"""What the steps of a need do beside moving it.

`first_holder` is the community, street or centre that raised it and judges it; `lead` whoever is asked or has taken it
on, or, for a provider without people of its own here, the raiser in its name; `co_handlers` the bodies that may take it
on while nobody is asked, and afterwards the raiser, which goes on seeing it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import F
from django.utils import timezone

from huying.cases.steps.particulars import data_of
from huying.dockets.enums import ProviderKind
from huying.dockets.models import Need, Offer
from huying.dockets.models.pool import changed
from huying.dockets.pool.access import answers_for, unit_of
from huying.dockets.pool.matching import offered_of, pool, services, used_in, where
from huying.dockets.pool.needs import inputs
from huying.dockets.pool.parameters import POINTS
from huying.dockets.pool.ranking import Offered, Used, Wanted, covers, left_on, open_days, ranked
from huying.kernel.bulk import insert_rows, select_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.search import index_text
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.contacts import Person, checked, remember_many
from huying.people.directory import directory
from huying.places.tree import place_tree

ASKED, CLAIMED = "asked", "claimed"
MOST_INVITED = 12  # bodies that may take on a need by themselves


# --- whose turn ------------------------------------------------------------------------------------------------------


def raised(actor: Actor, matter: Matter) -> bool:
    """Whoever raised it; the street of its community and the centre help."""
    if actor.scope == "all":
        return True
    if actor.organisation_id is None:
        return False
    street = actor.scope == "street" and actor.place_id is not None and matter.street_id == actor.place_id
    return street or actor.organisation_id == matter.first_holder_id


def takes_on(actor: Actor, matter: Matter) -> bool:
    """Those asked; while nobody is asked, those whose offers fit."""
    own = actor.organisation_id
    if own is None:
        return False
    return own == matter.lead_id if matter.state == ASKED else own in matter.co_handlers


def does(actor: Actor, matter: Matter) -> bool:
    """Whoever has taken it on; in the name of those without people here, whoever raised it."""
    if matter.lead_id == matter.first_holder_id:
        return raised(actor, matter)
    return actor.organisation_id is not None and actor.organisation_id == matter.lead_id


# --- raising ---------------------------------------------------------------------------------------------------------


def load(changes: Sequence[Change]) -> None:
    """Put its `Need` into each change. The matters are locked, so the rows stand still."""
    rows = select_rows(Need, '"matter_id" = ANY(%s)', [[c.matter.pk for c in changes]])
    needs = {row.matter_id: row for row in rows}
    for change in changes:
        change.particulars = needs[change.matter.pk]


def need_of(change: Change) -> Need:
    assert isinstance(change.particulars, Need)
    return change.particulars


def check_raise(changes: Sequence[Change]) -> None:
    origins = _origins(changes)
    people: list[tuple[Change, Person]] = []
    for change in changes:
        data = data_of(change, inputs.Raise)
        family = place_tree().family(data.community)
        service = services().get(data.service)
        if family is None or family.community_id is None:
            change.refuse(Invalid("没有这个社区。", fields={"community": ["没有这个社区，请重新选择"]}))
            continue
        if service is None or not service.active:
            change.refuse(Invalid("没有这个服务类别。", fields={"service": ["没有这个服务类别，请重新选择"]}))
            continue
        actor = change.actor
        local = actor.scope in ("street", "community")
        if local and not answers_for(actor, family.id):
            change.refuse(Invalid("只能为本地的社区提需求。", fields={"community": ["不是本地的社区，请重新选择"]}))
            continue
        if data.origin and data.origin not in origins[change.actor]:
            sentence = "没有这个编号，或者您的岗位无权查看"
            change.refuse(Invalid(f"{sentence}。", fields={"origin": [sentence]}))
            continue
        try:
            person = checked(Person(data.person_name, data.person_phone))
        except Invalid as refusal:
            change.refuse(Invalid(refusal.message, fields={f"person_{k}": v for k, v in refusal.fields.items()}))
            continue
        own = directory().by_id.get(actor.organisation_id or 0) if local or actor.scope == "organisation" else None
        raiser = own or unit_of(family.id) or directory().centre
        people.append((change, person))
        change.matter.channel = ""
        change.set(
            title=data.title,
            subkind=service.key,
            urgency=data.urgency.value,
            holder_id=raiser.id,
            first_holder_id=raiser.id,
            street_id=family.street_id,
            community_id=family.community_id,
            co_handlers=invited(service.key, family.community_id, data.wanted_from, data.wanted_until, apart=raiser.id),
        )
        change.document = index_text(data.title, data.text, data.where)
        change.extra["row"] = (service.pk, origins[change.actor].get(data.origin))
    contacts = remember_many([person for _, person in people])
    for (change, _), contact in zip(people, contacts, strict=True):
        change.set(raised_by_id=contact)


def _origins(changes: Sequence[Change]) -> dict[Actor, dict[str, int]]:
    """Numbers of matters that are named and may be seen, by who names them."""
    wanted: dict[Actor, set[str]] = {}
    for change in changes:
        numbers = wanted.setdefault(change.actor, set())
        if number := data_of(change, inputs.Raise).origin:
            numbers.add(number)
    return {
        actor: dict(Matter.objects.visible_to(actor).filter(number__in=numbers).values_list("number", "pk"))
        if numbers
        else {}
        for actor, numbers in wanted.items()
    }


def invited(service: str, community: int, starts: dt.datetime, ends: dt.datetime, *, apart: int) -> list[int]:
    """The organisations whose offers fit best, whatever is left of them today. No query."""
    wanted = Wanted(frozenset({service}), where(community), timezone.localtime(starts), timezone.localtime(ends))
    held = pool()
    fitting = ranked(held.by_service.get(service, ()), wanted, lambda offer, day: Used())
    units = dict.fromkeys(held.resources[match.offered.id].organisation for match in fitting)
    return [unit for unit in units if unit is not None and unit != apart][:MOST_INVITED]


def record_raise(changes: Sequence[Change]) -> None:
    rows = []
    for change in changes:
        data, own = data_of(change, inputs.Raise), change.extra["row"]
        assert isinstance(own, tuple)
        service, origin = own
        rows.append((change.matter.pk, service, data.wanted_from, data.wanted_until, data.quantity, data.where, origin))
    names = ("matter", "service", "wanted_from", "wanted_until", "quantity", "where", "origin")
    insert_rows(Need, names, rows)


def check_revise(changes: Sequence[Change]) -> None:
    for change in changes:
        data, matter = data_of(change, inputs.Revise), change.matter
        assert matter.community_id is not None
        units = invited(
            matter.subkind, matter.community_id, data.wanted_from, data.wanted_until, apart=matter.first_holder_id
        )
        change.set(title=data.title, co_handlers=units)
        change.document = index_text(data.title, data.text, data.where)


def record_revise(changes: Sequence[Change]) -> None:
    rows = []
    for change in changes:
        data = data_of(change, inputs.Revise)
        rows.append((change.matter.pk, data.wanted_from, data.wanted_until, data.quantity, data.where))
    update_rows(Need, ("wanted_from", "wanted_until", "quantity", "where"), rows)


# --- asking and taking on --------------------------------------------------------------------------------------------


def _offers(changes: Sequence[Change], wanted: Mapping[int, str]) -> dict[int, Offer]:
    """The offers that are named, locked in id order, so that two needs cannot take the last of one."""
    keys = {int(key) for key in wanted.values() if key.isdecimal() and len(key) < 18}
    rows = Offer.objects.usable().select_for_update(of=("self",)).select_related("provider", "service")
    return {offer.pk: offer for offer in rows.filter(pk__in=keys).order_by("pk")}


def _chosen(change: Change, key: str, offers: Mapping[int, Offer], day: dt.date | None) -> Offer | None:
    """The offer of this key if it can be used for this need on that day, or on some day while it is wanted; the change
    is refused when it cannot."""
    need = need_of(change)
    offer = offers.get(int(key)) if key.isdecimal() and len(key) < 18 else None
    if offer is None or offer.service_id != need.service_id:
        sentence = "这项资源现在不能用，请重新选择"
        change.refuse(Invalid(f"{sentence}。", fields={"offer": [sentence]}))
        return None
    offered = offered_of(offer)
    if not covers(offered, where(change.matter.community_id)):
        sentence = "这项资源不服务这个社区"
        change.refuse(Invalid(f"{sentence}。", fields={"offer": [sentence]}))
        return None
    planned = _planned(change, need, offered, day)
    if planned is None:
        return None
    left = _left(offered, planned, apart=need.matter_id)
    if left is not None and left < need.quantity:
        sentence = f"{planned.month}月{planned.day}日只剩 {max(0, left)} 个余量，需要 {need.quantity} 个"
        change.refuse(Conflict(f"{sentence}。", code="no_capacity", fields={"offer": [sentence]}))
        return None
    change.extra["row"] = (offer.pk, planned)
    change.facts |= {"offer": offer.number, "provider_kind": offer.provider.kind, "planned_on": planned.isoformat()}
    return offer


def _planned(change: Change, need: Need, offered: Offered, day: dt.date | None) -> dt.date | None:
    starts, ends = timezone.localtime(need.wanted_from), timezone.localtime(need.wanted_until)
    today = timezone.localdate(change.at)
    if day is not None:
        opens = dt.datetime.combine(day, dt.time.min, starts.tzinfo)
        if day < today:
            sentence = "不能早于今天"
        elif not open_days(offered, opens, opens + dt.timedelta(hours=23, minutes=59)):
            sentence = "这项资源那天不提供服务"
        elif day > ends.date():
            sentence = f"最迟要在{ends.month}月{ends.day}日"
        else:
            return day
        change.refuse(Invalid(f"{sentence}。", fields={"planned_on": [sentence]}))
        return None
    days = [one for one in open_days(offered, max(starts, timezone.localtime(change.at)), ends) if one >= today]
    if not days:
        sentence = "这项资源在需要的时间里不提供服务"
        change.refuse(Invalid(f"{sentence}。", fields={"offer": [sentence]}))
        return None
    return days[0]


def _left(offered: Offered, day: dt.date, *, apart: int) -> int | None:
    taken = used_in([offered.id], day, day) if offered.per_day is not None or offered.per_month is not None else {}
    own = (
        Need.objects.filter(pk=apart, offer=offered.id).values_list("planned_on", "quantity").first() if taken else None
    )
    month = sum(n for (_, on), n in taken.items() if (on.year, on.month) == (day.year, day.month))
    here = taken.get((offered.id, day), 0)
    if own is not None and own[0] is not None:  # what this very need has been given
        here -= own[1] if own[0] == day else 0
        month -= own[1] if (own[0].year, own[0].month) == (day.year, day.month) else 0
    return left_on(offered, Used(here, month))


def check_ask(changes: Sequence[Change]) -> None:
    load(changes)
    offers = _offers(changes, {c.matter.pk: data_of(c, inputs.Ask).offer for c in changes})
    for change in changes:
        data = data_of(change, inputs.Ask)
        offer = _chosen(change, data.offer, offers, data.planned_on)
        if offer is None:
            continue
        unit = directory().by_id.get(offer.provider.organisation_id or 0)
        raiser = change.matter.first_holder_id
        if unit is None or not unit.current or unit.id == raiser:
            change.choose(CLAIMED)
            _until_wanted(change)
            change.set(lead_id=raiser, holder_id=raiser, holder_user_id=None, co_handlers=[])
        else:
            change.choose(ASKED)
            change.set(lead_id=unit.id, holder_id=unit.id, holder_user_id=None, co_handlers=[raiser])


def record_offer(changes: Sequence[Change]) -> None:
    rows = []
    for change in changes:
        own = change.extra["row"]
        assert isinstance(own, tuple)
        rows.append((change.matter.pk, *own))
    update_rows(Need, ("offer", "planned_on"), rows)


def check_claim(changes: Sequence[Change]) -> None:
    load(changes)
    offers = _offers(changes, {c.matter.pk: data_of(c, inputs.Claim).offer for c in changes})
    for change in changes:
        data = data_of(change, inputs.Claim)
        offer = _chosen(change, data.offer, offers, data.planned_on)
        if offer is None:
            continue
        if offer.provider.organisation_id != change.actor.organisation_id:
            sentence = "只能用本单位的资源认领"
            change.refuse(Forbidden(f"{sentence}。", code="not_own", fields={"offer": [sentence]}))
            continue
        _until_wanted(change)
        unit, raiser = change.actor.organisation_id, change.matter.first_holder_id
        change.units = [raiser]
        change.set(lead_id=unit, holder_id=unit, holder_user_id=change.actor.user_id, co_handlers=[raiser])


def _until_wanted(change: Change) -> None:
    """It is to be done until the latest moment that was asked for."""
    hours = (need_of(change).wanted_until - change.at).total_seconds() / 3600
    if hours > 0:
        change.limits["serve"] = (round(hours, 2), "calendar_hours")


def check_decline(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        need, matter = need_of(change), change.matter
        assert matter.community_id is not None
        gone = matter.lead_id
        units = invited(
            matter.subkind, matter.community_id, need.wanted_from, need.wanted_until, apart=matter.first_holder_id
        )
        change.set(
            holder_id=matter.first_holder_id,
            holder_user_id=None,
            lead_id=None,
            co_handlers=[unit for unit in units if unit != gone],
        )


def record_freed(changes: Sequence[Change]) -> None:
    """What was kept for it can be had by others."""
    update_rows(Need, ("offer", "planned_on"), [(c.matter.pk, None, None) for c in changes])


# --- done ------------------------------------------------------------------------------------------------------------


def check_finish(changes: Sequence[Change]) -> None:
    for change in changes:
        change.set(holder_id=change.matter.first_holder_id, holder_user_id=None)


def record_finish(changes: Sequence[Change]) -> None:
    rows = []
    for change in changes:
        data = data_of(change, inputs.Finish)
        rows.append((change.matter.pk, change.actor.user_id, data.people, round(data.hours, 1)))
    update_rows(Need, ("finished_by", "people", "hours"), rows)


def may_judge(matter: Matter, actor: Actor) -> bool:
    """Not whoever reported it done."""
    return matter.need.finished_by_id is None or matter.need.finished_by_id != actor.user_id


def check_confirm(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        need, data = need_of(change), data_of(change, inputs.Confirm)
        if need.finished_by_id is not None and need.finished_by_id == change.actor.user_id:
            change.refuse(Forbidden("不能确认自己报告的完成，请由另一位同事或街道确认。", code="own_work"))
            continue
        hours = float(need.hours or 0) if data.hours is None else data.hours
        points = round(hours * POINTS.value)
        change.facts |= {"hours": round(hours, 1), "points": points, "service": change.matter.subkind}
        change.extra["row"] = (round(hours, 1), int(data.rating), points)


def record_confirm(changes: Sequence[Change]) -> None:
    rows: list[tuple[object, ...]] = []
    rated: dict[int, tuple[int, int]] = {}
    for change in changes:
        own = change.extra["row"]
        assert isinstance(own, tuple)
        rows.append((change.matter.pk, *own))
        if (offer := need_of(change).offer_id) is not None:
            n, stars = rated.get(offer, (0, 0))
            rated[offer] = (n + 1, stars + own[1])
    update_rows(Need, ("hours", "rating", "points"), rows)
    for offer, (n, stars) in sorted(rated.items()):
        Offer.objects.filter(pk=offer).update(rated=F("rated") + n, stars=F("stars") + stars)
    if rated:
        changed()


def check_send_back(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        assert change.matter.lead_id is not None
        _until_wanted(change)
        change.set(holder_id=change.matter.lead_id, holder_user_id=None)


def check_end(changes: Sequence[Change]) -> None:
    for change in changes:
        change.units = [unit for unit in (change.matter.lead_id,) if unit not in (None, change.matter.first_holder_id)]
        change.set(holder_id=change.matter.first_holder_id, holder_user_id=None)


def check_succeed(changes: Sequence[Change]) -> None:
    """Whoever has taken over from the raiser or from whoever has it in hand goes on; where nobody has, the raiser or
    the centre does."""
    book = directory()
    for change in changes:
        matter = change.matter
        raiser = book.heir_of(matter.first_holder_id) or book.centre
        lead = book.heir_of(matter.lead_id) or raiser if matter.lead_id is not None else None
        gone = book.by_id[matter.holder_id]
        holder = book.heir_of(matter.holder_id) or (lead if matter.state in (ASKED, CLAIMED) and lead else raiser)
        helpers = [book.heir_of(one) for one in matter.co_handlers]
        change.facts |= {"dissolved": gone.code if not gone.current else "", "heir": holder.code}
        change.set(
            first_holder_id=raiser.id,
            holder_id=holder.id,
            holder_user_id=matter.holder_user_id if gone.current else None,
            lead_id=lead.id if lead else None,
            co_handlers=list(dict.fromkeys(one.id for one in helpers if one is not None)),
        )


def kind_words(kind: str) -> str:
    return dict(ProviderKind.choices).get(kind, kind)
