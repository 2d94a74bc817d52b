"""A call-out in real browsers: a community calls two departments; one answers late, one declines and the centre rules;
both are accepted and rated. Nothing keeps people out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from huying.matters.models import Matter
from huying.matters.sweep import sweep
from tests.e2e.conftest import Visit
from tests.e2e.test_axe import NEEDS_AXE
from tests.e2e.test_docket import choose_unit, looked_at, press, send
from tests.factories.callouts import TEXT, TITLE, WANTED, response_of
from tests.factories.district import District

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    NEEDS_AXE,
]


def test_a_call_out_goes_its_way(visit: Visit, served: District) -> None:
    wrong: list[str] = []
    community = visit("community_clerk")
    community.goto("/desk/callouts/")
    community.get_by_role("link", name="发起呼叫").first.click()
    wrong += looked_at(community)
    community.get_by_label("呼叫类型").select_option("emergency")
    community.get_by_label("标题").fill(TITLE)
    community.get_by_label("现场情况").fill(TEXT)
    community.get_by_label("需要什么").fill(WANTED)
    for unit in ("区城市管理执法局", "区住房保障"):
        choose_unit(community, "呼叫哪些单位", unit)
    community.get_by_role("button", name="提交呼叫").click()
    expect(community.get_by_text("呼应办理")).to_be_visible()
    callout = Matter.objects.get(kind="callout")
    url = f"/desk/callouts/{callout.number}/"

    # Half an hour later nobody has come: it is raised, and then one of them does.
    sweep(timezone.now() + timedelta(minutes=31))
    community.goto(url)
    expect(community.get_by_text("提级到街道")).to_be_visible()
    wrong += looked_at(community)
    urban = visit("handler", width=360)
    urban.goto("/desk/callouts/duty/")
    wrong += looked_at(urban)
    urban.set_viewport_size({"width": 360, "height": 780})
    urban.get_by_role("button", name="我们来，马上响应").click()
    expect(urban.get_by_role("button", name="点错了，撤回响应")).to_be_visible()
    urban.get_by_role("button", name="到场了").click()
    urban.get_by_label("办理结果").fill("已围挡封路并回填夯实。")
    urban.get_by_role("button", name="反馈结果").click()
    expect(urban.get_by_role("heading", name="现在没有呼叫")).to_be_visible()

    housing = visit("handler2")
    housing.goto(f"/desk/callouts/responses/{response_of(callout, 'HOUSING').number}/")
    wrong += looked_at(housing)
    housing.get_by_text("其他办理").click()
    housing.get_by_role("link", name="申请退出").click()
    housing.get_by_label("不属于本单位职责").check()
    housing.get_by_label("具体说明").fill("市政道路不归房管。")
    send(housing, "确认申请退出")
    centre = visit("dispatcher")
    centre.goto(f"/desk/callouts/responses/{response_of(callout, 'HOUSING').number}/")
    press(centre, "裁定")
    wrong += looked_at(centre)
    centre.get_by_label("应当响应").check()
    centre.get_by_label("裁定理由").fill("小区门口道路由房管督促物业。")
    send(centre, "确认裁定")
    housing.reload()
    press(housing, "响应")
    send(housing, "响应")
    press(housing, "反馈结果")
    housing.get_by_label("办理结果").fill("已督促物业派人值守。")
    send(housing, "反馈结果")

    for unit, who in (("URBAN", urban), ("HOUSING", housing)):
        answer = f"/desk/callouts/responses/{response_of(callout, unit).number}/"
        community.goto(answer)
        press(community, "验收通过")
        send(community, "验收通过")
        press(community, "评价单位")
        community.get_by_label("已解决").check()
        community.get_by_label("很满意").or_(community.get_by_label("非常满意")).first.check()
        send(community, "评价单位")
        who.goto(answer)
        press(who, "评价呼叫")
        who.get_by_label("确有必要").check()
        who.get_by_label("情况说得清楚吗").fill("5")
        send(who, "评价呼叫")
    wrong += looked_at(housing)
    community.goto(url)
    expect(community.get_by_text("双方都评了的 2 个")).to_be_visible()
    for page in ("/desk/callouts/?list=all", "/desk/callouts/responses/?list=ended", "/desk/callouts/emergency/", url):
        community.goto(page)
        wrong += looked_at(community)
    callout.refresh_from_db()
    assert callout.state == "filed"
    assert wrong == [], "\n".join(wrong)
