"""The same person, the same thing, once more."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import JOINABLE, JOINED, RECEIVED, STATES, TRIAGED
from huying.cases.steps import repeats
from huying.matters.aspects import Aspect, aspects
from huying.matters.flow import STAY, Notice, Outcome, Step

# How often stands in a column of its own, and is what lists tell.
aspects.declare(
    Aspect(
        key=repeats.REPEAT,
        label="重复",
        meaning="重复反映：同一诉求人就同一件事反映不止一次",
        tone="orange",
        shown=False,
        order=70,
    )
)

_HOLDER = Notice("holder", "repeated")

STEPS = (
    Step(
        key="repeat",
        label="再次反映",
        permission="cases.repeat",
        sources=JOINABLE,
        outcomes=(Outcome(STAY, notices=(_HOLDER,), done="已记到这一件，并告诉{holder}"),),
        input=inputs.Repeat,
        check=repeats.check_repeat,
        record=repeats.record_repeat,
        note="同一诉求人又来反映，没有另外的事：说的内容记到正在办的这一件，计一次反映，告诉办理单位。",
    ),
    Step(
        key="mark_repeat",
        label="记为重复件",
        permission="cases.join",
        sources=(RECEIVED, TRIAGED),
        outcomes=(
            Outcome(STAY, done="已记为重复件，原来的答复在下面可以看到"),
            Outcome(
                JOINED,
                stops=("triage",),
                cancels=("dispatch",),
                notices=(Notice("reporter", "joined"),),
                done="已记为重复件，随原来的一件一起办、一起答复",
            ),
        ),
        input=inputs.MarkRepeat,
        check=repeats.check_mark_repeat,
        fits=repeats.is_unmarked,
        unfit="这一件已经记为重复件",
        record=repeats.record_mark_repeat,
        note="同一诉求人先前反映过同一件事：还在办的随它一起办，办结了的连同原答复一起看。",
    ),
    Step(
        key="count_repeats",
        label="计反映次数",
        permission="cases.join",
        sources=tuple(state.key for state in STATES),
        outcomes=(
            Outcome(STAY),
            Outcome(STAY, notices=(_HOLDER,)),
            Outcome(STAY, notices=(_HOLDER, Notice("holders_chiefs", "repeated"))),
        ),
        input=inputs.CountRepeats,
        check=repeats.check_count,
        record=repeats.record_count,
        by_system=True,
        note="又有同一诉求人的重复件进来：系统给原来的一件计次，还在办的告诉办理单位，次数多的也告诉负责人。",
    ),
)
