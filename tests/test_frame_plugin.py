"""What the suite's own plugin promises to every other test."""

from __future__ import annotations

import os
import socket

import pytest
from django.conf import settings
from django.db import connection
from django.template import engines

from tests.plugin import OutsideNetworkError


@pytest.mark.django_db
def test_the_database_is_a_test_database_without_pool() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert str(cursor.fetchone()[0]).startswith("test_")
    assert "pool" not in settings.DATABASES["default"]["OPTIONS"]


def test_keys_and_attachments_go_to_a_throw_away_directory() -> None:
    assert "huying-test-" in os.environ["HUYING_DATA_DIR"]
    assert str(settings.MEDIA_ROOT).startswith(os.environ["HUYING_DATA_DIR"])


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 443)])
def test_other_machines_are_out_of_reach(address: tuple[str, int]) -> None:
    with socket.socket() as outgoing, pytest.raises(OutsideNetworkError):
        outgoing.connect(address)


def test_this_machine_is_in_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_an_undefined_variable_in_a_template_fails() -> None:
    template = engines["django"].from_string("{{ nobody.knows }}")
    with pytest.raises(pytest.fail.Exception):
        template.render({})


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_may_leave_jobs_behind() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args) VALUES ('q','t',0,'l','{}')"
        )


@pytest.mark.django_db(transaction=True)
def test_the_next_one_finds_none() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone()[0] == 0


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_may_take_away_what_migrations_have_loaded() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM matters_channel")
        cursor.execute("INSERT INTO kernel_generation (key, n) VALUES ('of this test', 7)")


@pytest.mark.django_db(transaction=True)
def test_the_next_one_finds_it_again_and_nothing_else() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM matters_channel")
        assert cursor.fetchone()[0] > 0
        cursor.execute("SELECT count(*) FROM kernel_generation WHERE key = 'of this test'")
        assert cursor.fetchone()[0] == 0
