"""The style guide draws every component; here each of its pages passes the checks of the house."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

PAGES = ["staff", "detail", "form", "resident"]


@pytest.mark.parametrize("name", PAGES)
def test_every_component_passes_the_house(client: Client, settings: Settings, name: str) -> None:
    settings.DEBUG = True

    response = client.get(f"/ui/guide/{name}/")

    assert response.status_code == 200


@pytest.mark.django_db
def test_the_guide_is_for_developers_only(client: Client) -> None:
    response = client.get("/ui/guide/")

    assert response.status_code == 404
    assert "没有这一页" in response.content.decode()
