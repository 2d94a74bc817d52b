"""Signing in at the desk, for its tests."""

from __future__ import annotations

from django.test import Client

from huying.people.models import User
from tests.factories.district import District
from tests.ui.house import HouseClient


def at_desk(district: District, name: str) -> HouseClient:
    """A browser in which this person of the district has signed in."""
    client = HouseClient()
    sign_in(client, district.users[name])
    return client


def sign_in(client: Client, user: User) -> None:
    client.force_login(user)
