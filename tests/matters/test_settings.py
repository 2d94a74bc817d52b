"""Limits, regimes, categories, channels, danger words and message templates, as administrators set them."""

from __future__ import annotations

import pytest
from django.utils import timezone

from huying.cases import options
from huying.kernel import outbox
from huying.kernel.models import ConfigChange
from huying.matters.flow import flows
from huying.matters.limits import Case, limit_for, regimes_at
from huying.matters.messages import RECIPIENTS, templates
from huying.matters.models import AlarmWord, Category, Channel, Delivery, Limit, Message, MessageTemplate, Regime
from huying.matters.settings.templates import OTHERS, TO
from huying.matters.signs import watch
from huying.matters.wording import check, coded, spoken
from tests.cases.desk import at_desk, settled, text_of
from tests.factories.cases import receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

HELP = Case("help", "", "normal", "phone", None)


@pytest.fixture
def admin(district: District, settings: object) -> HouseClient:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]  # its own tests ask for it
    return at_desk(district, "administrator")


def handle_limit(case: Case = HELP) -> tuple[float, str]:
    settled()
    return limit_for("case", "handle", case, timezone.now())


# ---- limits -----------------------------------------------------------------------------------------------------

WANTED = {
    "clock": "case:handle", "amount": "3", "unit": "working_days", "subkind": "help", "category": "", "urgency": "",
    "channel": "", "organisation": "", "season_from": "", "season_to": "", "regime": "", "priority": "50", "note": "",
}  # fmt: skip


def test_a_new_limit_counts_and_says_so_in_words(admin: HouseClient) -> None:
    page = admin.post("/desk/settings/limits/new/", WANTED, follow=True)
    assert "3 个工作日" in text_of(page)
    assert handle_limit() == (3, "working_days")
    change = ConfigChange.objects.get()
    assert (change.key, change.before) == ("办理：求助", None)
    tried = text_of(admin.get("/desk/settings/limits/try/?subkind=help&urgency=normal&channel=phone"))
    assert "3 个工作日" in tried
    limit = Limit.objects.get(priority=50)
    assert "求助" in text_of(admin.get(f"/desk/settings/limits/{limit.pk}/"))
    admin.post(f"/desk/settings/limits/{limit.pk}/remove/")
    assert handle_limit() == (5, "working_days")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "0"}, "大于零"),
        ({"amount": "nan"}, "输入"),
        ({"amount": "1.5"}, "必须是整数"),
        ({"season_from": "6-1"}, "同时填写"),
        ({"season_from": "2-30", "season_to": "6-1"}, "6月1日 的样子"),
        ({"priority": "30000"}, "-100 至 100"),
        ({"clock": "case:nothing"}, "选择"),
    ],
)
def test_what_cannot_be_meant_is_refused_beside_its_field(
    admin: HouseClient, changes: dict[str, str], words: str
) -> None:
    page = admin.post("/desk/settings/limits/new/", WANTED | changes)
    assert page.status_code == 422
    assert words in text_of(page)
    assert not ConfigChange.objects.exists()


def test_two_limits_for_the_same_case_are_not_equally_strong(admin: HouseClient) -> None:
    admin.post("/desk/settings/limits/new/", WANTED)
    twin = admin.post("/desk/settings/limits/new/", WANTED | {"amount": "30", "unit": "working_minutes"})
    assert twin.status_code == 422
    assert "与已有的“求助，3 个工作日”情形和优先级相同" in text_of(twin)
    assert handle_limit() == (3, "working_days")
    kept = Limit.objects.get(priority=50)
    admin.post(f"/desk/settings/limits/{kept.pk}/", WANTED | {"amount": "4"})  # itself is no twin
    assert handle_limit() == (4, "working_days")
    admin.post("/desk/settings/limits/new/", WANTED | {"amount": "2", "priority": "51"})
    assert handle_limit() == (2, "working_days")


def test_no_matter_is_left_without_a_limit(admin: HouseClient) -> None:
    last = Limit.objects.get(clock="handle", subkind="", category="", urgency="", channel="", aspect="")
    assert admin.post(f"/desk/settings/limits/{last.pk}/remove/").status_code == 409
    narrowed = admin.post(f"/desk/settings/limits/{last.pk}/", WANTED | {"subkind": "help"})
    assert narrowed.status_code == 422
    assert "另外新增一条" in text_of(narrowed)


def test_a_regime_brings_its_limits_and_takes_them_along(admin: HouseClient) -> None:
    admin.post("/desk/settings/limits/new/", WANTED | {"amount": "1", "priority": "90", "regime": "防汛"})
    assert handle_limit() == (5, "working_days")
    why = {"reason": "市气象台发布暴雨橙色预警。"}
    assert admin.post("/desk/settings/regimes/start/", {"known": "防汛", "name": "", "until": ""}).status_code == 422
    admin.post("/desk/settings/regimes/start/", why | {"known": "防汛", "name": "", "until": ""})
    assert handle_limit() == (1, "working_days")
    again = admin.post("/desk/settings/regimes/start/", why | {"known": "", "name": "防汛", "until": ""})
    assert again.status_code == 422
    assert "已经在进行中" in text_of(again)
    regime = Regime.objects.get()
    end = {f"end-{regime.pk}-reason": "预警解除。"}
    admin.post(f"/desk/settings/regimes/{regime.pk}/end/", end)
    settled()
    assert not regimes_at(timezone.now())
    assert handle_limit() == (5, "working_days")
    assert admin.post(f"/desk/settings/regimes/{regime.pk}/end/", end).status_code == 409


# ---- categories and channels ------------------------------------------------------------------------------------


def test_a_category_grows_is_renamed_and_rests_with_what_is_below(admin: HouseClient) -> None:
    parent = Category.objects.filter(level=2, active=True).first()
    assert parent is not None
    admin.post(f"/desk/settings/categories/new/?parent={parent.code}", {"name": "共享单车乱停"})
    leaf = Category.objects.get(name="共享单车乱停")
    assert leaf.code.startswith(f"{parent.code}.")
    settled()
    assert leaf.code in options.active_categories()
    twin = admin.post(f"/desk/settings/categories/new/?parent={parent.code}", {"name": "共享单车乱停"})
    assert twin.status_code == 422
    assert admin.get(f"/desk/settings/categories/new/?parent={leaf.code}").status_code == 409
    admin.post(f"/desk/settings/categories/{leaf.code}/", {"name": "共享单车乱停放", "second_eyes": "on"})
    settled()
    assert leaf.code in options.second_eyes()
    admin.post(f"/desk/settings/categories/{parent.code}/switch/")
    settled()
    assert leaf.code not in options.active_categories()
    admin.post(f"/desk/settings/categories/{leaf.code}/switch/")
    settled()
    assert {leaf.code, parent.code} <= options.active_categories()


def test_the_channels_of_our_own_pages_cannot_be_switched_off(admin: HouseClient) -> None:
    page = admin.post("/desk/settings/channels/portal/", {"name": "网上受理", "order": "70"})
    assert page.status_code == 422
    admin.post("/desk/settings/channels/mayor/", {"name": "市长热线", "external": "on", "order": "30"})
    mayor = Channel.objects.get(pk="mayor")
    assert (mayor.name, mayor.active) == ("市长热线", False)
    assert "mayor" not in options.active_channels()
    new = {"name": "电视问政", "key": "tv", "order": "130"}
    admin.post("/desk/settings/channels/new/", new)
    assert Channel.objects.get(pk="tv").active
    assert admin.post("/desk/settings/channels/new/", new | {"name": "另一个"}).status_code == 422


# ---- danger words -----------------------------------------------------------------------------------------------


def test_a_word_its_excuse_and_a_text_to_try_them_on(admin: HouseClient) -> None:
    wanted = {"word": "坠桥", "group": "轻生", "excuses": "坠桥电影\n坠桥电影", "contexts": [], "active": "on"}
    admin.post("/desk/settings/words/new/", wanted)
    settled()
    assert [sign.word for sign in watch().scan("有人要坠桥了")] == ["坠桥"]
    tried = text_of(admin.post("/desk/settings/words/try/", {"text": "有人要坠桥。昨天看了坠桥电影"}))
    assert "<mark>坠桥</mark>" in tried
    assert "<s>坠桥</s>" in tried
    row = AlarmWord.objects.get(word="坠桥")
    assert row.unless == ["坠桥电影"]
    assert admin.post(f"/desk/settings/words/{row.pk}/", wanted | {"word": "坠"}).status_code == 422
    assert admin.post("/desk/settings/words/new/", wanted).status_code == 422
    admin.post(f"/desk/settings/words/{row.pk}/", wanted | {"active": ""})
    settled()
    assert watch().scan("有人要坠桥了") == []


# ---- message templates ------------------------------------------------------------------------------------------


def test_messages_of_one_step_are_told_apart_by_where_it_leads(admin: HouseClient) -> None:
    page = text_of(admin.get("/desk/settings/templates/"))
    assert "受理 → 待研判" in page
    assert "受理 → 已并入" in page
    assert "控制台" not in text_of(admin.get("/desk/settings/templates/case.received/"))


def test_the_districts_own_words_are_sent_until_the_usual_ones_are_restored(
    admin: HouseClient, district: District
) -> None:
    own = {"title": "收到了", "body": "“{件的标题}”我们收到了，编号 {编号}，{结案后可要求重办的天数} 天内可要求重办。"}
    page = admin.post("/desk/settings/templates/case.received/", own | {"muted": ["console"]}, follow=True)
    assert "本区自拟" in text_of(page)
    settled()
    matter = receive(district)
    outbox.drain()
    said = Message.objects.get(matter=matter, key="case.received")
    assert said.title == "收到了"
    assert f"编号 {matter.number}" in said.body
    assert not Delivery.objects.filter(message=said, contact__isnull=False).exists()
    admin.post("/desk/settings/templates/case.received/restore/")
    assert not MessageTemplate.objects.exists()
    assert ConfigChange.objects.filter(what="消息模板").count() == 2


@pytest.mark.parametrize(
    "body",
    [
        "{phone}",
        "{number",
        "{number!r}",
        "{number:>999999999}",
        "{p}",
        "{p[secret]}",
        "{}",
        "{{number}}",
        "{title.__class__}",
    ],
)
def test_a_placeholder_that_could_not_be_filled_is_refused(admin: HouseClient, body: str) -> None:
    page = admin.post("/desk/settings/templates/case.received/", {"title": "收到了", "body": body})
    assert page.status_code == 422
    preview = admin.post("/desk/settings/templates/case.received/preview/", {"title": "收到了", "body": body})
    assert preview.status_code == 200
    assert not MessageTemplate.objects.exists()


def test_every_message_says_when_and_to_whom_it_goes() -> None:
    assert RECIPIENTS.keys() <= TO.keys()
    sent = {f"{flow.kind}.{n.template}" for flow in flows for s in flow.steps for o in s.outcomes for n in o.notices}
    assert set(templates.keys()) - sent - OTHERS.keys() == set()
    for usual in templates:
        check(usual.title, usual)
        check(usual.body, usual)
        assert coded(spoken(usual.body, usual), usual) == usual.body
