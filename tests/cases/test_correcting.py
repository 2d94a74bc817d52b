"""A number that was taken down wrongly is put right by the centre, and stands in no line."""

from __future__ import annotations

import pytest

from huying.cases.flow import CASES
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.engine import move_one
from huying.matters.ledger import verify
from huying.matters.models import Delivery, LedgerLine, Matter, Words
from huying.people.contacts import Person, remember
from huying.people.models import Contact
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

WRONG, RIGHT = "13971112222", "13971112223"
CORRECTED = {"phone": "139 7111 2223", "reason": "mistaken"}


def plain(matter: Matter) -> tuple[str | None, str | None]:
    contact = Contact.objects.get(pk=Matter.objects.get(pk=matter.pk).raised_by_id)
    return contact._name, contact._phone


def test_the_centre_puts_a_number_right_and_no_line_holds_it(district: District) -> None:
    matter = advance(district, receive(district), "handling")
    other = receive(district, text="五号楼漏水。")  # raised under the same number and name
    client = at_desk(district, "call_taker")
    page = f"/desk/cases/{matter.number}/steps/correct_contact/"
    assert page in text_of(client.get(f"/desk/cases/{matter.number}/"))
    refused = client.post(page, CORRECTED | {"phone": "1397111222", "version": matter.version})
    assert refused.status_code == 422
    assert "这里是 10 位" in text_of(refused)
    told = text_of(client.post(page, CORRECTED | {"version": matter.version}, follow=True))
    assert "联系方式已更正" in told
    assert "登记时写错" in told  # why stands in the timeline
    assert plain(matter) == ("王秀英", RIGHT)
    assert plain(other) == ("王秀英", WRONG)
    line = LedgerLine.objects.filter(matter=matter).latest("seq")
    assert (line.step, line.from_state, line.to_state) == ("correct_contact", "handling", "handling")
    assert "1397111" not in str(line.facts)
    assert not Words.objects.filter(matter=matter, seq=line.seq).exists()
    assert verify().holds


def test_what_waits_to_be_sent_goes_to_the_right_number(district: District) -> None:
    matter = receive(district)
    outbox.drain()
    before = matter.raised_by_id
    sent = Delivery.objects.filter(contact=before).first()
    assert sent is not None
    Delivery.objects.filter(pk=sent.pk).update(status="sent")
    waiting = Delivery.objects.create(message=sent.message, channel="other", contact_id=before)
    move_one(CASES, "correct_contact", matter.pk, by=district.actor("dispatcher"), data=CORRECTED)
    sent.refresh_from_db()
    waiting.refresh_from_db()
    assert sent.contact_id == before
    assert waiting.contact_id == Matter.objects.get(pk=matter.pk).raised_by_id != before


def test_who_is_known_by_more_than_the_number_is_mended_everywhere(district: District) -> None:
    reporter = {"name": "王秀英", "phone": WRONG, "identity": "11010519491231002X"}
    first, second = (receive(district, text=text, reporter=reporter) for text in ("路灯不亮。", "五号楼漏水。"))
    data = CORRECTED | {"name": "王秀瑛"}
    move_one(CASES, "correct_contact", first.pk, by=district.actor("call_taker"), data=data)
    assert plain(first) == plain(second) == ("王秀瑛", RIGHT)
    assert Contact.objects.with_phone(RIGHT).count() == 1
    assert not Contact.objects.with_phone(WRONG).exists()


def test_somebody_elses_number_stays_theirs(district: District) -> None:
    stranger = remember(Person(name="李梅", phone=WRONG))
    matter = receive(district, reporter={"phone": WRONG})  # said no name, so it was taken for theirs
    assert matter.raised_by_id == stranger
    move_one(CASES, "correct_contact", matter.pk, by=district.actor("call_taker"), data=CORRECTED)
    kept = Contact.objects.get(pk=stranger)
    assert (kept._name, kept._phone) == ("李梅", WRONG)
    assert plain(matter)[1] == RIGHT


def test_what_cannot_be_corrected_is_refused(district: District) -> None:
    taker = district.actor("call_taker")
    matter = receive(district)
    with pytest.raises(Invalid, match="和登记的一样"):
        move_one(CASES, "correct_contact", matter.pk, by=taker, data=CORRECTED | {"phone": WRONG})
    with pytest.raises(Forbidden):
        move_one(CASES, "correct_contact", matter.pk, by=district.actor("supervisor"), data=CORRECTED)
    nobody = receive(district, text="噪声。", anonymous=True, reporter=None)
    with pytest.raises(Conflict, match="没有留下联系方式"):
        move_one(CASES, "correct_contact", nobody.pk, by=taker, data=CORRECTED)


@pytest.mark.parametrize("phone", ["1371234", "12345"])
def test_a_number_that_cannot_be_called_back_is_not_taken_down(district: District, phone: str) -> None:
    with pytest.raises(Invalid) as caught:
        receive(district, reporter={"name": "王秀英", "phone": phone})
    assert list(caught.value.fields) == ["reporter.phone"]
    assert not Matter.objects.exists()
