"""What a list remembers: filters, columns, saved views; and what a search shows."""

from __future__ import annotations

import pytest
from django.utils import timezone

from huying.cases.models import SavedView
from huying.people import preferences
from huying.people.models import Preference
from tests.cases.desk import at_desk, many, statements, text_of
from tests.factories.cases import advance, receive
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db


def filtered(client: HouseClient, url: str, **typed: str) -> str:
    """The address to which the filter form leads."""
    answer = client.post(url, typed)
    assert answer.status_code == 302, text_of(answer)
    return str(answer["Location"])


def test_the_filters_used_last_come_back_until_they_are_cleared(district: District) -> None:
    client = at_desk(district, "call_taker")
    address = filtered(client, "/desk/cases/open/", urgency="urgent", q="路灯 13971112222", state="received")
    assert "urgency=urgent" in address
    assert "q=" in address
    again = client.get("/desk/cases/open/")
    assert again["Location"] == "/desk/cases/open/?state=received&urgency=urgent"  # not the words: they hold a phone
    assert "13971112222" not in str(Preference.objects.get().value)
    assert client.get("/desk/cases/").status_code == 200  # each list remembers its own
    other = client.get("/desk/cases/open/?channel=visit")
    assert other.status_code == 200  # an address says all by itself, and changes nothing of what is remembered
    assert "清除全部条件" in text_of(other)
    fewer = filtered(client, "/desk/cases/open/", urgency="urgent", state="received", drop="urgency")
    assert fewer == "/desk/cases/open/?state=received"
    plain = filtered(client, "/desk/cases/open/", state="received", clear="1")
    assert client.get(plain).context["form"].narrowing == []
    assert client.get("/desk/cases/open/").status_code == 200
    assert at_desk(district, "dispatcher").get("/desk/cases/open/").status_code == 200


def test_filters_that_cannot_be_are_refused_beside_their_field(district: District) -> None:
    client = at_desk(district, "call_taker")
    answer = client.post(
        "/desk/cases/", {"opened_from": "2026-02-30", "closed_from": "2026-03-02", "closed_to": "2026-03-01"}
    )
    assert answer.status_code == 422
    page = text_of(answer)
    assert "没有这一天" in page
    assert "要晚于开始的那一天" in page


def test_days_officer_and_rework_narrow(district: District) -> None:
    mine = advance(district, receive(district), "acknowledged")
    advance(district, receive(district), "dispatched")
    client = at_desk(district, "handler")

    def found(query: str) -> set[str]:
        return {row.number for row in client.get(f"/desk/cases/?{query}").context["rows"]}

    day = timezone.localdate(mine.opened_at).isoformat()
    assert len(found(f"opened_from={day}&opened_to={day}")) == 2
    assert found("opened_to=2020-01-01") == set()
    assert found(f"officer={district.users['handler'].pk}") == {mine.number}
    assert found("rework=never") == found("")
    assert found("rework=once") == set()


def test_columns_are_chosen_once_for_all_lists(district: District) -> None:
    receive(district, external_number="HX-1", channel="hotline")
    client = at_desk(district, "call_taker")
    assert '<th scope="col">来件编号</th>' not in text_of(client.get("/desk/cases/"))
    answer = client.post(
        "/desk/cases/columns/", {"column": ["external", "state", "nonsense"], "back": "/desk/cases/open/"}
    )
    assert answer["Location"] == "/desk/cases/open/"
    page = text_of(client.get("/desk/cases/received/"))
    assert '<th scope="col">来件编号</th>' in page
    assert "HX-1" in page
    assert '<th scope="col">地点</th>' not in page
    client.post("/desk/cases/columns/", {"usual": "1", "back": "https://elsewhere.example/desk/cases/"})
    assert preferences.get(district.actor("call_taker"), "cases.columns", ["none"]) == ["none"]


def test_every_column_is_drawn_and_costs_no_query_a_row(district: District) -> None:
    advance(district, receive(district), "closed")
    client = at_desk(district, "supervisor")
    everything = (
        "officer,address,text,satisfaction,co_handlers,category,channel,rework,closed,kind,urgency,external,opened"
    )
    few = statements(client, f"/desk/cases/?columns={everything}")
    for matter in many(district, 3):
        advance(district, matter, "closed")
    lots = statements(client, f"/desk/cases/?columns={everything}")
    assert len(few) == len(lots) <= 12
    page = text_of(client.get(f"/desk/cases/?columns={everything}"))
    assert "满意" in page


def test_a_view_is_saved_shared_renamed_and_deleted(district: District) -> None:
    receive(district)
    chief, handler = at_desk(district, "chief"), at_desk(district, "handler")
    answer = chief.post(
        "/desk/cases/views/",
        {
            "name": "黄牌的急件",
            "queue": "open",
            "query": "urgency=urgent&due=yellow",
            "columns": "state,due",
            "shared": "on",
        },
    )
    view = SavedView.objects.get()
    assert answer["Location"] == f"/desk/cases/open/?due=yellow&urgency=urgent&view={view.pk}"
    page = text_of(handler.get(str(answer["Location"])))
    assert "<h1>黄牌的急件</h1>" in page.replace("\n", "").replace("  ", "")
    assert '<th scope="col">地点</th>' not in page
    assert "黄牌的急件" in text_of(handler.get("/desk/cases/"))
    assert "黄牌的急件" not in text_of(at_desk(district, "handler2").get("/desk/cases/"))
    # only its owner changes it; the other makes it the one with which the list opens
    assert handler.post(f"/desk/cases/views/{view.pk}/delete/").status_code == 404
    handler.post(f"/desk/cases/views/{view.pk}/", {"default": "on", "name": "改名"})
    assert handler.get("/desk/cases/open/")["Location"] == answer["Location"]
    chief.post(f"/desk/cases/views/{view.pk}/", {"name": "急件"})
    view.refresh_from_db()
    assert (view.name, view.organisation_id) == ("急件", None)
    assert handler.get("/desk/cases/open/").status_code == 200
    again = chief.post("/desk/cases/views/", {"name": "急件", "queue": "open", "query": "", "columns": ""})
    assert again.status_code == 422
    assert "您已有同名的视图" in text_of(again)
    assert "只删除这个视图" in text_of(chief.get(f"/desk/cases/views/{view.pk}/delete/"))
    chief.post(f"/desk/cases/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_a_view_keeps_no_phone(district: District) -> None:
    client = at_desk(district, "call_taker")
    answer = client.post("/desk/cases/views/", {"name": "某人", "queue": "", "query": "q=13971112222", "columns": ""})
    assert answer.status_code == 422
    assert not SavedView.objects.exists()


def test_a_view_gets_no_phone_afterwards_either(district: District) -> None:
    client = at_desk(district, "dispatcher")
    client.post("/desk/cases/views/", {"name": "急件", "queue": "", "query": "urgency=urgent", "columns": ""})
    view = SavedView.objects.get()
    answer = client.post(f"/desk/cases/views/{view.pk}/", {"keep": "1", "query": "q=139 7111 2222", "columns": "state"})
    assert answer.status_code == 422
    assert "请先去掉查找的号码" in text_of(answer)
    view.refresh_from_db()
    assert view.query == {"urgency": "urgent"}
    client.post(f"/desk/cases/views/{view.pk}/", {"keep": "1", "query": "q=路灯", "columns": "state"})
    view.refresh_from_db()
    assert view.query == {"q": "路灯"}


def test_a_hit_is_marked_and_shown_where_it_stands(district: District) -> None:
    text = "居民来电反映。" + "情况属实。" * 30 + "三号门旁的路灯已经坏了三天，请联系13971112222。" + "谢谢。" * 40
    receive(district, title="小区照明问题", text=text)
    page = text_of(at_desk(district, "call_taker").get("/desk/cases/", {"q": "路灯 三号门"}))
    assert "<mark>三号门</mark>旁的<mark>路灯</mark>已经坏了三天" in page
    assert "居民来电反映" not in page
    masked = text_of(at_desk(district, "leader").get("/desk/cases/", {"q": "路灯 三号门"}))
    assert "139****2222" in masked
    assert "13971112222" not in masked
    assert len(statements(at_desk(district, "call_taker"), "/desk/cases/?q=路灯&columns=text,address")) <= 12


@pytest.mark.parametrize("name", ["call_taker", "street_clerk"])
def test_a_search_costs_twelve_queries_at_most(district: District, name: str) -> None:
    many(district, 55)
    client = at_desk(district, name)
    for words in ("路灯", "星城门口", "13971112222", "WC2026", "3 号门 路灯"):
        assert len(statements(client, f"/desk/cases/?q={words}")) <= 12, words
