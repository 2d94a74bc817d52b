"""Merging cases that had gone their own ways (ADR 13)."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import JOINABLE, JOINED, LATE
from huying.cases.steps import merging
from huying.matters.aspects import Aspect, aspects
from huying.matters.flow import ALL, STAY, Notice, Outcome, Step

aspects.declare(
    Aspect(
        key=merging.MERGED,
        label="并案",
        meaning="并案：派单之后并到另一件一起办的",
        tone="blue",
        order=60,
    )
)

STEPS = (
    Step(
        key="merge",
        label="并案",
        permission="cases.merge",
        sources=JOINABLE,
        outcomes=(
            Outcome(
                JOINED,
                cancels=(ALL,),
                notices=(
                    Notice("reporter", "merged"),
                    Notice("left", "merged_away"),
                    Notice("sent_there", "check_off"),
                ),
                done="已并案，随主件一起办、一起答复",
            ),
        ),
        input=inputs.Merge,
        check=merging.check_merge,
        fits=merging.has_gone_its_way,
        unfit="还没有派单的件请用“并入同一件事”；议提案单独办理、单独答复",
        record=merging.record_merge,
        reverse="recall_merge",
        note="已经派出去的件和另一件是同一件事：由主件的单位办理，各时限取消，诉求人随主件得到答复。",
    ),
    Step(
        key="recall_merge",
        label="撤回并案",
        permission="cases.merge",
        sources=(JOINED,),
        outcomes=tuple(Outcome(state, restores=True, done="并案已撤回，回到“{state}”") for state in merging.RESTORED),
        input=inputs.Recall,
        check=merging.check_recall_merge,
        fits=merging.may_recall,
        unfit=f"{LATE}；申诉、转办、核查、挂账中并案的，用“改为单独办理”",
        record=merging.record_recall_merge,
        note="刚并错了的，本人马上撤回，回到原来的单位和环节，各时限接着计。",
    ),
    Step(
        key="follow",
        label="随主件并案",
        permission="cases.join",
        sources=(JOINED,),
        outcomes=(Outcome(STAY),),
        input=inputs.Follow,
        check=merging.check_follow,
        record=merging.record_follow,
        by_system=True,
        note="主件自己并到别的件，或者又单独办理：并入它的件由系统跟着走。",
    ),
    Step(
        key="tighten",
        label="按上级时限收紧",
        permission="cases.join",
        sources=JOINABLE,
        outcomes=(Outcome(STAY, notices=(Notice("holder", "tightened"),)),),
        input=inputs.Tighten,
        check=merging.check_tighten,
        record=merging.record_tighten,
        by_system=True,
        note="并进来的件上级要求得更早：主件由系统按更早的时间办。",
    ),
)
