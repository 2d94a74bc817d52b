"""Two people on one case see each other, and nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from huying.cases.flow import CASES
from huying.matters import presence
from huying.matters.models import Presence
from tests.cases.desk import at_desk, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def url(number: str) -> str:
    return f"/desk/cases/{number}/presence/"


def test_whoever_has_it_open_is_told_of_the_other_and_what_the_other_fills_in(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    mine, other = at_desk(district, "call_taker"), at_desk(district, "dispatcher")
    assert "也在看" not in text_of(mine.post(url(matter.number)))
    answer = text_of(other.post(url(matter.number) + "?doing=dispatch"))
    assert "接线员甲（接线员）也在看这一件" in answer
    assert "派单审核员甲（派单审核员）正在填写“派单”" in text_of(mine.post(url(matter.number)))
    other.post(url(matter.number) + "?doing=dispatch", {"leaving": "1"})
    assert "正在填写" not in text_of(mine.post(url(matter.number)))


def test_after_three_quarters_of_a_minute_without_a_sign_nobody_is_there(district: District) -> None:
    matter = receive(district)
    actor, other = district.actor("call_taker"), district.actor("dispatcher")
    now = timezone.now()
    presence.here(matter, other, "", now - timedelta(seconds=46))
    assert presence.others(matter, actor, CASES, now) == []
    presence.here(matter, other, "", now - timedelta(seconds=20))
    assert [beside.name for beside in presence.others(matter, actor, CASES, now)] == ["派单审核员甲"]
    assert presence.sweep(now + timedelta(minutes=1)) == 1
    assert not Presence.objects.exists()


def test_who_may_not_see_the_case_does_not_learn_who_looks_at_it(district: District) -> None:
    matter = advance(district, receive(district), "dispatched")
    assert at_desk(district, "handler2").post(url(matter.number)).status_code == 404
    assert at_desk(district, "resident").post(url(matter.number)).status_code == 403
    assert not Presence.objects.exists()


def test_pages_ask_for_it(district: District) -> None:
    matter = advance(district, receive(district), "triaged")
    client = at_desk(district, "dispatcher")
    for page in ("", "steps/dispatch/"):
        assert f'data-live="presence:{matter.pk}"' in text_of(client.get(f"/desk/cases/{matter.number}/{page}"))
