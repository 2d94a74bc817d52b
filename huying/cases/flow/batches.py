"""An event that hundreds call about: one case leads, one text is told to all."""

from __future__ import annotations

from huying.cases import inputs
from huying.cases.flow.states import JOINABLE, RESOLVED
from huying.cases.steps import batches
from huying.matters.aspects import Aspect, aspects
from huying.matters.flow import STAY, Outcome, Step

aspects.declare(
    Aspect(
        key=batches.BATCH,
        label="批量",
        meaning="批量件：许多人反映的同一事件",
        tone="purple",
        order=50,
    )
)

STEPS = (
    Step(
        key="open_batch",
        label="定为批量件",
        permission="cases.batch",
        sources=JOINABLE,
        outcomes=(Outcome(STAY, done="已定为批量件，登记来电时会提示接线员并入这一件"),),
        input=inputs.Batch,
        check=batches.check_open,
        fits=batches.is_none,
        unfit="这一件已经是批量件",
        record=batches.record_open,
        note="停水、停电等许多人反映的同一事件：一次告知、一次办理、一起答复。",
    ),
    Step(
        key="announce",
        label="发布进展",
        permission="cases.batch",
        sources=(*JOINABLE, RESOLVED),
        outcomes=(Outcome(STAY, done="进展已发布，正在告诉各位诉求人"),),
        confirm="这段话马上发给并入的每一位诉求人，发出后不能收回。",
        input=inputs.Announce,
        check=batches.check_announce,
        fits=batches.is_one,
        unfit="这一件不是批量件",
        record=batches.record_announce,
        note="一段话发给并入的每一位诉求人，也成为接线员读给来电人的话。",
    ),
    Step(
        key="change_batch",
        label="修改批量件",
        permission="cases.batch",
        sources=(*JOINABLE, RESOLVED),
        outcomes=(Outcome(STAY, done="批量件已修改"),),
        input=inputs.Batch,
        check=batches.check_change,
        fits=batches.is_one,
        unfit="这一件不是批量件",
        record=batches.record_change,
        note="范围、时间、常用词或告知内容变了；停止并入的也由此重新开始。",
    ),
    Step(
        key="stop_batch",
        label="停止并入",
        permission="cases.batch",
        sources=(*JOINABLE, RESOLVED),
        outcomes=(Outcome(STAY, done="已停止并入，以后的来电单独受理"),),
        input=inputs.StopBatch,
        check=batches.check_stop,
        fits=batches.is_one,
        unfit="这一件不是批量件",
        record=batches.record_stop,
        note="事件过去了：新的来电不再提示并入，已经并入的照常等答复。",
    ),
)
