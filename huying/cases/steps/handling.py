"""Acknowledging, contact before handling, proposing a result, its approval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from psycopg.types.json import Jsonb

from huying.cases import inputs, options, reply_facts
from huying.cases.enums import ContactExemption
from huying.cases.models import Case, ContactAct, Resolution
from huying.cases.parameters import CONTACT_TRIES
from huying.cases.passing import is_out
from huying.cases.steps import motions, parts
from huying.cases.steps.particulars import case_of, data_of, figures, load
from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.flow import STAY, Change
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.contacts import reachable
from huying.people.directory import directory


def check_acknowledge(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        change.facts |= figures(change) | {"before": {"first_holder": change.matter.first_holder_id}}
        change.set(first_holder_id=change.matter.holder_id, holder_user_id=change.actor.user_id)
        if change.matter.confidential:
            change.owners["contact"] = directory().centre.id
            change.excuses["contact"] = "confidential"
            change.facts["confidential"] = True


def record_acknowledge(changes: Sequence[Change]) -> None:
    update_rows(Case, ("officer",), [(c.matter.pk, data_of(c, inputs.Acknowledge).officer) for c in changes])


def contacts(matter: Matter, actor: Actor) -> bool:
    """Whose it is to contact the reporter: the unit's own, or the centre's where the reporter asked for confidence."""
    by_centre = actor.may("cases.view_confidential")
    return by_centre if matter.confidential else not by_centre or actor.organisation_id == matter.holder_id


def check_contact(changes: Sequence[Change]) -> None:
    load(changes)
    with_phone = reachable(c.matter.raised_by_id for c in changes)
    for change in changes:
        data, case = data_of(change, inputs.Contact), case_of(change)
        if contacts(change.matter, change.actor):
            pass
        elif change.matter.confidential:
            change.refuse(
                Forbidden("诉求人要求保密，由区中心代为联系；需要了解的情况请写在“退回补充”里。", code="confidential")
            )
        else:
            change.refuse(Forbidden("办前沟通由承办单位进行，要求保密的才由区中心代为联系。", code="not_holder"))
        if data.at and data.at > change.now + timedelta(minutes=5):
            change.refuse(Invalid("联系时间不能晚于现在。", fields={"at": ["联系时间不能晚于现在"]}))
        elif data.at and data.at < change.matter.opened_at.replace(second=0, microsecond=0):  # forms tell minutes
            change.refuse(Invalid("联系时间不能早于受理时间。", fields={"at": ["联系时间不能早于受理时间"]}))
        tries = case.contact_tries + (1 if data.exemption is None else 0)
        if data.exemption == ContactExemption.UNREACHABLE and tries < CONTACT_TRIES.value:
            change.refuse(
                Invalid(
                    f"只联系过 {tries} 次。",
                    fields={"exemption": [f"满 {CONTACT_TRIES.value} 次联系不上才能免联系，现在是 {tries} 次"]},
                )
            )
        if data.exemption == ContactExemption.ANONYMOUS and change.matter.raised_by_id in with_phone:
            change.refuse(Invalid("诉求人留有联系方式。", fields={"exemption": ["诉求人留有联系方式，请先联系"]}))
        done = bool(data.reached) or data.exemption is not None
        if data.exemption is not None:
            change.done = "免联系理由已记下"
            change.excuses["contact"] = f"exempt:{data.exemption.value}"
        if not done:
            change.choose(STAY)
        change.facts |= figures(change) | {"try": tries, "confidential": change.matter.confidential}
        change.facts["before_handling"] = done and case.contacted_at is None
        case.contact_tries = tries
        if done and case.contacted_at is None:
            case.contacted_at = change.at


def record_contact(changes: Sequence[Change]) -> None:
    insert_rows(
        ContactAct,
        ("case", "seq", "round", "at", "whom", "means", "reached", "exemption"),
        [
            (
                c.matter.pk,
                c.seq,
                case_of(c).round,
                data.at,
                data.whom,
                data.means.value if data.means else "",
                bool(data.reached),
                data.exemption.value if data.exemption else "",
            )
            for c in changes
            for data in (data_of(c, inputs.Contact),)
        ],
    )
    update_rows(
        Case,
        ("contact_tries", "contacted_at"),
        [(c.matter.pk, case_of(c).contact_tries, case_of(c).contacted_at) for c in changes],
    )


def may_propose(matter: Matter, actor: Actor) -> bool:
    """Once the reporter has been talked to in this round, or need not be; by the unit that answers for it."""
    return matter.case.contacted_at is not None and not is_out(matter)


def check_propose(changes: Sequence[Change]) -> None:
    load(changes)
    items = options.checklist_items()
    waiting = parts.missing_opinions(changes)
    answers = motions.check_answers(changes)
    for change in changes:
        data, case = data_of(change, inputs.Propose), case_of(change)
        if is_out(change.matter):
            lead = directory().name_of(change.matter.lead_id)
            change.refuse(Conflict(f"办理结果由主办单位{lead}提交，请办好后交回。", code="not_lead"))
        for_this_unit = {
            key: (words, must) for key, unit, words, must in items if unit in (None, change.matter.lead_id)
        }
        missing = [words for key, (words, must) in for_this_unit.items() if must and key not in data.checklist]
        fields = dict(answers[change.matter.pk])
        if missing:
            fields["checklist"] = [f"还没有完成：{'、'.join(missing)}"]
        if any(key not in for_this_unit for key in data.checklist):
            fields["checklist"] = ["办理清单已经变更，请刷新后重新勾选"]
        if wanted := parts.opinions_wanted(change, waiting.get(change.matter.pk, ())):
            fields["without_parts"] = [wanted]
        if case.contacted_at is None:
            fields["contact"] = ["还没有办前沟通记录，请先联系诉求人或选择免联系理由"]
        if fields:
            change.refuse(Invalid("办理结果还缺内容，请补齐后再提交。", code="incomplete", fields=fields))
        change.attachments_public = data.show_files
        change.facts |= figures(change) | {"contacted": case.contacted_at is not None}


def record_propose(changes: Sequence[Change]) -> None:
    insert_rows(
        Resolution,
        ("case", "seq", "round", "true", "solved", "by_whom", "checklist", "proposed_at", "proposed_by"),
        [
            (
                c.matter.pk,
                c.seq,
                case_of(c).round,
                data.true,
                data.solved,
                data.by_whom,
                Jsonb(data.checklist),
                c.at,
                c.actor.user_id,
            )
            for c in changes
            for data in (data_of(c, inputs.Propose),)
        ],
    )
    motions.record_answers(changes)


def pending(changes: Sequence[Change]) -> dict[int, Resolution]:
    """The proposal that awaits an answer, by case."""
    rows = Resolution.objects.filter(
        case_id__in=[c.matter.pk for c in changes], approved_at=None, sent_back_at=None, withdrawn_at=None
    ).order_by("seq")
    return {row.case_id: row for row in rows}


def load_proposals(changes: Sequence[Change]) -> None:
    """Put the `Resolution` that awaits an answer into each change."""
    waiting = pending(changes)
    for change in changes:
        change.particulars = waiting[change.matter.pk]


def proposal_of(change: Change) -> Resolution:
    assert isinstance(change.particulars, Resolution)
    return change.particulars


def check_send_back(changes: Sequence[Change]) -> None:
    load_proposals(changes)
    for change in changes:
        change.facts |= figures(change, proposal_of(change).round)


def record_send_back(changes: Sequence[Change]) -> None:
    update_rows(
        Resolution,
        ("sent_back_at", "sent_back_by"),
        [(proposal_of(c).pk, c.at, c.actor.user_id) for c in changes],
    )


def check_approve(changes: Sequence[Change]) -> None:
    load_proposals(changes)
    motions.load_answers(changes, {c.matter.pk: proposal_of(c) for c in changes})
    parts.end_with(changes, {change.matter.pk: proposal_of(change).round for change in changes})
    book = directory()
    for change in changes:
        proposal = proposal_of(change)
        if proposal.proposed_by_id is not None and proposal.proposed_by_id == change.actor.user_id:
            change.refuse(Forbidden("不能审批自己提交的办理结果，请由另一位负责人审批。", code="own_proposal"))
        if change.matter.channel in options.published_channels():
            change.choose("reply_review")
        change.set(holder_id=book.centre.id, holder_user_id=None)
        change.facts |= figures(change, proposal.round) | {"solved": proposal.solved, "true": proposal.true}
    reply_facts.note_unshown(changes, {change.matter.pk: proposal_of(change) for change in changes})


def record_approve(changes: Sequence[Change]) -> None:
    parts.record_ended(changes)
    update_rows(
        Resolution, ("approved_at", "approved_by"), [(proposal_of(c).pk, c.at, c.actor.user_id) for c in changes]
    )
    update_rows(Case, ("resolved_at",), [(c.matter.pk, c.at) for c in changes])
    motions.record_signed(changes)
