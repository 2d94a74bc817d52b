"""Numbers of phones: what is cut short or made up is noticed, what people really write is not."""

from __future__ import annotations

import pytest

from huying.kernel.privacy import lookup_hash, mask_phone
from huying.people.phones import dialled, kept, problem_of


@pytest.mark.parametrize(
    "written",
    [
        "13971112222", "139 7111 2222", "+86 139-7111-2222", "8613971112222", "027-88936000", "(027)88936000",
        "（027）8893 6000", "88936000", "027-88936000-801", "027-88936000转801", "0715-8888888", "400-800-1234",
        "0086-27-88936000", "+852 2345 6789", "０２７８８９３６０００", "０２７－８８９３６０００分机８０１",
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
        ("13971112222-3", "这里是 12 位"),
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


@pytest.mark.parametrize(
    ("written", "stored", "dials", "shown"),
    [
        ("027-88936000转8012", "02788936000转8012", "02788936000,8012", "027-****6000转**"),
        ("027-88936000-8012", "02788936000转8012", "02788936000,8012", "027-****6000转**"),
        ("+86 27 8893 6000 分机 12", "02788936000转12", "02788936000,12", None),
        ("+86-10-88936000", "01088936000", "01088936000", "010-****6000"),
        ("+86 139 7111 2222", "13971112222", "13971112222", "139****2222"),
        ("400-800-1234", "4008001234", "4008001234", None),
        ("027-8893-6000", "02788936000", "02788936000", "027-****6000"),
        ("139-7111-2222", "13971112222", "13971112222", "139****2222"),
        ("０２７８８９３６０００", "02788936000", "02788936000", "027-****6000"),
        ("不详", "", "", None),
    ],
)
def test_an_extension_is_dialled_after_the_number(written: str, stored: str, dials: str, shown: str | None) -> None:
    assert kept(written) == stored
    assert dialled(kept(written)) == dials
    assert shown is None or mask_phone(kept(written)) == shown
    assert lookup_hash("phone", kept(written)) == lookup_hash("phone", stored.partition("转")[0])
