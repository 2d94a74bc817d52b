"""Numbers of phones: what is cut short or made up is noticed, what people really write is not."""

from __future__ import annotations

import pytest

from huying.people.phones import problem_of


@pytest.mark.parametrize(
    "written",
    [
        "13971112222", "139 7111 2222", "+86 139-7111-2222", "8613971112222", "027-88936000", "(027)88936000",
        "（027）8893 6000", "88936000", "027-88936000-801", "027-88936000转801", "0715-8888888", "400-800-1234",
        "0086-27-88936000", "+852 2345 6789",
    ],
)  # fmt: skip
def test_a_number_that_can_be_called(written: str) -> None:
    assert problem_of(written) == ""
    assert problem_of(written, service=True) == ""


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("1371234", "这里是 7 位"),
        ("139711122223", "这里是 12 位"),
        ("12345", "有效的电话号码"),
        ("013971112222", "有效的电话号码"),
        ("027-8893", "有效的电话号码"),
        ("不详", "有效的电话号码"),
        ("", "有效的电话号码"),
    ],
)
def test_a_number_that_cannot(written: str, words: str) -> None:
    assert words in problem_of(written)


@pytest.mark.parametrize("written", ["110", "12345", "95598", "96511", "027-88936000、13971112222"])
def test_a_unit_may_have_a_short_number_or_several(written: str) -> None:
    assert problem_of(written, service=True) == ""
    assert problem_of(written)
