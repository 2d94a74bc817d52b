"""Several people write about the same thing, and where it is they say in the text alone: they are found alike, and what
only sounds like it is not. `./dev bench duplicates` measures the same on real messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.similar import Likeness, similar
from huying.matters.models import Matter
from tests.factories.cases import receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

# By what they are about; written for this test.
MESSAGES: dict[str, tuple[str, ...]] = {
    "mixer": (
        "江南春苑小区旁边新建的搅拌站日夜轰鸣，扬尘飘进家里，窗户不敢开，请尽快查处。",
        "江南春苑百米内建了搅拌站，噪音和灰尘严重影响睡眠，住户都希望搬走。",
        "江南春苑三千户人家天天吃灰，旁边的搅拌站机器半夜也不停，居民楼边能建这个吗？",
    ),
    "parking": (
        "云锦华庭开发商要求买房必须同时买车位，一个十二万，不买就取消认购资格，合同也不给签。",
        "投诉云锦华庭捆绑销售车位，认购金交了一年没有签合同，现在又逼着买车位，请主持公道。",
        "买云锦华庭的房子被强制搭售车位，价格比周边贵一倍，这样做合法吗？",
    ),
    "school": (
        "梧桐里幼儿园建好两年了还不开园，周边几百个孩子没有地方上学，请教育部门给个时间。",
        "社区配套的梧桐里幼儿园什么时候招生？房子早就盖好，大门一直锁着。",
    ),
    "mixer-elsewhere": ("青年路工地的混凝土搅拌车夜里排队按喇叭，噪音扰民，孩子没法睡觉，请管一管。",),
    "parking-elsewhere": ("东湖雅居物业乱收停车费，临时停车一小时十元，不交就锁车，请物价部门查一查。",),
    "smoke": ("徐东大街烧烤店油烟直排，晚上开窗全是味道，多次反映没有人处理。",),
    "lamp": ("铁机路人行天桥的路灯坏了一半，晚上看不清台阶，老人差点摔倒。",),
    "bus": ("建议增加从杨园到光谷的早班公交，七点以前一辆车也等不到，上班总迟到。",),
    "tree": ("秦园路的梧桐树飘絮很厉害，有哮喘的人出不了门，能不能修剪一下。",),
}


@pytest.fixture
def arrived(district: District) -> dict[str, list[Matter]]:
    """One every hour, each by somebody else."""
    now, found, n = timezone.now() - timedelta(days=2), {}, 0
    for event, texts in MESSAGES.items():
        found[event] = []
        for text in texts:
            n += 1
            at = now + timedelta(hours=n)
            reporter = {"handle": f"writer{n}"}
            found[event].append(receive(district, text=text, lon=None, lat=None, reporter=reporter, at=at))
    return found


def test_most_that_are_the_same_are_found_and_nothing_else(
    district: District, arrived: dict[str, list[Matter]]
) -> None:
    event_of = {matter.pk: event for event, matters in arrived.items() for matter in matters}
    texts = {matter.pk: text for event in arrived for matter, text in zip(arrived[event], MESSAGES[event], strict=True)}
    right, wrong, alone = 0, [], []
    for event, matters in arrived.items():
        for matter in matters:
            alike = similar(Likeness.to(matter, texts[matter.pk]), district.actor("dispatcher"))
            same = [one for one in alike if event_of[one.matter.pk] == event]
            right += len(same)
            wrong += [(texts[matter.pk][:30], texts[one.matter.pk][:30], one.score) for one in alike if one not in same]
            if len(matters) > 1 and not same:
                alone.append(texts[matter.pk])
    assert len(wrong) <= 1, wrong  # of concrete mixers there are many
    assert len(alone) <= 1, alone
    assert right >= 10, "of 14 that are the same, looked up from both sides"


def test_it_is_the_name_of_the_place_that_tells(district: District, arrived: dict[str, list[Matter]]) -> None:
    here = Likeness.of("小区旁边的搅拌站日夜轰鸣，灰尘很大，我们住在江南春苑，请尽快查处。")
    elsewhere = Likeness.of("小区旁边的搅拌站日夜轰鸣，灰尘很大，我们住在枫叶山庄，请尽快查处。")
    known = similar(here, district.actor("dispatcher"))
    other = {one.matter.pk: one.score for one in similar(elsewhere, district.actor("dispatcher"))}
    assert known[0].matter in arrived["mixer"]
    assert all(one.score > other.get(one.matter.pk, 0) for one in known[:1])
