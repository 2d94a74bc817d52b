"""Inputs of not accepting a case, and of handing it to whom it belongs."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from huying.cases import options
from huying.cases.enums import HandoverMeans
from huying.cases.inputs.words import Key
from huying.kernel.handover import choices as handover_choices
from huying.kernel.inputs import (
    BlankIsNone,
    Countable,
    Input,
    LongText,
    More,
    OneLine,
    Options,
    Past,
)
from huying.matters.blanks import Filled


class ProposeRejection(Input):
    """提请不予受理: why, and where the reporter may go. For 110, 119 and 120 it takes effect at once."""

    reason: Annotated[Key, Options(options.rejection_reasons)] = Field(title="不予受理的理由", min_length=1)
    explanation: Annotated[str, LongText(1000)] = Field(
        "", title="情况说明", description="内部说明，不对外；如案号、上次答复的编号"
    )
    guidance: Annotated[str, LongText(1000), Filled] = Field(
        "", title="告诉诉求人的话", description="为什么不受理、该找谁；留空则用这一理由的规定用语"
    )


class ApproveRejection(Input):
    note: Annotated[str, LongText(1000)] = Field("", title="审核意见")


class DeclineRejection(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="不同意的原因", description="这件诉求回到原来的环节")


class HandOver(Input):
    """移交: to whom it was handed, when, how, and what they call it."""

    target: Annotated[Key, Options(handover_choices)] = Field(title="移交给谁", min_length=1)
    means: HandoverMeans = Field(title="移交方式")
    handed_at: Annotated[AwareDatetime | None, Countable, Past, BlankIsNone] = Field(
        None, title="移交时间", description="留空则为现在"
    )
    receipt: Annotated[str, OneLine(80)] = Field("", title="对方的受理编号", description="对方给了编号、回执的填写")
    note: Annotated[str, LongText(1000), More()] = Field("", title="说明")
