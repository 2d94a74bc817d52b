"""Inputs of third-party review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from huying.cases.enums import Responsible
from huying.cases.inputs.words import Files, Key
from huying.kernel.inputs import Input, LongText, Options, YesNo

PLACES = (("1", "替换第一位"), ("2", "替换第二位"), ("3", "替换第三位"), ("new", "加派第三位"))


def _by_matter() -> Sequence[tuple[str, str]]:
    """Who can be asked depends on the matter (`huying.cases.reviewers`); a line tells nobody's name."""
    return ()


class Judge(Input):
    """第三方评价: the same questions for each, answered without knowing what the other says."""

    true: bool = Field(title="诉求是否属实")
    solved: bool = Field(title="问题是否解决")
    proper: Annotated[bool, YesNo("得当", "不当")] = Field(
        title="处置是否得当", description="该查的查了、该办的办了，答复符合事实和规定，就是得当；诉求人满意与否另说"
    )
    responsible: Responsible = Field(title="责任在谁", description="没有办好或者诉求人不满意，主要在谁")
    reason: Annotated[str, LongText(3000, 10)] = Field(title="理由", description="写明根据哪些情况作出判断")
    remains: Annotated[str, LongText(2000)] = Field("", title="还有什么要做", description="没有就不填")
    attachments: Files


class AssignReviewer(Input):
    """Another person for one of the places, or a third one."""

    instead: Annotated[Key, Options(lambda: PLACES)] = Field(title="替换还是加派", min_length=1)
    reviewer: Annotated[Key, Options(_by_matter)] = Field(
        title="由谁评价", min_length=1, description="与这件事的单位有关系的、办过或评过这件的不在其中"
    )
    reason: Annotated[str, LongText(500, 2)] = Field(title="原因")


class DecideReview(Input):
    proper: Annotated[bool, YesNo("得当", "不当")] = Field(title="处置是否得当")
    reason: Annotated[str, LongText(2000, 4)] = Field(title="裁定理由")


class SkipReview(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(
        title="为什么不等评价", description="例如事情紧急，或者没有合适的评价员"
    )
