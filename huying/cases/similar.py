"""Cases that may be about the same thing: near in place, in time and in words, each with its reasons.

    for found in similar(Likeness.of(text=…, address=…, lon=…, lat=…), actor):
        found.matter, found.score, found.reasons   # 0–1; “300 米内”, “今天”, “都提到路灯不亮”

It serves the intake desk while a case is being typed, and whoever looks for repeats or for what was done before.

The cost is bounded whatever the table holds. Candidates are the newest cases of the place (the community, the grids
around the point), those of the same people, and – only where no place is known – those whose text holds two of the
most telling pairs of characters. Of them the open and the lately closed ones, the most alike by PostgreSQL's own
reckoning, are scored here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import asin, cos, exp, log, radians, sin, sqrt

import shapely
from django.conf import settings
from django.db import connection
from django.utils import timezone

from huying.cases.flow import CASES, JOINED
from huying.cases.models import CaseLink
from huying.cases.queues import cases_for
from huying.kernel.errors import Refusal
from huying.kernel.search import bigrams, fold
from huying.matters.frequencies import frequencies
from huying.matters.models import Matter
from huying.people.actors import Actor
from huying.places.address import find
from huying.places.locate import grid_index, locate
from huying.places.tree import place_tree

NEAR = 300  # metres within which two points are the same spot
AROUND = 500  # … beyond which they are not
NEWEST = 500  # cases of one community that are looked at, the newest first
SOME = 40  # … of one grid, of one person
OPEN_DAYS, CLOSED_DAYS = 180, 15  # how long ago it was raised, and closed
PAIRS = 24  # of a text that ask the database
OFTEN = 3  # times that a pair is said, beyond which it makes no difference
RAREST = 6  # … where no place is known: two of these must be there
LEAST_PAIRS = 3  # of words that are found in part
TOO_MANY = 2000  # that say two of the pairs
LIKE = 100  # cases found by a part of the words typed, at most
SCORED = 40  # candidates that are looked at closely
LEAST, LEAST_WORDS = 0.5, 0.38  # of the score, and of alike words
LEAST_WORDS_HERE = 0.2  # … of the same spot, or of the same person at the same place: one telling word is enough
HERE = 0.85  # of the evidence of place: the same spot
SAME = 0.05  # of the score, for the same person: who writes often writes about many things
FEW, MANY = 3.0, 12.0  # weights of pairs between which a share of the text is reckoned

# Said in every appeal, hence telling little, until the database's own statistics know better.
_SAID = (
    "反映希望尽快解决处理居民小区社区街道投诉来电诉求有关部门问题影响生活市民先生女士相关单位情况要求"
    "现在目前已经一直没有什么怎么可以进行人员工作时间附近门口严重多次联系核实关部快处快解民反电反"
)
USUAL = frozenset(_SAID[i : i + 2] for i in range(0, len(_SAID), 2))
MOST_SPOKEN = 14  # characters of one thing that both say
RARELY = 0.02  # of the texts: a pair that is rarer tells nothing about where words end
EDGES = "的了着过吗呢啊吧呀嘛与及就也很被把"  # at its ends these are no part of a word
NUMERALS = frozenset("一二三四五六七八九十百千几两")
_MEASURES = re.compile(
    r"^(?:单元|号楼|楼栋|小时|分钟|个月|平米|平方米|[号栋幢楼层室户米天日月年点个次条元块期路区县市])"
)
_CHINESE = re.compile(r"[\u3400-\u9fff]")
UNPLACED, NAMED = 0.2, 0.65  # of the evidence of place, where only the words tell of it
_KINDS = (
    "小区|社区|花园|家园|公寓|国际|广场|大道|中心|市场|大厦|学校|小学|中学|大学|学院|幼儿园|医院|公园|公司|集团|"
    "[城苑府湾路街巷村庄园里院馆站桥湖郡轩庭居墅网]"
)
_NAMED = re.compile(rf"(?=([\u3400-\u9fff]{{2}}(?:{_KINDS})))")
PARTICLES = frozenset("的了着过吗呢啊吧呀嘛和与及就都也很太把被让给对从到在是个们之其而且又再还请您你我他她它这那")


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is looked for. `people`: contacts who are known to be the same person; `apart`: a case that is not meant."""

    text: str
    at: datetime
    lon: float | None = None
    lat: float | None = None
    grid_id: int | None = None
    community_id: int | None = None
    street_id: int | None = None
    place_words: str = ""  # names of the place: that these are shared says nothing about the matter
    people: Sequence[int] = ()
    apart: int | None = None

    @classmethod
    def of(
        cls,
        text: str,
        *,
        address: str = "",
        lon: float | None = None,
        lat: float | None = None,
        at: datetime | None = None,
        people: Sequence[int] = (),
    ) -> Likeness:
        """As it is typed: the place is found by the point, else by the words of the address."""
        tree = place_tree()
        grid = community = street = None
        try:
            where = locate(lon, lat) if lon is not None and lat is not None else None
        except Refusal:
            where, lon, lat = None, None, None
        if where is not None:
            grid, community, street = where.grid_id, where.community_id, where.street_id
        elif address and (match := find(address[:200])).place_id is not None:
            family = tree.by_id.get(match.place_id)
            if family is not None:
                grid, community, street = family.grid_id, family.community_id, family.street_id
        names = f"{address}\n{tree.name_of(community)}\n{tree.name_of(street)}"
        return cls(
            text, at or timezone.now(), lon, lat, grid, community, street, place_words=names, people=tuple(people)
        )

    @classmethod
    def to(cls, matter: Matter, text: str) -> Likeness:
        """To a case that is there already. `text` is what was said in it."""
        tree = place_tree()
        names = f"{matter.case.address}\n{tree.name_of(matter.community_id)}\n{tree.name_of(matter.street_id)}"
        return cls(
            f"{matter.title}\n{text}",
            matter.opened_at,
            matter.lon,
            matter.lat,
            matter.grid_id,
            matter.community_id,
            matter.street_id,
            place_words=names,
            people=(matter.raised_by_id,) if matter.raised_by_id else (),
            apart=matter.pk,
        )

    @property
    def is_placed(self) -> bool:
        return self.community_id is not None or self.grid_id is not None


@dataclass(frozen=True, slots=True)
class Similar:
    """A case that may be the same, 0 to 1, and why. `through`: another case, joined to this one, was the one found."""

    matter: Matter
    score: float
    reasons: tuple[str, ...]
    through: str = ""
    same_person: bool = False


def similar(wanted: Likeness, actor: Actor, *, most: int = 6) -> list[Similar]:
    """The most alike first; only what this actor may see. Four statements at most."""
    said = _telling(wanted)
    if not said and not wanted.people:
        return []
    candidates = _candidates(wanted, said)
    if not candidates:
        return []
    matters = {matter.pk: matter for matter in cases_for(actor).filter(pk__in=list(candidates)).select_related("case")}
    pairs = {pk: _pairs(text) for pk, text in candidates.items() if pk in matters}
    weights = _weights(said, pairs.values())
    # Whose a confidential case is may not be found out by trying numbers.
    known = {pk for pk, matter in matters.items() if not matter.confidential or actor.may("cases.view_confidential")}
    found = [
        one
        for pk, theirs in pairs.items()
        if (one := _scored(wanted, weights, matters[pk], theirs, candidates[pk], knows=pk in known))
    ]
    found.sort(key=lambda one: (-one.score, -one.matter.pk))
    return _led_to_mains(found[: 2 * most], actor)[:most]


# --- candidates ------------------------------------------------------------------------------------------------------

_ROW = "m.id, m.raised_by_id, m.title, m.closed_at, m.district, m.kind"
_NEWEST = "m.opened_at BETWEEN %(opened)s AND %(until)s ORDER BY m.opened_at DESC LIMIT"
_IN_GRIDS = (
    "SELECT n.* FROM unnest(%(grids)s::bigint[]) AS g(id) CROSS JOIN LATERAL "  # noqa: S608
    f"(SELECT {_ROW} FROM matters_matter m WHERE m.grid_id = g.id AND {_NEWEST} %(some)s) AS n"
)
_IN_COMMUNITY = (
    f"SELECT n.* FROM (SELECT {_ROW} FROM matters_matter m WHERE m.community_id = %(community)s "  # noqa: S608
    f"AND {_NEWEST} %(newest)s) AS n"
)
_OF_PEOPLE = (
    f"SELECT n.* FROM (SELECT {_ROW} FROM matters_matter m WHERE m.raised_by_id = ANY(%(people)s) "  # noqa: S608
    f"AND {_NEWEST} %(some)s) AS n"
)
_SAYING = (
    f"SELECT {_ROW} FROM (SELECT w.matter_id FROM matters_words w WHERE w.document IS NOT NULL "  # noqa: S608
    "AND w.document @@ %(rare)s::tsquery ORDER BY w.matter_id DESC LIMIT %(newest)s) AS n "
    "JOIN matters_matter m ON m.id = n.matter_id WHERE m.opened_at BETWEEN %(opened)s AND %(until)s"
)


def _candidates(wanted: Likeness, said: Sequence[str]) -> dict[int, str]:
    """Ids and texts of those that are looked at closely. The names of tables and columns are our own."""
    sources: list[str] = []
    grids = _grids_around(wanted)
    if grids:
        sources.append(_IN_GRIDS)
    if wanted.community_id is not None:
        sources.append(_IN_COMMUNITY)
    if wanted.people:
        sources.append(_OF_PEOPLE)
    if not wanted.is_placed and len(said) > 1:
        sources.append(_SAYING)
    if not sources:
        return {}
    statement = (
        f"WITH near AS ({' UNION '.join(sources)}) "  # noqa: S608
        "SELECT w.matter_id, n.title || E'\\n' || w.text FROM near n "
        "JOIN matters_words w ON w.matter_id = n.id AND w.document IS NOT NULL "
        "WHERE n.district = %(district)s AND n.kind = %(kind)s AND n.id <> %(apart)s "
        "AND (n.closed_at IS NULL OR n.closed_at >= %(closed)s OR n.raised_by_id = ANY(%(people)s)) "
        "AND (w.document @@ %(any)s::tsquery OR n.raised_by_id = ANY(%(people)s)) "
        "ORDER BY ts_rank(w.document, %(any)s::tsquery) DESC, w.matter_id DESC LIMIT %(scored)s"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "district": settings.DISTRICT_CODE,
                "kind": CASES.kind,
                "apart": wanted.apart or 0,
                "until": wanted.at + timedelta(days=1),
                "opened": wanted.at - timedelta(days=OPEN_DAYS),
                "closed": wanted.at - timedelta(days=CLOSED_DAYS),
                "community": wanted.community_id,
                "grids": grids,
                "people": list(wanted.people),
                "newest": NEWEST,
                "some": SOME,
                "any": " | ".join(f"'{pair}'" for pair in said),
                "rare": _two_of(said[:RAREST]),
                "scored": SCORED,
            },
        )
        return dict(cursor.fetchall())


def like(typed: str) -> list[int]:
    """Cases that say much of what was typed, the most alike first: at least two of its most telling pairs. None where
    that many do that it tells nothing."""
    pairs, known = _rarest_first(typed), frequencies()
    said = [pair for pair in pairs[:RAREST] if known.of.get(pair, 0.0) < known.even]
    if len(pairs) < LEAST_PAIRS or len(said) < 2:
        return []
    statement = (
        "SELECT matter_id FROM (SELECT matter_id, document, count(*) OVER () AS n FROM (SELECT matter_id, document "
        "FROM matters_words WHERE document IS NOT NULL AND document @@ %s::tsquery LIMIT %s) AS f) AS n "
        "WHERE n <= %s ORDER BY ts_rank(document, %s::tsquery) DESC, matter_id DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        any_of = " | ".join(f"'{pair}'" for pair in said)
        cursor.execute(statement, [_two_of(said), TOO_MANY + 1, TOO_MANY, any_of, LIKE])
        return [key for (key,) in cursor.fetchall()]


def _two_of(pairs: Sequence[str]) -> str:
    return " | ".join(f"('{a}' & '{b}')" for a, b in combinations(pairs, 2))


def _grids_around(wanted: Likeness) -> list[int]:
    """Grids that reach into the circle around the point: what lies across the street may be another community."""
    index = grid_index()
    if index is None or wanted.lon is None or wanted.lat is None:
        return []
    tall = AROUND / 111_320
    wide = tall / max(cos(radians(wanted.lat)), 0.01)
    box = shapely.box(wanted.lon - wide, wanted.lat - tall, wanted.lon + wide, wanted.lat + tall)
    return [index.places[i].grid_id for i in index.overlapping(box).tolist()][:60]


# --- words -----------------------------------------------------------------------------------------------------------


def _pairs(text: str) -> frozenset[str]:
    """Pairs of Chinese characters and other tokens; nothing by which a person could be tried out."""
    return frozenset(
        pair
        for pair in bigrams(text).split()
        if len(pair) > 1 and PARTICLES.isdisjoint(pair) and not (pair.isascii() and any(map(str.isdigit, pair)))
    )


def _telling(wanted: Likeness) -> list[str]:
    """The pairs of the text that say most about the matter, the rarest first, without names of the place."""
    return _rarest_first(wanted.text, _pairs(wanted.place_words))[:PAIRS]


def _rarest_first(text: str, without: frozenset[str] = frozenset()) -> list[str]:
    """Of the many that are equally rare those first that are said again and again, then those said first: a text begins
    with what it is about."""
    known, folded = frequencies().of, fold(text)
    return sorted(
        _pairs(text) - without,
        key=lambda pair: (_frequency(known, pair), -min(folded.count(pair), OFTEN), folded.find(pair), pair),
    )


def _frequency(known: Mapping[str, float], pair: str) -> float:
    return known.get(pair, 0.2 if pair in USUAL else 0.0)


def _weights(said: Iterable[str], texts: Iterable[frozenset[str]]) -> dict[str, float]:
    """How much each pair tells: the rarer in appeals at large, and among those nearby, the more."""
    known = frequencies().of
    texts = list(texts)
    near = Counter(pair for text in texts for pair in text)
    weights: dict[str, float] = {}
    for pair in said:
        weight = min(1.0, -log(max(_frequency(known, pair), 0.001)) / log(200)) ** 1.5
        if len(texts) >= 10 and near[pair] > len(texts) / 2:
            weight *= 0.4
        weights[pair] = weight
    return weights


# --- scores ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Evidence:
    """0 to 1, and in words."""

    value: float
    words: str = ""


def _scored(
    wanted: Likeness,
    weights: Mapping[str, float],
    matter: Matter,
    theirs: frozenset[str],
    text: str,
    *,
    knows: bool,
) -> Similar | None:
    """None: it is about something else, or somewhere else. `theirs`: the pairs of its `text`."""
    place = _nearness(wanted, matter)
    if place is None:
        return None
    if place.value <= UNPLACED:
        place = _Evidence(_named_alike(wanted, text))
    shared = [pair for pair in weights if pair in theirs]
    weight = sum(weights[pair] for pair in shared)
    # How much is shared at all, and how much of what was said: the first tells of long texts, the second of short ones.
    words = 0.5 * (1 - exp(-weight / 3)) + 0.5 * min(1.0, weight / max(min(sum(weights.values()), MANY), FEW))
    same_person = knows and matter.raised_by_id is not None and matter.raised_by_id in wanted.people
    late = _lateness(wanted.at, matter.opened_at)
    score = 0.6 * words + 0.25 * place.value + 0.15 * late.value + (SAME if same_person else 0)
    here = place.value >= HERE or (same_person and place.value > UNPLACED)
    if score < LEAST or words < (LEAST_WORDS_HERE if here else LEAST_WORDS):
        return None
    reasons = [
        "同一诉求人" if same_person else "",
        place.words,
        late.words,
        f"都提到{'、'.join(f'“{word}”' for word in spoken)}"
        if (spoken := _spoken(wanted.text, text, set(shared)))
        else "",
    ]
    return Similar(matter, min(score, 1.0), tuple(filter(None, reasons)), same_person=same_person)


def _nearness(wanted: Likeness, matter: Matter) -> _Evidence | None:
    """None when both are placed, and apart."""
    if wanted.lon is not None and wanted.lat is not None and matter.lon is not None and matter.lat is not None:
        metres = distance(wanted.lon, wanted.lat, matter.lon, matter.lat)
        if metres <= NEAR:
            return _Evidence(1.0 - 0.2 * metres / NEAR, f"{100 if metres <= 100 else NEAR} 米内")
        if metres > AROUND:
            return None
        return _Evidence(0.5, f"约 {round(metres, -2):.0f} 米")
    if wanted.grid_id is not None and wanted.grid_id == matter.grid_id:
        return _Evidence(0.8, "同一网格")
    if wanted.community_id is not None:
        if matter.community_id is None:
            return _Evidence(UNPLACED)
        return _Evidence(0.65, "同一社区") if wanted.community_id == matter.community_id else None
    if wanted.street_id is not None and matter.street_id is not None:
        return _Evidence(0.3, "同一街道") if wanted.street_id == matter.street_id else None
    return _Evidence(UNPLACED)


def _named_alike(wanted: Likeness, text: str) -> float:
    """Of two of which one has no place: whether an estate, a road, a school that one names is named by the other."""
    other = fold(text)
    return NAMED if any(name in other for name in _names(wanted.text)) else UNPLACED


def _names(text: str) -> frozenset[str]:
    """The ends of proper names of places: two characters, rare ones, and what kind of place it is."""
    known = frequencies().of
    return frozenset(
        found[1]
        for found in _NAMED.finditer(fold(text))
        if _frequency(known, found[1][:2]) < RARELY and _frequency(known, found[1][1:3]) < RARELY
    )


def distance(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres between two points."""
    a = sin(radians(other_lat - lat) / 2) ** 2
    b = cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(min(1.0, a + b)))


def _lateness(now: datetime, then: datetime) -> _Evidence:
    days = abs((timezone.localdate(now) - timezone.localdate(then)).days)
    words = {0: "今天", 1: "昨天"}.get(days, f"{days} 天前")
    return _Evidence(1.0 / (1.0 + days / 10), words)


def _spoken(text: str, other: str, shared: set[str], most: int = 3) -> list[str]:
    """Words that both say, the longest in the order in which they stand: each holds telling pairs that are shared, and
    reaches as far as the two texts are the same, so that no word is cut because its other half is a usual one."""
    mine, theirs = fold(text), fold(other)
    found: list[str] = []
    at = 0
    while at < len(mine) - 1:
        if mine[at : at + 2] not in shared or mine[at : at + 2] not in theirs:
            at += 1
            continue
        from_, to = _reach(mine, theirs, at)
        if word := _word(mine, theirs, from_, to):
            found.append(word)
        at = max(to - 1, at + 1)
    kept = [word for word in dict.fromkeys(found) if not any(word != wider and word in wider for wider in found)]
    longest = sorted(kept, key=len, reverse=True)[:most]
    return [word for word in kept if word in longest]


def _reach(mine: str, theirs: str, at: int) -> tuple[int, int]:
    """The stretch around the pair at `at` that stands in both: Chinese characters, neither digits nor punctuation."""
    from_, to = at, at + 2
    while to < len(mine) and _CHINESE.fullmatch(mine[to]) and mine[from_ : to + 1] in theirs:
        to += 1
    while from_ > 0 and _CHINESE.fullmatch(mine[from_ - 1]) and mine[from_ - 1 : to] in theirs:
        from_ -= 1
    return from_, to


def _word(mine: str, theirs: str, from_: int, to: int) -> str:
    """The stretch without what at its ends belongs to other words; "" when nothing of it is left that says anything."""
    word = mine[from_:to]
    also = theirs.index(word)
    before = {mine[from_ - 1 : from_], theirs[also - 1 : also] if also else ""}
    after = {mine[to : to + 1], theirs[also + len(word) : also + len(word) + 1]}
    if any((one.isascii() and one.isalnum()) or one in NUMERALS for one in before if one):
        word = _MEASURES.sub("", word, count=1)
    elif len(word) > 2 and any(_belongs(one + word[0], word[:2]) for one in before):
        word = word[1:]
    if len(word) > 2 and any(_belongs(word[-1] + one, word[-2:]) for one in after):
        word = word[:-1]
    word = word.strip(EDGES)
    if len(word) < 2 or all(word[i : i + 2] in USUAL for i in range(len(word) - 1)):
        return ""
    return word if len(word) <= MOST_SPOKEN else f"{word[:MOST_SPOKEN]}…"


def _belongs(outside: str, inside: str) -> bool:
    """Whether a character goes with its neighbour outside the stretch rather than with the one inside, as far as the
    pairs that people say tell."""
    known = frequencies().of
    return len(outside) == 2 and _frequency(known, outside) > max(_frequency(known, inside), RARELY)


def _led_to_mains(found: Sequence[Similar], actor: Actor) -> list[Similar]:
    """One that goes along with another stands for that one; each main once, as alike as its likest."""
    joined = [one.matter.pk for one in found if one.matter.state == JOINED]
    mains: dict[int, Matter] = {}
    if joined:
        links = dict(CaseLink.objects.waiting().filter(case__in=joined).values_list("case", "main"))
        seen = {m.pk: m for m in cases_for(actor).filter(pk__in=links.values()).select_related("case")}
        mains = {case: seen[main] for case, main in links.items() if main in seen}
    kept: dict[int, Similar] = {}
    for one in found:
        if one.matter.state == JOINED:
            main = mains.get(one.matter.pk)
            if main is None:
                continue
            one = Similar(main, one.score, ("已并入的一件", *one.reasons), one.matter.number, one.same_person)
        kept.setdefault(one.matter.pk, one)
    return list(kept.values())
