"""What texts say of one person: found in whatever way it is written, and taken out.

Other than `conceal`, which leaves out every number that looks personal, only what belongs to this person goes: the
number of the caretaker whom an appeal complains about stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from huying.kernel.privacy.lookup import normalise
from huying.kernel.privacy.masking import NARROW, mask_address

NAME, NUMBER = "某某", "****"
_ONE = r"(?:[0-9A-Za-z]{1,5}|[一二三四五六七八九十百零〇]{1,3})"
# House, building, flat: at least two of them, since 3栋 alone stands in half of all appeals.
_HOME = re.compile(rf"(?:{_ONE}(?:(?:号楼|栋|幢|座|弄|单元|楼|层|门|号)\s*|-))+{_ONE}(?:室|号|户)?$")


@dataclass(frozen=True, slots=True)
class Traces:
    """Of one person, or of one person's several contacts. Its `repr` shows none of them."""

    names: frozenset[str] = field(default=frozenset(), repr=False)
    phones: frozenset[str] = field(default=frozenset(), repr=False)
    identities: frozenset[str] = field(default=frozenset(), repr=False)
    addresses: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(
        cls, names: Iterable[str], phones: Iterable[str], identities: Iterable[str], addresses: Iterable[str]
    ) -> Traces:
        """Spellings are made even; a name of one character says nothing and is left out."""
        return cls(
            frozenset(name for name in map(_close, names) if len(name) > 1),
            frozenset(digits for phone in phones if len(digits := normalise("phone", phone)) >= 7),
            frozenset(number for one in identities if (number := normalise("identity", one))),
            frozenset(place for place in map(_close, addresses) if len(place) > 3),
        )

    def __bool__(self) -> bool:
        return bool(self.names or self.phones or self.identities or self.addresses)

    def out_of(self, text: str) -> str:
        """The text without them: 某某 for the name, **** for numbers, of the home what may be told of it."""
        for pattern in self._numbers():
            text = _replaced(pattern, text, NUMBER)
        for address in sorted(self.addresses, key=len, reverse=True):
            text = _replaced(_spaced(address), text, mask_address(address))
            if home := _HOME.search(address.translate(NARROW)):
                text = _replaced(_home(home.group()), text, NUMBER)
        for name in sorted(self.names, key=len, reverse=True):
            text = _replaced(_spaced(name), text, NAME)
        return text

    def in_(self, text: str) -> bool:
        return self.out_of(text) != text

    def number_in(self, text: str) -> bool:
        """Whether one of the numbers stands in it: these are nobody else's, as a name may be."""
        narrow = text.translate(NARROW)
        return any(pattern.search(narrow) for pattern in self._numbers())

    def _numbers(self) -> list[re.Pattern[str]]:
        found = []
        for identity in self.identities:
            found.append(_digits(identity))
            if len(identity) == 18:  # the same number as it was written until 1999
                found.append(_digits(identity[:6] + identity[8:17]))
        for phone in self.phones:
            found.append(_digits(phone, before=r"(?:(?:\+|00)?86[\s\-]*)?"))
            if local := re.fullmatch(r"0(?:10|2\d|[3-9]\d\d)(\d{7,8})", phone):
                found.append(_digits(local[1]))
        return found


def _close(text: str) -> str:
    return "".join(text.split())


def _replaced(pattern: re.Pattern[str], text: str, by: str) -> str:
    """Full-width digits are found like others; positions are those of the text itself."""
    for found in reversed(list(pattern.finditer(text.translate(NARROW)))):
        text = f"{text[: found.start()]}{by}{text[found.end() :]}"
    return text


def _digits(number: str, *, before: str = "") -> re.Pattern[str]:
    """However it is grouped. Another digit beside it makes it a different number."""
    spelled = r"[\s\-()]*".join(map(re.escape, number))
    return re.compile(rf"(?<![0-9]){before}\(?{spelled}(?![0-9])", re.IGNORECASE)


def _spaced(text: str) -> re.Pattern[str]:
    return re.compile(r"\s*".join(map(re.escape, text.translate(NARROW))), re.IGNORECASE)


def _home(tail: str) -> re.Pattern[str]:
    body = re.sub(r"(?:室|号|户)$", "", tail)
    before = "(?<![0-9])" if body[:1].isdigit() else ""
    spelled = r"\s*".join(map(re.escape, body))
    return re.compile(rf"{before}{spelled}(?![0-9])(?:室|号|户)?", re.IGNORECASE)
