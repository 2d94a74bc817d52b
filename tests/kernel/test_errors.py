"""A refusal keeps what the user reads, wherever it travels."""

from __future__ import annotations

import pickle

import pytest

from huying.kernel.errors import Conflict, Forbidden, Invalid, Missing, Refusal, TooLarge, TooMany


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (Invalid, 422, "invalid"),
        (Forbidden, 403, "forbidden"),
        (Missing, 404, "missing"),
        (Conflict, 409, "conflict"),
        (TooLarge, 413, "too_large"),
        (TooMany, 429, "too_many"),
    ],
)
def test_every_refusal_has_its_status_and_code(kind: type[Refusal], status: int, code: str) -> None:
    refusal = kind("请先填写诉求内容。")
    assert (refusal.status, refusal.code, refusal.message) == (status, code, "请先填写诉求内容。")
    assert str(refusal) == refusal.message
    assert kind("…", code="special").code == "special"


def test_field_messages_survive_another_process() -> None:
    refusal = Invalid("有两处需要修改。", code="form", fields={"title": ["请填写标题。"], "text": ("太长。",)})
    copy = pickle.loads(pickle.dumps(refusal))
    assert (copy.message, copy.code, copy.fields) == (refusal.message, "form", refusal.fields)
    assert copy.fields == {"title": ["请填写标题。"], "text": ["太长。"]}


def test_too_many_says_when_to_come_back() -> None:
    assert TooMany("请稍后再试。", retry_after=60).retry_after == 60
