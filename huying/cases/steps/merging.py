"""Merging cases that had gone their own ways, taking it back, and what the main case takes over from them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from huying.cases import inputs
from huying.cases.enums import LinkKind
from huying.cases.models import Case, CaseLink
from huying.cases.motions import is_motion
from huying.cases.steps import joining, objecting
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict
from huying.matters.flow import Change
from huying.matters.models import LedgerLine, Matter
from huying.matters.undoing import refuse_all_but_slips, slip
from huying.people.actors import Actor
from huying.people.directory import directory

MERGED = "merged"  # the aspect; as a fact the reason why it does not count in closing rates
BEFORE = "before"
NOT_GIVEN = ("received", "triaged")
# From where it can be brought back as it stood; elsewhere more than a state has ended with it: an objection, a passing.
RESTORED = ("received", "triaged", "dispatched", "acknowledged", "handling", "waiting", "awaiting_approval")
UPPER_CLOCKS = ("handle", "rework")  # what the upper level's deadline is about


def has_gone_its_way(matter: Matter, actor: Actor) -> bool:
    """Before it is given to a unit, joining says the same with less."""
    return matter.state not in NOT_GIVEN and not is_motion(matter)


def check_merge(changes: Sequence[Change]) -> None:
    load(changes)
    objecting.load_open(changes)
    joining.find_mains([(c, data_of(c, inputs.Merge).main) for c in changes], "main")
    centre = directory().centre.id
    for change in changes:
        main, matter = joining.main_of(change), change.matter
        if main is None:
            continue
        change.facts |= figures(change) | {"excluded": MERGED, BEFORE: _standing(matter)}
        joining.take_over(change, main)
        change.set(holder_id=centre, holder_user_id=None, lead_id=None, co_handlers=[])
        change.mark(MERGED)
        change.done = f"已并案，随 {main.number} 一起办、一起答复"


def _standing(matter: Matter) -> dict[str, object]:
    """Where it was and who had it, for whoever sets it free again."""
    return {
        "state": matter.state,
        "returns_to": matter.returns_to,
        "holder": matter.holder_id,
        "holder_user": matter.holder_user_id,
        "lead": matter.lead_id,
        "co_handlers": list(matter.co_handlers),
        "kind": matter.subkind,
        "category": matter.category,
    }


def record_merge(changes: Sequence[Change]) -> None:
    objecting.drop(changes)
    joining.tie(changes, LinkKind.MERGED)


def may_recall(matter: Matter, actor: Actor) -> bool:
    if not slip("merge")(matter, actor):
        return False
    return LedgerLine.objects.filter(matter=matter.pk, seq=matter.version, from_state__in=RESTORED).exists()


def check_recall_merge(changes: Sequence[Change]) -> None:
    load(changes)
    refuse_all_but_slips(changes)
    links = joining.links_of(changes)
    for change in changes:
        before = change.undone.facts.get(BEFORE) if change.undone else None
        change.extra["link"] = links.get(change.matter.pk)
        if not isinstance(before, Mapping):
            change.refuse(Conflict("这一步没有留下撤回所需的记录，不能撤回。", code="nothing_to_undo"))
            continue
        if before["state"] not in RESTORED:
            words = f"并案时是“{change.flow.state[str(before['state'])].label}”，不能撤回"
            change.refuse(Conflict(f"{words}；并错了的请用“改为单独办理”，交还原单位。", code="not_restored"))
            continue
        change.choose(str(before["state"]))
        change.set(
            returns_to=before["returns_to"],
            holder_id=before["holder"],
            holder_user_id=before["holder_user"],
            lead_id=before["lead"],
            co_handlers=list(before["co_handlers"]),
            subkind=before["kind"],
            category=before["category"],
        )
        change.unmark(MERGED)
        change.facts |= figures(change)


def record_recall_merge(changes: Sequence[Change]) -> None:
    joining.end(changes, answered=False)


def stood_before(changes: Sequence[Change]) -> dict[int, Mapping[str, object]]:
    """Facts of the newest merging of each, by matter."""
    merged = [c.matter.pk for c in changes if MERGED in c.matter.aspects]
    if not merged:
        return {}
    lines = LedgerLine.objects.filter(matter__in=merged, step="merge").order_by("matter_id", "-seq")
    return {line.matter_id: json.loads(line.facts) for line in lines.distinct("matter_id")}


# --- what goes along with the main case ------------------------------------------------------------------------------


def check_follow(changes: Sequence[Change]) -> None:
    links = joining.links_of(changes)
    above = CaseLink.objects.waiting().filter(case__in=[link.main_id for link in links.values()])
    mains = {link.case_id: link.main.matter for link in above.select_related("main__matter")}
    for change in changes:
        link = links.get(change.matter.pk)
        if link is None:
            change.refuse(Conflict("这一件没有并入别的件。", code="not_joined"))
            continue
        before = link.through.matter if link.through else None
        if before is not None and before.state != joining.JOINED and before.closed_at is None:
            target, through = before, None
        elif (up := mains.get(link.main_id)) is not None and up.pk != change.matter.pk:
            target, through = up, link.main_id
        else:
            change.refuse(Conflict("主件没有并到别的件。", code="not_moved"))
            continue
        change.extra |= {"link": link, joining.MAIN: target, "through": through}
        change.facts[joining.MAIN] = target.number


def record_follow(changes: Sequence[Change]) -> None:
    joining.end(changes, answered=False)
    rows: list[tuple[object, ...]] = []
    for change in changes:
        link, main = change.extra["link"], joining.main_of(change)
        assert isinstance(link, CaseLink)
        assert main is not None
        rows.append((change.matter.pk, main.pk, link.kind, link.by_id, link.at, False, change.extra["through"], True))
    insert_rows(CaseLink, joining.LINK, rows)


def check_tighten(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        case, wanted = case_of(change), data_of(change, inputs.Tighten).upper_due_at
        if case.upper_due_at is not None and case.upper_due_at <= wanted:
            change.refuse(Conflict("主件的上级时限已经更早。", code="tight_already"))
            continue
        case.upper_due_at = wanted
        change.ceilings |= dict.fromkeys(UPPER_CLOCKS, wanted)
        change.facts |= figures(change)


def record_tighten(changes: Sequence[Change]) -> None:
    update_rows(Case, ("upper_due_at",), [(c.matter.pk, case_of(c).upper_due_at) for c in changes])
