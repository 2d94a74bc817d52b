"""Why a row is not counted, as words that stand beside every figure.

Side ways need not be known to any metric; there are four ways in:

- A clock that a step *cancels* is left out with the label of that step (`ended:hand_back`), one that stands still with
  the label of the state the matter waits in (`paused:waiting`), a case that another step than those of `COUNTED_ENDS`
  closes with the label of that step (`closed:…`). All of it follows from the table of the flow.
- A step says why a clock that it starts or ends is not counted: `change.excuses["contact"] = "exempt:anonymous"`.
- What is only known of the matter afterwards is declared below, as a condition that an index of matters serves: the
  few that meet it are found once, and no row is joined to its matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, Value, When

from huying.cases.enums import ContactExemption, NoCallbackReason, Verdict
from huying.cases.flow import CASES
from huying.cases.objections import TAKEN_BACK
from huying.kernel.registry import EntryRegistry
from huying.matters.aspects import having
from huying.matters.models import Matter


@dataclass(frozen=True, slots=True)
class Exclusion:
    key: str
    label: str
    condition: Q  # of the matter


exclusions: EntryRegistry[Exclusion] = EntryRegistry("exclusions of figures")
exclusions.declare(
    Exclusion("unreasonable", "认定为不合理诉求", having("unreasonable")),
)

UNREACHED, NOT_DUE, CLOSED = "unreached", "not_due", "closed:"
IMPORTED, JOINED = "closed:import_history", "closed:close_joined"
VERDICT = "verdict:"
# Every step that closes a case is in one of these two.
COUNTED_ENDS = (  # as having been handled
    "callback",
    "record_opinion",
    "close_without_callback",
    "answer",
    "judge",
    "decide_review",
)
OTHER_ENDS = ("withdraw", "propose_rejection", "approve_rejection", "close_joined", "import_history")

_WORDS = {
    IMPORTED: "导入的历史件",
    JOINED: "并入别的件，随主件答复",
    UNREACHED: "没有接通",
    TAKEN_BACK: "由区中心收回",
    NOT_DUE: "还没有到期",
    "confidential": "要求保密，由区中心联系",
}


def declared(matter: str) -> list[When]:
    """What holds of the matter itself, as the first branches of a row's `excluded`. `matter`: the row's column that
    holds its id."""
    return [
        When(Q(**{f"{matter}__in": Matter.objects.filter(one.condition).values("pk")}), then=Value(one.key))
        for one in exclusions
    ]


def reason(key: str) -> str:
    """An exclusion in words."""
    if words := _WORDS.get(key):
        return words
    if one := exclusions.get(key):
        return one.label
    head, _, of = key.partition(":")
    step, state = CASES.step.get(of), CASES.state.get(of)
    match head:
        case "ended":
            return f"由“{step.label if step else of}”中止"
        case "closed":
            return f"由“{step.label if step else of}”结案"
        case "paused":
            return f"时限暂停，{state.label if state else of}"
        case "exempt":
            return f"免联系：{dict(ContactExemption.choices).get(of, of)}"
        case "verdict":
            return str(dict(Verdict.choices).get(of, of))
        case "no_callback":
            return f"免回访：{dict(NoCallbackReason.choices).get(of, of)}"
        case _:
            return key
