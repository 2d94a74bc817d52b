"""One event that hundreds call about: one notice, one handling, one answer to each."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from huying.cases.flow import CASES
from huying.cases.joined import close_joined
from huying.cases.models import Batch
from huying.kernel import outbox
from huying.kernel.errors import Conflict, Forbidden, Invalid
from huying.matters.engine import move_one
from huying.matters.models import Delivery, Matter, Message
from tests.cases.desk import at_desk, many, settled, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

TOLD = "徐东大街水管爆裂，水务公司正在抢修，预计今晚十点恢复供水。"
CALL = {"text": "家里一点水都没有了", "reporter": {"name": "李大勇", "phone": "13600002222"}}
LATER = timedelta(minutes=30)


def opened(district: District, main: Matter, who: str = "dispatcher", **more: object) -> Matter:
    data: dict[str, object] = {
        "name": "徐东大街爆管停水",
        "places": [district.places["community0"].code],
        "category": "02.02.01",
        "words": "停水、没有水，一点水",
        "begins_at": (timezone.now() - timedelta(hours=1)).isoformat(),
        "announcement": TOLD,
    }
    return move_one(CASES, "open_batch", main.pk, by=district.actor(who), data=data | more)


def offers(district: District, text: str, **more: object) -> str:
    lon, lat = district.point(0)
    return text_of(
        at_desk(district, "call_taker").post(
            "/desk/cases/new/alike/", {"text": text, "lon": lon, "lat": lat, "category": ""} | more
        )
    )


def test_who_may_make_one_and_what_it_needs(district: District) -> None:
    main = advance(district, receive(district), "handling")
    for who in ("call_taker", "handler", "chief"):
        with pytest.raises(Forbidden):
            opened(district, main, who)
    with pytest.raises(Invalid) as refused:
        opened(district, main, words="", category="")
    assert "words" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        opened(district, main, ends_at=(timezone.now() - timedelta(days=1)).isoformat())
    assert "ends_at" in refused.value.fields
    made = opened(district, main, "supervisor")
    assert made.aspects == ["batch"]
    batch = Batch.objects.get(pk=main.pk)
    assert (batch.words, batch.places) == (["停水", "没有水", "一点水"], [district.places["community0"].pk])
    with pytest.raises(Conflict, match="已经是批量件"):
        opened(district, main)


def test_a_call_that_falls_into_it_is_offered_it_with_the_text_to_read_out(district: District) -> None:
    main = advance(district, receive(district), "handling")
    opened(district, main)
    page = offers(district, "家里一点水都没有了")
    assert "正在处理的批量事件：徐东大街爆管停水" in page
    assert TOLD in page
    assert f'name="joins" value="{main.number}"' in page
    assert "批量事件" in offers(district, "请问什么时候好", category="02.02.01")
    lon, lat = district.point(2)  # another community
    assert "批量事件" not in offers(district, "家里一点水都没有了", lon=lon, lat=lat)
    assert "批量事件" not in offers(district, "楼上装修太吵")
    move_one(CASES, "stop_batch", main.pk, by=district.actor("dispatcher"), data={})
    assert "批量事件" not in offers(district, "家里一点水都没有了")
    data = {
        "name": "徐东大街停水",
        "words": "停水",
        "begins_at": (timezone.now() - timedelta(hours=1)).isoformat(),
        "announcement": TOLD,
    }
    move_one(CASES, "change_batch", main.pk, by=district.actor("dispatcher"), data=data)
    assert "徐东大街停水" in offers(district, "怎么又停水", lon=lon, lat=lat)  # the whole district, again
    advance(district, main, "closed")
    assert "批量事件" not in offers(district, "怎么又停水")  # over by itself


def test_one_announcement_reaches_everybody(district: District) -> None:
    main = advance(district, receive(district), "handling")
    opened(district, main)
    second = receive(district, **CALL, joins=main.number)
    outbox.drain()
    text = "抢修遇到老旧管道，恢复供水推迟到明早六点。"
    move_one(CASES, "announce", main.pk, by=district.actor("dispatcher"), data={"text": text})
    outbox.drain()
    told = Message.objects.filter(key="case.announced")
    assert set(told.values_list("matter", flat=True)) == {main.pk, second.pk}
    assert all(text in message.body for message in told)
    assert Batch.objects.get(pk=main.pk).announcement == text
    assert text in offers(district, "一点水都没有")
    page = text_of(at_desk(district, "call_taker").get(f"/desk/cases/batches/{main.number}/"))
    assert "恢复供水推迟到明早六点" in page
    with pytest.raises(Conflict, match="不是批量件"):
        move_one(CASES, "announce", receive(district).pk, by=district.actor("dispatcher"), data={"text": text})


def test_its_reporters_read_what_was_announced(district: District) -> None:
    from huying.cases.portal.story import plain_story
    from huying.people.actors import visitor

    main = advance(district, receive(district), "handling")
    opened(district, main)
    second = receive(district, **CALL, joins=main.number)
    move_one(CASES, "announce", main.pk, by=district.actor("dispatcher"), data={"text": TOLD})
    story = plain_story(second, visitor("s", matter_id=second.pk))
    assert story.entries[0].text == TOLD
    advance(district, main, "closed")
    close_joined(timezone.now() + LATER)
    second.refresh_from_db()
    story = plain_story(second, visitor("s", matter_id=second.pk))
    assert TOLD in [entry.text for entry in story.entries]
    assert story.reply.startswith("您好，门口三盏路灯已更换")


def test_the_pages_tell_how_it_grows(district: District) -> None:
    main = advance(district, receive(district), "handling")
    opened(district, main)
    many(district, 3, **CALL, joins=main.number)
    client = at_desk(district, "leader")
    page = text_of(client.get("/desk/cases/batches/"))
    assert "徐东大街爆管停水" in page
    assert "增加 3" in page
    page = text_of(client.get(f"/desk/cases/batches/{main.number}/"))
    assert "4 件，近一小时增加 3 件，正在并入" in page
    few = statements(client, f"/desk/cases/batches/{main.number}/"), statements(client, "/desk/cases/batches/")
    many(district, 60, **CALL, joins=main.number)
    for before, url in zip(few, (f"/desk/cases/batches/{main.number}/", "/desk/cases/batches/"), strict=True):
        now = statements(client, url)
        assert len(now) <= min(12, len(before) + 1), now  # with a count, once there is a second page
    assert client.get(f"/desk/cases/batches/{receive(district).number}/").status_code == 404
    assert f"/desk/cases/batches/{main.number}/" in text_of(client.get(f"/desk/cases/{main.number}/"))


def test_a_thousand_are_joined_told_and_answered_set_wise(district: District) -> None:
    """As many statements as for a few."""
    counts: list[tuple[int, int, int]] = []
    for n in (20, 1000):
        main = advance(district, receive(district), "handling")
        opened(district, main)
        settled()
        with CaptureQueriesContext(connection) as joining:
            many(district, n, **CALL, joins=main.number)
        move_one(CASES, "announce", main.pk, by=district.actor("dispatcher"), data={"text": TOLD})
        with CaptureQueriesContext(connection) as telling:
            outbox.drain()
        advance(district, main, "closed")
        settled()
        with CaptureQueriesContext(connection) as closing:
            assert close_joined(timezone.now() + LATER) == n
        counts.append((len(joining), len(telling), len(closing)))
        told = Message.objects.filter(key="case.announced", matter__in=Matter.objects.filter(state="closed"))
        assert told.count() >= n + 1
        assert Delivery.objects.filter(message__in=told).exists() or not told
    few, thousand = counts
    assert thousand[0] <= few[0] + 3, counts
    assert thousand[1] <= few[1] + 3, counts
    assert thousand[2] <= few[2] + 3, counts
