"""How a program narrows the list of cases."""

from __future__ import annotations

from typing import Annotated

from django.db.models import Q, QuerySet
from django.utils import timezone
from pydantic import AwareDatetime, Field

from huying.cases import options
from huying.cases.enums import CaseKind
from huying.cases.flow import CASES
from huying.cases.searching import search
from huying.kernel.errors import Invalid
from huying.kernel.inputs import Countable, Input, OneLine
from huying.kernel.paging import MAX_SIZE
from huying.matters.enums import Urgency
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.people.directory import directory
from huying.places.tree import place_tree

Code = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.\-]+$")]
State = Annotated[str, Field(json_schema_extra={"enum": list(CASES.state)})]


class Filter(Input):
    """Of several conditions all hold; of several values of one, any."""

    state: list[State] = Field(default_factory=list, title="状态", max_length=20)
    kind: CaseKind | None = Field(None, title="诉求类型")
    category: Code | None = Field(None, title="分类", description="含其下级分类")
    urgency: Urgency | None = Field(None, title="紧急程度")
    channel: Code | None = Field(None, title="来源渠道")
    external_number: Annotated[str, OneLine(80, 1)] | None = Field(None, title="来件编号")
    holder: Code | None = Field(None, title="持有单位")
    lead: Code | None = Field(None, title="主办单位")
    place: Code | None = Field(None, title="地点", description="街道、社区或网格的代码")
    open: bool | None = Field(None, title="在办", description="true 未结案，false 已结案")
    overdue: bool = Field(False, title="只看已超时的")
    opened_from: Annotated[AwareDatetime, Countable] | None = Field(None, title="受理时间不早于")
    opened_to: Annotated[AwareDatetime, Countable] | None = Field(None, title="受理时间早于")
    q: Annotated[str, OneLine(100, 1)] | None = Field(None, title="搜索", description="编号、来件编号或诉求内容中的词")
    cursor: str | None = Field(None, title="翻页标记", max_length=500, description="上一次答复中的 next 或 previous")
    size: int = Field(50, title="每页条数", ge=1, le=MAX_SIZE)

    def narrow(self, rows: QuerySet[Matter], actor: Actor) -> QuerySet[Matter]:
        """The rows that are wanted.

        Raises:
            Invalid: for a code that does not exist, since an empty list would be taken for an answer.
        """
        rows = rows.filter(self._condition())
        return search(rows, actor, self.q) if self.q else rows

    def _condition(self) -> Q:
        wanted = Q()
        if self.state:
            if unknown := [key for key in self.state if key not in CASES.state]:
                raise _unknown("state", f"没有状态“{unknown[0]}”")
            wanted &= Q(state__in=self.state)
        if self.category:
            if self.category not in options.category_names():
                raise _unknown("category", f"没有分类“{self.category}”")
            wanted &= Q(category=self.category) | Q(category__startswith=f"{self.category}.")
        for name in ("holder", "lead"):
            if code := getattr(self, name):
                unit = directory().by_code.get(code)
                if unit is None:
                    raise _unknown(name, f"没有单位“{code}”")
                wanted &= Q(**{f"{name}_id": unit.id})
        if self.place:
            family = place_tree().family(self.place)
            if family is None:
                raise _unknown("place", f"没有地点“{self.place}”")
            level = next((name for name in ("grid", "community", "street") if getattr(family, f"{name}_id")), None)
            if level is not None:  # the district itself narrows nothing
                wanted &= Q(**{f"{level}_id": family.id})
        for name in ("kind", "urgency", "channel", "external_number"):
            if value := getattr(self, name):
                wanted &= Q(**{"subkind" if name == "kind" else name: value})
        if self.open is not None:
            wanted &= Q(closed_at__isnull=self.open)
        if self.overdue:
            wanted &= Q(closed_at=None, next_due_at__lt=timezone.now())
        if self.opened_from:
            wanted &= Q(opened_at__gte=self.opened_from)
        if self.opened_to:
            wanted &= Q(opened_at__lt=self.opened_to)
        return wanted


def _unknown(name: str, sentence: str) -> Invalid:
    return Invalid(f"{sentence}。", fields={name: [sentence]})
