"""Why a row is not counted, as words that stand beside every figure.

Three ways lead in here, so that a side way need not be known to any metric:

- A clock that a step *cancels* is left out with the label of that step (`ended:hand_back`).
- A clock that stands still is left out with the label of the state the matter is in (`paused:waiting`).
- What is true of the matter itself is declared: `exclusions.declare(Exclusion("unreasonable", "不合理诉求", lambda to:
  Q(**{f"{to}case__unreasonable": True})))`. `to` is the path from the row to its matter, "" where the row is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, Value, When

from huying.cases.enums import ContactExemption
from huying.cases.flow import CASES
from huying.kernel.registry import EntryRegistry


@dataclass(frozen=True, slots=True)
class Exclusion:
    key: str
    label: str
    condition: Callable[[str], Q]


exclusions: EntryRegistry[Exclusion] = EntryRegistry("exclusions of figures")

IMPORTED, JOINED, UNREACHED = "imported", "joined", "unreached"
CONFIDENTIAL, NO_CALLBACK, NOT_DUE = "confidential", "no_callback", "not_due"
ENDED, PAUSED, EXEMPT, CLOSED_AS = "ended:", "paused:", "exempt:", "closed:"

_WORDS = {
    IMPORTED: "导入的历史件",
    JOINED: "并入别的件，随主件答复",
    UNREACHED: "没有接通",
    CONFIDENTIAL: "要求保密，由区中心联系",
    NO_CALLBACK: "免回访结案",
    NOT_DUE: "还没有到期",
}


def declared(to: str) -> list[When]:
    """What holds of the matter itself, as the first branches of a row's `excluded`."""
    return [When(one.condition(to), then=Value(one.key)) for one in exclusions]


def reason(key: str) -> str:
    """An exclusion in words."""
    if one := exclusions.get(key):
        return one.label
    head, colon, of = key.partition(":")
    match head + colon:
        case "ended:":
            step = CASES.step.get(of)
            return f"由“{step.label if step else of}”中止"
        case "paused:":
            state = CASES.state.get(of)
            return f"时限暂停，{state.label if state else of}"
        case "exempt:":
            return f"免联系：{dict(ContactExemption.choices).get(of, of)}"
        case "closed:":
            state = CASES.state.get(of)
            return state.label if state else of
        case _:
            return _WORDS.get(key, key)
