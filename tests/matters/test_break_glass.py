"""Breaking the glass: an administrator sees one reporter's contact in an emergency, others are told, and it is kept."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest

from huying.matters import break_glass
from huying.matters.models import Delivery, Matter
from huying.people.models import Deputy, Post, Reveal
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import receive
from tests.factories.district import PASSWORD, District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

URL = "/desk/settings/break-glass/"
WORDS = "派出所来函，走失老人的家属联系不上"


@pytest.fixture
def admin(district: District, settings: object) -> HouseClient:
    settings.SECOND_FACTOR_ROLES = []  # type: ignore[attr-defined]  # its own tests ask for it
    return at_desk(district, "administrator")


def asked(client: HouseClient, matter: Matter, **changed: str) -> str:
    values = {"number": matter.number, "purpose": "公安、司法机关依法调取", "words": WORDS} | changed
    return text_of(client.post(URL, values))


def ticket_of(page: str) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found.group(1))


def told(district: District, name: str) -> list[str]:
    rows = Delivery.objects.filter(user=district.users[name], message__key="break_glass").select_related("message")
    return [row.message.body for row in rows]


def test_it_takes_a_reason_and_the_own_password_and_is_shown_once(admin: HouseClient, district: District) -> None:
    matter = receive(district)
    page = asked(admin, matter)
    assert "督导员甲" in page
    assert "13971112222" not in page
    assert not Reveal.objects.exists()
    sent = {"ticket": ticket_of(page), "password": PASSWORD}
    shown = admin.post(URL, sent)
    assert "王秀英" in text_of(shown)
    assert "13971112222" in text_of(shown)
    assert "no-store" in shown.headers["Cache-Control"]
    kept = Reveal.objects.get()
    assert (kept.break_glass, kept.about, kept.by) == (True, matter.number, district.users["administrator"])
    assert WORDS in kept.purpose
    again = admin.post(URL, sent)
    assert again.status_code == 409
    assert "13971112222" not in text_of(again)
    assert Reveal.objects.count() == 1


def test_supervisors_are_told_at_once_and_dispatchers_where_there_is_none(
    admin: HouseClient, district: District
) -> None:
    matter = receive(district)
    admin.post(URL, {"ticket": ticket_of(asked(admin, matter)), "password": PASSWORD})
    (body,) = told(district, "supervisor")
    assert matter.number in body
    assert WORDS in body
    assert not told(district, "dispatcher")
    Post.objects.filter(role="supervisor").update(valid_to=dt.date(2020, 1, 2), valid_from=dt.date(2020, 1, 1))
    admin.post(URL, {"ticket": ticket_of(asked(admin, matter, words="又一位家属到场，仍要联系")), "password": PASSWORD})
    assert len(told(district, "dispatcher")) == 1
    Deputy.objects.all().delete()
    Post.objects.filter(role="dispatcher").update(valid_to=dt.date(2020, 1, 2), valid_from=dt.date(2020, 1, 1))
    assert "没有在任的督导员" in asked(admin, matter)


def test_who_asked_for_confidence_is_not_shown_here_either(admin: HouseClient, district: District) -> None:
    page = asked(admin, receive(district, confidential=True))
    assert "诉求人要求保密" in page
    assert 'name="ticket"' not in page


def test_what_turned_confidential_meanwhile_is_not_shown(admin: HouseClient, district: District) -> None:
    matter = receive(district)
    ticket = ticket_of(asked(admin, matter))
    Matter.objects.filter(pk=matter.pk).update(confidential=True)
    answer = admin.post(URL, {"ticket": ticket, "password": PASSWORD})
    assert answer.status_code == 422
    assert "13971112222" not in text_of(answer)
    assert not Reveal.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"number": "WC20990101000001"}, "没有这个编号的件"),
        ({"words": "看看"}, "至少 10 个字"),
        ({"purpose": ""}, "请选择情形"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(
    admin: HouseClient, district: District, changed: dict[str, str], words: str
) -> None:
    values = {"number": receive(district).number, "purpose": "人身安全紧急", "words": WORDS} | changed
    answer = admin.post(URL, values)
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_a_wrong_password_an_old_ticket_and_a_forged_one_show_nothing(
    admin: HouseClient, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    matter = receive(district)
    ticket = ticket_of(asked(admin, matter))
    wrong = admin.post(URL, {"ticket": ticket, "password": "not-it"})
    assert wrong.status_code == 422
    assert "密码不正确" in text_of(wrong)
    assert admin.post(URL, {"ticket": ticket[:-2], "password": PASSWORD}).status_code == 409
    monkeypatch.setattr(break_glass, "ASKED_FOR", dt.timedelta(seconds=-1))
    assert admin.post(URL, {"ticket": ticket, "password": PASSWORD}).status_code == 409
    assert not Reveal.objects.exists()


def test_the_log_marks_it_and_finds_it(admin: HouseClient, district: District) -> None:
    matter = receive(district)
    admin.post(URL, {"ticket": ticket_of(asked(admin, matter)), "password": PASSWORD})
    supervisor = at_desk(district, "supervisor")
    page = text_of(supervisor.get("/desk/settings/reveals/?broken=on"))
    assert matter.number in page
    assert "应急查看</span>" in page
    assert at_desk(district, "dispatcher").get(URL).status_code == 403
