"""Drafting a call, its analysis (by itself where nothing is doubtful), the chief's approval, and its going out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from huying.callouts import inputs
from huying.callouts.duplicates import suspected
from huying.callouts.models import Callout
from huying.callouts.options import calling_rules, level_of
from huying.callouts.states import ANALYSING, APPROVING, DRAFTED, ISSUED
from huying.callouts.steps import linking, running
from huying.callouts.steps.particulars import callout_of, load, units
from huying.cases.steps.particulars import data_of
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Forbidden, Invalid, Refusal
from huying.kernel.search import index_text
from huying.matters.enums import Urgency
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import Listed, directory
from huying.people.models import Post
from huying.places.address import find
from huying.places.locate import locate_many
from huying.places.tree import place_tree

JUST_NOW = timedelta(hours=1)  # how long whoever writes that somebody is wanted now may take to send it
AUTOMATIC, BY_CENTRE = "automatic", "centre"  # how it was analysed, as a fact


def check_draft(changes: Sequence[Change]) -> None:
    book = directory()
    for change in changes:
        caller = book.by_id.get(change.actor.organisation_id or 0)
        level = level_of(caller) if caller else None
        if caller is None or level is None or change.actor.scope == "all":
            change.refuse(Forbidden("呼叫由社区、街道和部门发起，您的岗位不能发起呼叫。", code="no_caller"))
            continue
        change.matter.channel = ""
        change.set(lead_id=caller.id, first_holder_id=caller.id, holder_id=caller.id)
        change.particulars = Callout(level=level.value, drafted_by_id=change.actor.user_id)
        _describe(change, data_of(change, inputs.Draft))
        change.facts |= {"caller": caller.code, "level": level.value}
    alive = [c for c in changes if c.refusal is None]
    for change in alive:
        if not data_of(change, inputs.Draft).submit:
            change.choose(DRAFTED)
    _submit([c for c in alive if c.outcome.target != DRAFTED])


def _describe(change: Change, data: inputs.Call) -> None:
    """What the form says, into columns and particulars."""
    row = callout_of(change)
    found = units(change, data.units, "units")
    if data.wanted_at is not None and data.wanted_at < change.at - JUST_NOW:
        sentence = "希望到场的时间已经过去，请重新填写"
        change.refuse(Invalid(f"{sentence}。", fields={"wanted_at": [sentence]}))
    linking.find(change, data.numbers)
    row.called = [unit.id for unit in found]
    row.address, row.wanted_at = data.address, data.wanted_at
    urgency = Urgency.EMERGENCY if data.purpose == "emergency" else Urgency.NORMAL
    change.set(title=data.title, subkind=data.purpose.value, urgency=urgency.value, lon=data.lon, lat=data.lat)
    change.document = index_text(data.title, data.text, data.wanted, data.address)
    _locate(change, data)
    tree = place_tree()
    change.facts |= {
        "street": tree.code_of(change.columns["street_id"]),  # type: ignore[arg-type]
        "community": tree.code_of(change.columns["community_id"]),  # type: ignore[arg-type]
    }


def _locate(change: Change, data: inputs.Call) -> None:
    """Where it is: by the point, else by the words of the address, else the caller's own ground."""
    tree = place_tree()
    change.set(street_id=None, community_id=None, grid_id=None)
    if data.lon is not None and data.lat is not None:
        try:
            where = locate_many([(data.lon, data.lat)])[0]
        except Refusal as refusal:
            change.refuse(Invalid(refusal.message, fields={"lon": [refusal.message]}))
            return
        if where is not None:
            change.set(street_id=where.street_id, community_id=where.community_id, grid_id=where.grid_id)
            return
    match = find(data.address) if data.address else None
    caller = directory().by_id[int(str(change.columns.get("lead_id", change.matter.lead_id)))]
    family = tree.by_id.get((match.place_id if match else None) or caller.place_id or 0)
    if family is not None:
        change.set(street_id=family.street_id, community_id=family.community_id)


def record_draft(changes: Sequence[Change]) -> None:
    names = ("matter", "level", "raised", "called", "address", "wanted_at", "automatic", "drafted_by", "issued_at")
    rows = []
    for change in changes:
        row = callout_of(change)
        row.matter = change.matter
        row.issued_at = change.at if change.target == ISSUED else None
        rows.append(
            (
                *(change.matter.pk, row.level, "", row.called, row.address, row.wanted_at, row.automatic),
                *(row.drafted_by_id, row.issued_at),
            )
        )
    insert_rows(Callout, names, rows)
    linking.record_add(changes)
    _call_units(changes)


def check_take_over(changes: Sequence[Change]) -> None:
    """Its caller is whoever has the matter in hand, if that can call, else the street on whose ground it is, else the
    centre; the centre says who is called."""
    sources = {data_of(change, inputs.TakeOver).source for change in changes}
    found = {matter.number: matter for matter in Matter.objects.filter(number__in=sources)}
    book, tree = directory(), place_tree()
    for change in changes:
        data = data_of(change, inputs.TakeOver)
        source = found.get(data.source)
        if source is None:
            change.refuse(Invalid("没有这个事项。", fields={"source": ["没有这个事项，请核对编号"]}))
            continue
        caller = _caller_for(source)
        level = level_of(caller)
        assert level is not None
        change.extra[linking.FOUND] = [source]
        change.matter.channel = ""
        change.particulars = Callout(level=level.value)
        urgency = Urgency.EMERGENCY if data.purpose == "emergency" else Urgency.NORMAL
        change.set(
            title=data.title,
            subkind=data.purpose.value,
            urgency=urgency.value,
            lead_id=caller.id,
            first_holder_id=caller.id,
            holder_id=book.centre.id,
            street_id=source.street_id,
            community_id=source.community_id,
            grid_id=source.grid_id,
            lon=source.lon,
            lat=source.lat,
        )
        change.document = index_text(data.title, data.text)
        change.facts |= {"caller": caller.code, "level": level.value, "street": tree.code_of(source.street_id)}


def _caller_for(source: Matter) -> Listed:
    book = directory()
    for key in (source.lead_id, source.holder_id):
        listed = book.by_id.get(key or 0)
        if listed is not None and listed.current and listed.id != book.centre.id and level_of(listed) is not None:
            return listed
    streets = [one for one in book.handlers() if one.kind == "street" and one.place_id == source.street_id]
    return streets[0] if streets and source.street_id else book.centre


def record_take_over(changes: Sequence[Change]) -> None:
    record_draft(changes)


def check_revise(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        _describe(change, data_of(change, inputs.Revise))


def record_revise(changes: Sequence[Change]) -> None:
    rows = [(c.matter.pk, r.called, r.address, r.wanted_at) for c in changes for r in (callout_of(c),)]
    update_rows(Callout, ("called", "address", "wanted_at"), rows)
    linking.record_replace(changes)


# --- on its way out --------------------------------------------------------------------------------------------------


def check_submit(changes: Sequence[Change]) -> None:
    load(changes)
    _submit(changes)


def _submit(changes: Sequence[Change]) -> None:
    """To analysis, unless the rule lets it pass and nothing is doubtful; then on as after an analysis."""
    doubtful = suspected(changes)
    for change in changes:
        row = callout_of(change)
        automatic, _ = _rule(change, row)
        row.automatic = automatic and not doubtful[id(change)]
        if row.automatic:
            change.facts["analysis"] = AUTOMATIC
            _onward(change)
        else:
            change.choose(ANALYSING)
            change.set(holder_id=directory().centre.id, holder_user_id=None)


def _rule(change: Change, row: Callout) -> tuple[bool, bool]:
    purpose = str(change.columns.get("subkind", change.matter.subkind))
    return calling_rules().get((row.level, purpose), (False, True))


def _onward(change: Change) -> None:
    """To the chief, or out where the rule wants no approval."""
    row = callout_of(change)
    caller = directory().by_id[int(str(change.columns.get("lead_id", change.matter.lead_id)))]
    if _rule(change, row)[1]:
        change.choose(APPROVING)
        change.set(holder_id=_approver(caller).id, holder_user_id=None)
    else:
        _go_out(change)


def _approver(caller: Listed) -> Listed:
    """The body whose chief approves: the caller's own, else that above it, else the centre."""
    book = directory()
    above = [book.by_id[one] for one in (caller.id, caller.parent_id or 0) if one in book.by_id]
    posts = Post.objects.current().filter(role="chief", organisation__in=[one.id for one in above])
    chiefs = set(posts.values_list("organisation_id", flat=True))
    return next((one for one in above if one.id in chiefs), book.centre)


def _go_out(change: Change) -> None:
    row = callout_of(change)
    change.choose(ISSUED)
    caller = directory().by_id[int(str(change.columns.get("lead_id", change.matter.lead_id)))]
    street_id = cast("int | None", change.columns.get("street_id", change.matter.street_id))
    along = list(dict.fromkeys([*row.called, *running.streets_over(caller, street_id)]))
    change.set(holder_id=caller.id, holder_user_id=None, co_handlers=along)
    change.facts["called"] = [directory().by_id[unit].code for unit in row.called]


def check_analyse(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        data, row = data_of(change, inputs.Analyse), callout_of(change)
        urgency = Urgency.EMERGENCY if data.purpose == "emergency" else Urgency.NORMAL
        change.set(subkind=data.purpose.value, urgency=urgency.value)
        row.called = [unit.id for unit in units(change, data.units, "units")]
        change.facts["analysis"] = BY_CENTRE
        _onward(change)


def record_analyse(changes: Sequence[Change]) -> None:
    update_rows(Callout, ("called",), [(c.matter.pk, callout_of(c).called) for c in changes])
    record_issue(changes)


def check_back_to_caller(changes: Sequence[Change]) -> None:
    for change in changes:
        change.set(holder_id=change.matter.lead_id, holder_user_id=None)


def may_approve(matter: Matter, actor: Actor) -> bool:
    drafted_by = matter.callout.drafted_by_id
    return drafted_by is None or drafted_by != actor.user_id


def check_approve(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        drafted_by = callout_of(change).drafted_by_id
        if drafted_by is not None and drafted_by == change.actor.user_id:
            change.refuse(Forbidden("不能审批自己起草的呼叫，请由另一位负责人审批。", code="own_draft"))
        _go_out(change)


def record_issue(changes: Sequence[Change]) -> None:
    update_rows(Callout, ("automatic",), [(c.matter.pk, callout_of(c).automatic) for c in changes])
    update_rows(Callout, ("issued_at",), [(c.matter.pk, c.at) for c in changes if c.target == ISSUED])
    _call_units(changes)


def _call_units(changes: Sequence[Change]) -> None:
    going = [c for c in changes if c.target == ISSUED]
    running.call_units([(c, unit, "") for c in going for unit in callout_of(c).called])
