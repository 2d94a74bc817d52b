"""The work lists of cases: what each holds, and which role has which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from huying.cases.business import served
from huying.cases.flow import CASES
from huying.cases.parameters import REPEATS_FROM
from huying.cases.parts import joint
from huying.cases.reviewers import waiting_for
from huying.cases.steps.requests import TO_CENTRE, TO_CHIEF
from huying.cases.steps.reviewing import REVIEW, SPLIT
from huying.cases.steps.upper import URGED
from huying.kernel import parameters
from huying.kernel.paging import MOMENT, CappedCount, Counting, counting
from huying.matters.aspects import having
from huying.matters.enums import Warning
from huying.matters.models import Alarm, Matter
from huying.people.actors import Actor

TABS_COUNTED_TO = 999
PRESSING = ("next_due_at", "id")
NEWEST = ("-opened_at", "-id")
MOST_REPEATED = ("-repeat_count", "-opened_at", "-id")

Condition = Callable[[Actor, datetime], Q]


@dataclass(frozen=True, slots=True)
class Queue:
    """One work list. `permission`: whoever has it finds the list in the menu. `empty`: what stands there when nothing
    does: a heading and what that means."""

    key: str
    label: str
    condition: Condition
    empty: tuple[str, str]
    permission: str = ""
    ordering: tuple[str, ...] = PRESSING
    columns: tuple[str, ...] = ()  # shown in this list beside those the reader has chosen

    @property
    def slug(self) -> str:
        return self.key.replace("_", "-")

    @property
    def url_name(self) -> str:
        return f"cases:queue-{self.slug}" if self.key else "cases:list"


def _in_state(key: str) -> Condition:
    """In a state; for units only what is in their own hands."""

    def condition(actor: Actor, now: datetime) -> Q:
        here = Q(state=key, closed_at=None)
        return here if actor.scope in ("all", "reviewed", "grids") else here & Q(holder_id=actor.organisation_id)

    return condition


def _state(key: str, empty: tuple[str, str], permission: str = "") -> Queue:
    return Queue(key, CASES.state[key].label, _in_state(key), empty, permission)


_OPEN = Q(closed_at=None)
_TO_CONTACT = Q(state="acknowledged") | Q(state="handling", case__contacted_at=None)  # also before it is done over

QUEUES: dict[str, Queue] = {
    queue.key: queue
    for queue in (
        Queue(
            "", "全部诉求件", lambda actor, now: Q(), ("还没有诉求件", "登记或收到的诉求件会出现在这里。"), "", NEWEST
        ),
        _state("received", ("没有待研判的件", "新来件会自动出现在这里。"), "cases.triage"),
        _state("triaged", ("没有待派单的件", "研判完的件会自动出现在这里。"), "cases.dispatch"),
        _state("dispatched", ("没有待签收的件", "新派来的件会自动出现在这里。"), "cases.acknowledge"),
        _state("acknowledged", ("没有待沟通的件", "签收后还没有联系诉求人的件会出现在这里。"), "cases.propose"),
        _state("handling", ("没有正在办理的件", "联系过诉求人、正在办的件会出现在这里。"), "cases.propose"),
        _state("passed", ("没有待接收的件", "上级或下级转来、还没有接收的件会出现在这里。"), "cases.pass"),
        _state(
            "checking", ("没有要核查的件", "社区请网格员到现场看的件会出现在这里，看完报回。"), "cases.check_on_site"
        ),
        _state("waiting", ("没有等待补充的件", "退回诉求人补充情况的件会出现在这里，期间各时限暂停。")),
        _state("awaiting_approval", ("没有待审批的件", "经办人提交的办理结果会出现在这里。"), "cases.approve"),
        _state("objecting", ("没有待审核的申诉", "经办人提出的派单申诉会出现在这里。"), "cases.endorse_objection"),
        _state("objected", ("没有待裁定的申诉", "承办单位报来的派单申诉会出现在这里。"), "cases.rule"),
        Queue(
            "disputed",
            "责任争议待裁定",
            lambda actor, now: Q(state__in=("triaged", "objected"), closed_at=None) & having("disputed"),
            ("没有责任争议", "几次退回、申诉，或者几个单位都说不归自己管的件，会出现在这里。"),
            "cases.assign_by_ruling",
        ),
        _state("rejecting", ("没有待审核的不予受理", "提请不予受理的件会出现在这里。"), "cases.approve_rejection"),
        _state(
            "reply_review",
            ("没有待审核的公开答复", "答复公开的渠道，单位批准以后的答复会出现在这里。"),
            "cases.publish",
        ),
        _state("resolved", ("没有待回访的件", "承办单位办结、还没有回访的件会出现在这里。"), "cases.callback"),
        Queue(
            "requests_to_chief",
            "待审核的申请",
            lambda actor, now: having(TO_CHIEF) & Q(lead_id=actor.organisation_id),
            ("没有等您审核的申请", "本单位经办人申请的延期、复杂件、挂账和不合理诉求认定会出现在这里。"),
            "cases.endorse_request",
            columns=("request",),
        ),
        Queue(
            "requests",
            "待审批的申请",
            lambda actor, now: having(TO_CENTRE),
            ("没有等着审批的申请", "承办单位负责人同意了的延期、复杂件、挂账和不合理诉求认定会出现在这里。"),
            "cases.decide_request",
            columns=("request",),
        ),
        Queue(
            "deferral_due",
            "挂账待复核",
            lambda actor, now: having("deferral_due"),
            ("没有等着复核的挂账件", "到了复核日子的挂账件会出现在这里。"),
            "cases.review_deferral",
            columns=("deferral",),
        ),
        Queue(
            "deferred",
            CASES.state["deferred"].label,
            _in_state("deferred"),
            ("没有挂账的件", "批准挂账的件会出现在这里，到了日子复核，条件具备了恢复办理。"),
            columns=("deferral",),
        ),
        Queue(
            "confidential",
            "保密件待联系",
            lambda actor, now: _OPEN & Q(confidential=True) & _TO_CONTACT,
            ("没有等着联系的保密件", "诉求人要求保密的件，承办单位签收后由区中心联系，会出现在这里。"),
            "cases.callback",
        ),
        Queue(
            "late",
            "已超时",
            lambda actor, now: _OPEN & Q(next_due_at__lt=now),
            ("没有超时的件", "在办的件都在时限之内。"),
        ),
        Queue(
            "yellow",
            "快到期",
            lambda actor, now: _OPEN & Q(warning=Warning.YELLOW, next_due_at__gte=now),
            ("没有快到期的件", "亮了黄牌、还没有超时的件会出现在这里。"),
        ),
        Queue(
            "alarm",
            "险情未确认",
            lambda actor, now: Q(Exists(Alarm.objects.filter(matter=OuterRef("pk"), acknowledged_at=None))),
            ("没有待确认的险情", "出现险情词语的来件会立即出现在这里。"),
        ),
        Queue(
            "spot_check",
            "待抽查",
            lambda actor, now: Q(state="closed", lead=None, case__sampled=True, case__spot_checked_at=None),
            ("没有等着抽查的答复", "当场答复的件，系统按比例抽出来请督导员核对，会出现在这里。"),
            "cases.spot_check",
            NEWEST,
        ),
        Queue(
            "upper_urged",
            "上级催办待答复",
            lambda actor, now: having(URGED),
            ("没有等着答复的上级催办", "上级催办、我们还没有答复的件会出现在这里。"),
            "cases.answer_upper",
        ),
        Queue(
            "to_review",
            "待评价",
            lambda actor, now: waiting_for(actor.user_id),
            ("没有等您评价的件", "交给您独立评价的件会出现在这里。"),
            "cases.judge",
        ),
        Queue(
            "in_review",
            "评价中",
            lambda actor, now: having(REVIEW),
            ("没有正在评价的件", "诉求人再次表示没有解决或不满意的、随机抽取的，请第三方评价期间会出现在这里。"),
        ),
        Queue(
            "review_split",
            "评价待裁定",
            lambda actor, now: having(SPLIT),
            ("没有等着裁定的评价", "两位评价员意见不一的，抽查的件被评为不当的，会出现在这里。"),
            "cases.arrange_review",
        ),
        Queue(
            "joint",
            "协办",
            lambda actor, now: joint(actor),
            ("没有要协办的件", "由别的单位主办、请本单位协办的件会出现在这里，意见被采纳后不再列出。"),
            "cases.part",
        ),
        Queue(
            "served",
            "我服务的企业诉求",
            lambda actor, now: served(actor),
            ("没有由您服务的企业诉求", "由您担任服务专员的营商环境件会出现在这里。"),
        ),
        Queue(
            "reworked",
            "重办两次以上",
            lambda actor, now: Q(rework_count__gte=2),
            ("没有重办两次以上的件", "诉求人两次表示没有解决或不满意的件，会出现在这里。"),
            ordering=NEWEST,
        ),
        Queue(
            "repeated",
            "反复反映",
            lambda actor, now: _OPEN & ~Q(state="joined") & Q(repeat_count__gte=REPEATS_FROM.value),
            ("没有反复反映的件", "同一诉求人就同一件事反映多次、还没有办结的件会出现在这里，次数最多的在前。"),
            ordering=MOST_REPEATED,
        ),
        Queue("open", "在办", lambda actor, now: _OPEN, ("没有在办的件", "还没有结案的件会出现在这里。")),
        Queue(
            "closed",
            "已结案",
            lambda actor, now: Q(state="closed"),
            ("还没有结案的件", "办完并结案的件会出现在这里。"),
            ordering=NEWEST,
        ),
    )
}

_UNIT = (
    *("dispatched", "acknowledged", "handling", "waiting", "awaiting_approval"),
    *("deferred", "joint", "served", "open", "closed"),
)
TABS: dict[str, tuple[str, ...]] = {
    "call_taker": ("received", "confidential", "waiting", "resolved", "served", "open", "closed"),
    "dispatcher": (
        "received",
        "triaged",
        "objected",
        "disputed",
        "rejecting",
        "requests",
        "reply_review",
        "upper_urged",
        "dispatched",
        "deferred",
        "resolved",
        "repeated",
        "served",
        "open",
        "closed",
    ),
    "supervisor": (
        "late",
        "yellow",
        "alarm",
        "disputed",
        "requests",
        "deferral_due",
        "deferred",
        "spot_check",
        "review_split",
        "in_review",
        "repeated",
        "open",
        "closed",
    ),
    "leader": ("late", "yellow", "open", "closed"),
    "third_party": ("to_review", "open", "closed"),
    "chief": ("awaiting_approval", "objecting", "requests_to_chief", "handling", "deferred", "late", "open", "closed"),
    "handler": _UNIT,
    "assistance": _UNIT,
    "street_clerk": ("passed", *_UNIT),
    "community_clerk": ("passed", "checking", *_UNIT),
    "grid_worker": ("checking", "open", "closed"),
}
PLAIN_TABS = ("open", "closed")


def tabs_of(actor: Actor) -> list[Queue]:
    """The lists of this role, the most pressing first, everything last."""
    return [QUEUES[key] for key in (*TABS.get(actor.role.key, PLAIN_TABS), "")]


def cases_for(actor: Actor) -> QuerySet[Matter]:
    """Every case this actor may see. All lists, counts and doors of cases start here."""
    # The district is the first column of the index over open work, so it is always said.
    return Matter.objects.visible_to(actor).filter(district=settings.DISTRICT_CODE, kind=CASES.kind)


def in_queue(queue: Queue, actor: Actor, now: datetime) -> QuerySet[Matter]:
    return cases_for(actor).filter(queue.condition(actor, now))


def counts(queues: Mapping[str, Queue], actor: Actor, now: datetime) -> dict[str, CappedCount]:
    """How many cases lie in each, counted up to a bound, in one query."""
    return _counting(tuple(queues.items()), actor, parameters.held()).at(now)


def counting_of(queue: Queue, actor: Actor) -> Counting:
    """The same for one of them, to be counted with others."""
    return _counting(((queue.key, queue),), actor, parameters.held())


@lru_cache(maxsize=4096)
def _counting(queues: tuple[tuple[str, Queue], ...], actor: Actor, _held: object) -> Counting:
    """Every page of the desk counts. A condition knows the actor, the moment and parameters, nothing else."""
    return counting({key: in_queue(queue, actor, MOMENT) for key, queue in queues}, TABS_COUNTED_TO)
