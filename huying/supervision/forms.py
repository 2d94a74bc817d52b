"""Forms of steps, and of what opens a supervision or an instruction."""

from __future__ import annotations

from huying.cases.forms import UnitForm
from huying.matters.forms import InputForm, form_of
from huying.supervision import inputs
from huying.supervision.flow import INSTRUCTIONS, SUPERVISIONS


class IssueForm(UnitForm):
    kind = inputs.Issue
    unit = "lead"
    without = ("instruction",)


class ReaddressForm(UnitForm):
    kind = inputs.Readdress
    unit = "lead"


RecordForm = form_of(inputs.Record)
# Whoever writes an instruction needs to say little more than what is to be done.
OwnInstructionForm = form_of(inputs.Record, first=("title", "text", "upper_due_at", "matters", "attachments"))

_FORMS: dict[tuple[str, str], type[InputForm]] = {
    (flow.kind, step.key): form_of(step.input)
    for flow in (SUPERVISIONS, INSTRUCTIONS)
    for step in flow.steps
    if not step.opens
} | {("supervision", "readdress"): ReaddressForm}


def step_form(flow_kind: str, key: str) -> type[InputForm]:
    return _FORMS[flow_kind, key]
