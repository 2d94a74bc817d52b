"""An administrator forgets a person on a page that shows nothing of the person, and sees when the rest was cleared."""

from __future__ import annotations

import html
import re

import pytest
from django.utils import timezone

from huying.kernel import retention
from huying.kernel.models import ConfigChange, PeriodicRun
from huying.matters import ledger
from huying.matters.models import Matter, Words
from huying.people.models import Contact
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import PASSWORD, District
from tests.matters.test_forgetting import IDENTITY, NAME, PHONE, REPORTER, reported
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

URL = "/desk/settings/forget/"
WHY = "本人持身份证到窗口书面申请"


@pytest.fixture
def admin(district: District, settings: object) -> HouseClient:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]  # its own tests ask for it
    return at_desk(district, "administrator")


def look(client: HouseClient, person: str = PHONE, **values: str) -> str:
    return text_of(client.post(URL, {"person": person, "reason": WHY} | values))


def ticket_of(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found.group(1))


def log() -> list[str]:
    rows = ConfigChange.objects.filter(what="个人信息").order_by("pk")
    return [f"{row.key}：{dict(row.after or ())['操作']}" for row in rows]


def test_it_is_counted_asked_with_the_password_done_and_proven(admin: HouseClient, district: District) -> None:
    matter = reported(district)
    contact = matter.raised_by_id
    page = look(admin)
    assert "联系人" in page
    assert "去除个人信息的文字" in page
    assert "名下 1 件" in page
    for plain in (NAME, PHONE, IDENTITY, matter.number, "欧阳", "139****"):
        assert plain not in page, plain
    assert Contact.objects.get(pk=contact).forgotten_at is None
    wrong = admin.post(URL, {"ticket": ticket_of(page), "password": "not-the-password"})
    assert wrong.status_code == 422
    assert Contact.objects.get(pk=contact).forgotten_at is None
    done = text_of(admin.post(URL, {"ticket": ticket_of(page), "password": PASSWORD}))
    assert "个人信息已清除" in done
    assert "留痕完好" in done
    assert "没有剩余" in done
    assert matter.number not in done
    assert Contact.objects.get(pk=contact).forgotten_at is not None
    assert not Words.objects.filter(matter=matter, text__contains=NAME).exists()
    assert log() == [f"联系人 #{contact}：核对将清除什么", f"联系人 #{contact}：清除个人信息"]
    assert WHY in str(ConfigChange.objects.filter(what="个人信息").latest("pk").after)
    again = text_of(admin.post(URL, {"ticket": ticket_of(page), "password": PASSWORD}))
    assert "没有可清除的个人信息" in again


def test_who_still_has_to_be_reached_is_asked_about_twice(admin: HouseClient, district: District) -> None:
    matter = advance(district, receive(district, reporter=REPORTER), "handling")
    page = look(admin)
    assert "其中没有办结 1 件" in page
    sent = {"ticket": ticket_of(page), "password": PASSWORD}
    assert admin.post(URL, sent).status_code == 422
    assert Contact.objects.get(pk=matter.raised_by_id).forgotten_at is None
    assert "个人信息已清除" in text_of(admin.post(URL, sent | {"even_open": "on"}))
    assert Contact.objects.get(pk=matter.raised_by_id).forgotten_at is not None


def test_a_phone_of_several_people_tells_no_names(admin: HouseClient, district: District) -> None:
    for name in ("欧阳栖梧", "周晓兰"):
        advance(district, receive(district, reporter=REPORTER | {"name": name, "identity": ""}), "closed")
    page = look(admin)
    assert "几个姓名不同的人用过这个电话" in page
    assert "周**" not in page
    assert "欧**" not in page
    assert "另有 1 个联系人" in look(admin, name="周晓兰")
    look(admin, "13811112222")
    assert [line.partition("：")[0] for line in log()] == [
        "几个人同用的电话",
        f"联系人 #{Contact.objects.latest('pk').pk}",
        "没有找到的人",
    ]


def test_a_ticket_is_for_who_asked_and_soon(
    admin: HouseClient, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported(district)
    ticket = ticket_of(look(admin))
    assert admin.post(URL, {"ticket": f"{ticket}x", "password": PASSWORD}).status_code == 409
    from huying.matters.settings import forgetting as page

    monkeypatch.setattr(page, "ASKED_FOR", -1)
    assert admin.post(URL, {"ticket": ticket, "password": PASSWORD}).status_code == 409
    assert not Contact.objects.filter(forgotten_at__isnull=False).exists()


def test_the_proof_is_of_these_matters_and_sees_what_was_changed(district: District) -> None:
    matter, other = reported(district), receive(district)
    proof = ledger.verify_of([matter.pk])
    assert (proof.holds, proof.matters, proof.lines) == (True, 1, matter.version)
    Words.objects.filter(matter=matter).update(text="别的话。")
    assert not ledger.verify_of([matter.pk]).holds
    assert ledger.verify_of([other.pk]).holds
    Matter.objects.filter(pk=other.pk).update(title="换了标题")
    assert ledger.verify_of([other.pk, matter.pk + 99]).broken


def test_what_is_kept_how_long_and_when_it_was_cleared(admin: HouseClient, district: District) -> None:
    page = text_of(admin.get("/desk/settings/retention/"))
    assert "每天的清除还没有开始过" in page
    assert "60 个月" in page
    kind = next(iter(retention.kinds))
    PeriodicRun.objects.create(name=retention.DAILY, every_seconds=86400, started_at=timezone.now())
    after = [("操作", "清除到期数据"), ("清除", "1,204"), ("早于", "2026-11-15")]
    ConfigChange.objects.create(who="系统", what=retention.WHAT, key=kind.label, before=[], after=after)
    page = text_of(admin.get("/desk/settings/retention/"))
    assert "1,204 项，早于 2026-11-15 的" in page
    assert "最近一次自动清除在" in page
