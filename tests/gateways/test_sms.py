"""Short messages through a platform that behaves badly: each goes out at most once, and none is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from huying.gateways.models import SmsTemplate
from huying.gateways.sms import fake as faking
from huying.gateways.sms import mapping
from huying.gateways.sms.aliyun import Aliyun, shortened, signed
from huying.gateways.sms.channel import Sms
from huying.gateways.sms.fake import KEY, SECRET, Act, Fake
from huying.gateways.sms.generic import Generic
from huying.kernel import parameters
from huying.kernel.generation import bump
from huying.matters import delivery, receipts
from huying.matters.models import Delivery, Message, OptOut, SentCount
from huying.matters.parameters import DAILY, DAILY_EACH
from huying.people.contacts import Person, remember
from tests.factories.district import District

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PHONES = ("13900000001", "13900000002", "13900000003")


@pytest.fixture
def fake(settings: LazySettings) -> Iterator[Fake]:
    settings.SMS_SECONDS = 0.3
    with faking.running() as fake:
        yield fake


def join(monkeypatch: pytest.MonkeyPatch, platform: Generic | Aliyun) -> Sms:
    channel = Sms(platform)
    monkeypatch.setattr(delivery, "outward", lambda: (channel,))
    return channel


@pytest.fixture
def simple(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Generic:
    platform = Generic(mapping.Mapping.model_validate(faking.mapping(fake.url)), KEY, SECRET, "武昌呼应")
    join(monkeypatch, platform)
    return platform


@pytest.fixture
def aliyun(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Aliyun:
    platform = Aliyun(KEY, SECRET, "武昌呼应", fake.url)
    join(monkeypatch, platform)
    SmsTemplate.objects.create(key="case.received", code="SMS_1", body="")
    bump("sms_templates")
    return platform


def waiting(n: int = 1, *, urgent: bool = False, phones: tuple[str, ...] = PHONES, key: str = "case.received") -> None:
    """So many messages that are due."""
    for i in range(n):
        contact = remember(Person("周晓兰", phones[i % len(phones)]))
        said = Message.objects.create(
            key=key, title="已受理", body="您反映的“路灯不亮”已受理。", words={"title": "路灯不亮"}, urgent=urgent,
            created_at=NOON,
        )  # fmt: skip
        Delivery.objects.create(message=said, channel="sms", contact_id=contact, next_try_at=NOON)


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("status", flat=True))


def only() -> Delivery:
    return Delivery.objects.get()


# -- what is said, and how


def test_the_signature_is_the_one_that_the_provider_publishes() -> None:
    """The example of its documentation."""
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers, _ = signed(
        "https://ecs.cn-shanghai.aliyuncs.com",
        "RunInstances",
        query,
        key="YourAccessKeyId",
        secret="YourAccessKeySecret",
        nonce="3156853299f313e23d1673dc12e1703d",
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        version="2014-05-26",
    )
    wanted = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    assert headers["Authorization"].endswith(f"Signature={wanted}")


def test_a_message_goes_out_by_its_registered_number_and_its_receipt_is_asked_for(aliyun: Aliyun, fake: Fake) -> None:
    waiting()
    delivery.deliver(NOON)
    row = only()
    assert (row.status, row.external_id) == ("sent", "biz-1")
    assert json.loads(fake.taken[0].words) == {"title": "路灯不亮"}
    delivery.deliver(NOON + timedelta(minutes=1))
    assert fake.asked == []
    delivery.deliver(NOON + timedelta(minutes=6))
    row.refresh_from_db()
    assert (row.status, row.next_try_at) == ("delivered", None)
    assert fake.seen == [str(row.pk)]


def test_what_has_no_number_there_is_not_sent_and_says_so(aliyun: Aliyun, fake: Fake) -> None:
    waiting(key="case.joined")
    delivery.deliver(NOON)
    assert fake.seen == []
    assert (only().status, only().problem) == ("failed", "这条消息还没有短信平台的模板编号")


def test_a_wrong_secret_sends_nothing_and_may_be_mended(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    joined = mapping.Mapping.model_validate(faking.mapping(fake.url))
    join(monkeypatch, Generic(joined, KEY, "another", "武昌呼应"))
    waiting()
    delivery.deliver(NOON)
    assert (only().status, fake.taken) == ("pending", [])
    join(monkeypatch, Generic(joined, KEY, SECRET, "武昌呼应"))
    delivery.deliver(NOON + timedelta(minutes=1))
    assert only().status == "sent"
    assert fake.taken[0].words == "【武昌呼应】您反映的“路灯不亮”已受理。"


def test_a_long_variable_does_not_cost_the_message() -> None:
    assert len(shortened("很长" * 40)) == 35
    assert shortened("很短") == "很短"


@pytest.mark.parametrize(
    "told, words",
    [
        ({"send": {"url": "ftp://x"}}, "send.url"),
        (
            {"send": {"url": "https://x", "fields": {"a": "{mobile}"}, "success": {"field": "c", "values": ["0"]}}},
            "mobile",
        ),
        ({"senden": {}}, "不对"),
    ],
)
def test_a_wrong_description_is_refused_in_words(told: object, words: str, tmp_path: object) -> None:
    path = tmp_path / "sms.json"  # type: ignore[operator]
    path.write_text(json.dumps(told))
    with pytest.raises(ValueError, match=words):
        mapping.read(path)


# -- a platform that behaves badly

BAD = [
    (Act.REFUSE, "failed", 0),
    (Act.LATER, "pending", 0),
    (Act.BUSY, "pending", 0),
    (Act.SHUT, "pending", 0),
    (Act.BROKEN, "unknown", 0),
    (Act.TAKE_AND_BREAK, "unknown", 1),
    (Act.HTML, "unknown", 0),
    (Act.TAKE_AND_HANG, "unknown", 1),
    (Act.TAKE_AND_DROP, "unknown", 1),
    (Act.DROP, "unknown", 0),
    (Act.LIE, "sent", 0),
    (Act.WRONG_ID, "sent", 1),
]


@pytest.mark.parametrize("act, state, arrived", BAD)
def test_what_is_known_of_a_send_is_never_more_than_it_is(
    simple: Generic, fake: Fake, act: Act, state: str, arrived: int
) -> None:
    waiting()
    fake.acts, fake.answers = [act], False
    delivery.deliver(NOON)
    assert (only().status, len(fake.phones)) == (state, arrived)
    delivery.deliver(NOON + timedelta(hours=2))  # retried if it surely had not been sent, else asked about
    assert len(fake.seen) == (2 if state == "pending" else 1)
    assert len(fake.phones) == (1 if state == "pending" else arrived)


@pytest.mark.parametrize("name", ["simple", "aliyun"])
@pytest.mark.parametrize("act, state", [(Act.TAKE_AND_HANG, "delivered"), (Act.DROP, "unknown")])
def test_an_unknown_outcome_is_asked_about(
    fake: Fake, request: pytest.FixtureRequest, name: str, act: Act, state: str
) -> None:
    request.getfixturevalue(name)
    waiting()
    fake.acts = [act]
    delivery.deliver(NOON)
    assert only().status == "unknown"
    delivery.deliver(NOON + timedelta(hours=1))
    assert (only().status, len(fake.seen)) == (state, 1)
    if state == "unknown":
        assert only().problem == "短信平台查无此条，是否发出不能确定"
        delivery.deliver(NOON + timedelta(days=4))
        assert only().next_try_at is None  # it stays on the list; nobody is asked for ever


def test_nobody_there_means_surely_not_sent(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    settings.SMS_SECONDS = 0.3
    with faking.running() as gone:
        url = gone.url
    join(monkeypatch, Generic(mapping.Mapping.model_validate(faking.mapping(url)), KEY, SECRET, ""))
    waiting()
    delivery.deliver(NOON)
    assert (only().status, only().problem) == ("pending", "短信平台连接不上")


def test_receipts_come_twice_for_strangers_and_against_what_was_said(
    simple: Generic, fake: Fake, client: object, settings: LazySettings
) -> None:
    waiting(2)
    fake.acts = [Act.LIE]
    delivery.deliver(NOON)
    told = [*simple.receipts(fake.receipts(twice=True)), receipts.Receipt(True, 999_999, "biz-999")]
    assert receipts.receive("sms", told, NOON) == 2
    assert receipts.receive("sms", told, NOON) == 0
    assert sorted(states()) == ["delivered", "failed"]
    assert Delivery.objects.get(status="failed").problem == "对方没有收到：空号"


def test_a_receipt_of_an_earlier_send_says_nothing_of_the_repeated_one(simple: Generic, fake: Fake) -> None:
    waiting()
    fake.acts = [Act.LIE]
    delivery.deliver(NOON)
    first = simple.receipts(fake.receipts())
    receipts.receive("sms", first, NOON)
    row = only()
    Delivery.objects.filter(pk=row.pk).update(
        status="pending", attempts=0, next_try_at=NOON, spent=[row.external_id], external_id=""
    )
    delivery.deliver(NOON)
    assert only().status == "sent"
    assert receipts.receive("sms", first, NOON) == 0
    assert only().status == "sent"


# -- what holds messages back

NIGHT = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)  # half past ten
MORNING = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


def test_at_night_only_what_is_urgent_rings(simple: Generic, fake: Fake) -> None:
    waiting()
    waiting(urgent=True)
    delivery.deliver(NIGHT)
    assert states() == ["pending", "sent"]
    row = Delivery.objects.get(status="pending")
    assert (row.next_try_at, row.problem) == (MORNING, "夜间不打扰，早上再发")
    assert not delivery.is_waiting(NIGHT + timedelta(minutes=1))
    delivery.deliver(MORNING)
    assert len(fake.phones) == 2


def test_one_number_and_all_together_get_no_more_than_their_share(simple: Generic, fake: Fake) -> None:
    parameters.set_value(DAILY_EACH.key, 2)
    waiting(3, phones=PHONES[:1])
    waiting(1, phones=PHONES[:1], urgent=True)
    delivery.deliver(NOON)
    assert sorted(states()) == ["pending", "sent", "sent", "sent"]
    parameters.set_value(DAILY.key, 3)
    waiting(1, phones=PHONES[1:2])
    delivery.deliver(NOON)
    assert len(fake.phones) == 3
    held = Delivery.objects.filter(status="pending")
    assert set(held.values_list("next_try_at", flat=True)) == {MORNING}
    delivery.deliver(MORNING)
    assert len(fake.phones) == 5


def test_what_was_not_sent_counts_for_nothing(simple: Generic, fake: Fake) -> None:
    waiting()
    fake.acts = [Act.BUSY]
    delivery.deliver(NOON)
    assert set(SentCount.objects.values_list("n", flat=True)) == {0}


def test_who_answers_td_is_left_in_peace(simple: Generic, fake: Fake) -> None:
    [reply] = simple.replies([{"phone_number": "+86 139-0000-0001", "content": " td "}])
    assert receipts.hear(reply.phone, reply.text, NOON)
    assert not receipts.hear(PHONES[1], "谢谢", NOON)
    waiting(2)
    waiting(urgent=True)
    delivery.deliver(NOON)
    assert states() == ["withheld", "sent", "sent"]
    assert Delivery.objects.order_by("pk")[0].problem == "对方已退订短信"
    assert OptOut.objects.get().get_how_display() == "回复短信退订"


def test_a_landline_is_not_texted(simple: Generic, fake: Fake) -> None:
    waiting(phones=("027-88936000",))
    delivery.deliver(NOON)
    assert (states(), fake.seen) == (["withheld"], [])


# -- whatever happens

EVENTS = st.lists(
    st.one_of(
        st.sampled_from(list(Act)),
        st.sampled_from(["receipts", "twice", "deaf", "hears", "killed"]),
    ),
    max_size=12,
)


@given(events=EVENTS, n=st.integers(1, 4))
@examples(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_is_sent_twice_and_nothing_is_lost(
    simple: Generic, fake: Fake, monkeypatch: pytest.MonkeyPatch, events: list[object], n: int
) -> None:
    """Whatever the platform does and wherever the sender is killed: what has reached a phone has reached it once, what
    is called delivered has arrived, and what did not is on its way or listed."""
    Delivery.objects.all().delete()
    SentCount.objects.all().delete()
    fake.acts, fake.answers = [], True
    fake.seen.clear(), fake.asked.clear(), fake.taken.clear()  # type: ignore[func-returns-value]
    fake.hang_seconds = 0.5
    channel = join(monkeypatch, simple)
    waiting(n)
    now = NOON
    for event in events:
        now += timedelta(minutes=21)
        match event:
            case Act():
                fake.acts = [event]
            case "receipts" | "twice":
                receipts.receive("sms", simple.receipts(fake.receipts(twice=event == "twice")), now)
            case "deaf" | "hears":
                fake.answers = event == "hears"
            case "killed":
                if taken := delivery._take(channel, now):
                    channel.send([delivery._envelope(d) for d in taken[: len(taken) // 2]])
                continue
        delivery.deliver(now)
    fake.acts, fake.answers = [], True
    for _ in range(30):
        now += timedelta(hours=5)
        if 13 > timezone.localtime(now).hour > 8:
            delivery.deliver(now)
    arrived = fake.phones
    assert len(arrived) == len(set(arrived))
    for row in Delivery.objects.all():
        assert row.status in ("delivered", "sent", "failed", "unknown")
        if row.status == "delivered":
            assert str(row.pk) in arrived
        if row.status == "failed":
            assert str(row.pk) not in arrived
    assert Delivery.objects.count() == n


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work(simple: Generic, fake: Fake, district: District) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    waiting(150, urgent=True)

    def work(_: int) -> None:
        try:
            delivery.deliver(NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert len(fake.seen) == len(set(fake.seen)) == 150
    assert set(states()) == {"sent"}
