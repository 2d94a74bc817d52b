"""An instruction, the tasks that are made of it, and the report back."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from psycopg.types.json import Jsonb

from huying.kernel.bulk import insert_rows, update_rows
from huying.kernel.errors import Conflict, Invalid
from huying.kernel.search import index_text
from huying.matters.engine import Opening, open_many
from huying.matters.flow import Change, flows
from huying.matters.models import Matter, Words
from huying.people.directory import directory
from huying.supervision import inputs
from huying.supervision.enums import TASK_OF, InstructionKind
from huying.supervision.models import Instruction
from huying.supervision.steps.issuing import refuse_unknown, supervisable
from huying.supervision.steps.particulars import data_of, handler_by, instruction_of, load_instructions


def check_record(changes: Sequence[Change]) -> None:
    centre = directory().centre.id
    matters = _supervisable({number for change in changes for number in data_of(change, inputs.Record).matters})
    for change in changes:
        data = data_of(change, inputs.Record)
        refuse_unknown(change, data.matters, matters)
        change.particulars = Instruction(
            source=data.source,
            reference=data.reference,
            dated=timezone.localdate(data.dated),
            upper_due_at=data.upper_due_at,
            about=data.matters,
        )
        change.set(
            title=data.title,
            subkind=data.kind.value,
            channel="",
            holder_id=centre,
            first_holder_id=centre,
        )
        change.document = index_text(data.title, data.text, data.source, data.reference)
        _ceiling(change)


def _supervisable(numbers: set[str]) -> dict[str, Matter]:
    return supervisable(list(Matter.objects.filter(number__in=numbers))) if numbers else {}


def _ceiling(change: Change) -> None:
    due = instruction_of(change).upper_due_at
    if due is None:
        return
    if due <= change.at:
        change.refuse(Invalid("要求报告的时间已经过了。", fields={"upper_due_at": ["要求报告的时间要晚于现在"]}))
    change.ceilings["finish"] = due


def record_record(changes: Sequence[Change]) -> None:
    insert_rows(
        Instruction,
        ("matter", "source", "reference", "dated", "upper_due_at", "about"),
        [
            (c.matter.pk, row.source, row.reference, row.dated, row.upper_due_at, Jsonb(row.about))
            for c in changes
            for row in (instruction_of(c),)
        ],
    )


def check_assign(changes: Sequence[Change]) -> None:
    load_instructions(changes)
    matters = _supervisable({number for change in changes for number in data_of(change, inputs.Assign).matters})
    for change in changes:
        data = data_of(change, inputs.Assign)
        refuse_unknown(change, data.matters, matters)
        unknown = [code for code in data.leads if handler_by(code) is None]
        if unknown:
            change.refuse(Invalid("没有这个单位。", fields={"leads": [f"没有这个单位：{'、'.join(unknown)}"]}))


def record_assign(changes: Sequence[Change]) -> None:
    """One supervision for each unit. What could stand against them has been looked at; a limit that is missing fails
    the whole step."""
    for change in changes:
        data, row = data_of(change, inputs.Assign), instruction_of(change)
        kind = TASK_OF[InstructionKind(change.matter.subkind)]
        task = {
            "kind": kind,
            "title": change.matter.title,
            "matters": data.matters,
            "requirement": data.requirement,
            "days": data.days,
            "upper_due_at": row.upper_due_at if row.upper_due_at and row.upper_due_at > change.at else None,
            "source": "，".join(filter(None, (row.source, row.reference))),
            "instruction": change.matter.number,
        }
        openings = [
            Opening(change.actor, {**task, "lead": code}, change.at, change.now) for code in dict.fromkeys(data.leads)
        ]
        for result in open_many(flows["supervision"], "issue", openings, now=change.now, quiet=change.quiet):
            result.unwrap()


def check_gather(changes: Sequence[Change]) -> None:
    running = _open_tasks(changes)
    for change in changes:
        if change.matter.pk in running:
            change.refuse(Conflict("还有任务没有办结。", code="tasks_open"))


def check_report(changes: Sequence[Change]) -> None:
    load_instructions(changes)


def check_instruct_again(changes: Sequence[Change]) -> None:
    load_instructions(changes)
    for change in changes:
        instruction_of(change).upper_due_at = data_of(change, inputs.InstructAgain).upper_due_at
        change.set(closed_at=None, rework_count=change.matter.rework_count + 1)
        _ceiling(change)


def record_instruct_again(changes: Sequence[Change]) -> None:
    update_rows(Instruction, ("upper_due_at",), [(c.matter.pk, instruction_of(c).upper_due_at) for c in changes])


def check_withdraw(changes: Sequence[Change]) -> None:
    running = _open_tasks(changes)
    for change in changes:
        if change.matter.pk in running:
            change.refuse(Conflict("还有在办的任务，请先撤销各项任务。", code="tasks_open"))


def _open_tasks(changes: Sequence[Change]) -> set[int]:
    """Ids of the instructions that still have tasks under way."""
    rows = Matter.objects.open().filter(supervision__instruction__in=[c.matter.pk for c in changes])
    return set(rows.values_list("supervision__instruction", flat=True))


def outcome_of(instruction_id: int) -> str:
    """What the units have reported, to begin a report with."""
    tasks = list(
        Matter.objects.filter(supervision__instruction=instruction_id, state="closed")
        .order_by("pk")
        .values_list("pk", "lead_id")
    )
    said = Words.objects.filter(
        matter__in=[pk for pk, _ in tasks], field__in=("done", "plan"), erased_at=None
    ).order_by("matter", "-seq", "pk")
    newest: dict[int, tuple[int, list[str]]] = {}
    for row in said:
        seq, texts = newest.setdefault(row.matter_id, (row.seq, []))
        if row.seq == seq:
            texts.append(row.text)
    book = directory()
    return "\n".join(f"{book.name_of(lead)}：{''.join(newest[pk][1])}" for pk, lead in tasks if pk in newest)
