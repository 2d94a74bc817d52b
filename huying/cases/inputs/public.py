"""Inputs of reviewing what is published."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from huying.kernel.inputs import Input, LongText, OneLine, YesNo, beside
from huying.matters.blanks import Filled


class PublishReply(Input):
    """公开答复审核: the reply as it goes out, and whether everybody may read it."""

    public_reply: Annotated[str, LongText(5000, 4), Filled] = Field(
        title="答复", description="可以作文字上的修改；修改前后都留痕，承办单位会知道"
    )
    public: Annotated[bool, YesNo("公开发布", "只答复诉求人，不公开")] = Field(title="是否公开发布")
    title: Annotated[str, OneLine(120, free=True)] = Field("", title="公开的标题", description="公开发布的必填")
    question: Annotated[str, LongText(5000)] = Field(
        "", title="公开的问题", description="公开发布的必填；去掉能看出是谁的内容"
    )

    @model_validator(mode="after")
    def whole(self) -> PublishReply:
        missing = [name for name in ("title", "question") if not getattr(self, name)]
        if self.public and missing:
            raise beside(missing, "public_missing", "公开发布的要填写这一项")
        return self


class ReturnReply(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="退回原因", description="写明答复要怎样改")


class TakeDownReply(Input):
    reason: Annotated[str, LongText(1000, 4)] = Field(title="撤下原因")
