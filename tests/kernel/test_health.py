"""Doctor's checks: quiet when all is well, and otherwise an administrator is told what to do."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from huying.kernel import health, outbox, privacy
from huying.kernel.models import Outbox, PeriodicRun
from huying.kernel.outbox.periodic import periodic_work
from huying.kernel.privacy.cipher import fields_ring
from huying.kernel.privacy.rotation import ProtectedTable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"
    settings.MEDIA_ROOT = tmp_path / "media"


def assert_tells(finding: health.Finding, *words: str) -> None:
    assert not finding.ok
    assert finding.how_to_mend
    for word in words:
        assert word in finding.message + finding.how_to_mend


def test_a_role_that_owns_the_tables_is_told() -> None:
    assert_tells(health.role(), "HUYING_OWNER_DATABASE_URL", "huying migrate")


def test_a_database_in_use_passes() -> None:
    assert health.database().ok
    assert health.migrations().ok
    assert health.clock().ok
    assert health.outbox_backlog().ok


def test_an_unknown_version_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "OLDEST_POSTGRESQL", 99)
    assert_tells(health.database(), "PostgreSQL")


def test_a_clock_that_differs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MOST_CLOCK_SECONDS", -1)
    assert_tells(health.clock(), "时间同步")


def test_pending_migrations_are_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'kernel'")
    assert_tells(health.migrations(), "huying migrate")


# --- keys


def test_keys_pass_before_and_after_their_first_use() -> None:
    assert health.keys().ok
    privacy.encrypt("张三")
    assert health.keys().ok


def test_a_key_file_others_can_read_is_told(tmp_path: Path) -> None:
    privacy.encrypt("张三")
    (tmp_path / "keys" / "fields.json").chmod(0o644)
    assert_tells(health.keys(), "chmod 600")


def test_lost_keys_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sealed = privacy.encrypt("13812345678", bound_to="kernel_outbox.last_error")
    field = privacy.EncryptedTextField()
    field.set_attributes_from_name("last_error")
    field.model = Outbox
    table = ProtectedTable(Outbox, (field,), ())
    monkeypatch.setattr(health, "protected_tables", lambda: iter([table]))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_outbox ALTER last_error DROP DEFAULT")
        cursor.execute("ALTER TABLE kernel_outbox ALTER last_error TYPE bytea USING ''::bytea")
        cursor.execute("INSERT INTO kernel_outbox (topic, payload, last_error) VALUES ('t', '{}', %s)", [sealed])
    assert health.keys().ok

    (tmp_path / "keys" / "fields.json").unlink()
    fields_ring.forget()
    assert_tells(health.keys(), "备份", "密钥")


# --- disk


def test_the_media_directory_passes_before_it_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(0, 0, 10**11))
    assert health.media().ok
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(0, 0, 10**8))
    assert_tells(health.media(), "0.1 GB")


def test_a_directory_nobody_may_write_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert_tells(health.media(), "HUYING_MEDIA_DIR")


# --- workers


@pytest.fixture
def leading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "is_led", lambda lock: True)


def test_a_missing_worker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "is_led", lambda lock: False)
    assert_tells(health.dispatcher(), "huying worker")


@pytest.fixture
def sweep() -> Iterator[Callable[..., None]]:
    kept = dict(periodic_work._items)
    periodic_work._items.clear()

    def ran(*, seconds_ago: int, error: str = "") -> None:
        outbox.periodic("t.sweep", 60)(lambda: None)
        PeriodicRun.objects.create(name="t.sweep", every_seconds=60, error=error)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE kernel_periodic_run SET started_at = now() - make_interval(secs => %s)", [seconds_ago]
            )

    yield ran
    periodic_work._items.clear()
    periodic_work._items.update(kept)


@pytest.mark.usefixtures("leading")
def test_periodic_work_in_time_passes(sweep: Callable[..., None]) -> None:
    sweep(seconds_ago=70)
    assert health.dispatcher().ok


@pytest.mark.usefixtures("leading")
@pytest.mark.parametrize(("seconds", "error"), [(10, "ValueError: 坏了"), (600, "")])
def test_periodic_work_that_fails_or_is_late_is_told(sweep: Callable[..., None], seconds: int, error: str) -> None:
    sweep(seconds_ago=seconds, error=error)
    assert_tells(health.dispatcher(), "t.sweep", error)


def test_events_left_behind_are_told() -> None:
    with transaction.atomic():
        outbox.emit("t.one", [{"n": 1}])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_outbox SET created_at = created_at - interval '5 minutes'")
    assert_tells(health.outbox_backlog(), "5 分钟")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_outbox SET set_aside_at = now(), last_error = 'ValueError: 坏了'")
    assert_tells(health.outbox_backlog(), "t.one", "坏了")


def test_a_front_end_that_was_not_built_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.contrib.staticfiles.finders.find", lambda path: None)
    assert_tells(health.front_end(), "npm run build")
    monkeypatch.setattr("django.contrib.staticfiles.finders.find", lambda path: f"/static/{path}")
    assert health.front_end().ok


# --- all together


def test_a_check_that_breaks_is_a_finding_of_its_own() -> None:
    def broken() -> health.Finding:
        raise ZeroDivisionError

    health.check("坏的检查")(broken)
    try:
        found = dict(health.examine())
    finally:
        del health.checks._items["坏的检查"]
    assert_tells(found["坏的检查"], "日志")
    assert found["数据库"].ok
