"""Finding articles: by words that somebody looks for, and by a text that somebody is just writing.

Both ask the two indexes of what stands (`asked`: the question and other ways to ask it; `document`: with the answer)
and put the few that come into question in order here. Their cost is bounded whatever the table holds: of very common
words the newest are looked at, of a text its most telling pairs of characters.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from math import log, sqrt

from django.db import connection
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from django.utils import timezone

from huying.kernel.search import Fits, Rank, Says, bigrams, exact_words, fold, query
from huying.knowledge.articles.synonyms import also, readings
from huying.knowledge.models import ArticleVersion

SHOWN = 50  # found by words
NEAR = 4  # found by a text
TAKEN = 120  # of the rows that hold the words in their question: those put in order here
WALKED = 120  # … of words so common that the newest are walked along
IN_ANSWERS = 200  # … that hold them only in the answer
PAIRS = 16  # of a text that ask the database
BUDGET = 1500  # rows that these may meet together
SCORED = 60  # rows that are looked at closely
KNOWN_FOR = 600  # seconds
LEAST_TEXT = 4  # characters
NUMBER = re.compile(r"zs0*(\d{1,17})")  # as people write it, folded
TEXT = 500  # characters of a text that are looked at
HALF, TELLING = 0.5, 3.2  # share of a question that a text says, and the weight it must have

# Said in every question or appeal, hence telling little.
_USUAL = (
    "怎么办理办理需要什么材料哪里可以多少如何咨询投诉反映请问我们小区居民申请条件标准请部门处理解决问题情况"
    "要求希望尽快社区街道相关有关单位一直没有现在已经进行人员工作时间附近门口联系核实先生女士来电"
    "怎样是不是能不能可不可找谁哪个想要应该因为所以"
)
USUAL = frozenset(_USUAL[i : i + 2] for i in range(0, len(_USUAL), 2)) | frozenset(
    _USUAL[i : i + 2] for i in range(1, len(_USUAL) - 1, 2)
)
PARTICLES = frozenset("的了着过吗呢啊吧呀嘛和与及就都也很被把让给在是有没不我你他她它这那们个上下里")


@dataclass(frozen=True, slots=True)
class Frequencies:
    """`rows` that stand, and the share of them whose question holds a lexeme, for the commonest ones; `least` of
    these."""

    rows: float = 0.0
    of: Mapping[str, float] = field(default_factory=dict)
    least: float = 1.0

    def share(self, lexeme: str) -> float:
        return self.of.get(lexeme, 0.0)

    def weight(self, lexeme: str) -> float:
        """How much it tells that two texts share it."""
        if not self.rows:
            return 1.0 if lexeme in USUAL else 4.0
        weight = min(log(1 / max(self.share(lexeme) or self.least / 2, 1 / (self.rows + 1))), 9.0)
        return weight / 3 if lexeme in USUAL else weight

    def common(self, terms: str) -> bool:
        """Whether walking along the newest meets enough rows sooner than the index could name them all."""
        words = [term.strip("'") for term in terms.split(" & ")]
        return bool(self.rows) and min(self.share(word) for word in words) >= sqrt(WALKED / 4 / max(self.rows, 1.0))


class _Read:
    """The database's own statistics, asked again every few minutes; of a small table never analysed, the rows."""

    def __init__(self) -> None:
        self._known = Frequencies()
        self._until = 0.0

    def __call__(self) -> Frequencies:
        if time.monotonic() >= self._until:
            self._known, self._until = self._read(), time.monotonic() + KNOWN_FOR
        return self._known

    def forget(self) -> None:
        self._until = 0.0

    @staticmethod
    def _read() -> Frequencies:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples * (1 - null_frac), most_common_elems::text::text[], most_common_elem_freqs "
                "FROM pg_stats JOIN pg_class ON relname = tablename AND relnamespace = to_regnamespace(schemaname) "
                "WHERE schemaname = ANY(current_schemas(false)) "
                "AND tablename = 'knowledge_articleversion' AND attname = 'asked'"
            )
            row = cursor.fetchone()
        if row is None or row[1] is None:
            return Frequencies()
        of = dict(zip(row[1], row[2], strict=False))  # behind the shares stand the least and the largest of them
        return Frequencies(max(row[0], 0.0), of, min(of.values(), default=1.0))


frequencies = _Read()


def standing(today: date | None = None) -> QuerySet[ArticleVersion]:
    """Published and in force."""
    until = Q(valid_until=None) | Q(valid_until__gte=today or timezone.localdate())
    return ArticleVersion.objects.filter(until, state=ArticleVersion.State.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Hit:
    """`terms`: what of it to mark. `passage`: of the answer, around what was looked for."""

    version: ArticleVersion
    terms: Sequence[str]
    passage: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    pk: int
    question: str
    ways: Sequence[str]
    streets: Sequence[int]
    uses: int


_COLUMNS = ("pk", "question", "ways", "streets", "article__uses")


def _candidates(rows: QuerySet[ArticleVersion], typed: str) -> list[_Candidate]:
    """What says just what was typed first, then what is used most."""
    said = Case(
        When(Q(question=typed) | Q(ways__contains=[typed]), then=2), When(question__contains=typed, then=1), default=0
    )
    ordered = rows.alias(said=said).order_by("-said", "-article__uses", "-pk")
    return [_Candidate(*row) for row in ordered.values_list(*_COLUMNS)[:TAKEN]]


@lru_cache(maxsize=50_000)
def folded_of(phrase: str) -> str:
    """Of a question or a way to ask it: the same few thousand are compared again and again."""
    return fold(phrase)


@lru_cache(maxsize=50_000)
def own_pairs(phrase: str) -> frozenset[str]:
    return frozenset(pairs_of(fold(phrase)))


@lru_cache(maxsize=50_000)
def faint_pairs(phrase: str) -> frozenset[str]:
    """Those with a particle: they ask the database for nothing, but 孩子被打 is not said by whoever says 孩子."""
    return frozenset(pair for pair in bigrams(fold(phrase)).split() if len(pair) == 2 and PARTICLES & set(pair))


# --- words that are looked for ---------------------------------------------------------------------------------------


def find(rows: QuerySet[ArticleVersion], typed: str, *, street: int | None = None) -> list[Hit]:
    """The best of `rows` (those that stand) for the words typed, at most `SHOWN`; of a number that article. Two
    statements for candidates, one for those that are shown."""
    if number := NUMBER.fullmatch(fold(typed).strip()):
        return _hits(list(rows.filter(article=int(number[1])).values_list("pk", flat=True)), ())
    said = readings(typed)
    wanted = " | ".join(f"({terms})" for reading in said if (terms := query(reading)))
    if not wanted:
        return []
    if len(said) == 1 and frequencies().common(query(typed)):
        walked = rows.filter(Says("asked", typed)).order_by("-published_at", "-pk")
        found = [_Candidate(*row) for row in walked.values_list(*_COLUMNS)[:WALKED]]
    else:
        found = _candidates(rows.filter(Fits("asked", wanted)), typed)
    words = [exact_words(reading) or tuple(fold(reading).split()) for reading in said]
    ranked = sorted(found, key=lambda hit: (_tier(hit, said, words), -_here(hit, street), -hit.uses, -hit.pk))
    first = [hit.pk for hit in ranked[:SHOWN]]
    if len(first) < SHOWN:
        known = {hit.pk for hit in ranked}
        answers = rows.filter(Fits("document", wanted)).order_by().values_list("pk", "answer", "article__uses")
        others = [row for row in answers[: IN_ANSWERS + len(known)] if row[0] not in known]
        others.sort(key=lambda row: (not _holds(fold(row[1]), words), -row[2], -row[0]))
        first += [pk for pk, *_ in others[: SHOWN - len(first)]]
    return _hits(first, marked(said))


def _holds(folded: str, words: Iterable[Sequence[str]]) -> bool:
    return any(bool(every) and all(word in folded for word in every) for every in words)


def _tier(one: _Candidate, said: Sequence[str], words: Sequence[Sequence[str]]) -> int:
    """0: just what was typed … 4: pairs that stand apart."""
    question = folded_of(one.question)
    ways = [folded_of(way) for way in one.ways]
    if said[0].strip() in (question, *ways):
        return 0
    if _holds(question, words[:1]):
        return 1
    if any(_holds(way, words[:1]) for way in ways):
        return 2
    return 3 if _holds(question, words) or any(_holds(way, words) for way in ways) else 4


def _here(one: _Candidate, street: int | None) -> int:
    """What is written for the street comes before what holds everywhere, and that before what is for others."""
    return 1 if street in one.streets else 0 if not one.streets else -1


def marked(said: Iterable[str]) -> list[str]:
    """Words of a query as they may stand in a text."""
    return sorted({word for one in said for word in one.split() if word}, key=lambda word: -len(word))


def _hits(keys: Sequence[int], terms: Sequence[str]) -> list[Hit]:
    rows = ArticleVersion.objects.select_related("article").defer("asked", "document").in_bulk(keys)
    return [
        Hit(rows[pk], said_in(rows[pk], terms), passage(rows[pk].answer, said_in(rows[pk], terms)))
        for pk in keys
        if pk in rows
    ]


def said_in(version: ArticleVersion, terms: Sequence[str]) -> list[str]:
    """Terms that stand there; where none does, pairs of them."""
    whole = f"{version.question}\n{version.answer}"
    there = [term for term in terms if term in whole]
    if there:
        return there
    return sorted({pair for term in terms for pair in map("".join, pairwise(term)) if pair in whole})


def passage(text: str, terms: Sequence[str], most: int = 120) -> str:
    """So much of a text around the first term."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    at = min((found for term in terms if (found := text.find(term)) >= 0), default=0)
    begin = max(0, at - most // 3)
    for sign in "。！？；":
        stop = text.rfind(sign, begin, at)
        begin = max(begin, stop + 1)
    end = begin + most
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"


# --- a text that is being written ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Near:
    """An article that may answer what is being written. `score` orders them; `shared`: what both say."""

    version: ArticleVersion
    score: float
    shared: Sequence[str]


def near(
    rows: QuerySet[ArticleVersion],
    text: str,
    *,
    street: int | None = None,
    category: str = "",
    most: int = NEAR,
) -> list[Near]:
    """Articles whose question is said in the text; none rather than one that only sounds like it. Two statements."""
    text = text[:TEXT]
    if len(text.strip()) < LEAST_TEXT:
        return []
    known = frequencies()
    said = fold("\n".join([text, *also(text)]))
    pairs = {pair: known.weight(pair) for pair in pairs_of(said)}
    asking = _asking(pairs, known)
    if not asking:
        return []
    wanted = " | ".join(f"'{pair}'" for pair in asking)
    first = rows.filter(Fits("asked", wanted)).annotate(
        said=Rank("asked", wanted) if len(asking) > 1 else Value(1.0, output_field=FloatField())
    )
    found = [
        _Candidate(*row[:-1]) for row in first.order_by(F("said").desc(), "-pk").values_list(*_COLUMNS, "said")[:SCORED]
    ]
    scored = [(score, one) for one in found if (score := _score(one, said, pairs, known)) > 0]
    if category:
        same = set(
            ArticleVersion.objects.filter(pk__in=[one.pk for _, one in scored], category__startswith=category[:5])
            .order_by()
            .values_list("pk", flat=True)
        )
        scored = [(score * (1.25 if one.pk in same else 1.0), one) for score, one in scored]
    scored.sort(key=lambda pair: (-(pair[0] * (1 + 0.15 * _here(pair[1], street))), -pair[1].uses, -pair[1].pk))
    best = scored[:most]
    versions = (
        ArticleVersion.objects.select_related("article").defer("asked", "document").in_bulk([one.pk for _, one in best])
    )
    return [
        Near(versions[one.pk], score, shared_words(versions[one.pk], text)) for score, one in best if one.pk in versions
    ]


def pairs_of(folded: str) -> set[str]:
    """Pairs of Chinese characters, and other words of two letters and more; none with a particle in it."""
    return {
        term for term in bigrams(folded).split() if len(term) > 1 and not (len(term) == 2 and PARTICLES & set(term))
    }


def _asking(pairs: Mapping[str, float], known: Frequencies) -> list[str]:
    """The most telling pairs, as many as the database may be asked for."""
    met = 0.0
    asking: list[str] = []
    for pair in sorted(pairs, key=lambda pair: -pairs[pair]):
        met += known.share(pair) * known.rows
        if asking and (met > BUDGET or len(asking) >= PAIRS):
            break
        asking.append(pair)
    return asking


def _score(one: _Candidate, said: str, pairs: Mapping[str, float], known: Frequencies) -> float:
    """The weight of what the text says of the question, or of a way to ask it, where that is enough of it; else 0."""
    best = total = 0.0
    for phrase in (one.question, *one.ways):
        folded, own = folded_of(phrase), own_pairs(phrase)
        faint = {pair: known.weight(pair) / 3 for pair in faint_pairs(phrase)}
        whole = sum(known.weight(pair) for pair in own) + sum(faint.values())
        shared = sum(pairs[pair] for pair in own if pair in pairs)
        shared += sum(weight for pair, weight in faint.items() if pair in said)
        if whole and shared / whole >= HALF and shared >= TELLING:
            best = max(best, shared * (shared / whole))
            if len(folded) > 2 and folded in said:
                best = max(best, shared * 1.5)
        total += shared
    return best + 0.2 * min(total, 3 * best) if best else 0.0


def shared_words(version: ArticleVersion, text: str) -> list[str]:
    """What both say, in the longest pieces: for marking."""
    folded = fold(text)
    found: set[str] = set()
    question = version.question
    at = 0
    while at < len(question):
        end = at + 2
        while end <= len(question) and fold(question[at:end]) in folded:
            end += 1
        piece = question[at : end - 1]
        if len(piece) >= 2 and piece not in USUAL:
            found.add(piece)
            at = end - 1
        else:
            at += 1
    return sorted(found, key=lambda piece: -len(piece))


def keys_in_force(keys: Collection[int]) -> dict[int, ArticleVersion]:
    """By article: the versions in force of these articles."""
    rows = standing().filter(article__in=keys).select_related("article").defer("asked", "document")
    return {row.article_id: row for row in rows}
