"""Strong passwords are taken, weak ones refused with the reason."""

from __future__ import annotations

import pytest

from huying.kernel.errors import Invalid
from huying.people.models import User
from huying.people.passwords import complaints, initial_password, require_strong
from tests.people.conftest import PASSWORD

LIWEI = User(username="liwei88", full_name="李伟")


@pytest.mark.parametrize("password", [PASSWORD, "长江大桥-Wuhan-57", "correct Horse battery 9", "Tr0mbone&fluit"])
def test_good_ones(password: str) -> None:
    assert complaints(password, LIWEI) == []


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "至少 10 位"),
        ("Ab1-xyz", "至少 10 位"),
        ("x" * 129, "最多 128 位"),
        ("abdcefhgkijlm", "三类"),
        ("Liwei88-2026", "不能包含用户名"),
        ("Password2026!", "常见密码"),
        ("Wuhan-123456-Hb", "连续或重复"),
        ("Qwerty-river-9", "连续或重复"),
        ("Aa1-Aa1-Aa1-Aa1", "连续或重复"),
    ],
)
def test_bad_ones(password: str, reason: str) -> None:
    assert any(reason in complaint for complaint in complaints(password, LIWEI))


def test_all_reasons_at_once_at_the_field() -> None:
    with pytest.raises(Invalid) as caught:
        require_strong("liwei88", LIWEI, field="new_password")
    assert len(caught.value.fields["new_password"]) >= 3


def test_initial_passwords_are_strong_and_differ() -> None:
    made = {initial_password() for _ in range(50)}
    assert len(made) == 50
    assert not any(complaints(password) for password in made)
    assert not any(letter in password for password in made for letter in "lIO01o")
