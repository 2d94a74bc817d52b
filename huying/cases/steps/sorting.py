"""Triage, answering at once, dispatch, handing back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from huying.cases import inputs, options
from huying.cases.business import BUSINESS
from huying.cases.enums import LocatedBy
from huying.cases.models import Case
from huying.cases.steps import business, citing, motions, parts
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.kernel.bulk import update_rows
from huying.kernel.errors import Forbidden, Invalid
from huying.kernel.privacy import mask_text
from huying.matters.enums import Urgency
from huying.matters.flow import Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.tree import place_tree

TITLE_BEFORE = "title_before"  # among the words of a line: the title that it replaced
SAMPLED = 10  # one answered case in ten is looked at again


def check_category(change: Change, code: str) -> None:
    if code and code not in options.active_categories():
        change.refuse(Invalid("没有这个分类。", fields={"category": ["没有这个分类，请重新选择"]}))


def check_triage(changes: Sequence[Change]) -> None:
    load(changes)
    tree = place_tree()
    for change in changes:
        data = data_of(change, inputs.Triage)
        check_category(change, data.category)
        motions.check_kind(change, data.kind)
        urgency = data.urgency.value if data.urgency else change.matter.urgency
        change.set(subkind=data.kind.value, category=data.category, urgency=urgency)
        title = data.title or change.matter.title
        change.set(title=mask_text(title) if change.matter.confidential else title)
        community_id, street_id, grid_id = change.matter.community_id, change.matter.street_id, change.matter.grid_id
        located = case_of(change).located_by
        if data.no_place:
            if data.place:
                change.refuse(
                    Invalid("地点填写矛盾。", fields={"place": ["已选“没有具体地点”，请不要再选社区，或者取消勾选"]})
                )
            community_id = street_id = grid_id = None
            located = LocatedBy.NONE
        elif data.place:
            family = tree.family(data.place)
            if family is None or family.community_id is None:
                change.refuse(Invalid("没有这个社区。", fields={"place": ["没有这个社区，请重新选择"]}))
                continue
            if family.community_id != community_id:
                grid_id = family.grid_id
                located = LocatedBy.CHOSEN
            community_id, street_id = family.community_id, family.street_id
        elif community_id is None:
            change.refuse(
                Invalid("还没有地点。", fields={"place": ["请选择所在社区；确实没有地点的请勾选“没有具体地点”"]})
            )
        change.set(community_id=community_id, street_id=street_id, grid_id=grid_id)
        change.facts |= {
            "street": tree.code_of(street_id),
            "community": tree.code_of(community_id),
            "grid": tree.code_of(grid_id),
            "located_by": located,
            "channel": change.matter.channel,
            "urgency": urgency,
        }
        case = case_of(change)
        _remember(change, case)
        case.located_by = located
        case.triaged_by_id = change.actor.user_id
        if data.tags:
            case.tags = list(data.tags)
        business.mark_business(change)
        if data.upper_due_at:
            case.upper_due_at = data.upper_due_at


def _remember(change: Change, case: Case) -> None:
    """What stood there before, for whoever takes the step back. A title may name people: it goes among the words."""
    matter = change.matter
    change.facts["before"] = {
        "kind": matter.subkind,
        "category": matter.category,
        "urgency": matter.urgency,
        "street": matter.street_id,
        "community": matter.community_id,
        "grid": matter.grid_id,
        "located_by": case.located_by,
        "triaged_by": case.triaged_by_id,
        "tags": case.tags,
        "upper_due_at": case.upper_due_at.isoformat() if case.upper_due_at else None,
        "business": BUSINESS in matter.aspects,
    }
    if change.columns["title"] != matter.title:
        change.words[TITLE_BEFORE] = matter.title


def record_triage(changes: Sequence[Change]) -> None:
    from psycopg.types.json import Jsonb

    update_rows(
        Case,
        ("located_by", "triaged_by", "tags", "upper_due_at"),
        [
            (c.matter.pk, case.located_by, case.triaged_by_id, Jsonb(case.tags), case.upper_due_at)
            for c in changes
            for case in (case_of(c),)
        ],
    )


def check_answer(changes: Sequence[Change]) -> None:
    load(changes)
    motions.refuse_usual(changes)
    citing.check_cited(changes)
    for change in changes:
        data = data_of(change, inputs.Answer)
        kind = data.kind.value if data.kind else change.matter.subkind
        category = data.category or change.matter.category
        missing = {
            name: ["结案前要选好这一项"] for name, value in (("kind", kind), ("category", category)) if not value
        }
        if missing:
            change.refuse(Invalid("请先选好诉求类型和分类。", fields=missing))
        check_category(change, data.category)
        change.set(subkind=kind, category=category)
        change.facts |= figures(change)
        change.facts |= {"kind": kind, "category": category, "sampled": is_sampled(change.matter.number)}


def is_sampled(number: str) -> bool:
    """Whether an answered case is looked at again: fixed by its number, so that nobody can choose."""
    return hashlib.sha256(number.encode()).digest()[0] % SAMPLED == 0


def record_answer(changes: Sequence[Change]) -> None:
    citing.record_cited(changes)
    update_rows(
        Case,
        ("sampled", "spot_checked_at", "solved", "resolved_at"),
        [(c.matter.pk, is_sampled(c.matter.number), None, True, c.at) for c in changes],
    )


def check_dispatch(changes: Sequence[Change]) -> None:
    load(changes)
    book = directory()
    fit = {listed.code: listed for listed in book.handlers()}
    earlier = parts.load_parts(changes)
    for change in changes:
        data = data_of(change, inputs.Dispatch)
        case = case_of(change)
        lead = fit.get(data.lead)
        if lead is None:
            change.refuse(Invalid("没有这个承办单位。", fields={"lead": ["没有这个承办单位，请重新选择"]}))
            continue
        co_handlers = list(dict.fromkeys(data.co_handlers))
        if data.lead in co_handlers:
            words = f"{lead.label}已经是主办单位，不能同时协办"
            change.refuse(Invalid(f"{words}。", fields={"co_handlers": [words]}))
            continue
        if data.co_task and not co_handlers:
            words = "没有选协办单位，这一项不要填"
            change.refuse(Invalid(f"{words}。", fields={"co_task": [words]}))
            continue
        unknown = [code for code in co_handlers if code not in fit]
        if unknown:
            change.refuse(
                Invalid("没有这个协办单位。", fields={"co_handlers": [f"没有这个单位：{'、'.join(unknown)}"]})
            )
            continue
        if is_own_triage(change.matter, case, change.actor):
            change.refuse(Forbidden("这类诉求须由研判人以外的人派单，请交给另一位派单员。", code="second_eyes"))
        change.set(
            lead_id=lead.id, holder_id=lead.id, holder_user_id=None, co_handlers=[fit[c].id for c in co_handlers]
        )
        parts.ask(change, [fit[c].id for c in co_handlers], earlier.get(change.matter.pk, ()))
        change.facts |= {
            "kind": change.matter.subkind,
            "category": change.matter.category,
            "urgency": change.matter.urgency,
            "channel": change.matter.channel,
            "round": case.round,
        }
        if case.upper_due_at:
            change.ceilings["handle"] = case.upper_due_at


def may_dispatch(matter: Matter, actor: Actor) -> bool:
    return "disputed" not in matter.aspects and not is_own_triage(matter, matter.case, actor)


def is_own_triage(matter: Matter, case: Case, actor: Actor) -> bool:
    """Whether a second pair of eyes is demanded and these are the first."""
    return needs_second_eyes(matter) and case.triaged_by_id is not None and case.triaged_by_id == actor.user_id


def needs_second_eyes(matter: Matter) -> bool:
    """Marked categories, with what lies below them."""
    if matter.urgency == Urgency.EMERGENCY:
        return False  # minutes count; the alarm has told others already
    code = matter.category
    return any(code == marked or code.startswith(marked + ".") for marked in options.second_eyes())


def check_succeed(changes: Sequence[Change]) -> None:
    """Whoever has taken over goes on; where nobody has, it is dispatched anew. Helpers that are no more go."""
    load(changes)
    book = directory()
    for change in changes:
        matter = change.matter
        holder = book.by_id[matter.holder_id]
        heir = book.heir_of(matter.holder_id)
        change.facts |= figures(change) | {"dissolved": holder.code if not holder.current else ""}
        heirs = [book.heir_of(unit) for unit in matter.co_handlers]
        first = book.heir_of(matter.first_holder_id) or book.centre
        helping = list(dict.fromkeys(unit.id for unit in heirs if unit is not None))
        if heir is None:
            change.choose("triaged")
            change.set(holder_id=book.centre.id, holder_user_id=None, lead_id=None, co_handlers=[], returns_to="")
            change.set(first_holder_id=first.id)
            continue
        change.facts["heir"] = heir.code
        lead = book.heir_of(matter.lead_id) or heir
        change.set(
            holder_id=heir.id,
            # Whoever was in charge stays so while the house is the same.
            holder_user_id=matter.holder_user_id if holder.current else None,
            lead_id=lead.id if matter.lead_id else None,
            first_holder_id=first.id,
            co_handlers=[unit for unit in helping if unit not in (heir.id, lead.id)],
            returns_to=matter.returns_to,
        )


def check_hand_back(changes: Sequence[Change]) -> None:
    load(changes)
    parts.end_with(changes, {change.matter.pk: case_of(change).round for change in changes})
    book = directory()
    for change in changes:
        data = data_of(change, inputs.HandBack)
        if data.suggested and data.suggested not in book.by_code:
            change.refuse(Invalid("没有这个单位。", fields={"suggested": ["没有这个单位，请重新选择"]}))
        change.facts |= figures(change)
        change.set(holder_id=book.centre.id, holder_user_id=None, lead_id=None, co_handlers=[])
