"""Who may do what, as one readable table. Who *holds* a role is data (posts); in which *state* a step is possible is
said by the flow. `docs/reference/roles.md` is generated from here.

A permission is `room.verb`. `PERMISSIONS` names each of them in Chinese, so a misspelt one is noticed at start-up and
the table of roles can be read by those it binds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from huying.people.enums import UserKind

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

PERMISSIONS: dict[str, str] = {
    # cases: steps of the main way
    "cases.receive": "受理诉求",
    "cases.answer": "即时答复并结案",
    "cases.triage": "分析研判",
    "cases.join": "并入同一件事、改为单独办理",
    "cases.merge": "并案、把并案的件交还原单位",
    "cases.repeat": "记下诉求人又来反映",
    "cases.batch": "设立和修改批量件、发布进展",
    "cases.batches": "查看批量件",
    "cases.return_to_reporter": "退回诉求人补充",
    "cases.add_information": "补充信息",
    "cases.dispatch": "派单",
    "cases.hand_back": "退回派单",
    "cases.object": "派单申诉、撤回申诉",
    "cases.endorse_objection": "审核本单位的派单申诉",
    "cases.rule": "裁定派单申诉",
    "cases.assign_by_ruling": "裁定责任争议的承办单位",
    "cases.propose_rejection": "提请不予受理",
    "cases.approve_rejection": "审核不予受理",
    "cases.hand_over": "登记移交",
    "cases.withdraw": "撤诉",
    "cases.acknowledge": "签收",
    "cases.contact": "办前沟通",
    "cases.propose": "提交办理结果",
    "cases.ask_part": "请单位协办，采纳、退回协办意见，取消协办",
    "cases.part": "签收协办、提交协办意见",
    "cases.pass": "街道和社区之间转办、接收、交回、收回，请网格员核查",
    "cases.check_on_site": "到现场核查并报回",
    "cases.reassign": "改派本单位经办人",
    "cases.serve": "服务企业、登记企业服务",
    "cases.assign_service": "指定服务专员",
    "cases.send_back": "退回重拟答复",
    "cases.approve": "审批办理结果",
    "cases.callback": "回访",
    "cases.motion": "登记和更正议提案信息",
    "cases.rework": "要求重办",
    "cases.close_without_callback": "免回访结案",
    "cases.rate": "评价",
    "cases.remind": "催办",
    "cases.spot_check": "抽查即时答复",
    "cases.upper": "登记上级的催办、回访、重办和审核",
    "cases.answer_upper": "答复上级",
    "cases.publish": "审核、发布和撤下公开答复",
    "cases.judge": "第三方评价",
    "cases.arrange_review": "指定第三方评价员、裁定评价结果",
    "cases.correct_contact": "更正诉求人联系方式",
    # cases: what is asked for and approved
    "cases.ask_request": "申请延期、复杂件、挂账，撤回申请",
    "cases.endorse_request": "审核本单位的申请",
    "cases.decide_request": "批准延期、复杂件、挂账，认定不合理诉求",
    "cases.refuse_request": "不批申请",
    "cases.propose_unreasonable": "申请不合理诉求认定",
    "cases.review_deferral": "复核挂账",
    "cases.resume": "恢复办理挂账的件",
    # cases: reading and exchanging
    "cases.view": "查看诉求件",
    "cases.view_contact": "因办理需要查看诉求人联系方式（留痕）",
    "cases.view_confidential": "联系要求保密的诉求人",
    "cases.import": "批量导入诉求件",
    "cases.export": "导出诉求件",
    # knowledge
    "knowledge.recommender": "查看派单推荐的检验报告",
    "knowledge.train": "训练、启用和换回派单推荐的版本",
    # supervision
    "supervision.view": "查看督办件",
    "supervision.issue": "发起督办、升级、改派和撤销",
    "supervision.sign": "签发约谈、通报和移交问责文书",
    "supervision.handle": "签收、退回和反馈督办件",
    "supervision.endorse": "审核本单位的督办反馈",
    "supervision.review": "审核督办反馈、退回再办",
    "supervision.board": "查看督办台账和交办件",
    "supervision.instruct": "登记领导批示和上级交办事项",
    "supervision.assign": "分解交办任务、报告办理情况",
    # dockets
    "dockets.view": "查看议题",
    "dockets.draft": "提出议题",
    "dockets.open": "议题立项、调整分工、撤销",
    "dockets.gather": "把事项放进议题、移出议题",
    "dockets.lead": "牵头办理议题：开会、交办、验收任务、提请验收",
    "dockets.work": "回复会议邀请，落实并反馈议题任务",
    "dockets.accept": "验收议题",
    # call-outs
    "callouts.view": "查看呼叫和响应",
    "callouts.call": "发起、修改和撤回呼叫",
    "callouts.approve": "审批本单位的呼叫",
    "callouts.analyse": "研判呼叫",
    "callouts.add": "增加被呼叫单位、关联事项",
    "callouts.raise": "把呼叫提级",
    "callouts.respond": "响应呼叫、申请退出、到场、反馈，评价呼叫",
    "callouts.accept": "验收呼应结果、评价被呼叫单位",
    "callouts.press": "催办呼应",
    "callouts.rule": "裁定退出呼应的申请",
    "callouts.docket": "把呼叫转为议题",
    "callouts.hand_over": "移交呼叫",
    "callouts.export": "导出呼叫和响应",
    # the command board
    "board.view": "看指挥大屏",
    # knowledge: the knowledge base
    "knowledge.articles": "查看知识库",
    "knowledge.write_articles": "撰写、修改和复核知识（承办单位只写本单位的），处理反馈",
    "knowledge.approve_articles": "审核、发布和撤下知识，导入导出，维护同义词",
    "knowledge.view_rules": "查看派单口径（承办单位只看涉及本单位的）",
    "knowledge.maintain_rules": "起草和修改派单口径、用历史件回放、导入",
    "knowledge.approve_rules": "审批和撤回派单口径（不审批自己起草的）",
    # matters
    "matters.alarm": "接收并处置危险信号警报",
    "matters.templates": "管理答复模板",
    "matters.units": "查看单位的办理情况（承办单位只看本单位）",
    "matters.evaluation": "比较各单位的考核指标",
    "matters.regimes": "启动和结束应急状态（平急转换）",
    "matters.configure": "设置时限、应急状态、分类、渠道、险情词、空话套话、办理清单、件数控制目标和消息模板",
    # people and places
    "people.manage": "管理单位、账号和岗位",
    "people.sessions": "查看和结束所有人的会话",
    "people.break_glass": "应急查看个人信息（留痕）",
    "people.forget": "按本人要求清除个人信息（留痕，不显示内容）",
    "people.audit": "查看个人信息的查看记录和登录记录",
    "places.manage": "管理街道、社区、网格及其边界",
    # the product itself
    "settings.manage": "设置日历和参数，查看设置的修改记录",
}


@dataclass(frozen=True, slots=True)
class Role:
    """`scope` says which matters are seen; `deidentified` that nothing about the reporter is shown, not even masked;
    `needs_grids` that a post in it names its grids."""

    key: str
    name: str
    prose: str
    scope: Scope
    permissions: frozenset[str]
    deidentified: bool = False
    needs_grids: bool = False
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
        *("callouts.respond", "callouts.accept", "callouts.press"),
    }
)
DOCKETS = frozenset({"dockets.view", "dockets.gather", "dockets.lead", "dockets.work"})  # of units that take part

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
        prose="看本人所管网格内的诉求，应社区之请到现场核查并报回，上报巡查中发现的问题。",
        scope="grids",
        permissions=frozenset({"cases.view", "cases.receive", "cases.check_on_site", "knowledge.articles"}),
        needs_grids=True,
    ),
    Role(
        key="community_clerk",
        name="社区工作人员",
        prose="代居民登记诉求，办理本社区承办的诉求件；接收街道转来的件，办不了的转街道，请网格员到现场核查；在一线呼叫街道和部门到场，响应别人的呼叫；撰写本单位的知识。",
        scope="community",
        permissions=HANDLING
        | DOCKETS
        | CALLING
        | {"cases.receive", "cases.join", "cases.repeat", "cases.batches", "cases.pass"},
    ),
    Role(
        key="street_clerk",
        name="街道工作人员",
        prose="代居民登记诉求，办理本街道承办的诉求件，可以转给社区办、随时收回；呼叫部门到场，响应别人的呼叫，催办、提级本街道地面上的呼叫，看本街道的指挥大屏；提出议题；撰写本单位的知识。",
        scope="street",
        permissions=HANDLING
        | DOCKETS
        | CALLING
        | {"cases.receive", "cases.join", "cases.repeat", "cases.batches", "cases.pass", "dockets.draft"}
        | {"callouts.docket", "board.view"},
    ),
    Role(
        key="handler",
        name="承办单位经办人",
        prose="签收交给本单位的诉求件，办前与诉求人沟通，办理并提交结果，请别的单位协办，协办别的单位的件，申请延期和挂账；不属本单位职责的退回派单、提出派单申诉；签收和反馈督办件；响应呼叫、到场办理并反馈，呼叫别的单位；撰写和复核本单位的知识。",
        scope="organisation",
        permissions=HANDLING | DOCKETS | CALLING,
    ),
    Role(
        key="chief",
        name="承办单位负责人",
        prose="审批本单位拟定的办理结果、派单申诉和督办反馈，审核本单位的延期、挂账等申请，不合格的退回；审批本单位发出的呼叫，也能替本单位响应，看本单位的指挥大屏；不审批自己提交的；撰写和复核本单位的知识。",
        scope="organisation",
        permissions=DOCKETS
        | {
            "board.view",
            "callouts.view",
            "callouts.approve",
            "callouts.respond",
            "callouts.press",
            "callouts.raise",
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
        prose="接听和登记诉求，能当场答复的即时答复，研判分类，不该受理的提请不予受理，提出不合理诉求认定，办结后回访，登记议提案和代表、委员的意见，服务企业；查用和撰写知识；看全部诉求和指挥大屏，个人信息默认脱敏。",
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
        prose="研判并派单，收回错派的件，把同一件事并案，设立批量件，裁定派单申诉和责任争议（不裁定自己派的），审批延期、复杂件和挂账申请，参与不合理诉求认定，增减协办单位，研判呼叫、裁定退出申请，办理、审批和验收由区中心承接的呼叫，看指挥大屏，指定服务专员，审核并发布公开答复，登记上级的催办、回访、重办和审核，答复上级，登记议提案信息，审核不予受理和免回访结案；审核发布知识（不审核自己写的），维护同义词；维护派单口径、审批别人起草的，训练和启用派单推荐。",
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
        prose="看全部事项及其时限和各单位的考核指标，催办，抽查即时答复，设立批量件、发布进展，裁定责任争议，审批申请、复核挂账，参与不合理诉求认定，登记议提案信息，发起督办并审核反馈，看指挥大屏，催办、提级呼叫，裁定退出申请，启动和结束应急状态，分解领导批示和交办事项，为议题立项、验收，指定服务专员，安排第三方评价并在意见不一时裁定，审核发布知识（不审核自己写的），审批派单口径，处置危险信号警报。",
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
                "callouts.add",
                "callouts.raise",
                "callouts.press",
                "callouts.rule",
                "callouts.docket",
                "callouts.export",
                "dockets.view",
                "dockets.draft",
                "dockets.open",
                "dockets.gather",
                "dockets.lead",
                "dockets.accept",
                "knowledge.articles",
                "knowledge.write_articles",
                "knowledge.approve_articles",
                "matters.alarm",
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
        prose="看去除身份信息的诉求、各项数字、各单位的考核指标和派单推荐的检验报告，用于分析和报告。",
        scope="all",
        permissions=frozenset(
            {
                *("matters.units", "matters.evaluation", "cases.view", "cases.export", "callouts.view"),
                "callouts.export",
                *("knowledge.articles", "knowledge.view_rules", "knowledge.recommender"),
            }
        ),
        deidentified=True,
    ),
    Role(
        key="leader",
        name="领导",
        prose="看全区事项和各单位的考核指标，个人信息始终脱敏；看指挥大屏，催办、提级呼叫，启动和结束应急状态；写批示，签发约谈、通报和移交问责文书；提出议题、立项，验收本人包案的议题。",
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
                "callouts.raise",
                "callouts.press",
                "callouts.docket",
                "dockets.view",
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
        prose="办理交给本单位的救助类诉求；撰写本单位的知识。",
        scope="organisation",
        permissions=HANDLING | DOCKETS | CALLING,
    ),
    Role(
        key="administrator",
        name="系统管理员",
        prose="管理单位、账号、岗位、区域和各项设置，启动和结束应急状态，结束会话，按本人要求清除个人信息，训练和启用派单推荐；不看诉求内容和个人信息，应急查看须写明原因并留痕。",
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
