"""Attachments are asked about each time, and do no harm."""

from __future__ import annotations

import pytest
from django.http import HttpResponseBase

from huying.kernel.files import accept
from huying.matters.attachments import uploader
from huying.matters.models import Attachment
from tests.cases.desk import at_desk
from tests.cases.test_desk_steps import picture
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def read(answer: HttpResponseBase) -> bytes:
    """The whole of it, so that the file is closed."""
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


@pytest.fixture
def attached(district: District) -> Attachment:
    taker = district.actor("call_taker")
    stored = accept(picture(), uploader=uploader(taker))
    matter = receive(district, attachments=[str(stored.pk)])
    advance(district, matter, "dispatched")
    return Attachment.objects.get(matter=matter)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("call_taker", 200),
        ("handler", 200),
        ("chief", 200),
        ("leader", 200),
        ("community_clerk", 200),
        ("grid_worker", 200),
        ("handler2", 404),
        ("assistance", 404),
        ("analyst", 404),  # faces and voices are in them
        ("third_party", 404),
        ("administrator", 403),
        ("resident", 403),
    ],
)
def test_whoever_may_see_the_case_may_fetch_its_files(
    district: District, attached: Attachment, name: str, status: int
) -> None:
    client = at_desk(district, name)
    for page in ("", "thumbnail/"):
        answer = client.get(f"/desk/files/{attached.file_id}/{page}")
        read(answer)
        assert answer.status_code == status


def test_nobody_without_signing_in(district: District, attached: Attachment) -> None:
    from tests.ui.house import HouseClient

    assert HouseClient().get(f"/desk/files/{attached.file_id}/").status_code == 302


def test_an_image_is_shown_in_a_sandbox_and_not_kept_by_others(district: District, attached: Attachment) -> None:
    answer = at_desk(district, "handler").get(f"/desk/files/{attached.file_id}/")
    assert read(answer).startswith(b"\x89PNG")
    assert answer["Content-Type"] == "image/png"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "private" in answer["Cache-Control"]


def test_a_file_that_hangs_on_nothing_is_nobodys_to_fetch(district: District) -> None:
    loose = accept(picture(), uploader=uploader(district.actor("call_taker")))
    assert at_desk(district, "call_taker").get(f"/desk/files/{loose.pk}/").status_code == 404


def test_the_case_shows_it_with_a_preview(district: District, attached: Attachment) -> None:
    page = at_desk(district, "handler").get(f"/desk/cases/{attached.matter.number}/").content.decode()
    assert f'href="/desk/files/{attached.file_id}/"' in page
    assert f'src="/desk/files/{attached.file_id}/thumbnail/"' in page
    hidden = at_desk(district, "analyst").get(f"/desk/cases/{attached.matter.number}/").content.decode()
    assert "/desk/files/" not in hidden
