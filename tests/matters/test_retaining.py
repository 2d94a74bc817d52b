"""What is past its period goes, in batches; what is still needed stays, and the chain holds."""

from __future__ import annotations

import datetime as dt

import pytest
from click.testing import CliRunner
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.models import Case
from huying.cli import cli
from huying.kernel import retention
from huying.kernel.models import ConfigChange
from huying.kernel.parameters import declared, set_value
from huying.matters import clearing, ledger
from huying.matters.engine import Opening, open_many
from huying.matters.enums import Cleared
from huying.matters.models import Delivery, Matter, Message, Words
from huying.people import drafts
from huying.people.actors import IMPORT
from huying.people.enums import SignInOutcome
from huying.people.models import Contact, Draft, Reveal, SignIn
from tests.factories.cases import TEXT, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

NOW = timezone.now()
YEARS = 365 * dt.timedelta(days=1)
TEXT_WITH_NAME = f"{TEXT}联系人王秀英，13971112222。"


def history(district: District, ago: dt.timedelta, n: int = 1, **values: object) -> list[Matter]:
    """Cases that were closed so long ago; each has a reporter of its own."""
    closed = NOW - ago
    openings = [
        Opening(
            IMPORT,
            {
                "channel": "phone",
                "text": TEXT_WITH_NAME,
                "address": "中北路7栋2单元1103",
                "reply": "路灯已经修好。",
                "handler": "URBAN",
                "closed_at": closed,
                "reporter": {"name": "王秀英", "phone": f"1397111{2222 + i + int(ago.days)}"},
            }
            | values,
            at=closed - dt.timedelta(days=3),
        )
        for i in range(n)
    ]
    found = [result.unwrap() for result in open_many(CASES, "import_history", openings, quiet=True)]
    Contact.objects.filter(matters__in=found).update(created_at=closed - dt.timedelta(days=3))
    return found


def run(**options: bool) -> dict[str, int]:
    done = {one.kept.key: one for one in retention.run(NOW, who="测试", **options)}
    assert not [key for key, one in done.items() if one.failed]
    return {key: one.n for key, one in done.items() if one.n}


def test_people_are_known_as_long_as_the_period_says(district: District) -> None:
    [old], [new] = history(district, 4 * YEARS), history(district, 2 * YEARS)
    assert run(dry_run=True) == {"matters.contacts": 1}
    assert run() == {"matters.contacts": 1}
    old, new = (Matter.objects.select_related("raised_by").get(pk=m.pk) for m in (old, new))
    assert (old.raised_by.name, new.raised_by.name) == ("已清除", "王**")
    assert "某某" not in Words.objects.get(matter=new, field="text").text
    assert "联系人某某" in Words.objects.get(matter=old, field="text").text
    assert run() == {}
    assert ledger.verify().holds


def test_who_came_back_is_still_known(district: District) -> None:
    [old] = history(district, 4 * YEARS, reporter={"name": "王秀英", "phone": "13971110000"})
    receive(district, reporter={"name": "王秀英", "phone": "13971110000"})
    assert run() == {}
    assert Contact.objects.get(pk=old.raised_by_id).forgotten_at is None


def test_a_longer_period_keeps_longer(district: District) -> None:
    history(district, 4 * YEARS)
    set_value("retention.contacts", 60)
    assert run() == {}
    set_value("retention.contacts", 36)
    assert run() == {"matters.contacts": 1}


def test_after_the_last_period_the_figures_stay_and_the_words_are_gone(district: District) -> None:
    [matter] = history(district, 11 * YEARS)
    assert run()["cases.words"] == 1
    matter.refresh_from_db()
    assert (matter.title, matter.cleared, matter.state) == (clearing.ERASED_TITLE, Cleared.WORDS, "closed")
    assert not Words.objects.filter(matter=matter).exclude(text="").exists()
    assert Case.objects.get(pk=matter.pk).address == "中北路****"
    assert matter.lead_id and matter.closed_at
    proof = ledger.verify()
    assert proof.holds, proof.broken
    assert run() == {}


def test_what_is_supervised_stays_whole(district: District) -> None:
    from tests.factories.supervision import issue

    [matter] = history(district, 11 * YEARS)
    issue(district, matters=[matter.number])
    assert run() == {}
    matter.refresh_from_db()
    assert matter.cleared == Cleared.NOTHING
    assert Contact.objects.get(pk=matter.raised_by_id).forgotten_at is None


def test_it_goes_on_where_it_was_stopped(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    history(district, 4 * YEARS, 5)
    monkeypatch.setattr(retention, "BATCH", 2)
    contacts = retention.kinds["matters.contacts"]
    calls = 0

    def stops(before: dt.datetime, most: int) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("stopped")
        return contacts.clear(before, most)

    broken = retention.Kept(key="x", label="x", period=contacts.period, due=contacts.due, clear=stops)
    done = retention._clear(broken, NOW, "测试")
    assert (done.n, done.failed) == (2, True)
    assert run() == {"matters.contacts": 3}


def test_a_daily_run_costs_what_is_due_and_not_what_there_is(district: District) -> None:
    history(district, 11 * YEARS, 3)
    history(district, 5.5 * YEARS, 40)
    run()
    with CaptureQueriesContext(connection) as few:
        assert run() == {}
    assert len(few) < 5 * len(retention.kinds)


def test_logs_drafts_and_messages(district: District) -> None:
    [matter] = history(district, dt.timedelta(days=30))
    user = district.users["call_taker"]
    draft = Draft.objects.create(user=user, key="x", _content="{}", updated_at=NOW - dt.timedelta(days=8))
    assert drafts.KEPT.value == 7
    SignIn.objects.create(user=user, outcome=SignInOutcome.SIGNED_IN, at=NOW - 2 * YEARS)
    recent = SignIn.objects.create(user=user, outcome=SignInOutcome.SIGNED_IN, at=NOW)
    seen = [
        Reveal.objects.create(contact_id=matter.raised_by_id, by=user, purpose="回访", at=NOW - years * YEARS)
        for years in (6, 1)
    ]
    said = [
        Message.objects.create(key="x", title="t", body="b", created_at=NOW - 3 * YEARS, matter=matter)
        for _ in range(2)
    ]
    Delivery.objects.create(message=said[0], channel="in_app", user=user, status=Delivery.Status.SENT)
    Delivery.objects.create(message=said[1], channel="sms", user=user, status=Delivery.Status.UNKNOWN)
    assert run() == {"people.drafts": 1, "people.sign_ins": 1, "people.reveals": 1, "matters.messages": 1}
    assert not Draft.objects.filter(pk=draft.pk).exists()
    assert [row.pk for row in SignIn.objects.all()] == [recent.pk]
    assert [row.pk for row in Reveal.objects.all()] == [seen[1].pk]
    assert [row.pk for row in Message.objects.all()] == [said[1].pk]


def test_a_reveal_cannot_be_taken_out_of_the_log_before_three_years(district: District) -> None:
    [matter] = history(district, dt.timedelta(days=30))
    Reveal.objects.create(
        contact_id=matter.raised_by_id, by=district.users["handler"], purpose="回访", at=NOW - 2 * YEARS
    )
    with pytest.raises(DatabaseError, match="至少保存三年"), transaction.atomic():
        Reveal.objects.all().delete()


def test_every_period_is_a_parameter_and_the_run_is_logged(district: District) -> None:
    shown = {parameter.key for parameter in declared()}
    assert {kept.period.key for kept in retention.kinds} <= shown
    history(district, 4 * YEARS)
    told = CliRunner().invoke(cli, ["retain", "--dry-run"])
    assert told.exit_code == 0, told.output
    assert "诉求人的个人信息（36 个月）：到期 1" in told.output
    assert not ConfigChange.objects.filter(what=retention.WHAT).exists()
    told = CliRunner().invoke(cli, ["retain"])
    assert "诉求人的个人信息（36 个月）：清除 1" in told.output
    [change] = ConfigChange.objects.filter(what=retention.WHAT)
    assert change.key == "诉求人的个人信息"
    assert "命令行" in change.who


def test_months_are_counted_by_the_calendar() -> None:
    def day(text: str) -> dt.datetime:
        return timezone.make_aware(dt.datetime.fromisoformat(text))

    assert retention.months_before(day("2026-03-31"), 1) == day("2026-02-28")
    assert retention.months_before(day("2026-11-22"), 36) == day("2023-11-22")
    assert retention.months_before(day("2026-01-15"), 2) == day("2025-11-15")
