"""Danger signs: which words of a text say that somebody should look at once.

The words are data (`AlarmWord`). A word does not count where it is denied (「没有人自杀」), and where one of its own
`unless` stands beside it in the same clause: a literal one (「跳楼价」), or a named context that is a rule here:

* `〈假设〉` it is supposed, warned of or prevented: 「一旦发生火灾」「担心坍塌」「防止触电」; an “if” reaches past
  a comma (「如果货车自燃，发生爆炸」) unless the word has come true (「……爆炸了」)
* `〈往事〉` it is long over: 「2013年酒店起火」「去年坍塌过」

Words of despair and of a crowd have neither: 「再不解决我就跳楼」「如不解决我们将集体上访」 are the danger itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from huying.kernel.generation import cached
from huying.kernel.search import fold

SUPPOSED, PAST = "〈假设〉", "〈往事〉"

_CLAUSE_ENDS = re.compile(r"[,.;!?。、\s]")  # of folded text, where full-width marks have become narrow ones
_SENTENCE_ENDS = re.compile(r"[.;!?。\s]")
_BEFORE = 24  # characters before a word that are read
_BESIDE = 8  # characters on either side in which a literal `unless` counts

# Directly before the word, or with nothing between but what cannot begin a thought of its own (「没人管我要跳楼」): a
# false alarm costs a call, a missed one a life. 「是不是漏电」 and 「不排除」 deny nothing.
_DENIED = re.compile(
    r"(?:从没|没有|没|从未|未曾|未|无|并非|(?<![是])不是|(?<![会])不会|不存在|已经排除|已排除|排除了)"
    r"(?:任何人|什么人|任何|什么|人|有|再次|再|又|发生|出现|发现|闻到|见到|造成|导致|引起|引发|过|所谓|的|真|想|要|了){0,3}$"
)
_SUPPOSED = re.compile(
    r"一旦|一但|万一|如果|如若|假如|假若|假设|要是|倘若|若(?!干)|哪天|如有|如遇|如发生|容易|极易|易(?=引|发|造|导)"
    r"|防止|预防|避免|以防|防范|谨防|严防|杜绝|以免|免得|担心|生怕|就怕|害怕|唯恐|会不会|将来|今后|何时|什么时候"
    r"|能保证|敢保证|能担保|出事|出了事|等到|难道"
)
_PAST = re.compile(
    r"(?:(?:19|20)\d\d|[01]\d)年(?!\d{1,2}月)|去年|前年|那年|往年|早年|年前|早几年|前几年|历年|当年"
    r"|曾|以前|之前|上次|那次|多次|几次|新闻|报道"
)
_CONTEXTS = {fold(SUPPOSED): _SUPPOSED, fold(PAST): _PAST}
_IF = re.compile(r"一旦|一但|万一|如果|假如|要是|倘若|试想")
# Whatever else the clause says, this is the present.
_NOW = re.compile(r"随时|已经|正在|刚刚|刚才|刚发生|突然|眼看|今天|今早|今晚|昨天|昨晚|昨夜|今年|现在")


@dataclass(frozen=True, slots=True)
class Sign:
    group: str
    word: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A sign where it stands in the folded text."""

    sign: Sign
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """One row of the list. `group` is what people read: 轻生, 燃气 …"""

    group: str
    word: str
    unless: Sequence[str] = ()


class Watch:
    """The whole list, ready to read texts."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._signs: dict[str, Sign] = {}
        self._beside: dict[str, tuple[str, ...]] = {}
        self._contexts: dict[str, tuple[re.Pattern[str], ...]] = {}
        for row in words:
            word, unless = fold(row.word), [fold(excuse) for excuse in row.unless if excuse]
            if not word:
                continue
            self._signs[word] = Sign(row.group, row.word)
            self._beside[word] = tuple(excuse for excuse in unless if excuse not in _CONTEXTS)
            self._contexts[word] = tuple(_CONTEXTS[excuse] for excuse in unless if excuse in _CONTEXTS)
        longest_first = sorted(self._signs, key=len, reverse=True)
        self._pattern = _any_of(longest_first)

    def scan(self, text: str) -> list[Sign]:
        """Danger signs in a text, each word once, in order; denied and excused ones left out."""
        return list(dict.fromkeys(hit.sign for hit in self.hits(fold(text))))

    def hits(self, folded: str) -> list[Hit]:
        """Every place of a text, already folded, where a word counts."""
        if self._pattern is None:
            return []
        found: list[Hit] = []
        for match in self._pattern.finditer(folded):
            word, start, end = match[1], match.start(1), match.end(1)
            if not self._is_excused(word, folded, start, end):
                found.append(Hit(self._signs[word], start, end))
        return found

    def excused(self, folded: str) -> list[Hit]:
        """Every place where a word stands and does not count. For whoever tries out the list."""
        if self._pattern is None:
            return []
        return [
            Hit(self._signs[match[1]], match.start(1), match.end(1))
            for match in self._pattern.finditer(folded)
            if self._is_excused(match[1], folded, match.start(1), match.end(1))
        ]

    def _is_excused(self, word: str, folded: str, start: int, end: int) -> bool:
        said = folded[max(0, start - _BEFORE) : start]
        before = _CLAUSE_ENDS.split(said)[-1]
        if _DENIED.search(before):
            return True
        beside = self._beside[word]
        if beside:
            after = _CLAUSE_ENDS.split(folded[end : end + _BESIDE], maxsplit=1)[0]
            around = before[-_BESIDE:] + word + after
            if any(excuse in around for excuse in beside):
                return True
        if _NOW.search(before):
            return False
        contexts = self._contexts[word]
        if any(context.search(before) for context in contexts):
            return True
        return (
            _SUPPOSED in contexts and folded[end : end + 1] != "了" and bool(_IF.search(_SENTENCE_ENDS.split(said)[-1]))
        )


def _any_of(words: Sequence[str]) -> re.Pattern[str] | None:
    """Every place where one of these words begins, as group 1; the first of them that fits.

    It looks ahead, because words overlap (一起火灾 holds 起火 and 火灾), and at a word's first character before all
    words, which takes a seventh of the time.
    """
    if not words:
        return None
    beginnings = "".join(sorted({re.escape(word[0]) for word in words}))
    return re.compile(f"(?=[{beginnings}])(?=({'|'.join(map(re.escape, words))}))")


@cached("alarm_words")
def watch() -> Watch:
    """After a change to the words: `bump("alarm_words")`."""
    from huying.matters.models import AlarmWord

    rows = AlarmWord.objects.filter(active=True).values_list("group", "word", "unless")
    return Watch(Word(group, word, unless) for group, word, unless in rows)
