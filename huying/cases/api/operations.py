"""The operations. Each translates, makes one domain call, translates back."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.models import Query

from huying.cases import inputs
from huying.cases.api import answers
from huying.cases.api.access import Number, checked, door, scoped
from huying.cases.api.answers import Brief, Full, Listing, Received
from huying.cases.api.filters import Filter
from huying.cases.flow import CASES
from huying.cases.queues import NEWEST, cases_for
from huying.kernel.api import JsonBody, answer_once, json_response
from huying.kernel.errors import Forbidden
from huying.kernel.idempotency import Answer
from huying.kernel.inputs import Input
from huying.kernel.paging import keyset
from huying.matters.engine import Move, Opening, move, open_many
from huying.matters.flow import Step
from huying.people.bearer import caller, key_of
from huying.people.roles import PERSONAL

router = Router(tags=["诉求件"])

RECEIVE = CASES.step["receive"]


@router.post(
    "/cases",
    response={201: Received},
    summary="受理诉求",
    description="一件诉求进来，成为一个可追踪的诉求件。同一渠道的来件编号只收一次，重复的答 409，并给出已有的编号。",
    **scoped(RECEIVE.permission, once=True),
)
def receive(request: HttpRequest, data: Annotated[inputs.Receive, JsonBody()]) -> HttpResponse:
    actor = caller(request)
    if actor.channel and data.channel != actor.channel:
        sentence = f"这个密钥只能提交渠道 {actor.channel} 的诉求"
        raise Forbidden(f"{sentence}。", code="channel", fields={"channel": [sentence]})

    def work() -> Answer:
        result = open_many(CASES, RECEIVE.key, [Opening(actor, data)])[0]
        matter = result.unwrap()
        assert result.change is not None
        told = Received.model_validate(
            answers.brief_fields(matter, actor) | {"follow_code": result.change.answer["code"]}
        )
        return Answer(201, told.model_dump_json().encode(), {"Location": f"{request.path}/{matter.number}"})

    return answer_once(request, key_of(request).prefix, work)


@router.get(
    "/cases",
    response={200: Listing},
    summary="查询诉求件",
    description="密钥看得到的诉求件，受理时间新的在前。条件之间是“并且”；用 cursor 翻页，不按页码。",
    **scoped("cases.view"),
)
def list_cases(request: HttpRequest, wanted: Annotated[Filter, Query(...)]) -> HttpResponse:
    actor = caller(request)
    page = keyset(wanted.narrow(cases_for(actor), actor), NEWEST, wanted.cursor, wanted.size)
    cases = [answers.brief(matter, actor) for matter in page.rows]
    return json_response(Listing(cases=cases, next=page.next, previous=page.previous))


@router.get(
    "/cases/{number}",
    response={200: Full},
    summary="读取诉求件",
    description="一件诉求的全貌：内容、时限、办理过程和附件。个人信息已脱敏。",
    **scoped("cases.view"),
)
def read_case(request: HttpRequest, number: Number) -> HttpResponse:
    actor = caller(request)
    return json_response(answers.full(door(actor, number), actor))


Version = Annotated[
    int | None,
    Query(
        None,
        title="版本",
        ge=1,
        le=2_147_483_647,
        description="看到的版本；这件事若已经往前走了，答 409。不写则不核对",
    ),
]


def add_step(step: Step) -> None:
    """One typed operation for one row of the flow's table."""

    def operation(request: HttpRequest, number: str, data: Input, version: int | None = None) -> HttpResponse:
        actor = caller(request)

        def work() -> Answer:
            matter = move(CASES, step.key, [Move(checked(number), actor, data, version=version)])[0].unwrap()
            return Answer(200, answers.brief(matter, actor).model_dump_json().encode())

        return answer_once(request, key_of(request).prefix, work)

    operation.__name__ = f"step_{step.key}"
    operation.__annotations__ = {
        "request": HttpRequest,
        "number": Number,
        "data": Annotated[step.input, JsonBody()],
        "version": Version,
        "return": HttpResponse,
    }
    sources = "、".join(CASES.state[key].label for key in step.sources)
    router.post(
        f"/cases/{{number}}/steps/{step.key}",
        response={200: Brief},
        summary=step.label,
        description=f"{step.note}只能在{sources}时办理。",
        **scoped(step.permission, once=True),
    )(operation)


for _step in CASES.steps:
    if not _step.opens and not _step.by_system and _step.permission not in PERSONAL:
        add_step(_step)
