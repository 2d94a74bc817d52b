"""Pages about short messages, and where the platform calls us."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from huying.cases.flow import CASES
from huying.gateways.models import SmsTemplate
from huying.gateways.sms import fake as faking
from huying.gateways.sms.channel import Sms
from huying.gateways.sms.fake import KEY, SECRET, Act, Fake
from huying.kernel import outbox
from huying.kernel.models import ConfigChange
from huying.matters import channels, delivery
from huying.matters.engine import move_one
from huying.matters.models import Delivery, Message
from huying.people.models import Reach
from tests.cases.desk import at_desk, settled
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

TOKEN = "callback-secret"
OWN = "13900001234"


@pytest.fixture
def fake(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """Alibaba Cloud is joined."""
    settings.SECOND_FACTOR_ROLES = []
    settings.SMS_PLATFORM, settings.SMS_KEY, settings.SMS_SECRET = "aliyun", KEY, SECRET
    settings.SMS_SIGN, settings.SMS_SECONDS, settings.SMS_CALLBACK_TOKEN = "武昌呼应", 0.5, TOKEN
    settings.MESSAGE_CHANNELS = ["huying.matters.channels.InApp", "huying.gateways.sms.channel.Sms"]
    channels.outward.cache_clear()
    monkeypatch.setattr(Sms, "rings", False)  # whatever the hour in which the tests run
    with faking.running() as fake:
        settings.SMS_URL = fake.url
        yield fake
    channels.outward.cache_clear()


@pytest.fixture
def reported(district: District, fake: Fake) -> Delivery:
    """Somebody has reported something and is told so by SMS."""
    for key in ("case.received", "sms_test", "case.dispatched"):
        SmsTemplate.objects.create(key=key, code="SMS_1", body="")
    settled()
    receive(district)
    outbox.drain()
    return Delivery.objects.get(channel="sms")


def soon() -> None:
    delivery.deliver(timezone.now() + timedelta(minutes=2))


def push(what: str, told: object, token: str = TOKEN) -> int:
    """As the platform does: a stranger with a secret."""
    body = told if isinstance(told, str) else json.dumps(told)
    url = f"/gateways/sms/{what}/?token={token}"
    return Client(enforce_csrf_checks=True).post(url, body, content_type="application/json").status_code


def test_receipts_are_taken_from_who_knows_the_secret(reported: Delivery, fake: Fake) -> None:
    soon()
    told = fake.receipts(twice=True)
    assert push("receipts", told, token="guessed") == 404
    assert push("receipts", told, token="") == 404
    assert Delivery.objects.get(pk=reported.pk).status == "sent"
    assert push("receipts", told) == 200
    assert push("receipts", told) == 200
    assert Delivery.objects.get(pk=reported.pk).status == "delivered"


@pytest.mark.parametrize("told", ["", "null", "[1]", '{"a": 1}', "[{}]", '[{"success": "yes"}]', "[" * 3000])
def test_a_callback_that_says_nothing_is_refused(fake: Fake, told: str) -> None:
    assert push("receipts", told) == 400


def test_a_callback_about_strangers_is_no_fault(fake: Fake) -> None:
    strangers = [{"success": True, "out_id": "99999999999999999999", "biz_id": "x\u0000"}, {"success": False}]
    assert push("receipts", strangers) == 200


def test_td_by_callback_opts_out_and_the_owner_may_come_back(district: District, reported: Delivery) -> None:
    contact = reported.contact
    assert contact is not None
    district.users["resident"].contact = contact
    district.users["resident"].save()
    assert push("replies", [{"phone_number": contact._phone, "content": "TD"}]) == 200
    client = at_desk(district, "resident")
    page = client.get("/mine/messages/settings/").content.decode()
    assert "现在不给" in page and str(contact._phone) not in page
    client.post("/mine/messages/settings/", {"texts": "on"})
    assert "有了进展，发短信到" in client.get("/mine/messages/settings/").content.decode()
    client.post("/mine/messages/settings/", {"texts": "off"})
    assert "现在不给" in client.get("/mine/messages/settings/").content.decode()


def test_a_person_decides_what_nobody_can_tell(district: District, reported: Delivery, fake: Fake) -> None:
    fake.acts, fake.answers = [Act.DROP], False
    soon()
    supervisor = at_desk(district, "supervisor")
    page = supervisor.get("/desk/settings/undelivered/").content.decode()
    assert "已受理" in page and "结果未知" in page
    assert str(reported.contact and reported.contact._phone) not in page
    url = f"/desk/settings/undelivered/{reported.pk}/resend/"
    assert "可能已经收到过" in supervisor.get(url).content.decode()
    supervisor.post(url)
    soon()
    row = Delivery.objects.get(pk=reported.pk)
    assert (row.status, len(fake.phones)) == ("sent", 1)
    logged = ConfigChange.objects.get(what="短信")
    assert "督导员甲" in logged.who and "重发" in json.dumps(logged.after, ensure_ascii=False)
    assert supervisor.post(url).status_code == 409  # somebody pressed it again


def test_told_by_phone_is_written_down_and_listed_no_more(district: District, reported: Delivery, fake: Fake) -> None:
    fake.acts = [Act.REFUSE]
    soon()
    administrator = at_desk(district, "administrator")
    assert "号码不合法" in administrator.get("/desk/settings/undelivered/").content.decode()
    administrator.post(f"/desk/settings/undelivered/{reported.pk}/told/")
    row = Delivery.objects.get(pk=reported.pk)
    assert row.decided_by == district.users["administrator"]
    assert "没有：短信都已发出" in administrator.get("/desk/settings/undelivered/").content.decode()
    assert at_desk(district, "handler").get("/desk/settings/undelivered/").status_code == 403


def test_the_administrator_sees_how_it_goes_and_tries_it(district: District, reported: Delivery, fake: Fake) -> None:
    soon()
    administrator = at_desk(district, "administrator")
    page = administrator.get("/desk/settings/sms/").content.decode()
    for words in ("阿里云短信", "【武昌呼应】", "平台推送、定时查询", "已受理", "没有模板编号"):
        assert words in page
    assert SECRET not in page and TOKEN not in page
    assert administrator.post("/desk/settings/sms/try/").status_code == 409  # no phone of one's own
    administrator.post("/desk/messages/settings/", {"phone": OWN})
    assert "139****1234" in administrator.get("/desk/settings/sms/").content.decode()
    administrator.post("/desk/settings/sms/try/")
    soon()
    assert [one.phone for one in fake.taken] == ["13971000001", OWN] or fake.taken[-1].phone == OWN
    assert "短信测试" in administrator.get("/desk/settings/sms/").content.decode()


def test_each_message_that_goes_out_needs_its_number(district: District, fake: Fake) -> None:
    administrator = at_desk(district, "administrator")
    url = "/desk/settings/sms/templates/case.received/"
    page = administrator.get(url).content.decode()
    assert "您反映的“${title}”已受理，编号 ${number}" in page
    assert "件的标题" in page
    assert administrator.post(url, {"code": "模板一"}).status_code == 422
    administrator.post(url, {"code": "SMS_154950909"})
    listed = administrator.get("/desk/settings/sms/templates/").content.decode()
    assert "SMS_154950909" in listed and "已报备" in listed
    own = {"title": "收到了", "body": "您说的“{件的标题}”收到了，编号 {编号}。"}
    administrator.post("/desk/settings/templates/case.received/", own)
    settled()
    assert "文字改过，要重新报备" in administrator.get("/desk/settings/sms/templates/").content.decode()
    administrator.post(url, {"code": "SMS_154950909", "remove": "1"})
    assert not SmsTemplate.objects.exists()


def test_a_handler_gets_on_the_phone_what_was_asked_for_and_what_must_be(district: District, fake: Fake) -> None:
    handler = at_desk(district, "handler")
    assert handler.post("/desk/messages/settings/", {"wanted": ["case"]}).status_code == 422
    refused = handler.post("/desk/messages/settings/", {"phone": "027-88936000"})
    assert "请填写 11 位手机号码" in refused.content.decode()
    handler.post("/desk/messages/settings/", {"phone": OWN, "wanted": ["case"]})
    page = handler.get("/desk/messages/settings/").content.decode()
    assert "139****1234" in page and OWN not in page and "险情报警、应急状态、时限到点提醒" in page
    matter = advance(district, receive(district), "dispatched")
    outbox.drain()
    own = Delivery.objects.filter(user=district.users["handler"], channel="sms")
    assert [row.message.title for row in own] == ["新派单"]
    assert own.get().message.words is not None
    handler.post("/desk/messages/settings/", {"none": "on"})
    assert Reach.objects.get(user=district.users["handler"])._phone is None
    move_one(CASES, "acknowledge", matter.pk, by=district.actor("handler"), data={"officer": "李工"})
    outbox.drain()
    assert own.count() == 1


def test_an_emergency_is_urgent_whatever_its_template(district: District, fake: Fake) -> None:
    receive(district, urgency="emergency")
    receive(district)
    outbox.drain()
    said = Message.objects.filter(key="case.received").order_by("pk").values_list("urgent", flat=True)
    assert list(said) == [True, False]
