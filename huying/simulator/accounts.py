"""The accounts of the demo: one for each role, with names a newcomer can guess. For trying out only."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "Huying-demo-2026"  # noqa: S105 — printed at every start of the demo, never used elsewhere
SAMPLE_CODE = "WUCHANG8"  # the follower's code of the one case that is shown to people without an account

STREET = "420106003"  # 徐家棚街道: where the accounts of street, community and grid are at home
COMMUNITY = "420106003023"  # 水岸星城社区
WORKER_GRIDS = ("420106003023001", "420106003023002", "420106003023003")


@dataclass(frozen=True, slots=True)
class Account:
    """`organisation` is a code of the district's organisations; residents and enterprises have none."""

    username: str
    role: str
    full_name: str
    organisation: str = ""
    about: str = ""


ACCOUNTS: tuple[Account, ...] = (
    Account("jumin", "resident", "周晓兰", about="在网上报事、看进展、评价"),
    Account("qiye", "enterprise", "武汉江汇源商贸有限公司", about="以企业名义报事"),
    Account("wangge", "grid_worker", "刘汉生", COMMUNITY, "看自己网格的诉求，上报问题"),
    Account("shequ", "community_clerk", "陈红梅", COMMUNITY, "办理交给社区的诉求"),
    Account("shequfuze", "chief", "何桂芳", COMMUNITY, "社区书记，审批本社区的呼叫和办理结果"),
    Account("jiedao", "street_clerk", "张国庆", STREET, "办理交给街道的诉求"),
    Account("shuji", "chief", "郑卫东", STREET, "街道第一书记，审批街道的呼叫，指挥社区的呼叫"),
    Account("chengban", "handler", "李志强", "chengguan", "签收、办前沟通、办理"),
    Account("fuze", "chief", "王建平", "chengguan", "审批本单位的办理结果"),
    Account("jiexian", "call_taker", "赵文静", "centre", "受理、研判、回访"),
    Account("paidan", "dispatcher", "吴立新", "centre", "派单、审核"),
    Account("dudao", "supervisor", "徐明辉", "centre", "盯时限，处置险情报警"),
    Account("fenxi", "analyst", "孙雅婷", "centre", "看去身份信息的数据"),
    Account("lingdao", "leader", "何致远", "quzheng", "看全区情况"),
    Account("pingjia", "third_party", "林慧敏", "pingjia", "独立评价诉求人再次不满意的件"),
    Account("jiuzhu", "assistance", "黄爱华", "minzheng", "办理救助类诉求"),
    Account("guanli", "administrator", "高学军", "centre", "管理单位、账号和设置"),
)

MACHINE = Account("duijie", "integrator", "外部系统对接（演示）", about="只能凭接口密钥使用，不能登录")
