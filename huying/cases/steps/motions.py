"""Motions and proposals: their particulars, the letter that answers them, what the proposer says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection

from huying.cases import inputs
from huying.cases.enums import CaseKind, Means, Opinion, Satisfaction
from huying.cases.models import Case, ContactAct, Motion, MotionAnswer, Resolution
from huying.cases.motions import ALONE, KEY, MOTION, NOT_THIS_WAY, WITHOUT, is_motion, is_unregistered
from huying.cases.parameters import MOTION_MEETING
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.cases.steps.rounds import another_round, lead_of
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.flow import STAY, Change
from huying.matters.models import Matter
from huying.people.actors import Actor

FACE_TO_FACE = (Means.VISIT, Means.MEETING)
LETTER = ("answer_class", "letter_number", "copies", "without_meeting")  # of `Propose`, for motions alone
_ROW, _ANSWER = "motion", "motion_answer"  # in `Change.extra`
_TOLD = ("body", "term", "session", "serial", "disclosed", "key")  # that the line keeps, without names
_COLUMNS = (*_TOLD, "proposer", "seconders")
_SATISFACTION = {
    Opinion.CONTENT: Satisfaction.SATISFIED,
    Opinion.BASICALLY: Satisfaction.FAIR,
    Opinion.DISCONTENT: Satisfaction.DISSATISFIED,
}


# --- what stands on the paper ----------------------------------------------------------------------------------------


def check_arrivals(changes: Sequence[Change]) -> None:
    """Of what arrives with the particulars of a motion: whether it can be one."""
    moved: list[tuple[Change, inputs.MotionParticulars]] = []
    for change in changes:
        data = data_of(change, inputs.Receive)
        if change.refusal or (told := data.motion) is None:
            continue
        name = data.reporter.name if data.reporter is not None else ""
        if change.actor.scope != "all":
            change.refuse(Forbidden("议提案由区中心登记。", fields={"motion.body": ["请不要填写议提案信息"]}))
        elif data.kind not in (None, CaseKind.MOTION):
            change.refuse(Invalid("类型不是议提案。", fields={"kind": ["填了议提案信息的，类型请选“议提案”"]}))
        elif data.anonymous or data.confidential:
            words = "议提案由代表或委员公开提出，不能匿名，也不能要求保密"
            where = "anonymous" if data.anonymous else "confidential"
            change.refuse(Invalid(f"{words}。", fields={where: [words]}))
        elif data.joins or data.repeats:
            change.refuse(Conflict(f"{ALONE}。", code="motion_alone"))
        elif not (told.proposer or name):
            words = "请填写领衔代表或委员"
            change.refuse(Invalid(f"{words}。", fields={"motion.proposer": [words]}))
        else:
            moved.append((change, told))
            _put(change, told, told.proposer or name)
    _check_numbers(moved, prefix="motion.")


def _put(change: Change, told: inputs.MotionParticulars, proposer: str) -> None:
    change.extra[_ROW] = Motion(
        body=told.body.value,
        term=told.term,
        session=told.session or 0,
        serial=told.serial,
        proposer=proposer,
        seconders=told.seconders,
        disclosed=told.disclosed,
        key=told.key,
    )


def _row(change: Change) -> Motion | None:
    row = change.extra.get(_ROW)
    assert row is None or isinstance(row, Motion)
    return row


def mark(change: Change) -> None:
    """Of what arrives as a motion: what lists tell and what its line keeps."""
    if (row := _row(change)) is None:
        return
    change.mark(MOTION)
    if row.key:
        change.mark(KEY)
    change.facts["motion"] = {name: getattr(row, name) for name in _TOLD}


def _check_numbers(changes: Sequence[tuple[Change, inputs.MotionParticulars]], prefix: str = "") -> None:
    """A number of a session stands once. Locks the numbers, so that two at once see each other."""
    wanted: dict[tuple[str, int, int, int], Change] = {}
    for change, told in changes:
        key = (told.body.value, told.term, told.session or 0, told.serial)
        if key in wanted:
            change.refuse(_known("", prefix))
        wanted.setdefault(key, change)
    if not wanted:
        return
    keys = list(wanted)
    with connection.cursor() as cursor:
        # Two statements in one journey: the second sees what was committed while the first waited.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) "
            "FROM (SELECT unnest(%s::text[]) AS k ORDER BY 1) AS q;\n"
            "SELECT m.body, m.term::int, m.session::int, m.serial, m.case_id, o.number FROM cases_motion m "
            "JOIN matters_matter o ON o.id = m.case_id "
            "WHERE (m.body, m.term, m.session, m.serial) IN (SELECT * FROM unnest(%s::text[], %s::int[], %s::int[], "
            "%s::int[]))",
            [
                ["motion\n" + "\n".join(map(str, key)) for key in keys],
                *(list(column) for column in zip(*keys, strict=True)),
            ],
        )
        cursor.nextset()
        for body, term, session, serial, case, number in cursor.fetchall():
            asking = wanted[body, term, session, serial]
            if asking.matter.pk != case:
                asking.refuse(_known(number, prefix))


def _known(number: str, prefix: str) -> Conflict:
    where = f"，编号 {number}" if number else ""
    words = f"这次会议的这个编号已经登记过{where}"
    return Conflict(f"{words}。", code="motion_known", fields={f"{prefix}serial": [words]})


def may_set(matter: Matter, actor: Actor) -> bool:
    """What is known can be mended at any time; what is not, as long as no result has been proposed without it."""
    early = matter.state not in ("awaiting_approval", "reply_review", "resolved", "under_review", "closed")
    return is_motion(matter) or (is_unregistered(matter) and early and not matter.confidential)


def check_set(changes: Sequence[Change]) -> None:
    load(changes)
    standing = Motion.objects.in_bulk([c.matter.pk for c in changes])
    asked: list[tuple[Change, inputs.MotionParticulars]] = []
    for change in changes:
        data, before = data_of(change, inputs.SetMotion), standing.get(change.matter.pk)
        proposer = data.proposer or (before.proposer if before else "")
        change.facts |= figures(change)
        if not may_set(change.matter, change.actor):
            change.refuse(Conflict(f"{change.step.unfit}。", code="no_motion"))
        elif change.matter.raised_by_id is None:
            change.refuse(Conflict("这件没有留下提出人的联系方式，请重新登记。", code="no_contact"))
        elif not proposer:
            words = "请填写领衔代表或委员"
            change.refuse(Invalid(f"{words}。", fields={"proposer": [words]}))
        else:
            asked.append((change, data))
            _put(change, data, proposer)
            change.mark(MOTION)
            (change.mark if data.key else change.unmark)(KEY)
    _check_numbers(asked)


def record_set(changes: Sequence[Change]) -> None:
    """Also of what has just been received."""
    rows = []
    for change in changes:
        if (row := _row(change)) is not None:
            row.case_id = change.matter.pk
            rows.append(row)
    if rows:
        Motion.objects.bulk_create(rows, update_conflicts=True, unique_fields=["case"], update_fields=_COLUMNS)


def check_kind(change: Change, kind: str) -> None:
    """At triage: what is registered as a motion stays one."""
    if is_motion(change.matter) and kind != CaseKind.MOTION:
        words = "已经登记为议提案，类型不能改"
        change.refuse(Invalid(f"{words}。", fields={"kind": [words]}))


def refuse_usual(changes: Sequence[Change]) -> None:
    """For steps whose way motions do not go."""
    for change in changes:
        if is_motion(change.matter):
            change.refuse(Conflict(f"{NOT_THIS_WAY}。", code="motion"))


# --- the answer ------------------------------------------------------------------------------------------------------


def check_answers(changes: Sequence[Change]) -> Mapping[int, Mapping[str, list[str]]]:
    """What proposed results lack as answers to motions, beside their fields, by case; the cases are loaded. A query
    only where one of them is a motion. Whether it is true nobody asks of a motion, and its line does not tell it."""
    moved = [c for c in changes if is_motion(c.matter)]
    met: set[tuple[int, int]] = set()
    if moved and MOTION_MEETING.value:
        acts = ContactAct.objects.filter(case__in=[c.matter.pk for c in moved], means__in=FACE_TO_FACE, reached=True)
        met = set(acts.values_list("case_id", "round"))
    found: dict[int, dict[str, list[str]]] = {}
    for change in changes:
        data = data_of(change, inputs.Propose)
        fields: dict[str, list[str]] = {}
        if is_unregistered(change.matter):
            fields["answer_class"] = [WITHOUT]
        elif not is_motion(change.matter):
            fields |= {name: ["不是议提案，不用填这一项"] for name in LETTER if getattr(data, name)}
        else:
            change.facts.pop("true", None)
            if data.answer_class is None:
                fields["answer_class"] = ["请选择答复类别"]
            talked = (change.matter.pk, case_of(change).round) in met
            if MOTION_MEETING.value and not talked and not data.without_meeting:
                fields["without_meeting"] = ["这一轮还没有当面沟通的记录，请先面商，或者写明没有面商的原因"]
        found[change.matter.pk] = fields
    return found


def record_answers(changes: Sequence[Change]) -> None:
    rows = [
        (c.matter.pk, c.seq, case_of(c).round, data.answer_class.value, data.letter_number, data.copies, "", "")
        for c in changes
        for data in (data_of(c, inputs.Propose),)
        if data.answer_class is not None
    ]
    if rows:
        names = ("case", "seq", "round", "answer_class", "letter_number", "copies", "attitude", "result")
        insert_rows(MotionAnswer, names, rows)


def load_answers(changes: Sequence[Change], proposals: Mapping[int, Resolution]) -> None:
    """Put the answer that a proposed result is into each change, and what the line tells of it. No query for others."""
    moved = {c.matter.pk: c for c in changes if is_motion(c.matter)}
    for answer in MotionAnswer.objects.filter(case__in=list(moved)) if moved else ():
        if answer.seq == proposals[answer.case_id].seq:
            moved[answer.case_id].extra[_ANSWER] = answer
            moved[answer.case_id].facts["answer_class"] = answer.answer_class


def _answer(change: Change) -> MotionAnswer | None:
    answer = change.extra.get(_ANSWER)
    assert answer is None or isinstance(answer, MotionAnswer)
    return answer


def record_signed(changes: Sequence[Change]) -> None:
    signed = [(answer.pk, c.at, c.matter.lead_id) for c in changes if (answer := _answer(c)) is not None]
    if signed:
        update_rows(MotionAnswer, ("approved_at", "lead"), signed)


# --- what the proposer says of it ------------------------------------------------------------------------------------


def check_opinion(changes: Sequence[Change]) -> None:
    load(changes)
    signed = MotionAnswer.objects.filter(case__in=[c.matter.pk for c in changes], approved_at__isnull=False)
    newest = {answer.case_id: answer for answer in signed.order_by("seq")}
    for change in changes:
        data, case = data_of(change, inputs.RecordOpinion), case_of(change)
        answer = newest.get(change.matter.pk)
        if not is_motion(change.matter) or answer is None:
            change.refuse(Conflict(f"{change.step.unfit}。", code="no_motion"))
            continue
        case.callback_tries += 1
        change.facts |= figures(change) | {"attempt": case.callback_tries, "answer_class": answer.answer_class}
        if data.attitude is None or data.result is None:
            change.choose(STAY)
            continue
        change.extra[_ANSWER] = answer
        case.satisfaction = _SATISFACTION[data.result]
        change.facts["content"] = content = Opinion.DISCONTENT not in (data.attitude, data.result)
        if content:
            change.choose("closed")
        elif (lead := lead_of(change)) is None:
            change.refuse(Conflict("承办单位已经撤销，不能直接转重办，请改用“要求重办”重新研判。", code="no_lead"))
        else:
            change.choose("handling")
            change.set(holder_id=lead.id)
            another_round(change)


def record_opinion(changes: Sequence[Change]) -> None:
    said = [
        (answer.pk, c.at, data.attitude.value, data.result.value, c.facts["content"])
        for c in changes
        for data, answer in ((data_of(c, inputs.RecordOpinion), _answer(c)),)
        if answer is not None and data.attitude is not None and data.result is not None
    ]
    if said:
        update_rows(MotionAnswer, ("opinion_at", "attitude", "result", "content"), said)
    columns = ("callback_tries", "contact_tries", "contacted_at", "satisfaction", "round", "resolved_at")
    update_rows(
        Case,
        columns,
        [(c.matter.pk, *(getattr(case_of(c), name) for name in columns)) for c in changes],
    )
