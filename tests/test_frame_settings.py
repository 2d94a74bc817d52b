"""What the environment says, and what the settings make of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.environment import Environment
from config.settings import database_from_url


def test_a_database_url_with_everything_in_it() -> None:
    found = database_from_url("postgresql://hu%40y:p%3Aw%2F@db.example:6432/name?sslmode=require&connect_timeout=3")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "hu@y", "p:w/", "db.example", "6432", "name",
    )  # fmt: skip
    assert found["OPTIONS"] == {"sslmode": "require", "connect_timeout": "3"}


def test_several_hosts_of_a_cluster() -> None:
    found = database_from_url("postgresql://u@a:5432,b:5433/n?target_session_attrs=read-write")
    assert (found["HOST"], found["PORT"]) == ("a,b", "5432,5433")
    assert found["OPTIONS"]["target_session_attrs"] == "read-write"


def test_a_socket_directory() -> None:
    found = database_from_url("postgresql://u@/n?host=/run/postgresql")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("/run/postgresql", "", "n")


def test_an_address_of_version_6() -> None:
    assert database_from_url("postgresql://u@[::1]:5432/n")["HOST"] == "::1"


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        database_from_url("mysql://u@h/n")


def test_lists_are_split_on_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUYING_ALLOWED_HOSTS", "a.example, b.example,")
    assert Environment().allowed_hosts == ["a.example", "b.example"]


def test_keys_and_attachments_follow_the_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUYING_DATA_DIR", "/srv/huying")
    assert Environment().keys_path == Path("/srv/huying/keys")
    assert Environment().media_path == Path("/srv/huying/media")
    monkeypatch.setenv("HUYING_KEYS_DIR", "/etc/huying/keys")
    assert Environment().keys_path == Path("/etc/huying/keys")


def test_a_value_of_the_wrong_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUYING_CIPHER", "ROT13")
    with pytest.raises(ValidationError):
        Environment()


def test_every_setting_is_explained() -> None:
    assert [name for name, field in Environment.model_fields.items() if not field.description] == []
