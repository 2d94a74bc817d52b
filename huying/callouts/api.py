"""Call-outs and responses by the HTTP API: made, listed, read, moved along their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from ninja.params.models import Path, Query
from pydantic import Field, create_model

from huying.callouts import inputs
from huying.callouts.enums import Level, Purpose
from huying.callouts.filters import search
from huying.callouts.flow import CALLOUTS
from huying.callouts.models import Response
from huying.callouts.queries import callouts_for, concealing, responses_for, title_of
from huying.callouts.queues import NEWEST
from huying.callouts.responses import RESPONSES
from huying.cases.api.access import checked, scoped
from huying.cases.api.answers import ClockTold, Colour, LineTold, Named, Told
from huying.cases.searching import hides, sees_plain_words
from huying.kernel.api import JsonBody, answer_once, json_response
from huying.kernel.errors import Invalid, Missing
from huying.kernel.idempotency import Answer
from huying.kernel.inputs import Input, OneLine
from huying.kernel.paging import MAX_SIZE, keyset
from huying.matters.engine import UNKNOWN, Move, Opening, move, open_many
from huying.matters.enums import Unit, Warning
from huying.matters.flow import Flow, Step
from huying.matters.models import Clock, LedgerLine, Matter, Words
from huying.people.actors import Actor
from huying.people.bearer import caller, key_of
from huying.people.directory import directory
from huying.places.tree import place_tree

router = Router(tags=["呼叫和响应"])
DRAFT = CALLOUTS.step["draft"]

CalloutNumber = Annotated[str, Path(..., title="编号", description="呼叫编号，例如 WCHJ20261122000123")]
ResponseNumber = Annotated[str, Path(..., title="编号", description="响应编号，例如 WCXY20261122000123")]
Code = Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_.\-]+$")]
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


# --- what is told ----------------------------------------------------------------------------------------------------


class CallBrief(Told):
    """呼叫概要。"""

    number: str = Field(title="编号")
    version: int = Field(title="版本", description="每办一步加一；提交环节时带上它，可避免办在别人之后")
    state: str = Field(title="状态")
    state_name: str = Field(title="状态名称")
    title: str = Field(title="标题")
    purpose: Purpose = Field(title="呼叫类型")
    level: Level = Field(title="呼叫层级")
    raised: str = Field(title="提级", description="street 街道，district 区级；没有提级为空")
    caller: Named | None = Field(title="呼叫单位")
    called: list[Named] = Field(title="被呼叫单位")
    holder: Named | None = Field(title="持有单位", description="现在轮到谁")
    street: Named | None = Field(title="街道")
    community: Named | None = Field(title="社区")
    opened_at: datetime = Field(title="发起时间")
    issued_at: datetime | None = Field(title="发出时间")
    moved_at: datetime = Field(title="最近一步")
    due_at: datetime | None = Field(title="最近到期", description="各时限中最早到期的")
    warning: Colour = Field(title="预警")
    closed_at: datetime | None = Field(title="了结时间")


class AnswerBrief(Told):
    """响应概要。"""

    number: str = Field(title="编号")
    version: int = Field(title="版本")
    callout: str = Field(title="呼叫编号")
    state: str = Field(title="状态")
    state_name: str = Field(title="状态名称")
    title: str = Field(title="标题")
    purpose: Purpose = Field(title="呼叫类型")
    unit: Named | None = Field(title="被呼叫单位")
    caller: Named | None = Field(title="呼叫单位")
    called_at: datetime = Field(title="呼叫时间")
    responded_at: datetime | None = Field(title="响应时间")
    arrived_at: datetime | None = Field(title="到场时间")
    fed_back_at: datetime | None = Field(title="反馈时间")
    accepted_at: datetime | None = Field(title="验收时间")
    presses: int = Field(title="催办次数")
    declined_for: str = Field(title="退出理由")
    verdict: str = Field(title="裁定")
    solved: str = Field(title="解决程度", description="呼叫单位评价；没有评价为空")
    satisfaction: int | None = Field(title="呼叫方满意度")
    justified: str = Field(title="呼叫必要性", description="被呼叫单位评价；没有评价为空")
    clear: int | None = Field(title="情况清楚")
    right_address: bool | None = Field(title="地点准确")
    due_at: datetime | None = Field(title="最近到期")
    warning: Colour = Field(title="预警")
    closed_at: datetime | None = Field(title="了结时间")


class CallFull(CallBrief):
    """呼叫全貌。"""

    text: str = Field(title="现场情况")
    wanted: str = Field(title="需要什么")
    address: str = Field(title="地点")
    lon: float | None = Field(title="经度", description="WGS-84")
    lat: float | None = Field(title="纬度", description="WGS-84")
    wanted_at: datetime | None = Field(title="希望何时到场")
    responses: list[AnswerBrief] = Field(title="各单位的响应")
    clocks: list[ClockTold] = Field(title="时限")
    history: list[LineTold] = Field(title="办理过程")
    steps: list[str] = Field(title="可办环节", description="这个密钥现在可以提交的环节")


class AnswerFull(AnswerBrief):
    """响应全貌。"""

    clocks: list[ClockTold] = Field(title="时限")
    history: list[LineTold] = Field(title="办理过程")
    steps: list[str] = Field(title="可办环节", description="这个密钥现在可以提交的环节")


class Calls(Told):
    """一页呼叫。"""

    callouts: list[CallBrief] = Field(title="呼叫")
    next: str | None = Field(title="下一页", description="作为 cursor 参数取下一页；为空即到底")
    previous: str | None = Field(title="上一页")


class Answers(Told):
    """一页响应。"""

    responses: list[AnswerBrief] = Field(title="响应")
    next: str | None = Field(title="下一页", description="作为 cursor 参数取下一页；为空即到底")
    previous: str | None = Field(title="上一页")


def _unit(organisation_id: int | None) -> Named | None:
    listed = directory().by_id.get(organisation_id) if organisation_id is not None else None
    return Named(code=listed.code, name=listed.label) if listed else None


def _place(place_id: int | None) -> Named | None:
    family = place_tree().by_id.get(place_id) if place_id is not None else None
    return Named(code=family.code, name=family.name) if family else None


def _colour(warning: int) -> Colour:
    if warning >= Warning.RED:
        return "red"
    return "yellow" if warning == Warning.YELLOW else "none"


def call_fields(matter: Matter, actor: Actor) -> dict[str, object]:
    row = matter.callout
    return {
        "number": matter.number,
        "version": matter.version,
        "state": matter.state,
        "state_name": CALLOUTS.state[matter.state].label,
        "title": title_of(matter, actor),
        "purpose": matter.subkind,
        "level": row.level,
        "raised": row.raised,
        "caller": _unit(matter.lead_id),
        "called": [named for unit in row.called if (named := _unit(unit))],
        "holder": _unit(matter.holder_id),
        "street": _place(matter.street_id),
        "community": _place(matter.community_id),
        "opened_at": matter.opened_at,
        "issued_at": row.issued_at,
        "moved_at": matter.moved_at,
        "due_at": matter.next_due_at,
        "warning": _colour(matter.warning),
        "closed_at": matter.closed_at,
    }


def answer_fields(matter: Matter, row: Response, above: Matter, actor: Actor) -> dict[str, object]:
    names = ("responded_at", "arrived_at", "fed_back_at", "accepted_at", "presses", "declined_for", "verdict")
    rating = ("solved", "satisfaction", "justified", "clear", "right_address")
    return {
        "number": matter.number,
        "version": matter.version,
        "callout": above.number,
        "state": matter.state,
        "state_name": RESPONSES.state[matter.state].label,
        "title": title_of(matter, actor),
        "purpose": matter.subkind,
        "unit": _unit(matter.lead_id),
        "caller": _unit(above.lead_id),
        "called_at": matter.opened_at,
        **{name: getattr(row, name) for name in (*names, *rating)},
        "due_at": matter.next_due_at,
        "warning": _colour(matter.warning),
        "closed_at": matter.closed_at,
    }


def _of(matter: Matter, actor: Actor) -> dict[str, object]:
    return answer_fields(matter, matter.response, matter.response.callout.matter, actor)


def _parts(matter: Matter, flow: Flow, actor: Actor) -> tuple[dict[str, object], dict[str, str]]:
    """Clocks, history and steps; and the words that each field said last. Three queries."""
    conceal = concealing(actor) or str
    words: dict[int, dict[str, str]] = {}
    last: dict[str, str] = {}
    for row in Words.objects.filter(matter=matter, erased_at=None).order_by("seq", "id"):
        words.setdefault(row.seq, {})[row.field] = last[row.field] = conceal(row.text)
    lines = LedgerLine.objects.filter(matter=matter).order_by("seq")
    told = lines.values_list("seq", "at", "step", "from_state", "to_state", "post__organisation_id")
    history = [
        LineTold(
            seq=seq,
            at=at,
            step=step,
            step_name=flow.step[step].label if step in flow.step else step,
            from_state=before,
            to_state=after,
            by=_unit(unit),
            words=words.get(seq, {}),
        )
        for seq, at, step, before, after, unit in told
    ]
    clocks = Clock.objects.filter(matter=matter).order_by("started_seq", "id")
    steps = [step.key for step in flow.available(matter, actor)]
    return {"clocks": [_clock(clock, flow) for clock in clocks], "history": history, "steps": steps}, last


def _clock(clock: Clock, flow: Flow) -> ClockTold:
    return ClockTold(
        kind=clock.kind,
        name=flow.clock[clock.kind].label,
        started_at=clock.started_at,
        amount=clock.amount,
        unit=Unit(clock.unit),
        due_at=clock.due_at,
        provisional=clock.provisional,
        paused=clock.paused_at is not None,
        stopped_at=clock.stopped_at,
        met=clock.met,
        warning=_colour(clock.warning),
    )


# --- how a list is narrowed ------------------------------------------------------------------------------------------


class _Filter(Input):
    """Of several conditions all hold; of several values of one, any."""

    purpose: Purpose | None = Field(None, title="呼叫类型")
    level: Level | None = Field(None, title="呼叫层级")
    caller: Code | None = Field(None, title="呼叫单位")
    unit: Code | None = Field(None, title="被呼叫单位")
    street: Code | None = Field(None, title="街道")
    open: bool | None = Field(None, title="在办", description="true 未了结，false 已了结")
    overdue: bool = Field(False, title="只看已超时的")
    q: Annotated[str, OneLine(100, 1)] | None = Field(None, title="搜索", description="编号或内容中的词")
    cursor: str | None = Field(None, title="翻页标记", max_length=500, description="上一次答复中的 next 或 previous")
    size: int = Field(50, title="每页条数", ge=1, le=MAX_SIZE)

    def narrowed(self, rows: QuerySet[Matter], actor: Actor, states: Sequence[str], flow: Flow) -> QuerySet[Matter]:
        """
        Raises:
            Invalid: for a code that does not exist, since an empty list would be taken for an answer.
        """
        of_responses = flow is RESPONSES
        wanted = Q()
        if states:
            if unknown := [key for key in states if key not in flow.state]:
                raise _unknown("state", f"没有状态“{unknown[0]}”")
            wanted &= Q(state__in=states)
        if self.purpose:
            wanted &= Q(subkind=self.purpose.value)
        if self.level:
            wanted &= Q(**{"response__callout__level" if of_responses else "callout__level": self.level.value})
        if self.caller:
            unit = _known("caller", self.caller)
            called_by = Q(co_handlers__contains=[unit], response__callout__matter__lead=unit)
            wanted &= called_by if of_responses else Q(lead_id=unit)
        if self.unit:
            unit = _known("unit", self.unit)
            wanted &= Q(lead_id=unit) if of_responses else Q(callout__called__contains=[unit])
        if self.street:
            place = place_tree().by_code.get(self.street)
            if place is None or place.id != place.street_id:
                raise _unknown("street", f"没有街道“{self.street}”")
            wanted &= Q(street_id=place.id)
        if self.open is not None:
            wanted &= Q(closed_at__isnull=self.open)
        if self.overdue:
            wanted &= Q(closed_at=None, next_due_at__lt=timezone.now())
        rows = rows.filter(wanted)
        if self.q is None:
            return rows
        return rows.none() if hides(self.q) and not sees_plain_words(actor) else search(rows, self.q)


class CallFilter(_Filter):
    state: list[Annotated[str, Field(json_schema_extra={"enum": list(CALLOUTS.state)})]] = Field(
        default_factory=list, title="状态", max_length=20
    )


class AnswerFilter(_Filter):
    state: list[Annotated[str, Field(json_schema_extra={"enum": list(RESPONSES.state)})]] = Field(
        default_factory=list, title="状态", max_length=20
    )


def _known(field: str, code: str) -> int:
    unit = directory().by_code.get(code)
    if unit is None:
        raise _unknown(field, f"没有单位“{code}”")
    return unit.id


def _unknown(field: str, sentence: str) -> Invalid:
    return Invalid(f"{sentence}。", fields={field: [sentence]})


# --- operations ------------------------------------------------------------------------------------------------------


@router.post(
    "/callouts",
    response={201: CallBrief},
    summary="发起呼叫",
    description=f"{DRAFT.note}密钥须属于社区、街道或部门；submit 为 false 的存为草稿。",
    **scoped(DRAFT.permission, once=True),
)
def make_callout(request: HttpRequest, data: Annotated[inputs.Draft, JsonBody()]) -> HttpResponse:
    actor = caller(request)

    def work() -> Answer:
        matter = open_many(CALLOUTS, DRAFT.key, [Opening(actor, data)])[0].unwrap()
        told = _call(matter, actor)
        return Answer(201, told.model_dump_json().encode(), {"Location": f"{request.path}/{matter.number}"})

    return answer_once(request, key_of(request).prefix, work)


def _call(matter: Matter, actor: Actor) -> CallBrief:
    return CallBrief.model_validate(call_fields(matter, actor))


def _fresh_call(number: str) -> Matter:
    """After a step: its own actor may have handed it on."""
    return Matter.objects.select_related("callout").get(number=number)


@router.get(
    "/callouts",
    response={200: Calls},
    summary="查询呼叫",
    description="密钥看得到的呼叫，发起时间新的在前。条件之间是“并且”；用 cursor 翻页，不按页码。",
    **scoped("callouts.view"),
)
def list_callouts(request: HttpRequest, wanted: Annotated[CallFilter, Query(...)]) -> HttpResponse:
    actor = caller(request)
    rows = wanted.narrowed(callouts_for(actor), actor, wanted.state, CALLOUTS).select_related("callout")
    page = keyset(rows, NEWEST, wanted.cursor, wanted.size)
    return json_response(
        Calls(callouts=[_call(matter, actor) for matter in page.rows], next=page.next, previous=page.previous)
    )


@router.get(
    "/callouts/{number}",
    response={200: CallFull},
    summary="读取呼叫",
    description="一个呼叫的全貌：情况、各单位的响应和双方的评价、时限、办理过程。",
    **scoped("callouts.view"),
)
def read_callout(request: HttpRequest, number: CalloutNumber) -> HttpResponse:
    actor = caller(request)
    matter = callouts_for(actor).filter(number=checked(number)).select_related("callout").first()
    if matter is None:
        raise Missing(UNKNOWN)
    row, conceal = matter.callout, concealing(actor) or str
    parts, last = _parts(matter, CALLOUTS, actor)
    responses = Response.objects.filter(callout=matter.pk).select_related("matter").order_by("pk")
    told = {
        "text": last.get("text", ""),
        "wanted": last.get("wanted", ""),
        "address": conceal(row.address),
        "lon": matter.lon,
        "lat": matter.lat,
        "wanted_at": row.wanted_at,
        "responses": [answer_fields(one.matter, one, matter, actor) for one in responses],
    }
    return json_response(CallFull.model_validate(call_fields(matter, actor) | told | parts))


@router.get(
    "/callout-responses",
    response={200: Answers},
    summary="查询响应",
    description="密钥看得到的响应，呼叫时间新的在前。条件之间是“并且”；用 cursor 翻页，不按页码。",
    **scoped("callouts.view"),
)
def list_responses(request: HttpRequest, wanted: Annotated[AnswerFilter, Query(...)]) -> HttpResponse:
    actor = caller(request)
    rows = wanted.narrowed(responses_for(actor), actor, wanted.state, RESPONSES)
    page = keyset(rows.select_related("response__callout__matter"), NEWEST, wanted.cursor, wanted.size)
    answers = [AnswerBrief.model_validate(_of(matter, actor)) for matter in page.rows]
    return json_response(Answers(responses=answers, next=page.next, previous=page.previous))


@router.get(
    "/callout-responses/{number}",
    response={200: AnswerFull},
    summary="读取响应",
    description="一个单位对一个呼叫的响应：时间、评价、时限和办理过程。",
    **scoped("callouts.view"),
)
def read_response(request: HttpRequest, number: ResponseNumber) -> HttpResponse:
    actor = caller(request)
    rows = responses_for(actor).filter(number=checked(number)).select_related("response__callout__matter")
    matter = rows.first()
    if matter is None:
        raise Missing(UNKNOWN)
    parts, _ = _parts(matter, RESPONSES, actor)
    return json_response(AnswerFull.model_validate(_of(matter, actor) | parts))


def _named(kind: type[Input], prefix: str) -> type[Input]:
    return create_model(f"{prefix}{kind.__name__}", __base__=kind, __doc__=kind.__doc__)


def add_step(flow: Flow, step: Step, root: str, number_kind: Any, answer: type[Told]) -> None:
    """One typed operation for one row of a flow's table. Its body has a name of its own in the document, where cases
    have a `Rule` and a `Rate` as well."""
    body = _named(step.input, "Call" if flow is CALLOUTS else "Answer")

    def operation(request: HttpRequest, number: str, data: Input, version: int | None = None) -> HttpResponse:
        actor = caller(request)

        def work() -> Answer:
            matter = move(flow, step.key, [Move(checked(number), actor, data, version=version)])[0].unwrap()
            if flow is CALLOUTS:
                told = call_fields(_fresh_call(matter.number), actor)
            else:
                told = _of(matter, actor)
            return Answer(200, answer.model_validate(told).model_dump_json().encode())

        return answer_once(request, key_of(request).prefix, work)

    operation.__name__ = f"{flow.kind}_step_{step.key}"
    operation.__annotations__ = {
        "request": HttpRequest,
        "number": number_kind,
        "data": Annotated[body, JsonBody()],
        "version": Version,
        "return": HttpResponse,
    }
    sources = "、".join(flow.state[key].label for key in step.sources)
    router.post(
        f"/{root}/{{number}}/steps/{step.key}",
        response={200: answer},
        summary=step.label,
        description=f"{step.note}只能在{sources}时办理。",
        **scoped(step.permission, once=True),
    )(operation)


for _flow, _root, _number, _answer in (
    (CALLOUTS, "callouts", CalloutNumber, CallBrief),
    (RESPONSES, "callout-responses", ResponseNumber, AnswerBrief),
):
    for _step in _flow.steps:
        if not _step.opens and not _step.by_system and not _flow.reversed_by(_step):
            add_step(_flow, _step, _root, _number, _answer)
