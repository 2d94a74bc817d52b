"""`huying keys create`, `list`, `revoke`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from huying.cli.keys import keys
from huying.kernel.errors import Refusal
from huying.kernel.models import ConfigChange
from huying.people.keys import recognise
from huying.people.models import ApiKey
from tests.factories.district import District

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(keys, arguments)


def test_a_key_is_printed_once_and_works(district: District) -> None:
    made = run(
        "create", "--name", "市民热线平台", "--scope", "cases.receive", "--scope", "cases.view", "--channel", "hotline"
    )
    assert made.exit_code == 0, made.output
    text = made.stdout.strip()
    key = recognise(text)
    assert key.actor.may("cases.receive")
    assert not key.actor.may("cases.triage")
    assert key.actor.channel == "hotline"
    listed = run("list").output
    assert "市民热线平台" in listed
    assert key.prefix in listed
    assert text not in listed


def test_a_revoked_key_is_listed_as_such(district: District) -> None:
    text = run("create", "--name", "热线", "--scope", "cases.view", "--days", "30").stdout.strip()
    assert run("revoke", text.split("_")[1]).exit_code == 0
    with pytest.raises(Refusal):
        recognise(text)
    assert "已停用" in run("list").output
    made, ended = ConfigChange.objects.filter(what="接口密钥").order_by("id")
    assert made.who.startswith("命令行（")
    assert text not in str(made.after)
    assert dict(ended.after) == {"操作": "停用"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--name", "热线", "--scope", "cases.nothing"], "不能授予：cases.nothing"),
        (["--name", "热线", "--scope", "cases.view_contact"], "不能授予：cases.view_contact"),
        (["--name", "热线", "--scope", "people.manage"], "不能授予：people.manage"),
        (["--name", " ", "--scope", "cases.view"], "哪个系统"),
        (["--name", "热线", "--scope", "cases.view", "--organisation", "NOBODY"], "没有编码为 NOBODY 的单位"),
        (["--name", "热线", "--scope", "cases.view", "--channel", "nowhere"], "没有渠道 nowhere"),
        (["--name", "热线", "--scope", "cases.view", "--per-minute", "0"], "每分钟次数"),
    ],
)
def test_a_wrong_key_is_not_made(district: District, arguments: list[str], words: str) -> None:
    result = run("create", *arguments)
    told = str(result.exception) if isinstance(result.exception, Refusal) else result.output
    assert words in told
    assert result.exit_code != 0
    assert not ApiKey.objects.exists()
