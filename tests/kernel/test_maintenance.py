"""`huying doctor`, `keys` and `outbox`, as an administrator meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.db import connection, transaction
from pytest_django import Settings

from huying.cli import cli
from huying.cli.chinese import speak_chinese
from huying.kernel import health, outbox, privacy
from huying.kernel.models import Outbox
from huying.kernel.privacy.cipher import fields_ring, key_version
from huying.kernel.privacy.signing import signing_ring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keys(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KEYS_DIR = tmp_path / "keys"
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def run(*arguments: str) -> Result:
    speak_chinese()
    return CliRunner().invoke(cli, arguments)


def test_doctor_says_what_is_wrong_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _ in health.checks.items():
        monkeypatch.setitem(health.checks._items, name, lambda: health.Finding(True, "没有问题"))
    well = run("doctor")
    assert well.exit_code == 0
    assert "全部正常" in well.output

    monkeypatch.setitem(health.checks._items, "时钟", lambda: health.Finding(False, "差 90 秒", "请启用时间同步"))
    ill = run("doctor")
    assert ill.exit_code == 1
    assert "[异常] 时钟：差 90 秒" in ill.output
    assert "解决办法：请启用时间同步" in ill.output


def test_keys_are_changed_and_the_old_ones_kept() -> None:
    before = privacy.signing_key().key_id
    assert run("keys", "rotate").exit_code == 0
    assert run("keys", "rotate", "--rest").exit_code == 0
    assert [key.version for key in fields_ring.all()] == [1]
    assert run("keys", "rotate", "--signing").exit_code == 0
    assert key_version(privacy.encrypt("张三")) == 2
    assert privacy.signing_key().key_id != before
    assert len(signing_ring.all()) == 2
    told = run("keys", "public")
    assert told.output.count("BEGIN PUBLIC KEY") == 2
    assert before in told.output


def test_what_was_set_aside_is_shown_and_tried_again() -> None:
    with transaction.atomic():
        outbox.emit("t.one", [{"n": 1}])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_outbox SET set_aside_at = now(), attempts = 12, last_error = '坏了'")
    shown = run("outbox", "show")
    assert "t.one：坏了" in shown.output
    assert "已交回 0 条" in run("outbox", "retry", "--topic", "t.two").output
    assert "已交回 1 条" in run("outbox", "retry").output
    assert Outbox.objects.get().set_aside_at is None
