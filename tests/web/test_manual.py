"""The manual: what it shows and names is there, and everybody can read it where there is no internet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from huying.people.roles import ROLES
from huying.web import manual
from tests.cases.desk import at_desk, text_of
from tests.factories.district import District

PAPER = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "desk.md"
MOST_BYTES, MOST_PICTURES = 150 * 1024, 12
STAFF = [role.key for role in ROLES.values() if role.kind == "staff"]


def pictures() -> list[Path]:
    return [PAPER.parent / name for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAPER.read_text())]


def test_every_picture_is_there_and_light() -> None:
    shown = pictures()
    assert shown
    assert [picture.name for picture in shown if not picture.is_file()] == []
    assert [picture.name for picture in shown if picture.stat().st_size > MOST_BYTES] == []
    kept = set((PAPER.parent / "pictures").glob("*"))
    assert kept == set(shown)  # none is left over
    assert len(kept) <= MOST_PICTURES


def test_every_page_it_names_is_a_page() -> None:
    named = re.findall(r"`(/(?:desk|account|follow|report)[\w/-]*)`", PAPER.read_text())
    assert named
    missing = []
    for address in named:
        try:
            resolve(address)
        except Resolver404:
            missing.append(address)
    assert missing == []


def test_every_button_it_names_is_in_the_product() -> None:
    """Words in 「」 are what stands on buttons, links and headings."""
    root = PAPER.parents[2] / "huying"
    texts = "".join(p.read_text() for suffix in ("*.html", "*.py") for p in root.rglob(suffix))
    texts += "".join(p.read_text() for p in (root.parent / "frontend" / "src").rglob("*.ts"))
    assert [words for words in re.findall(r"「([^」]+)」", PAPER.read_text()) if words not in texts] == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", STAFF)
def test_each_role_reads_its_own_part_first(district: District, role: str) -> None:
    client = at_desk(district, role)
    page = client.get("/desk/help/")
    assert page.status_code == 200
    first = page.context["own"][0]
    assert role in first.roles, first.title
    for picture in set(re.findall(r'src="(/desk/help/pictures/[^"]+)"', text_of(page))):
        assert client.get(picture)["Content-Type"] == "image/png"


@pytest.mark.django_db
def test_a_picture_that_is_none_is_not_found(district: District) -> None:
    assert at_desk(district, "handler").get("/desk/help/pictures/none.png").status_code == 404


def test_words_lead_to_their_part() -> None:
    section, part = manual.find(["派单"])[0]
    assert "派单" in part.title or "派单" in section.title
