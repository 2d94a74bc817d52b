"""The inbox, and the count in the corner."""

from __future__ import annotations

import pytest
from django.utils import timezone

from huying.kernel.models import Outbox
from huying.kernel.outbox import dispatch_once
from huying.kernel.outbox.dispatch import drain
from huying.matters.models import Delivery
from tests.cases.desk import at_desk, many, statements, text_of, written
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(district: District) -> District:
    """The handler has been told of a new case."""
    advance(district, receive(district), "dispatched")
    dispatch_once()
    return district


def test_a_message_is_read_by_opening_it(told: District) -> None:
    client = at_desk(told, "handler")
    page = client.get("/desk/messages/")
    assert "新派单" in text_of(page)
    assert "1 条未读" in text_of(page)
    [delivery] = Delivery.objects.filter(user=told.users["handler"])
    assert delivery.read_at is None  # looking at the list reads nothing
    assert client.get(f"/desk/messages/{delivery.pk}/open/").status_code == 405
    answer = client.post(f"/desk/messages/{delivery.pk}/open/")
    assert answer["Location"] == f"/desk/cases/{delivery.message.matter.number}/"
    delivery.refresh_from_db()
    assert delivery.read_at is not None
    assert "没有未读消息" in text_of(client.get("/desk/messages/"))
    assert client.get(answer["Location"]).status_code == 200


def test_all_at_once(told: District) -> None:
    client = at_desk(told, "handler")
    answer = client.post("/desk/messages/read/", follow=True)
    assert "1 条消息已标为已读" in text_of(answer)
    assert not Delivery.objects.filter(user=told.users["handler"], read_at=None).exists()
    assert "没有未读消息" in text_of(client.get("/desk/messages/?new=1"))


def test_other_peoples_messages_are_not_there(told: District) -> None:
    [delivery] = Delivery.objects.filter(user=told.users["handler"])
    client = at_desk(told, "handler2")
    assert "已派给" not in text_of(client.get("/desk/messages/"))
    assert client.post(f"/desk/messages/{delivery.pk}/open/").status_code == 404
    client.post("/desk/messages/read/")
    delivery.refresh_from_db()
    assert delivery.read_at is None


def test_the_corner_counts_what_is_not_read(told: District) -> None:
    counts = text_of(at_desk(told, "handler").get("/ui/counts/"))
    assert '<span class="count is-new" id="count-unread" hx-swap-oob="true">1</span>' in counts
    assert '<span class="count" id="count-queue-dispatched" hx-swap-oob="true">1</span>' in counts
    assert "count-queue-received" not in counts  # not this post's work


def test_all_figures_of_the_menu_are_few_queries(told: District) -> None:
    many(told, 30)
    for name in ("call_taker", "handler", "dispatcher"):
        assert len(statements(at_desk(told, name), "/ui/counts/")) == 5  # session, person, posts, all figures, unread


def test_an_inbox_of_many_costs_what_one_of_few_does(told: District) -> None:
    client = at_desk(told, "handler")
    few = statements(client, "/desk/messages/")
    [delivery] = Delivery.objects.filter(user=told.users["handler"])
    Delivery.objects.bulk_create(
        Delivery(message=delivery.message, channel="in_app", user=delivery.user, status="sent", sent_at=timezone.now())
        for _ in range(120)
    )
    lots = statements(client, "/desk/messages/")
    assert len(few) == len(lots) <= 8
    assert written(lots) <= {"people_session"}
    page = client.get("/desk/messages/")
    assert "下一页" in text_of(page)


@pytest.mark.parametrize("name", ["administrator", "leader", "analyst", "third_party", "grid_worker", "assistance"])
def test_every_post_has_an_inbox(district: District, name: str) -> None:
    assert "还没有消息" in text_of(at_desk(district, name).get("/desk/messages/"))


def test_residents_have_theirs_elsewhere(district: District) -> None:
    assert at_desk(district, "resident").get("/desk/messages/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_reading_commits_by_itself_and_tells_other_windows(db: None) -> None:
    """Outside a test's own transaction, as a server runs it."""
    from tests.factories.district import make_district

    district = make_district()
    advance(district, receive(district), "dispatched")
    drain()
    client = at_desk(district, "handler")
    [delivery] = Delivery.objects.filter(user=district.users["handler"])
    assert client.post(f"/desk/messages/{delivery.pk}/open/").status_code == 302
    assert Outbox.objects.filter(topic="kernel.live").count() == 1
    assert client.post("/desk/messages/read/").status_code == 302
