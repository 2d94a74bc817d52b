"""Work lists of call-outs and of responses: what each holds, for whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from huying.callouts.models import Response
from huying.callouts.states import (
    ACCEPTED,
    ANALYSING,
    APPROVING,
    AT_WORK,
    DECLINED,
    DRAFTED,
    FED_BACK,
    ISSUED,
    RATING,
    WAITING,
)
from huying.people.actors import Actor

PRESSING, NEWEST = ("next_due_at", "id"), ("-opened_at", "-id")


@dataclass(frozen=True, slots=True)
class Queue:
    """One list. `empty`: what stands there when nothing does: a heading and what that means."""

    key: str
    label: str
    condition: Callable[[Actor], Q]
    empty: tuple[str, str]
    ordering: tuple[str, ...] = PRESSING
    for_units: bool = False  # of no use to whoever sees everything


def own(actor: Actor) -> int:
    return actor.organisation_id or 0


def in_states(*states: str) -> Callable[[Actor], Q]:
    return lambda actor: Q(closed_at=None, state__in=states)


def my_turn(actor: Actor) -> Q:
    """Call-outs that wait for this actor: drafts of its unit, what its chief has to approve, results that are to be
    accepted; for the centre what is to be analysed."""
    waiting = Q(pk__in=[])
    if actor.may("callouts.analyse"):
        waiting |= Q(state=ANALYSING)
    if actor.may("callouts.approve"):
        waiting |= Q(state=APPROVING, holder_id=own(actor))
    if actor.may("callouts.call"):
        waiting |= Q(state=DRAFTED, holder_id=own(actor))
    if actor.may("callouts.accept"):
        ready = Response.objects.filter(matter__state=FED_BACK, matter__holder=own(actor)).values("callout")
        waiting |= Q(state=ISSUED, lead_id=own(actor), pk__in=ready)
    return Q(closed_at=None) & waiting


def to_analyse(actor: Actor) -> Q:
    return Q(closed_at=None, state=ANALYSING)


def waiting(actor: Actor) -> Q:
    """Responses that nobody has answered, whoever was called."""
    return Q(closed_at=None, state=WAITING)


def to_approve(actor: Actor) -> Q:
    return Q(closed_at=None, state=APPROVING)


def mine(actor: Actor) -> Q:
    """What this actor's unit has called and what has not ended."""
    return Q(closed_at=None, lead_id=own(actor))


def running(actor: Actor) -> Q:
    return Q(closed_at=None, state=ISSUED)


def ended(actor: Actor) -> Q:
    return Q(closed_at__isnull=False)


# --- responses -------------------------------------------------------------------------------------------------------


def to_answer(actor: Actor) -> Q:
    """What this actor's unit has been called to and has not answered."""
    return Q(closed_at=None, state=WAITING, holder_id=own(actor))


def at_work(actor: Actor) -> Q:
    """What this actor's unit has answered and not ended."""
    return Q(closed_at=None, state__in=AT_WORK, holder_id=own(actor))


def to_accept(actor: Actor) -> Q:
    """Results that this actor's unit has called for and has to accept."""
    return Q(closed_at=None, state=FED_BACK, holder_id=own(actor))


def waiting_responses(actor: Actor) -> Q:
    """Responses that wait for this actor: to be answered and seen through, to be accepted, to be ruled, to be rated."""
    found = to_rate(actor)
    if actor.may("callouts.respond"):
        found |= to_answer(actor) | at_work(actor)
    if actor.may("callouts.accept"):
        found |= to_accept(actor)
    if actor.may("callouts.rule"):
        found |= to_rule(actor)
    return found


def to_rule(actor: Actor) -> Q:
    return Q(closed_at=None, state=DECLINED)


def to_rate(actor: Actor) -> Q:
    """Where this actor's unit has not given its rating yet."""
    caller = Q(holder_id=own(actor), response__rated_at=None)
    unit = Q(lead_id=own(actor), response__caller_rated_at=None)
    return Q(closed_at=None, state=ACCEPTED) & (caller | unit)


CALLOUT_QUEUES = (
    Queue("turn", "等我们办", my_turn, ("没有等着办的呼叫", "轮到您这里的呼叫会出现在这里。")),
    Queue(
        "mine",
        "我们发起的",
        mine,
        ("没有本单位发起的呼叫", "本单位发起、还没有了结的呼叫会出现在这里。"),
        for_units=True,
    ),
    Queue("analyse", "待研判", to_analyse, ("没有待研判的呼叫", "提交后有疑点的呼叫会先由区中心研判。")),
    Queue("approve", "待审批", to_approve, ("没有待审批的呼叫", "研判之后要由呼叫单位负责人同意的会出现在这里。")),
    Queue("running", "呼应中", running, ("没有呼应中的呼叫", "已经发出、各单位还没有都办好的呼叫会出现在这里。")),
    Queue(
        "rating", "待互评", in_states(RATING), ("没有待互评的呼叫", "各单位都已验收、还没有评完的呼叫会出现在这里。")
    ),
    Queue("ended", "已了结", ended, ("还没有了结的呼叫", "归档、撤回、转为议题和移交的呼叫会出现在这里。"), NEWEST),
    Queue(
        "all", "全部", lambda actor: Q(), ("还没有呼叫", "在一线遇到自己解决不了的事，可以呼叫有关单位到场。"), NEWEST
    ),
)
RESPONSE_QUEUES = (
    Queue(
        "turn", "等我们办", waiting_responses, ("没有等着办的响应", "轮到您这里响应、办理、验收、评价的会出现在这里。")
    ),
    Queue("waiting", "待响应", waiting, ("没有待响应的呼叫", "呼叫本单位、还没有响应的会出现在这里。")),
    Queue("working", "办理中", in_states(*AT_WORK), ("没有办理中的响应", "已经响应、还没有反馈结果的会出现在这里。")),
    Queue(
        "fed-back", "待验收", in_states(FED_BACK), ("没有待验收的响应", "反馈了结果、等呼叫单位验收的会出现在这里。")
    ),
    Queue("rating", "待互评", in_states(ACCEPTED), ("没有待互评的响应", "验收之后双方互相评价的会出现在这里。")),
    Queue("ruling", "待裁定", to_rule, ("没有待裁定的退出申请", "申请退出、等区中心裁定的会出现在这里。")),
    Queue("ended", "已了结", ended, ("还没有了结的响应", "已办结、已退出和已取消的响应会出现在这里。"), NEWEST),
)


def offered(queues: Sequence[Queue], actor: Actor) -> list[Queue]:
    return [queue for queue in queues if not queue.for_units or actor.scope != "all"]
