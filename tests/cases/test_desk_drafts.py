"""What is typed into a form is kept for its writer, offered, and gone when sent."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from huying.kernel.models import StoredFile
from huying.matters.models import Matter
from huying.people import drafts
from huying.people.models import Draft
from tests.cases.desk import at_desk, text_of
from tests.cases.test_desk_steps import picture
from tests.factories.district import District
from tests.ui.house import HouseClient

pytestmark = pytest.mark.django_db

NEW = "/desk/cases/new/"
TYPED = {"reporter.phone": ["13971112222"], "text": ["三号门的路灯坏了"], "urgency": ["urgent"], "channel": ["phone"]}


def keep(client: HouseClient, key: str = "intake", **values: list[str]) -> None:
    answer = client.post(f"/account/drafts/{key}/", {"content": json.dumps(TYPED | values)})
    assert answer.status_code == 200
    assert len(answer.json()["saved"]) == len("14:05")


def test_a_closed_tab_loses_nothing(district: District) -> None:
    client = at_desk(district, "call_taker")
    keep(client)
    page = text_of(client.get(NEW))
    assert "没登记完的草稿" in page
    assert "13971112222" not in page
    assert 'name="draft" value="intake-2"' in page  # what is typed now does not overwrite it
    page = text_of(client.get(f"{NEW}?draft=intake"))
    assert 'value="13971112222"' in page
    assert "三号门的路灯坏了" in page
    assert 'value="urgent" ' in page
    assert 'name="draft" value="intake"' in page
    assert "没登记完的草稿" not in page
    assert "field-error" not in page


def test_it_is_gone_once_the_case_is_registered(district: District) -> None:
    client = at_desk(district, "call_taker")
    keep(client)
    keep(client, "intake-2", text=["另一件没有写完的事"])
    sent = {name: texts[0] for name, texts in TYPED.items()} | {"draft": "intake"}
    assert client.post(NEW, sent).status_code == 302
    assert Matter.objects.count() == 1
    assert list(Draft.objects.values_list("key", flat=True)) == ["intake-2"]


def test_a_refused_form_keeps_its_draft(district: District) -> None:
    client = at_desk(district, "call_taker")
    keep(client)
    answer = client.post(NEW, {"text": "", "channel": "phone", "draft": "intake"})
    assert answer.status_code == 422
    assert 'name="draft" value="intake"' in text_of(answer)
    assert Draft.objects.exists()


def test_nobody_reads_another_ones_draft_and_the_database_reads_none(district: District) -> None:
    keep(at_desk(district, "call_taker"))
    other = at_desk(district, "call_taker2")
    assert "草稿" not in text_of(other.get(NEW)).partition("<main")[2].partition("data-kept-draft-said")[0]
    assert "三号门" not in text_of(other.get(f"{NEW}?draft=intake"))
    other.post("/account/drafts/intake/discard/", {"next": NEW})
    assert Draft.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM people_draft")
        stored = bytes(cursor.fetchone()[0])
    assert b"13971112222" not in stored
    assert "路灯".encode() not in stored


def test_it_is_thrown_away_when_its_writer_says_so(district: District) -> None:
    client = at_desk(district, "call_taker")
    keep(client)
    answer = client.post("/account/drafts/intake/discard/", {"next": NEW}, follow=True)
    assert "草稿已丢弃" in text_of(answer)
    assert not Draft.objects.exists()


def test_emptied_boxes_are_no_draft(district: District) -> None:
    client = at_desk(district, "call_taker")
    keep(client)
    empty = json.dumps({"text": [" "], "reporter.phone": [""]})
    assert client.post("/account/drafts/intake/", {"content": empty}).json() == {"saved": ""}
    assert not Draft.objects.exists()


@pytest.mark.parametrize("content", ["", "[]", "{", '{"text": "x"}', '{"text": [1]}', '{"text": ["\\u0000"]}'])
def test_what_is_no_draft_is_refused(district: District, content: str) -> None:
    client = at_desk(district, "call_taker")
    assert client.post("/account/drafts/intake/", {"content": content}).status_code == 422
    assert not Draft.objects.exists()


def test_too_much_and_strange_names_are_refused(district: District) -> None:
    client = at_desk(district, "call_taker")
    long = json.dumps({"text": ["长" * 70_000]}, ensure_ascii=False)
    assert client.post("/account/drafts/intake/", {"content": long}).status_code == 413
    assert client.post("/account/drafts/A_B/", {"content": "{}"}).status_code == 404


def test_after_a_week_it_is_tidied_away(district: District) -> None:
    client = at_desk(district, "call_taker")
    keep(client)
    assert drafts.clear_old() == 0
    assert drafts.clear_old(timezone.now() + timedelta(days=8)) == 1


def test_drafts_are_told_apart_by_caller_and_first_words(district: District) -> None:
    client = at_desk(district, "call_taker")
    keep(client, **{"reporter.name": ["王小明"], "text": ["我家住金地花园三栋，13971112222，楼上天天半夜装修"]})
    page = text_of(client.get(NEW))
    assert "没登记完的草稿：<strong>王**，我家住金地花园三栋，139***…</strong>" in page
    assert "王小明" not in page
    assert "王**" not in text_of(at_desk(district, "call_taker2").get(NEW))


def test_a_draft_keeps_what_was_attached_while_that_is_there(district: District) -> None:
    client = at_desk(district, "call_taker")
    sent = client.post(f"{NEW}file/", {"file": picture()})
    told = sent.json()
    assert told["name"].startswith("现场.png（")
    keep(client, **{"attachments.kept": [told["id"]]})
    page = text_of(client.get(f"{NEW}?draft=intake"))
    assert f'name="attachments.kept" value="{told["id"]}" checked' in page
    StoredFile.objects.all().delete()
    page = text_of(client.get(f"{NEW}?draft=intake"))
    assert "草稿里有 1 个附件放了一天没有提交，已经删除，请重新选。" in page
    assert client.post(f"{NEW}file/").status_code == 422
    assert at_desk(district, "handler").post(f"{NEW}file/", {"file": picture()}).status_code == 403
