"""Takes the pictures of the manual (`docs/how-to/desk.md`) from the product itself:

    PICTURES=1 ./dev test tests/e2e/test_pictures.py -p no:xdist

Otherwise they are only looked for, by `tests/web/test_manual.py`.
"""

from __future__ import annotations

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page

from huying.cases import options
from huying.cases.flow import CASES
from huying.kernel.generation import bump
from huying.knowledge.articles.actions import Content
from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender.learning import BLIND, KEY, TARGETS
from huying.knowledge.recommender.training import Example, train
from huying.knowledge.recommender.words import Text
from huying.matters.engine import move_one
from huying.matters.models import Matter
from huying.people.models import Organisation
from tests.e2e.conftest import Visit
from tests.factories.articles import publish
from tests.factories.cases import advance, receive
from tests.factories.district import District

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "pictures"
WIDE, TALL, PHONE = 1280, 800, (390, 780)
COLOURS = 128

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(os.environ.get("PICTURES") != "1", reason="只在要更新手册图片时运行：PICTURES=1"),
]

SAID = (  # state, category, grid, words, whatever is particular
    ("received", "", 0, "积玉桥小学门口早上堵车，家长的车停了两排，公交车过不去，请安排人疏导。", {}),
    (
        "received",
        "",
        1,
        "咨询新生儿医保参保要带哪些材料，在哪个窗口办理。",
        {"channel": "hotline", "external_number": "RX-20881"},
    ),
    ("received", "", 2, "楼上住户深夜装修，吵得孩子睡不着，敲门也不理。", {"urgency": "urgent"}),
    ("triaged", "垃圾清运", 1, "菜场后门垃圾桶满了没人清，天热味道大，摊贩和居民都受不了。", {}),
    ("triaged", "公园管理", 2, "建议在沙湖公园北门增设非机动车停放点。", {}),
    ("dispatched", "人行道损坏", 0, "小区门口人行道地砖松动，下雨踩上去溅一身水，老人差点摔倒。", {}),
    ("dispatched", "树木修剪", 0, "徐东大街绿化带的树枝折断，挂在电线上，担心掉下来砸到人。", {"urgency": "urgent"}),
    ("acknowledged", "照明不足", 1, "三号楼楼道照明灯坏了半个月，夜里上下楼看不清台阶。", {}),
    ("handling", "占道经营", 3, "夜市收摊以后油污满地，早上上班滑倒了两个人。", {}),
    ("handling", "水压不足", 2, "二次供水水压不足，六楼以上早晚停水，请尽快检修水泵。", {}),
    ("awaiting_approval", "公共厕所", 0, "公共厕所水龙头坏了，一直在流水，浪费很大。", {}),
    ("resolved", "共享单车", 1, "共享单车堆在盲道上，视障居民没有路走。", {}),
    ("closed", "小广告", 0, "公交站牌被广告纸贴满，看不清站名。", {}),
)
SHORT = {"centre": "区中心", "urban": "区城管执法局", "housing": "区房管局", "water": "区自来水公司"}


def seed(served: District) -> dict[str, Matter]:
    """A day's work in every state; the newest of each state by its name."""
    for key, name in SHORT.items():
        Organisation.objects.filter(pk=served.organisations[key].pk).update(
            short_name=name, duty_phone="027-0000-0201", chief=served.users["chief"]
        )
    bump("organisations")
    found: dict[str, Matter] = {}
    now = timezone.localtime()
    start = max(now - timedelta(hours=3), now.replace(hour=0, minute=0, second=0))  # all of it is of today
    for n, (state, category, grid, text, more) in enumerate(SAID):
        lon, lat = District.point(grid)
        person = {"name": "王秀英", "phone": f"1397111{2200 + n}"}
        at = start + (now - start) * n / len(SAID)
        matter = receive(
            served, at=at, text=text, lon=lon, lat=lat, address="徐东大街水岸星城", reporter=person, **more
        )
        found[state] = advance(served, triaged(served, matter, category), state)
    old = timezone.now() - timedelta(days=12)
    late = receive(served, at=old, text="断头路口没有路灯和反光标志，晚上骑车摔过人。")
    found["late"] = advance(served, late, "handling", start=old)
    receive(served, text="有人在楼顶说不想活了，请马上派人来。", urgency="emergency")
    return found


HEARD = {  # category: what people say of it
    "垃圾清运": ["垃圾桶满了没人清", "垃圾几天没有清运", "垃圾点味道很大", "清运车今天没有来"],
    "路灯不亮": ["路灯坏了三天", "晚上没有路灯很黑", "路灯时亮时灭", "灯杆倾斜不亮"],
    "小广告": ["广告纸贴满站牌", "楼道里到处是小广告", "电线杆上喷了广告", "刚清掉又贴上"],
}
BINS = Content(
    "小区、菜场的垃圾没人清运找谁？",
    "先联系物业或者市场管理方；当天没有清运的，由区城管执法局安排环卫车辆补收，一般两小时内到场。",
    ["垃圾桶满了没人清"],
    "武昌区生活垃圾清运规范（示例）",
)


def knows(served: District) -> None:
    """An article, and a version of the recommender, that have to do with what is being typed."""
    publish(served, BINS)
    codes = {path.rpartition(" / ")[2]: code for code, path in options.category_names().items()}
    units = dict(zip(HEARD, ("urban", "water", "housing"), strict=True))
    examples = [
        Example(
            Text(one, f"{other}，请尽快处理。"),
            {"category": codes[category], "handler": str(served.organisations[units[category]].pk)},
        )
        for category, said in HEARD.items()
        for one in said
        for other in said
    ]
    now = timezone.now()
    RecommenderVersion.objects.create(
        asked_at=now,
        finished_at=now,
        state=RecommenderVersion.State.READY,
        active=True,
        content=train(examples * 3, TARGETS, blind=BLIND).to_bytes(),
    )
    bump(KEY)


def triaged(served: District, matter: Matter, category: str) -> Matter:
    """As what it is, where somebody has looked at it."""
    if not category:
        return matter
    code = next(code for code, path in options.category_names().items() if path.endswith(f" / {category}"))
    data = {"kind": "help", "category": code}
    return move_one(CASES, "triage", matter.pk, by=served.actor("call_taker"), data=data)


def shoot(page: Page, name: str, *, width: int = WIDE, height: int = TALL) -> None:
    """One picture, of few colours: it is text on quiet grounds."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(600)  # figures of the menu, the map
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    PICTURES.mkdir(exist_ok=True)
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


def test_the_pictures_of_the_manual(visit: Visit, served: District, settings: object) -> None:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]
    settings.DISTRICT_NAME = "武昌区"  # type: ignore[attr-defined]
    cases = seed(served)
    knows(served)
    found = cases["handling"]

    desk = visit("call_taker")
    desk.goto("/desk/")
    shoot(desk, "today")
    desk.goto("/desk/cases/new/")
    intake(desk)
    shoot(desk, "intake", height=1080)

    dispatcher = visit("dispatcher")
    dispatcher.goto("/desk/cases/open/")
    shoot(dispatcher, "list")
    dispatcher.goto(f"/desk/cases/{cases['triaged'].number}/steps/dispatch/")
    shoot(dispatcher, "dispatch", height=700)

    handler = visit("handler")
    handler.goto(f"/desk/cases/{found.number}/")
    shoot(handler, "case", height=900)
    handler.goto("/desk/units/")
    shoot(handler, "unit")
    handler.goto(f"/desk/cases/{found.number}/steps/propose/")
    shoot(handler, "propose-phone", width=PHONE[0], height=PHONE[1])

    chief = visit("chief")
    chief.goto(f"/desk/cases/{cases['awaiting_approval'].number}/steps/approve/")
    shoot(chief, "approve-phone", width=PHONE[0], height=PHONE[1])

    leader = visit("leader")
    leader.goto("/desk/")
    shoot(leader, "leader", height=560)

    dispatcher.goto("/desk/search/?q=" + "水")
    shoot(dispatcher, "search", height=560)

    administrator = visit("administrator")
    administrator.goto("/desk/settings/")
    shoot(administrator, "settings", height=860)


def intake(page: Page) -> None:
    """A call half written down."""
    page.get_by_label("联系电话").first.fill("13971112203")
    page.locator("[name=text]").fill("菜场后门的垃圾桶又满了，今天还没有人来清运，味道很大。")
    page.locator("[name=address]").fill("徐东大街水岸星城社区菜场后门")
    page.wait_for_timeout(1500)
