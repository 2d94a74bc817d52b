"""Going along with a case about the same thing."""

from __future__ import annotations

from huying.cases import inputs, motions
from huying.cases.flow.states import CLOSED, DISPATCHED, JOINED, RECEIVED, TRIAGED
from huying.cases.steps import joining, parting
from huying.matters.flow import STAY, Notice, Outcome, Step

STEPS = (
    Step(
        key="join",
        label="并入同一件事",
        permission="cases.join",
        sources=(RECEIVED, TRIAGED),
        outcomes=(
            Outcome(
                JOINED,
                stops=("triage",),
                cancels=("dispatch", "ruling"),
                notices=(Notice("reporter", "joined"),),
                done="已并入同一件事，办好后一起答复",
            ),
        ),
        input=inputs.Join,
        check=joining.check_join,
        fits=motions.is_usual,
        unfit=motions.ALONE,
        record=joining.record_join,
        note="同一件事已有人反映、正在办理：这一件随它一起办，办好后各自得到答复。",
    ),
    Step(
        key="unjoin",
        label="改为单独办理",
        permission="cases.join",
        sources=(JOINED,),
        outcomes=(
            Outcome(
                RECEIVED,
                starts=("triage",),
                notices=(Notice("reporter", "unjoined"),),
                done="已改为单独办理，等待研判",
            ),
            Outcome(
                TRIAGED,
                starts=("dispatch",),
                notices=(Notice("reporter", "unjoined"), Notice("dispatchers", "unmerged_loose")),
                done="已改为单独办理，等待派单",
            ),
            Outcome(
                DISPATCHED,
                starts=("acknowledge", "handle"),
                notices=(
                    Notice("reporter", "unjoined"),
                    Notice("holder", "unmerged"),
                    Notice("co_handlers", "dispatched_co"),
                ),
                done="已改为单独办理，交还{holder}，等待签收",
            ),
        ),
        input=inputs.Unjoin,
        check=parting.check_unjoin,
        fits=parting.may_unjoin,
        unfit="派单之后并案的件，由派单员改为单独办理",
        record=parting.record_unjoin,
        note="并错了，或情况不同：并案的交还原单位签收，其余回到待研判；重新计时，总用时照算。",
    ),
    Step(
        key="sort_along",
        label="随同一件事分类",
        permission="cases.join",
        sources=(JOINED,),
        outcomes=(Outcome(STAY),),
        input=inputs.SortAlong,
        check=joining.check_sort_along,
        by_system=True,
        note="所并入的件研判之后，还没有类型和分类的由系统照它定下，统计不漏。",
    ),
    Step(
        key="close_joined",
        label="随同一件事办结",
        permission="cases.join",
        sources=(JOINED,),
        outcomes=(Outcome(CLOSED, notices=(Notice("reporter", "closed_joined"),)),),
        input=inputs.CloseJoined,
        check=joining.check_close_joined,
        record=joining.record_close_joined,
        by_system=True,
        note="所并入的件结案后，由系统以同样的答复结案；没有解决的可以要求重办。",
    ),
)
