"""Address words → community, when there is no point.

What an address mentions is looked up longest first: names of communities and streets with and without 社区 / 街道,
aliases (estates, landmarks, roads with numbers, former names). Each mention is evidence of a weight for one or several
places; a street that is named outright makes its communities likelier and others unlikely. A character typed as another
of the same sound is forgiven. The answer is decided only when one community is well ahead; otherwise the street, when
that is certain, and the candidates. Nothing is guessed: a bare road says no more than which streets it passes.

How well this does on a labelled sample: `evaluation.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import Style, pinyin

from huying.kernel.generation import cached
from huying.places.enums import AliasKind, Level
from huying.places.models import Place, PlaceAlias

LONGEST = 200  # characters of an address that are read
DECIDED = 0.75
AHEAD = 0.2  # the second must be so far behind
CANDIDATES = 8

NAME, ESTATE, STEM, SHORT_STEM, ROAD_STEM, RELATIVE = 0.98, 0.85, 0.8, 0.5, 0.4, 0.3
NUMBERED_ROAD = 0.85
MISSPELT = 0.95  # factor
SAME_STREET, OTHER_STREET = 0.5, 0.3  # what remains of the doubt; of the weight
BESIDE_NAME = 0.6  # what remains of the weight of an estate when another community's full name stands in the address
STRETCH = 0.6  # and of where something begins that ends elsewhere

_ROAD_ENDS = ("路", "街", "大道")  # a lane (巷) lies in one community, these do not
_CONTINUES_AS_ROAD = re.compile(r"[东南西北中]?[一二三四五六七八九十]?(?:路|大道|街(?!道)|巷)")
_TO = re.compile(r"[到至]")
_NUMBER = re.compile(r"(\d{1,4})(?:号|弄|-|—|附)")
_GRID = re.compile(r"第?\s*(\d{1,3}|[一二三四五六七八九十]{1,3})\s*网格")
_OTHER_CITY = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}省)?([\u4e00-\u9fff]{2,3}市)")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be meant, by which words, how surely (0 to 1)."""

    place_id: int
    code: str
    name: str
    level: Level
    score: float
    words: str


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """`place_id` and `level` only when decided: a community (or a grid of it), else a street, else nothing.

    `outside`: the address names another district or city.
    """

    place_id: int | None
    level: Level | None
    community_id: int | None
    street_id: int | None
    candidates: tuple[Candidate, ...]
    confidence: float
    words: tuple[str, ...]
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A place as the gazetteer knows it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Alias:
    """Words for a place, None: outside the district."""

    place: Named | None
    words: str
    kind: AliasKind
    first_number: int | None = None
    last_number: int | None = None


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a word says: a community with a weight, or one of several streets, or somewhere else."""

    words: str
    communities: tuple[tuple[Named, float], ...] = ()
    streets: tuple[Named, ...] = ()
    outright: bool = False  # the street's own name
    numbered: tuple[Alias, ...] = ()
    elsewhere: bool = False
    division: bool = False
    stem: bool = False  # a bare name, which the characters after it may turn into another


@dataclass(frozen=True, slots=True)
class _Mention:
    meaning: _Meaning
    end: int
    exact: bool


class Gazetteer:
    """All words by which places are named, ready to read addresses. Nothing here touches the database."""

    def __init__(
        self,
        streets: Iterable[Named],
        communities: Iterable[Named],
        aliases: Iterable[Alias] = (),
        grids: Mapping[tuple[str, int], Named] | None = None,
    ) -> None:
        """`grids`: by code of the community and number of the grid."""
        self._street = {street.code: street for street in streets}
        self._grids = grids or {}
        self._words: dict[str, _Meaning] = {}
        communities = list(communities)
        aliases = list(aliases)
        self._add_communities(communities)
        self._add_aliases(aliases)
        self._add_streets()
        self._longest = max((len(word) for word in self._words), default=0)
        self._nearly: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._first: set[tuple[int, str]] = set()
        self._last: set[tuple[int, str]] = set()
        for word, meaning in self._words.items():
            if len(word) >= 3 and not meaning.elsewhere and (meaning.outright or meaning.communities):
                self._first.add((len(word), word[0]))
                self._last.add((len(word), word[-1]))
                for i in range(len(word)):
                    self._nearly[i, word[:i] + word[i + 1 :]].append(word)

    # What words mean ------------------------------------------------------------------------------------------------

    def _add_communities(self, communities: list[Named]) -> None:
        meant: dict[str, list[tuple[Named, float]]] = defaultdict(list)
        for community in communities:
            stem = community.name.removesuffix("社区")
            meant[stem + "社区"].append((community, NAME))
            meant[stem + "居委会"].append((community, NAME))
            if stem.endswith(_ROAD_ENDS):
                weight = ROAD_STEM
            else:
                weight = STEM if len(stem) > 2 else SHORT_STEM
            if len(stem) > 1:
                meant[stem].append((community, weight))
        for stem, found in list(meant.items()):
            # “徐东” may as well mean 徐东路社区.
            found += [
                (other, RELATIVE) for other in communities if other.name.startswith(stem) and other not in dict(found)
            ]
        for words, found in meant.items():
            stem_only = not words.endswith(("社区", "居委会"))
            self._words[words] = _Meaning(words, communities=tuple(found), stem=stem_only)

    def _add_aliases(self, aliases: list[Alias]) -> None:
        by_words: dict[str, list[Alias]] = defaultdict(list)
        for alias in aliases:
            by_words[alias.words].append(alias)
        for words, same in by_words.items():
            old = self._words.get(words, _Meaning(words))
            inside = [alias for alias in same if alias.place is not None]
            communities = {
                alias.place: ESTATE
                for alias in inside
                if alias.place and len(alias.place.code) == 12 and alias.first_number is None
            }
            streets = {alias.place for alias in inside if alias.place and len(alias.place.code) == 9}
            self._words[words] = _Meaning(
                words,
                communities=tuple(
                    (place, min(weight, SHORT_STEM) if not inside else weight)  # a namesake outside: never certain
                    for place, weight in {**dict(old.communities), **communities}.items()
                ),
                streets=tuple(sorted(streets, key=lambda street: street.code)),
                numbered=tuple(alias for alias in inside if alias.first_number is not None),
                elsewhere=not inside,
                division=any(alias.kind == AliasKind.DIVISION for alias in same),
                stem=old.stem and not communities,
            )

    def _add_streets(self) -> None:
        for street in self._street.values():
            stem = street.name.removesuffix("街道")
            self._words[stem + "街道"] = _Meaning(stem + "街道", streets=(street,), outright=True)
            short = f"{stem}街"
            if short not in self._words:
                self._words[short] = _Meaning(short, streets=(street,), outright=True)
            if stem not in self._words and not stem.endswith(_ROAD_ENDS):
                self._words[stem] = _Meaning(stem, streets=(street,), stem=True)

    # Reading an address ---------------------------------------------------------------------------------------------

    def find(self, address: str) -> AddressMatch:
        text = "".join(unicodedata.normalize("NFKC", address[:LONGEST]).split())
        mentions = self._mentions(text)
        words = tuple(mention.meaning.words for mention in mentions)
        if self._elsewhere(text, mentions):
            return AddressMatch(None, None, None, None, (), 0.0, words, outside=True)
        return self._weigh(text, mentions, words)

    def _mentions(self, text: str) -> list[_Mention]:
        """Words of the gazetteer in the text, leftmost and longest first; misspelt ones where no exact one stands."""
        found: list[_Mention] = []
        i = 0
        while i < len(text):
            for length in range(min(self._longest, len(text) - i), 1, -1):
                window = text[i : i + length]
                meaning, exact = self._words.get(window), True
                if meaning is None and length >= 3:
                    meaning, exact = self._misspelt(window), False
                if meaning is not None:
                    found.append(_Mention(meaning, i + length, exact))
                    i += length
                    break
            else:
                i += 1
        return found

    def _misspelt(self, window: str) -> _Meaning | None:
        """The word of which one character is written as another of the same sound."""
        length = len(window)
        first, last = (length, window[0]) in self._first, (length, window[-1]) in self._last
        if not (first or last):  # one of the two at least is written right; most windows end here
            return None
        for i, char in enumerate(window):
            if not (first if i else last):
                continue
            for word in self._nearly.get((i, window[:i] + window[i + 1 :]), ()):
                if sounds(char) & sounds(word[i]):
                    return self._words[word]
        return None

    def _elsewhere(self, text: str, mentions: list[_Mention]) -> bool:
        """Another district or city is named, or a place outside and none inside."""
        city = _OTHER_CITY.match(text)
        if city and city[1] not in self._words:
            return True
        outside = [mention.meaning for mention in mentions if mention.meaning.elsewhere]
        inside = [m for m in mentions if m.meaning.communities or m.meaning.streets or m.meaning.numbered]
        return any(meaning.division for meaning in outside) or (bool(outside) and not inside)

    def _weigh(self, text: str, mentions: list[_Mention], words: tuple[str, ...]) -> AddressMatch:
        outright = {m.meaning.streets[0] for m in mentions if m.meaning.outright}
        doubt: dict[Named, float] = {}
        by: dict[Named, str] = {}
        named = {c for m in mentions for c, weight in m.meaning.communities if weight == NAME}
        for mention in mentions:
            for community, weight in self._communities_of(mention, text):
                if not mention.exact:
                    weight *= MISSPELT
                if len(named) == 1 and community not in named:
                    weight *= BESIDE_NAME
                if mention is not mentions[-1] and _TO.match(text, mention.end):
                    weight *= STRETCH
                doubt[community] = doubt.get(community, 1.0) * (1 - weight)
                by.setdefault(community, mention.meaning.words)
        score = {community: 1 - rest for community, rest in doubt.items()}
        surest = max(score.values(), default=0.0)
        if outright:
            streets = {street.code for street in outright}
            for community in score:
                if community.code[:9] in streets:
                    score[community] = 1 - (1 - score[community]) * SAME_STREET
                else:
                    score[community] *= OTHER_STREET
        street, possible = self._street_of(mentions, outright)
        if street is not None and not outright:
            # A landmark or road agrees with a community of its street, and casts doubt on the others.
            for community in score:
                if community.code[:9] != street.code and score[community] < NAME:
                    score[community] *= OTHER_STREET
        ranked = sorted(score.items(), key=lambda pair: (-pair[1], pair[0].code))
        candidates = [Candidate(c.id, c.code, c.name, Level.COMMUNITY, round(s, 3), by[c]) for c, s in ranked]
        contradiction = bool(outright) and surest >= DECIDED and (not ranked or ranked[0][1] < DECIDED)

        if ranked and ranked[0][1] >= DECIDED and (len(ranked) == 1 or ranked[1][1] <= ranked[0][1] - AHEAD):
            community, sure = ranked[0]
            return self._decided(community, sure, text, tuple(candidates[:CANDIDATES]), words)
        streets_meant = {community.code[:9] for community, s in ranked if s >= DECIDED}
        if street is None and len(streets_meant) == 1:
            street = self._street[next(iter(streets_meant))]
        elif street is not None and streets_meant - {street.code}:
            street = None
        candidates += [Candidate(s.id, s.code, s.name, Level.STREET, round(1 / len(possible), 3), "") for s in possible]
        shown = tuple(candidates[:CANDIDATES])
        if street is None or contradiction or any(mention.meaning.elsewhere for mention in mentions):
            return AddressMatch(None, None, None, None, shown, ranked[0][1] if ranked else 0.0, words)
        return AddressMatch(street.id, Level.STREET, None, street.id, shown, NAME if outright else ESTATE, words)

    def _communities_of(self, mention: _Mention, text: str) -> Iterable[tuple[Named, float]]:
        meaning = mention.meaning
        rest = text[mention.end :]
        numbers = _NUMBER.match(rest)
        if numbers and meaning.numbered:
            number = int(numbers[1])
            for alias in meaning.numbered:
                if alias.place and (alias.first_number or 0) <= number <= (alias.last_number or 0):
                    yield alias.place, NUMBERED_ROAD
        if meaning.stem and _CONTINUES_AS_ROAD.match(rest):
            for community, weight in meaning.communities:
                yield community, min(weight, ROAD_STEM)
            return
        yield from meaning.communities

    def _street_of(self, mentions: list[_Mention], outright: set[Named]) -> tuple[Named | None, list[Named]]:
        """The street that is certain, and all that are possible. Words with several streets narrow each other."""
        if outright:
            ordered = sorted(outright, key=lambda street: street.code)
            return (ordered[0] if len(ordered) == 1 else None), ordered
        possible: set[Named] | None = None
        union: set[Named] = set()
        for mention in mentions:
            streets = set(mention.meaning.streets)
            if not streets:
                continue
            union |= streets
            possible = streets if possible is None else possible & streets
        ordered = sorted(possible or union, key=lambda street: street.code)
        return (ordered[0] if possible is not None and len(possible) == 1 else None), ordered

    def _decided(
        self, community: Named, sure: float, text: str, candidates: tuple[Candidate, ...], words: tuple[str, ...]
    ) -> AddressMatch:
        street = self._street.get(community.code[:9])
        number = _GRID.search(text)
        grid = self._grids.get((community.code, _number(number[1]))) if number else None
        return AddressMatch(
            place_id=grid.id if grid else community.id,
            level=Level.GRID if grid else Level.COMMUNITY,
            community_id=community.id,
            street_id=street.id if street else None,
            candidates=candidates,
            confidence=round(sure, 3),
            words=words,
        )


def _number(text: str) -> int:
    """12, 十二 or 二十 as a number."""
    if text.isdigit():
        return int(text)
    tens, mark, ones = text.rpartition("十")
    if not mark:
        return _DIGITS[text[-1]]
    return (_DIGITS[tens[-1]] if tens else 1) * 10 + _DIGITS.get(ones, 0)


@lru_cache(maxsize=20_000)
def sounds(char: str) -> frozenset[str]:
    """Readings of a character without tone, with the differences dropped that people do not hear or type."""
    readings = pinyin(char, style=Style.NORMAL, heteronym=True, errors="ignore")
    return frozenset(_folded(reading) for group in readings for reading in group)


def _folded(reading: str) -> str:
    for loud, soft in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        reading = reading.replace(loud, soft)
    if reading.startswith("n"):
        reading = f"l{reading[1:]}"
    return reading[:-1] if reading.endswith("ng") else reading


@cached("places")
def gazetteer() -> Gazetteer:
    """Of all current places and the aliases in the database."""
    current = Place.objects.current()
    named = {
        pk: Named(pk, code, name)
        for pk, code, name in current.exclude(level=Level.GRID).values_list("pk", "code", "name")
    }
    grids = {}
    for pk, code, name in current.grids().values_list("pk", "code", "name"):
        number = _GRID.match(name)
        if number:
            grids[code[:12], _number(number[1])] = Named(pk, code, name)
    aliases = [
        Alias(named.get(place_id) if place_id else None, words, AliasKind(kind), first, last)
        for place_id, words, kind, first, last in PlaceAlias.objects.values_list(
            "place_id", "words", "kind", "first_number", "last_number"
        )
        if place_id is None or place_id in named
    ]
    return Gazetteer(
        [place for place in named.values() if len(place.code) == 9],
        [place for place in named.values() if len(place.code) == 12],
        aliases,
        grids,
    )


def find(address: str) -> AddressMatch:
    """What place of today an address names; see the module's text."""
    return gazetteer().find(address)
