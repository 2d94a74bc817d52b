"""Who may do what, as one readable table. Who *holds* a role is data (posts); in which *state* a step is possible is
said by the flow. `docs/reference/roles.md` is generated from here.

A permission is one of `huying.people.permissions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from huying.people.enums import UserKind
from huying.people.permissions import PERMISSIONS

Scope = Literal["all", "organisation", "street", "community", "grids", "own", "shown", "reviewed", "none"]

SCOPE_WORDS: dict[Scope, str] = {
    "all": "全区",
    "organisation": "交给本单位的",
    "street": "本街道的和交给本单位的",
    "community": "本社区的和交给本单位的",
    "grids": "本人所管网格的",
    "own": "本人提出的",
    "shown": "出示了编号和查询码的那一件",
    "reviewed": "交其评价的",
    "none": "不看事项",
}


@dataclass(frozen=True, slots=True)
class Role:
    """`scope` says which matters are seen; `deidentified` that nothing about the reporter is shown, not even masked;
    `needs_grids` that a post in it names its grids; `of_ground` that whoever has it in a street or a community sees
    what happens on that ground as well, as those who work there do."""

    key: str
    name: str
    prose: str
    scope: Scope
    permissions: frozenset[str]
    deidentified: bool = False
    needs_grids: bool = False
    of_ground: bool = False
    kind: UserKind = UserKind.STAFF

    def __post_init__(self) -> None:
        unknown = self.permissions - PERMISSIONS.keys()
        if unknown:
            raise ValueError(f"role {self.key} names permissions that do not exist: {sorted(unknown)}")

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def __str__(self) -> str:
        return self.name


REPORTING = frozenset({"cases.receive", "cases.add_information", "cases.rework", "cases.rate", "cases.withdraw"})
HANDLING = frozenset(
    {
        "matters.templates",
        "matters.units",
        "knowledge.view_rules",
        "cases.view",
        "cases.view_contact",
        "cases.return_to_reporter",
        "cases.hand_back",
        "cases.object",
        "cases.acknowledge",
        "cases.contact",
        "cases.propose",
        "cases.ask_request",
        "cases.propose_unreasonable",
        "cases.resume",
        "cases.ask_part",
        "cases.part",
        "cases.reassign",
        "cases.serve",
        "supervision.view",
        "supervision.handle",
        "knowledge.articles",
        "knowledge.write_articles",
    }
)
CALLING = frozenset(
    {
        *("callouts.view", "callouts.call", "callouts.add", "callouts.raise"),
        *("callouts.respond", "callouts.accept", "callouts.press", "callouts.stars"),
    }
)
DOCKETS = frozenset({"dockets.view", "dockets.gather", "dockets.lead", "dockets.work"})  # of units that take part
SERVING = frozenset({"pool.view", "pool.offer", "pool.serve", "pool.check_in"})  # units that offer something
LOCAL = SERVING | {"pool.confirm", "pool.need", "pool.project", "pool.exchange"}  # streets and communities

# what no machine may do: see plain personal data, say whose number is whose, judge in place of a person
PERSONAL = frozenset(
    {
        "cases.view_contact",
        "cases.view_confidential",
        "cases.correct_contact",
        "cases.judge",
        "cases.arrange_review",
    }
)

_ALL = (
    Role(
        key="resident",
        name="居民",
        prose="提出诉求，补充信息，查看本人诉求的进展，对办理结果评价，未解决的要求重办，不用办了的撤诉。",
        scope="own",
        permissions=REPORTING | {"cases.view"},
        kind=UserKind.RESIDENT,
    ),
    Role(
        key="enterprise",
        name="企业",
        prose="以企业名义提出诉求，补充信息，查看进展，评价，未解决的要求重办，不用办了的撤诉。",
        scope="own",
        permissions=REPORTING | {"cases.view"},
        kind=UserKind.ENTERPRISE,
    ),
    Role(
        key="grid_worker",
        name="网格员",
        prose="看本人所管网格内的诉求，应社区之请到现场核查并报回，上报巡查中发现的问题；参加社区报到。",
        scope="grids",
        permissions=frozenset(
            {"cases.view", "cases.receive", "cases.check_on_site", "knowledge.articles", "pool.check_in"}
        ),
        needs_grids=True,
    ),
    Role(
        key="community_clerk",
        name="社区工作人员",
        prose="代居民登记诉求，办理本社区承办的诉求件；接收街道转来的件，办不了的转街道，请网格员到现场核查；在一线呼叫街道和部门到场，响应别人的呼叫，看各单位的呼应星级；撰写本单位的知识；登记本地的服务力量，确认服务资源和社区报到，提出服务需求、请人认领并确认完成。",
        scope="community",
        permissions=HANDLING
        | DOCKETS
        | CALLING
        | LOCAL
        | {"cases.receive", "cases.join", "cases.repeat", "cases.batches", "cases.pass"},
    ),
    Role(
        key="street_clerk",
        name="街道工作人员",
        prose="代居民登记诉求，办理本街道承办的诉求件，可以转给社区办、随时收回；呼叫部门到场，响应别人的呼叫，催办、提级本街道地面上的呼叫，看各单位的呼应星级和本街道的指挥大屏；提出议题；撰写本单位的知识；登记本地的服务力量，确认服务资源和社区报到，提出服务需求、请人认领并确认完成，建立服务项目。",
        scope="street",
        permissions=HANDLING
        | DOCKETS
        | CALLING
        | LOCAL
        | {"cases.receive", "cases.join", "cases.repeat", "cases.batches", "cases.pass", "dockets.draft"}
        | {"callouts.docket", "board.view"},
    ),
    Role(
        key="handler",
        name="承办单位经办人",
        prose="签收交给本单位的诉求件，办前与诉求人沟通，办理并提交结果，请别的单位协办，协办别的单位的件，申请延期和挂账；不属本单位职责的退回派单、提出派单申诉；签收和反馈督办件；响应呼叫、到场办理并反馈，呼叫别的单位，看各单位的呼应星级；撰写和复核本单位的知识；提供本单位的服务资源，认领服务需求并报告完成。",
        scope="organisation",
        permissions=HANDLING | DOCKETS | CALLING | SERVING,
    ),
    Role(
        key="chief",
        name="承办单位负责人",
        prose="审批本单位拟定的办理结果、派单申诉和督办反馈，审核本单位的延期、挂账等申请，不合格的退回；审批本单位发出的呼叫，也能替本单位响应，看各单位的呼应星级和本单位的指挥大屏；街道、社区的负责人还看得到本辖区的件和呼叫；不审批自己提交的；撰写和复核本单位的知识；查看服务资源，认领服务需求，参加社区报到。",
        scope="organisation",
        of_ground=True,
        permissions=DOCKETS
        | {
            "board.view",
            "callouts.view",
            "callouts.stars",
            "callouts.approve",
            "callouts.respond",
            "callouts.press",
            "callouts.raise",
            "pool.view",
            "pool.serve",
            "pool.check_in",
            "matters.templates",
            "knowledge.view_rules",
            "matters.units",
            "cases.view",
            "cases.view_contact",
            "cases.approve",
            "cases.send_back",
            "cases.endorse_objection",
            "cases.endorse_request",
            "cases.refuse_request",
            "supervision.view",
            "supervision.endorse",
            "knowledge.articles",
            "knowledge.write_articles",
        },
    ),
    Role(
        key="call_taker",
        name="接线员",
        prose="接听和登记诉求，能当场答复的即时答复，研判分类，不该受理的提请不予受理，提出不合理诉求认定，办结后回访，登记议提案和代表、委员的意见，服务企业；查用和撰写知识；看全部诉求、指挥大屏和服务资源，个人信息默认脱敏。",
        scope="all",
        permissions=frozenset(
            {
                "knowledge.view_rules",
                "matters.units",
                "cases.view",
                "cases.view_contact",
                "cases.view_confidential",
                "cases.correct_contact",
                "cases.receive",
                "cases.answer",
                "cases.triage",
                "cases.join",
                "cases.repeat",
                "cases.batches",
                "cases.return_to_reporter",
                "cases.add_information",
                "cases.contact",
                "cases.callback",
                "cases.motion",
                "cases.rework",
                "cases.serve",
                "cases.remind",
                "cases.propose_rejection",
                "cases.hand_over",
                "cases.withdraw",
                "cases.propose_unreasonable",
                "cases.ask_request",
                "board.view",
                "callouts.view",
                "dockets.view",
                "pool.view",
                "pool.check_in",
                "knowledge.articles",
                "knowledge.write_articles",
                "matters.alarm",
                "matters.templates",
            }
        ),
    ),
    Role(
        key="dispatcher",
        name="派单审核员",
        prose="研判并派单，收回错派的件，把同一件事并案，设立批量件，裁定派单申诉和责任争议（不裁定自己派的），审批延期、复杂件和挂账申请，参与不合理诉求认定，增减协办单位，研判呼叫、裁定退出申请，看呼应星级和指挥大屏，指定服务专员，审核并发布公开答复，登记上级的催办、回访、重办和审核，答复上级，登记议提案信息，审核不予受理和免回访结案；审核发布知识（不审核自己写的），维护同义词；维护派单口径、审批别人起草的，确认全区的服务资源，提出服务需求、请人认领，建立服务项目，办理、审批和验收由区中心承接的呼叫，训练和启用派单推荐。",
        scope="all",
        permissions=frozenset(
            {
                "knowledge.recommender",
                "knowledge.train",
                "knowledge.view_rules",
                "knowledge.maintain_rules",
                "knowledge.approve_rules",
                "matters.units",
                "cases.view",
                "cases.view_contact",
                "cases.view_confidential",
                "cases.correct_contact",
                "cases.triage",
                "cases.join",
                "cases.merge",
                "cases.batch",
                "cases.batches",
                "cases.dispatch",
                "cases.ask_part",
                "cases.serve",
                "cases.assign_service",
                "cases.hand_back",
                "cases.rule",
                "cases.assign_by_ruling",
                "cases.propose_rejection",
                "cases.approve_rejection",
                "cases.hand_over",
                "cases.upper",
                "cases.answer_upper",
                "cases.publish",
                "cases.motion",
                "cases.close_without_callback",
                "cases.remind",
                "cases.decide_request",
                "cases.refuse_request",
                "cases.review_deferral",
                "cases.resume",
                "cases.import",
                "cases.export",
                "board.view",
                "callouts.view",
                "callouts.stars",
                "callouts.analyse",
                "callouts.approve",
                "callouts.respond",
                "callouts.accept",
                "callouts.add",
                "callouts.raise",
                "callouts.press",
                "callouts.rule",
                "callouts.docket",
                "callouts.hand_over",
                "callouts.export",
                "dockets.view",
                "pool.view",
                "pool.offer",
                "pool.confirm",
                "pool.need",
                "pool.project",
                "pool.exchange",
                "pool.check_in",
                "dockets.draft",
                "dockets.gather",
                "knowledge.articles",
                "knowledge.write_articles",
                "knowledge.approve_articles",
                "matters.alarm",
                "matters.templates",
            }
        ),
    ),
    Role(
        key="supervisor",
        name="督导员",
        prose="看全部事项及其时限、各单位的考核指标和呼应星级，催办，抽查即时答复，设立批量件、发布进展，裁定责任争议，审批申请、复核挂账，参与不合理诉求认定，登记议提案信息，发起督办并审核反馈，催办、提级呼叫，裁定退出申请，分解领导批示和交办事项，为议题立项、验收，指定服务专员，安排第三方评价并在意见不一时裁定，审核发布知识（不审核自己写的），审批派单口径，看指挥大屏，启动和结束应急状态，处理没有送达的短信，确认全区的服务资源，提出服务需求、请人认领，建立服务项目，处置危险信号警报。",
        scope="all",
        permissions=frozenset(
            {
                "knowledge.view_rules",
                "knowledge.approve_rules",
                "matters.units",
                "matters.evaluation",
                "cases.view",
                "cases.view_contact",
                "cases.view_confidential",
                "cases.remind",
                "cases.assign_service",
                "cases.motion",
                "cases.spot_check",
                "cases.assign_by_ruling",
                "cases.decide_request",
                "cases.refuse_request",
                "cases.review_deferral",
                "cases.resume",
                "cases.arrange_review",
                "cases.export",
                "cases.batch",
                "cases.batches",
                "board.view",
                "matters.regimes",
                "callouts.view",
                "callouts.stars",
                "callouts.add",
                "callouts.raise",
                "callouts.press",
                "callouts.rule",
                "callouts.docket",
                "callouts.export",
                "dockets.view",
                "pool.view",
                "pool.offer",
                "pool.confirm",
                "pool.need",
                "pool.project",
                "pool.exchange",
                "pool.check_in",
                "dockets.draft",
                "dockets.open",
                "dockets.gather",
                "dockets.lead",
                "dockets.accept",
                "knowledge.articles",
                "knowledge.write_articles",
                "knowledge.approve_articles",
                "matters.alarm",
                "matters.deliveries",
                "people.audit",
                "supervision.view",
                "supervision.issue",
                "supervision.review",
                "supervision.board",
                "supervision.instruct",
                "supervision.assign",
            }
        ),
    ),
    Role(
        key="analyst",
        name="分析员",
        prose="看去除身份信息的诉求、各项数字、各单位的考核指标和呼应星级、派单推荐的检验报告，用于分析和报告。",
        scope="all",
        permissions=frozenset(
            {
                *("matters.units", "matters.evaluation", "cases.view", "cases.export", "callouts.view"),
                *("callouts.export", "callouts.stars"),
                *("knowledge.articles", "knowledge.view_rules", "knowledge.recommender"),
            }
        ),
        deidentified=True,
    ),
    Role(
        key="leader",
        name="领导",
        prose="看全区事项、各单位的考核指标和呼应星级，个人信息始终脱敏；催办、提级呼叫；写批示，签发约谈、通报和移交问责文书；提出议题、立项，看指挥大屏，启动和结束应急状态，查看服务资源、需求和项目，验收本人包案的议题。",
        scope="all",
        permissions=frozenset(
            {
                "knowledge.view_rules",
                "matters.units",
                "matters.evaluation",
                "cases.view",
                "cases.batches",
                "knowledge.articles",
                "supervision.view",
                "supervision.board",
                "supervision.sign",
                "supervision.instruct",
                "board.view",
                "matters.regimes",
                "callouts.view",
                "callouts.stars",
                "callouts.raise",
                "callouts.press",
                "callouts.docket",
                "dockets.view",
                "pool.view",
                "pool.check_in",
                "dockets.draft",
                "dockets.open",
                "dockets.gather",
                "dockets.accept",
            }
        ),
    ),
    Role(
        key="third_party",
        name="第三方评价员",
        prose="看交其本人评价的事项，不含身份信息，独立作出判断；另一位的意见，两份都交齐之后才看得到。",
        scope="reviewed",
        permissions=frozenset({"cases.view", "cases.judge", "knowledge.articles"}),
        deidentified=True,
    ),
    Role(
        key="assistance",
        name="救助工作人员",
        prose="办理交给本单位的救助类诉求；撰写本单位的知识；提供救助方面的服务资源，提出和认领服务需求。",
        scope="organisation",
        permissions=HANDLING | DOCKETS | CALLING | SERVING,
    ),
    Role(
        key="administrator",
        name="系统管理员",
        prose="管理单位、账号、岗位、区域和各项设置，启动和结束应急状态，结束会话，按本人要求清除个人信息，训练和启用派单推荐，处理没有送达的短信，维护服务类别；不看诉求内容和个人信息，应急查看须写明原因并留痕。",
        scope="none",
        permissions=frozenset(
            {
                "knowledge.articles",
                "knowledge.recommender",
                "knowledge.train",
                "people.manage",
                "people.sessions",
                "people.break_glass",
                "people.forget",
                "people.audit",
                "places.manage",
                "matters.regimes",
                "matters.configure",
                "matters.deliveries",
                "matters.templates",
                "settings.manage",
            }
        ),
    ),
    Role(
        key="integrator",
        name="系统对接",
        prose="外部系统凭密钥使用接口；能做什么还要看密钥被授予的范围。",
        scope="all",
        permissions=frozenset(p for p in PERMISSIONS if p.startswith(("cases.", "callouts.")) and p not in PERSONAL),
        kind=UserKind.MACHINE,
    ),
)

ROLES: dict[str, Role] = {role.key: role for role in _ALL}


def role_choices() -> list[tuple[str, str]]:
    """What a post may be; a function, so that a reworded role is no migration."""
    return [(role.key, role.name) for role in _ALL if role.kind == UserKind.STAFF]


# Not held by anybody, but acted through: whoever has not signed in, a staff account between two posts, the product.
VISITOR = Role(
    key="visitor",
    name="未登录",
    prose="不登录也能提出诉求；凭编号和查询码查看进展、补充信息、评价、要求重办、撤诉。",
    scope="shown",
    permissions=REPORTING | {"cases.view"},
    kind=UserKind.RESIDENT,
)
WITHOUT_POST = Role(
    key="without_post",
    name="无岗位",
    prose="账号没有在任岗位，只能修改密码和查看自己的会话。",
    scope="none",
    permissions=frozenset(),
)
SYSTEM_ROLE = Role(
    key="system",
    name="系统",
    prose="到时自动办理的环节、导入和命令行。",
    scope="all",
    permissions=frozenset(PERMISSIONS),
    kind=UserKind.MACHINE,
)
_UNHELD = {role.key: role for role in (VISITOR, WITHOUT_POST, SYSTEM_ROLE)}


def role_of(key: str) -> Role:
    """The role with this key; KeyError when a post names one that was removed."""
    return ROLES.get(key) or _UNHELD[key]
