"""Passing on, taking on, giving and taking back, looking on site, another officer (转办、现场核查、改派)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huying.cases import inputs
from huying.cases.enums import LocatedBy
from huying.cases.flow.states import SHARED
from huying.cases.models import Case, CasePassing
from huying.cases.models.passing import Direction, Ending
from huying.cases.passing import PASSED_ON, below, grids_for, upper_of
from huying.cases.steps import parts
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.matters.flow import STAY, Change
from huying.matters.messages import HANDLERS
from huying.people.directory import Listed, directory
from huying.people.models import Post
from huying.places.tree import place_tree

NEW, STANDING, ENDS = "passing", "standing", "ends"  # in `Change.extra`
HANDLING, WHERE_IT_GOES_ON = "handling", ("acknowledged", "handling")


def _load_standing(changes: Sequence[Change]) -> None:
    """The standing passing and the standing look on site of each, as `(passing, check)`."""
    found: dict[int, list[CasePassing]] = {}
    wanted = [change.matter.pk for change in changes if PASSED_ON in change.matter.aspects]
    if wanted:
        for row in CasePassing.objects.filter(case__in=wanted, ended_at=None):
            found.setdefault(row.case_id, []).append(row)
    for change in changes:
        change.extra[STANDING] = found.get(change.matter.pk, [])


def _standing(change: Change, *, on_site: bool) -> CasePassing | None:
    rows = change.extra[STANDING]
    assert isinstance(rows, list)
    return next((row for row in rows if (row.direction == Direction.GRID) is on_site), None)


def _end(change: Change, row: CasePassing, ending: Ending) -> None:
    ends = change.extra.setdefault(ENDS, [])
    assert isinstance(ends, list)
    ends.append((row.pk, ending))


def _record_ends(changes: Sequence[Change]) -> None:
    rows = [(pk, c.at, ending) for c in changes for pk, ending in _ended(c)]
    update_rows(CasePassing, ("ended_at", "ending"), rows)


def _ended(change: Change) -> list[tuple[int, Ending]]:
    ends = change.extra.get(ENDS, [])
    assert isinstance(ends, list)
    return ends


def _goes_on(change: Change) -> None:
    """Back to the state in which it was passed on, or sent to be looked at."""
    before = change.matter.returns_to
    change.choose(before if before in WHERE_IT_GOES_ON else HANDLING)
    change.set(returns_to="")


def _between(change: Change, sender: Listed, receiver: Listed) -> dict[str, object]:
    """Facts of who gave it to whom."""
    return figures(change) | {
        "from": sender.code,
        "to": receiver.code,
        "level": f"{sender.kind}>{receiver.kind}",
        "lead_too": bool(getattr(change.data, "lead_too", False)),
    }


# --- passing on ------------------------------------------------------------------------------------------------------


def check_pass_down(changes: Sequence[Change]) -> None:
    load(changes)
    _load_standing(changes)
    book = directory()
    wanted = {id(change): book.by_code.get(data_of(change, inputs.PassDown).to) for change in changes}
    staffed = _staffed({unit.id for unit in wanted.values() if unit is not None})
    for change in changes:
        sender, receiver = book.by_id[change.matter.holder_id], wanted[id(change)]
        if change.matter.holder_id != change.matter.lead_id:
            change.refuse(Conflict("这一件是别的单位转来的，办好后交回，不能再往下转。", code="passed_on"))
        elif receiver is None or receiver.id not in {unit.id for unit in below(sender.id)}:
            words = f"{receiver.label}不是{sender.label}下面的社区" if receiver else "没有这个社区"
            change.refuse(Invalid(f"{words}。", fields={"to": [f"{words}，请重新选择"]}))
        elif receiver.id not in staffed:
            words = f"{receiver.label}还没有能办理的工作人员，转过去没有人接"
            change.refuse(Invalid(f"{words}。", fields={"to": [words]}))
        else:
            _pass_on(change, Direction.DOWN, sender, receiver)


def check_pass_up(changes: Sequence[Change]) -> None:
    load(changes)
    _load_standing(changes)
    for change in changes:
        sender, receiver = directory().by_id[change.matter.holder_id], upper_of(change.matter.holder_id)
        if change.matter.holder_id != change.matter.lead_id:
            change.refuse(Conflict("这一件是街道转来的，请用“交回”。", code="passed_on"))
        elif receiver is None:
            change.refuse(Conflict(f"{sender.label}上面没有街道，不能转上级。", code="no_upper"))
        else:
            _pass_on(change, Direction.UP, sender, receiver)


def _staffed(units: set[int]) -> set[int]:
    """Those in which somebody handles cases."""
    rows = Post.objects.current().filter(organisation__in=units, role__in=HANDLERS)
    return set(rows.values_list("organisation", flat=True))


def _pass_on(change: Change, direction: Direction, sender: Listed, receiver: Listed) -> None:
    assert change.matter.lead_id is not None
    for row in (_standing(change, on_site=False), _standing(change, on_site=True)):
        if row is not None:  # of before it was dispatched anew
            _end(change, row, Ending.TAKEN_BACK)
    lead_too = bool(getattr(change.data, "lead_too", False))
    change.extra[NEW] = (direction, sender.id, receiver.id, change.matter.lead_id, lead_too, None)
    change.mark(PASSED_ON)
    change.set(holder_id=receiver.id, holder_user_id=None, returns_to=change.matter.state)
    change.facts |= _between(change, sender, receiver)


def record_pass(changes: Sequence[Change]) -> None:
    _record_ends(changes)
    names = ("case", "seq", "direction", "sender", "receiver", "lead", "lead_too", "worker", "sent_by", "at", "ending")
    rows: list[tuple[object, ...]] = []
    for change in changes:
        made = change.extra[NEW]
        assert isinstance(made, tuple)
        rows.append((change.matter.pk, change.seq, *made, change.actor.user_id, change.at, ""))
    insert_rows(CasePassing, names, rows)


def check_take_on(changes: Sequence[Change]) -> None:
    load(changes)
    _load_standing(changes)
    book = directory()
    for change in changes:
        _goes_on(change)
        row = _standing(change, on_site=False)
        receiver = book.by_id[change.matter.holder_id]
        change.set(holder_user_id=change.actor.user_id)
        if row is None:
            continue
        change.facts |= _between(change, book.by_id[row.sender_id], receiver) | {"lead_too": row.lead_too}
        change.extra["taken"] = row.pk
        if row.lead_too:  # now somebody else has really taken it
            change.set(lead_id=receiver.id, first_holder_id=receiver.id)
            change.done = f"已接收，{receiver.label}成为主办单位"
            _end(change, row, Ending.LEAD_MOVED)


def record_take_on(changes: Sequence[Change]) -> None:
    update_rows(CasePassing, ("taken_at",), [(c.extra["taken"], c.at) for c in changes if "taken" in c.extra])
    _record_ends(changes)
    update_rows(Case, ("officer",), [(c.matter.pk, data_of(c, inputs.TakeOn).officer) for c in changes])


# --- back again ------------------------------------------------------------------------------------------------------


def check_give_back(changes: Sequence[Change]) -> None:
    _back(changes, Ending.GIVEN_BACK)


def check_take_back(changes: Sequence[Change]) -> None:
    _back(changes, Ending.TAKEN_BACK)


def _back(changes: Sequence[Change], ending: Ending) -> None:
    """To the unit that answers for it, which goes on where it was."""
    load(changes)
    _load_standing(changes)
    book = directory()
    for change in changes:
        lead = book.by_id.get(change.matter.lead_id or 0)
        row = _standing(change, on_site=False)
        if lead is None or lead.id == change.matter.holder_id:
            change.refuse(Conflict("这一件没有转给别的单位，就在主办单位手上。", code="not_passed"))
            continue
        sender = book.by_id[change.matter.holder_id]
        if change.matter.state in WHERE_IT_GOES_ON:
            change.choose(change.matter.state)
            change.set(returns_to="")
        else:
            _goes_on(change)
        change.units = [sender.id]
        change.facts |= _between(change, sender, lead) | {"taken": bool(row and row.taken_at)}
        change.set(holder_id=lead.id, holder_user_id=row.sent_by_id if row else None)
        _call_off(change, _standing(change, on_site=True))
        if row is not None:
            _end(change, row, ending)


def _call_off(change: Change, look: CasePassing | None) -> None:
    """Nobody has to go there any more, and whoever was sent is told."""
    if look is not None:
        _end(change, look, Ending.CALLED_OFF)
        change.people = [look.worker_id] if look.worker_id else []


def record_back(changes: Sequence[Change]) -> None:
    _record_ends(changes)


# --- looking on site -------------------------------------------------------------------------------------------------


def check_send_to_grid(changes: Sequence[Change]) -> None:
    load(changes)
    _load_standing(changes)
    tree, book = place_tree(), directory()
    wanted = {id(change): tree.family(data_of(change, inputs.SendToGrid).grid) for change in changes}
    workers = _grid_workers({place.id for place in wanted.values() if place is not None})
    for change in changes:
        place, matter = wanted[id(change)], change.matter
        holder = book.by_id[matter.holder_id]
        fit = dict(grids_for(matter))
        if place is None or place.code not in fit:
            name = place.name if place else "这个网格"
            reason = "事发地不在这里" if place and place.community_id == holder.place_id else f"不在{holder.label}"
            words = f"{name}{reason}，不能请这里的网格员" if place else "没有这个网格"
            change.refuse(Invalid(f"{words}。", fields={"grid": [words]}))
            continue
        worker = workers.get(place.id)
        if worker is None:
            words = f"{place.name}还没有网格员，请先安排人，或自己到现场看"
            change.refuse(Invalid(f"{words}。", fields={"grid": [words]}))
            continue
        assert matter.lead_id is not None
        if (row := _standing(change, on_site=True)) is not None:
            _end(change, row, Ending.CALLED_OFF)
        change.extra[NEW] = (Direction.GRID, holder.id, holder.id, matter.lead_id, False, worker)
        change.mark(PASSED_ON)
        change.set(holder_user_id=worker, returns_to=matter.state)
        change.set(grid_id=place.id, community_id=place.community_id, street_id=place.street_id)
        if matter.grid_id is None:
            case_of(change).located_by = LocatedBy.CHOSEN
        change.facts |= figures(change) | {"from": holder.code, "level": "community>grid"}


def _grid_workers(grids: set[int]) -> Mapping[int, int]:
    """Who walks each of these grids; primary posts first."""
    rows = Post.objects.current().filter(role="grid_worker", grids__in=grids, user__is_active=True)
    found: dict[int, int] = {}
    for grid, user in rows.order_by("-is_primary", "pk").values_list("grids", "user"):
        if grid in grids:
            found.setdefault(grid, user)
    return found


def record_send_to_grid(changes: Sequence[Change]) -> None:
    record_pass(changes)
    update_rows(Case, ("located_by",), [(c.matter.pk, case_of(c).located_by) for c in changes])


def check_report_check(changes: Sequence[Change]) -> None:
    _after_check(changes, Ending.REPORTED)
    for change in changes:
        data = data_of(change, inputs.ReportCheck)
        if data.lon is not None and change.matter.lon is None:  # nobody had said where exactly it is
            change.set(lon=data.lon, lat=data.lat)


def check_call_off(changes: Sequence[Change]) -> None:
    _after_check(changes, Ending.CALLED_OFF)


def _after_check(changes: Sequence[Change], ending: Ending) -> None:
    load(changes)
    _load_standing(changes)
    for change in changes:
        row = _standing(change, on_site=True)
        _goes_on(change)
        change.set(holder_user_id=row.sent_by_id if row else None)
        change.facts |= figures(change) | {"grid": place_tree().code_of(change.matter.grid_id)}
        if ending == Ending.CALLED_OFF:
            _call_off(change, row)
        elif row is not None:
            _end(change, row, ending)


def record_report_check(changes: Sequence[Change]) -> None:
    _record_ends(changes)
    rows: list[tuple[object, ...]] = []
    for change in changes:
        data = data_of(change, inputs.ReportCheck)
        rows += [(pk, data.lon, data.lat) for pk, _ in _ended(change) if data.lon is not None]
    update_rows(CasePassing, ("lon", "lat"), rows)


# --- another officer -------------------------------------------------------------------------------------------------


def check_reassign(changes: Sequence[Change]) -> None:
    load(changes)
    asked = {data_of(change, inputs.Reassign).post for change in changes}
    keys = [int(key) for key in asked if key.isdigit() and len(key) < 10]
    posts = {str(post.pk): post for post in Post.objects.current().filter(pk__in=keys).select_related("user")}
    for change in changes:
        post = posts.get(data_of(change, inputs.Reassign).post)
        if post is None or post.organisation_id != change.matter.holder_id or post.role not in HANDLERS:
            words = "只能改派给本单位在岗的经办人"
            change.refuse(Invalid(f"{words}。", fields={"post": [words]}))
            continue
        if post.user_id == change.matter.holder_user_id:
            words = f"现在就由{post.user.display_name}经办"
            change.refuse(Invalid(f"{words}。", fields={"post": [words]}))
            continue
        change.choose(STAY)
        change.words["officer"] = post.user.display_name
        change.set(holder_user_id=post.user_id)
        change.facts |= figures(change) | {"from_user": change.matter.holder_user_id, "to_user": post.user_id}
        case_of(change).officer = post.user.display_name
        change.done = f"已改由{post.user.display_name}经办"


def record_reassign(changes: Sequence[Change]) -> None:
    update_rows(Case, ("officer",), [(c.matter.pk, case_of(c).officer) for c in changes])


# --- a body that is no more ------------------------------------------------------------------------------------------


def record_succeed(changes: Sequence[Change]) -> None:
    """Parts and passings of dissolved bodies go on with their heirs; a case that is dispatched anew has none."""
    parts.record_succeed(changes)
    _load_standing(changes)
    book = directory()
    moved: list[tuple[object, ...]] = []
    for change in changes:
        for row in (_standing(change, on_site=False), _standing(change, on_site=True)):
            if row is None:
                continue
            sender, receiver = book.heir_of(row.sender_id), book.heir_of(row.receiver_id)
            if change.target != "triaged" and sender is not None and receiver is not None:
                moved.append((row.pk, sender.id, receiver.id))
            else:
                _end(change, row, Ending.TAKEN_BACK)
    _record_ends(changes)
    update_rows(CasePassing, ("sender", "receiver"), moved)


# --- whichever way it goes -------------------------------------------------------------------------------------------


def record_along(changes: Sequence[Change]) -> None:
    """A case that leaves the house where it was passed on (merged, withdrawn, given anew): nobody goes on there."""
    leaving = [c for c in changes if PASSED_ON in c.matter.aspects and c.target not in SHARED]
    if not leaving:
        return
    _load_standing(leaving)
    for change in leaving:
        look = _standing(change, on_site=True)
        change.people = [look.worker_id] if look is not None and look.worker_id else []
    rows = [
        (row.pk, change.at, Ending.TAKEN_BACK)
        for change in leaving
        for row in (_standing(change, on_site=False), _standing(change, on_site=True))
        if row is not None
    ]
    update_rows(CasePassing, ("ended_at", "ending"), rows)
