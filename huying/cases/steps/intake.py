"""Receiving a case, importing one that is already history, and files that come with a step."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import connection
from django.utils.crypto import constant_time_compare
from psycopg.types.json import Jsonb

from huying.cases import inputs, options
from huying.cases.enums import CaseKind, LocatedBy
from huying.cases.models import Case
from huying.cases.steps import business, joining, motions, repeats
from huying.cases.steps.headlines import headline
from huying.cases.steps.particulars import data_of
from huying.kernel.bulk import insert_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid, Refusal
from huying.kernel.privacy import conceal, lookup_hash, lookup_hashes
from huying.kernel.search import index_text
from huying.matters import alarms
from huying.matters.enums import Urgency
from huying.matters.flow import Change
from huying.people.contacts import Person, checked, remember_many
from huying.people.directory import Listed, directory
from huying.places.address import find
from huying.places.locate import Located, locate_many
from huying.places.tree import place_tree

UNCLASSIFIED = "unclassified"
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without what people confuse on the phone
CODE_LENGTH = 8


def check_receive(changes: Sequence[Change]) -> None:
    repeats.check_arrivals(changes)
    joining.check_arrivals(changes)
    _take_in(changes)
    alarms.scan_changes([c for c in changes if c.refusal is None])


def _take_in(changes: Sequence[Change]) -> None:
    """What a new arrival and one that is history have in common. People come last: of a refused one nobody is kept."""
    _check_words(changes)
    _check_external(changes)
    motions.check_arrivals(changes)
    _place(changes)
    _people(changes)
    centre, tree = directory().centre, place_tree()
    for change in changes:
        if change.refusal:
            continue
        data = data_of(change, inputs.Receive)
        case = _case(change)
        title = data.title or headline(data.text)
        if data.confidential:  # it is read by everybody, and goes out in messages
            title = conceal(title, data.reporter.name if data.reporter else "")
        change.matter.channel = data.channel
        main = joining.main_of(change)
        kind, category = joining.sorted_as(
            data.kind.value if data.kind else "", data.category, main or repeats.first_of(change)
        )
        if data.motion is not None:
            kind = CaseKind.MOTION.value
        change.set(
            title=title,
            subkind=kind,
            urgency=data.urgency.value,
            channel=data.channel,
            external_number=data.external_number,
            category=category,
            holder_id=centre.id,
            first_holder_id=centre.id,
            confidential=data.confidential,
            lon=data.lon,
            lat=data.lat,
        )
        change.words = {"text": data.text}
        told = {"who": data.who, "cause": data.cause, "effect": data.effect}
        change.words |= {name: value for name, value in told.items() if value}
        change.document = index_text(title, data.text, data.address)
        business.mark_business(change)
        change.attachments_public = True
        change.facts = {
            "channel": data.channel,
            "kind": kind,
            "category": category,
            "urgency": data.urgency.value,
            "street": tree.code_of(change.columns["street_id"]),  # type: ignore[arg-type]
            "community": tree.code_of(change.columns["community_id"]),  # type: ignore[arg-type]
            "grid": tree.code_of(change.columns["grid_id"]),  # type: ignore[arg-type]
            "located_by": case.located_by,
            "anonymous": case.anonymous,
            "wants_reply": data.wants_reply,
            "reporter": change.columns["raised_by_id"],
        }
        if data.external_number:
            change.facts["external_number"] = data.external_number
        if main is not None:
            change.facts["joins"] = main.number
        motions.mark(change)
        repeats.counted(change)
        if data.repeats:
            change.facts["repeats"] = change.facts["repeat_of"]
        if not isinstance(data, inputs.ImportHistory):
            code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(CODE_LENGTH))
            case.follow_hash = follow_hash(code)
            change.answer["code"] = code


def check_history(changes: Sequence[Change]) -> None:
    """Without a look for danger signs: what is over needs no alarm."""
    _check_end(changes)
    _take_in(changes)
    for change in changes:
        if change.refusal:
            continue
        data = data_of(change, inputs.ImportHistory)
        lead = body_named(data.handler)
        change.set(closed_at=data.closed_at, lead_id=lead.id if lead else None)
        change.set(category=data.category or UNCLASSIFIED)
        change.facts |= {
            "imported": True,
            "category": data.category or UNCLASSIFIED,
            "handler": lead.code if lead else "",
            "closed_at": data.closed_at.isoformat(),
        }
        if data.reply:
            change.words["public_reply"] = data.reply


def _check_end(changes: Sequence[Change]) -> None:
    for change in changes:
        data = data_of(change, inputs.ImportHistory)
        if data.closed_at < change.at:
            change.refuse(Invalid("办结早于受理。", fields={"closed_at": ["办结时间早于受理时间，请核对这一行"]}))
        if data.closed_at > change.now:
            change.refuse(Invalid("办结时间晚于现在。", fields={"closed_at": ["办结时间晚于现在，请核对这一行"]}))
        if data.handler and body_named(data.handler) is None:
            change.refuse(Invalid("没有这个承办单位。", fields={"handler": [f"没有“{data.handler}”，请先导入单位"]}))


def body_named(name: str) -> Listed | None:
    """An organisation by code or name; `centre` stands for the district's own."""
    if not name:
        return None
    book = directory()
    return book.by_code.get(name) or book.by_name.get(name) or (book.centre if name == "centre" else None)


def record_information(changes: Sequence[Change]) -> None:
    alarms.raise_alarms(changes)


def record_receive(changes: Sequence[Change]) -> None:
    _insert_cases(changes)
    motions.record_set(changes)
    joining.record_join(changes)
    repeats.record_arrivals(changes)
    alarms.raise_alarms(changes)


def record_history(changes: Sequence[Change]) -> None:
    _insert_cases(changes)
    motions.record_set(changes)


def check_information(changes: Sequence[Change]) -> None:
    """What a reporter adds is the reporter's to see, and may be a danger sign like what was said first."""
    for change in changes:
        change.attachments_public = True
    alarms.scan_changes(changes)


def follow_hash(code: str) -> bytes:
    """What is stored of a follower's code."""
    return lookup_hash("follow", code.strip().upper())


def is_follow_code(code: str, stored: bytes) -> bool:
    """Whether it is the one that was told, under whichever key it was stored."""
    return any(constant_time_compare(stored, digest) for digest in lookup_hashes("follow", code.strip().upper()))


def _case(change: Change) -> Case:
    if change.particulars is None:
        data = data_of(change, inputs.Receive)
        change.particulars = Case(
            address=data.address,
            happened_at=data.happened_at,
            wants_reply=data.wants_reply,
            tags=list(data.tags),
            upper_due_at=data.upper_due_at,
            imported=isinstance(data, inputs.ImportHistory),
            resolved_at=data.closed_at if isinstance(data, inputs.ImportHistory) else None,
        )
    assert isinstance(change.particulars, Case)
    return change.particulars


def _check_words(changes: Sequence[Change]) -> None:
    history = any(isinstance(change.data, inputs.ImportHistory) for change in changes)
    channels = options.channel_names() if history else options.active_channels()  # history may speak of what was
    categories = options.category_names() if history else options.active_categories()
    for change in changes:
        data = data_of(change, inputs.Receive)
        if data.channel not in channels:
            change.refuse(Invalid("没有这个来源渠道。", fields={"channel": [f"没有渠道“{data.channel}”"]}))
        if data.category and data.category not in categories:
            change.refuse(Invalid("没有这个分类。", fields={"category": [f"没有分类“{data.category}”"]}))
        # Only the centre may say how pressing it is; elsewhere it would be everybody's first choice.
        if data.urgency != Urgency.NORMAL and change.actor.scope in ("own", "shown"):
            change.refuse(Forbidden("紧急程度由受理人员判定。", fields={"urgency": ["请不要填写紧急程度"]}))


def _check_external(changes: Sequence[Change]) -> None:
    """The same external number of a channel arrives once. Locks the numbers, so that two at once see each other."""
    wanted: dict[str, Change] = {}
    for change in changes:
        data = data_of(change, inputs.Receive)
        if not data.external_number or change.refusal:
            continue
        key = f"{data.channel}\n{data.external_number}"
        if key in wanted:
            change.refuse(_already(data.external_number, ""))
        wanted.setdefault(key, change)
    if not wanted:
        return
    with connection.cursor() as cursor:
        # Two statements in one journey: the second sees what was committed while the first waited.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) "
            "FROM (SELECT unnest(%s::text[]) AS k ORDER BY 1) AS q;\n"
            "SELECT m.channel || E'\\n' || m.external_number, m.number FROM matters_matter m "
            "JOIN unnest(%s::text[], %s::text[]) AS w(channel, external) "
            "ON m.channel = w.channel AND m.external_number = w.external AND m.external_number <> ''",
            [list(wanted), [k.partition("\n")[0] for k in wanted], [k.partition("\n")[2] for k in wanted]],
        )
        cursor.nextset()
        for key, number in cursor.fetchall():
            wanted[key].refuse(_already(key.partition("\n")[2], number))


def _already(external: str, number: str) -> Refusal:
    where = f"，编号 {number}" if number else ""
    facts = {"number": number} if number else None
    return Conflict(f"来件编号 {external} 已经收过{where}，没有重复受理。", code="already_received", facts=facts)


def _place(changes: Sequence[Change]) -> None:
    """Grid by point, else community by the words of the address, else nowhere yet."""
    alive = [c for c in changes if c.refusal is None]
    with_point = [c for c in alive if data_of(c, inputs.Receive).lon is not None]
    points = [(float(d.lon or 0), float(d.lat or 0)) for c in with_point for d in (data_of(c, inputs.Receive),)]
    found: dict[int, Located | None] = {}
    try:
        found = {id(c): where for c, where in zip(with_point, locate_many(points), strict=True)} if points else {}
    except Refusal:
        for change, point in zip(with_point, points, strict=True):  # one bad point must not spoil the batch
            try:
                found[id(change)] = locate_many([point])[0]
            except Refusal as refusal:
                change.refuse(Invalid(refusal.message, fields={"lon": [refusal.message]}))
    tree = place_tree()
    for change in alive:
        data, case = data_of(change, inputs.Receive), _case(change)
        where = found.get(id(change))
        change.set(street_id=None, community_id=None, grid_id=None)
        if where is not None:
            change.set(street_id=where.street_id, community_id=where.community_id, grid_id=where.grid_id)
            case.located_by = LocatedBy.POINT
        elif data.address:
            match = find(data.address)
            family = tree.by_id.get(match.place_id) if match.place_id is not None else None
            if family is not None:
                change.set(street_id=family.street_id, community_id=family.community_id)
                case.located_by = LocatedBy.ADDRESS


def _people(changes: Sequence[Change]) -> None:
    """The contact of whoever raised it: the account's own, or found and made from what was given."""
    asking: list[tuple[Change, Person]] = []
    for change in changes:
        if change.refusal:
            continue
        data, case = data_of(change, inputs.Receive), _case(change)
        change.set(raised_by_id=None)
        case.anonymous = data.anonymous
        given = data.reporter
        if data.anonymous:
            continue
        if change.actor.contact_id is not None:
            change.set(raised_by_id=change.actor.contact_id)
        elif given is None or given.is_empty:
            case.anonymous = True
        else:
            handle = f"{data.channel}:{given.handle}" if given.handle else ""
            try:
                person = checked(Person(given.name, given.phone, given.identity, given.address, handle, given.kind))
            except Invalid as refusal:
                change.refuse(
                    Invalid(
                        refusal.message, fields={f"reporter.{name}": texts for name, texts in refusal.fields.items()}
                    )
                )
                continue
            asking.append((change, person))
    if asking:
        for (change, _), contact_id in zip(asking, remember_many([p for _, p in asking]), strict=True):
            change.set(raised_by_id=contact_id)


_CASE = (
    "matter",
    "address",
    "located_by",
    "happened_at",
    "anonymous",
    "wants_reply",
    "tags",
    "follow_hash",
    "upper_due_at",
    "imported",
    "resolved_at",
    "sampled",
    "officer",
    "round",
    "contact_tries",
    "callback_tries",
)


def _insert_cases(changes: Sequence[Change]) -> None:
    rows: list[tuple[object, ...]] = []
    for change in changes:
        case = _case(change)
        case.matter_id = change.matter.pk
        rows.append(
            (
                case.matter_id,
                case.address,
                case.located_by,
                case.happened_at,
                case.anonymous,
                case.wants_reply,
                Jsonb(case.tags),
                case.follow_hash,
                case.upper_due_at,
                case.imported,
                case.resolved_at,
                False,
                "",
                1,
                0,
                0,
            )
        )
    insert_rows(Case, _CASE, rows)
