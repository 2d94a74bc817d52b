"""Resident identity numbers (GB 11643): 18 places with a check character, or the older 15 places without one."""

from __future__ import annotations

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in codes
)
# A code of a grid has 15 digits too. Read as an identity number, that of a street (…001 to …199) would be somebody born
# before 1920, so a later year of birth is asked for.
_EARLIEST_SHORT_YEAR = 1920


def check_character(first_seventeen: str) -> str:
    return _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, first_seventeen, strict=True)) % 11]


def is_identity(number: str) -> bool:
    """Whether this is a possible number: 18 places with the right check character, or 15; ASCII, upper case."""
    if not number.isascii() or number[:2] not in _PROVINCES:
        return False
    if len(number) == 18:
        return (
            number[:17].isdigit() and _is_birthday(number[6:14]) and check_character(number[:17]) == number[17].upper()
        )
    return (
        len(number) == 15
        and number.isdigit()
        and _is_birthday(f"19{number[6:12]}")
        and int(f"19{number[6:8]}") >= _EARLIEST_SHORT_YEAR
    )


def longer_identity(number: str) -> str:
    """The 18-place form of a 15-place number; anything else comes back as it is."""
    if len(number) == 15 and is_identity(number):
        first_seventeen = f"{number[:6]}19{number[6:]}"
        return first_seventeen + check_character(first_seventeen)
    return number


def _is_birthday(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year <= 2099
    except ValueError:
        return False
