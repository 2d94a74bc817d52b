"""Not accepting a case: proposed, approved by somebody else (at once where minutes count), handed over."""

from __future__ import annotations

import json
from collections.abc import Sequence

from huying.cases import inputs, options
from huying.cases.models import HandoverAct
from huying.cases.rejections import REJECTED
from huying.cases.steps.particulars import data_of, figures, load
from huying.kernel import handover
from huying.kernel.bulk import insert_rows
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.kernel.privacy import mask_text
from huying.matters.flow import Change
from huying.matters.models import LedgerLine
from huying.people.directory import directory

EXCLUDED = "excluded"  # as a fact of the line that closes: why the case counts in no rate
GUIDANCE = "guidance"  # words of the line that proposes it


def check_propose(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        data = data_of(change, inputs.ProposeRejection)
        reason = options.reasons_to_reject().get(data.reason)
        change.facts |= figures(change)
        if reason is None or not reason.active:
            change.refuse(Invalid("没有这个理由。", fields={"reason": ["没有这个理由，请重新选择"]}))
            continue
        missing: dict[str, list[str]] = {}
        if reason.explained and not data.explanation:
            missing["explanation"] = ["选了这个理由，要写明情况，如案号、上次答复的编号"]
        told = data.guidance or mask_text(reason.guidance)
        if not told:
            missing[GUIDANCE] = ["这个理由没有规定用语，请写明为什么不受理、该找谁"]
        if missing:
            change.refuse(Invalid("不予受理还缺内容，请补齐后再提交。", code="incomplete", fields=missing))
        change.words[GUIDANCE] = told
        change.facts["reason_label"] = reason.label
        if reason.at_once:
            change.choose("closed")
            _close(change)


def _close(change: Change) -> None:
    centre = directory().centre.id
    change.set(holder_id=centre, holder_user_id=None, returns_to="")
    change.mark(REJECTED)
    change.facts[EXCLUDED] = REJECTED


def check_approve(changes: Sequence[Change]) -> None:
    load(changes)
    lines = LedgerLine.objects.filter(matter_id__in=[c.matter.pk for c in changes], step="propose_rejection")
    newest = {line.matter_id: line for line in lines.order_by("matter_id", "-seq").distinct("matter_id")}
    for change in changes:
        proposed = newest[change.matter.pk]
        if proposed.actor_id is not None and proposed.actor_id == change.actor.user_id:
            change.refuse(Forbidden("不能审核自己提请的不予受理，请由另一位派单审核员审核。", code="own_proposal"))
        said = json.loads(proposed.facts)
        change.facts |= figures(change) | {"reason": said.get("reason", ""), "proposed_by": proposed.actor_id}
        _close(change)


def check_decline(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        change.facts |= figures(change)


def check_hand_over(changes: Sequence[Change]) -> None:
    load(changes)
    for change in changes:
        data = data_of(change, inputs.HandOver)
        change.facts |= figures(change) | {"target_name": handover.name_of(data.target)}
        if REJECTED not in change.matter.aspects:
            change.refuse(Conflict("只有不予受理的件要登记移交。", code="not_rejected"))
        if handover.target_of(data.target) is None:
            change.refuse(Invalid("没有这个单位。", fields={"target": ["没有这个单位，请重新选择"]}))
        if data.handed_at and data.handed_at < change.matter.opened_at.replace(second=0, microsecond=0):
            change.refuse(Invalid("移交时间不能早于受理时间。", fields={"handed_at": ["移交时间不能早于受理时间"]}))


def record_hand_over(changes: Sequence[Change]) -> None:
    rows: list[tuple[object, ...]] = []
    for change in changes:
        data = data_of(change, inputs.HandOver)
        at = data.handed_at or change.at
        receipt = handover.hand_over(handover.Handover(change.matter.pk, data.target, at, data.receipt))
        rows.append((change.matter.pk, change.seq, data.target, data.means.value, at, receipt, change.actor.user_id))
    insert_rows(HandoverAct, ("case", "seq", "target", "means", "at", "receipt", "by"), rows)
