"""The codes that a program must send: they are data of the district, so no document can list them."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from huying.cases import options
from huying.cases.api.access import scoped
from huying.cases.api.answers import Named, Told
from huying.cases.enums import RequestKind
from huying.kernel import handover
from huying.kernel.api import json_response
from huying.people.actors import Actor
from huying.people.bearer import caller
from huying.people.directory import directory
from huying.people.keys import GRANTABLE

router = Router(tags=["选项"])


class ChecklistPoint(Told):
    """办理清单中的一项。"""

    id: int = Field(title="编号", description="提交办理结果时写进 checklist")
    text: str = Field(title="内容")
    required: bool = Field(title="必须完成")
    organisation: Named | None = Field(title="单位", description="只用于这个单位主办的件；为空则用于所有单位")


class GroundChoice(Named):
    """一条申请理由。"""

    kind: str = Field(
        title="用于", description="extension 延期、complex 复杂件、deferral 挂账、unreasonable 不合理诉求认定"
    )


class Choices(Told):
    """各环节可以填写的代码。"""

    units: list[Named] = Field(title="承办单位", description="派单的 lead、co_handlers 和退回、申诉的 suggested")
    categories: list[Named] = Field(title="分类", description="category；名称是完整路径")
    communities: list[Named] = Field(title="社区", description="研判的 place")
    channels: list[Named] = Field(title="来源渠道", description="这个密钥可以提交的渠道")
    checklist: list[ChecklistPoint] = Field(title="办理清单", description="提交办理结果的 checklist")
    rejection_reasons: list[Named] = Field(title="不予受理的理由", description="提请不予受理的 reason")
    handover_targets: list[Named] = Field(title="移交去向", description="登记移交的 target")
    grounds: list[GroundChoice] = Field(title="申请理由", description="申请延期、复杂件、挂账和不合理诉求认定的 ground")


@router.get(
    "/options",
    response={200: Choices},
    summary="查询可填的代码",
    description="现在有效的承办单位、分类、社区、渠道、办理清单、不予受理的理由、移交去向和申请理由。它们由区中心维护，会变化；固定的选项（诉求类型、"
    "紧急程度等）见各字段的说明。",
    **scoped(*sorted(GRANTABLE)),
)
def choices(request: HttpRequest) -> HttpResponse:
    actor = caller(request)
    channels = [pair for pair in options.channels() if actor.channel in ("", pair[0])]
    return json_response(
        Choices(
            units=_named(options.handlers()),
            categories=_named(options.categories()),
            communities=_named(options.communities()),
            channels=_named(channels),
            checklist=_checklist(actor),
            rejection_reasons=_named(options.rejection_reasons()),
            handover_targets=_named(handover.choices()),
            grounds=[
                GroundChoice(code=code, name=name, kind=kind.value)
                for kind in RequestKind
                for code, name in options.grounds(kind)
            ],
        )
    )


def _named(pairs: Iterable[tuple[str, str]]) -> list[Named]:
    return [Named(code=code, name=name) for code, name in pairs]


def _checklist(actor: Actor) -> list[ChecklistPoint]:
    """All lists, or what concerns the unit that the key speaks for."""
    book = directory()
    points: list[ChecklistPoint] = []
    for key, organisation, text, required in options.checklist_items():
        if organisation is not None and actor.organisation_id not in (None, organisation):
            continue
        unit = book.by_id.get(organisation) if organisation is not None else None
        points.append(
            ChecklistPoint(
                id=key,
                text=text,
                required=required,
                organisation=Named(code=unit.code, name=unit.label) if unit else None,
            )
        )
    return points
