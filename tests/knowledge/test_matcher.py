"""Which rule decides: the matcher against a naive reading of the same rules, and the order of precedence."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from huying.knowledge.history import Asked
from huying.knowledge.rules.conditions import Conditions, may_overlap
from huying.knowledge.rules.matcher import COMMUNITY, STREET, Matcher, Ruling, Units

CATEGORIES = ("01", "01.01", "01.01.01", "01.01.02", "01.02", "02", "02.01.01")
WORDS = ("停水", "水压", "施工", "物业", "夜间")
PLACES = {"420106003": 3, "420106003001": 31, "420106003002": 32, "420106011": 11}
UNITS = Units({"a": 1, "b": 2, "c": 3}, {3: 103, 11: 111, 31: 131, 32: 132})
KINDS, CHANNELS = ("help", "complaint"), ("phone", "portal")


def some(values: tuple[str, ...], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


conditions = st.builds(
    Conditions,
    categories=some(CATEGORIES),
    any_words=some(WORDS),
    all_words=some(WORDS, 1),
    none_words=some(WORDS, 1),
    places=some(tuple(PLACES)),
    kinds=some(KINDS, 1),
    urgencies=st.just(()),
    channels=some(CHANNELS, 1),
)
leads = st.sampled_from(("a", "b", "c", "gone", STREET, COMMUNITY))


@st.composite
def rulings(draw: st.DrawFn) -> list[Ruling]:
    return [
        Ruling(
            n,
            n,
            f"K{n:03}",
            1,
            "",
            draw(conditions),
            tuple(draw(st.lists(conditions.filter(bool), max_size=1))),
            draw(leads),
            priority=draw(st.integers(4, 6)),
        )
        for n in range(draw(st.integers(0, 6)))
    ]


asked = st.builds(
    Asked,
    text=st.lists(st.sampled_from((*WORDS, "路灯", "小区")), max_size=4).map("，".join),
    kind=st.sampled_from(KINDS),
    category=st.sampled_from(("", *CATEGORIES)),
    urgency=st.just("normal"),
    channel=st.sampled_from(CHANNELS),
    street=st.sampled_from((None, 3, 11)),
    community=st.sampled_from((None, 31, 32)),
)


def holds(one: Conditions, a: Asked) -> bool:
    """As people read it."""
    return (
        (not one.categories or any(f"{a.category}.".startswith(f"{code}.") for code in one.categories))
        and (not one.any_words or any(word in a.text for word in one.any_words))
        and all(word in a.text for word in one.all_words)
        and not any(word in a.text for word in one.none_words)
        and (not one.places or any(PLACES[code] in (a.street, a.community) for code in one.places))
        and (not one.kinds or a.kind in one.kinds)
        and (not one.channels or a.channel in one.channels)
    )


def unit(named: str, a: Asked) -> int | None:
    if named == STREET:
        return UNITS.by_place.get(a.street or 0)
    return UNITS.by_place.get(a.community or 0) if named == COMMUNITY else UNITS.by_code.get(named)


def naive(rules: list[Ruling], a: Asked) -> list[tuple[str, int]]:
    found = [
        (rule, lead)
        for rule in rules
        if holds(rule.conditions, a)
        and not any(holds(exception, a) for exception in rule.exceptions)
        and (lead := unit(rule.lead, a)) is not None
    ]
    return [(rule.code, lead) for rule, lead in sorted(found, key=lambda pair: pair[0].order)]


@given(rulings(), st.lists(asked, max_size=5))
@settings(max_examples=150, deadline=None)
def test_it_decides_as_a_naive_reading_does(rules: list[Ruling], cases: list[Asked]) -> None:
    matcher = Matcher(rules, UNITS, PLACES)
    for case in cases:
        expected = naive(rules, case)
        assert [(hit.code, hit.lead) for hit in matcher.hits(case)] == expected
        decided = matcher.decide(case)
        assert (decided.code if decided else None) == (expected[0][0] if expected else None)


@given(conditions, conditions, asked)
@settings(max_examples=300, deadline=None)
def test_what_both_hold_for_is_never_said_to_be_apart(a: Conditions, b: Conditions, case: Asked) -> None:
    """Places of cases here do not lie in one another, so only their other parts are compared."""
    a, b = (Conditions.of({**one.kept(), "places": []}) for one in (a, b))
    if holds(a, case) and holds(b, case):
        assert may_overlap(a, b)


def rule(code: str, lead: str, priority: int = 5, **parts: tuple[str, ...]) -> Ruling:
    return Ruling(int(code[1:]), 1, code, 1, "", Conditions(**parts), (), lead, priority=priority)


def test_the_narrower_goes_first_then_the_smaller_number() -> None:
    rules = [
        rule("K001", "a", categories=("01",)),
        rule("K002", "a", categories=("01.01",)),
        rule("K003", "a", categories=("01.01.01",)),
        rule("K004", "a", categories=("01.01.01",), any_words=("停水",)),
        rule("K005", "b", 3, categories=("01.01.01",), any_words=("停水",)),
        rule("K006", "a", categories=("01",), places=("420106003",)),
        rule("K007", "a", categories=("01",), places=("420106003001",)),
    ]
    case = Asked("停水", category="01.01.01", street=3, community=31)
    hits = [hit.code for hit in Matcher(rules, UNITS, PLACES).hits(case)]
    assert hits == ["K007", "K006", "K005", "K004", "K003", "K002", "K001"]


def test_it_says_which_words_and_who_helps() -> None:
    one = Ruling(1, 1, "K001", 1, "停水", Conditions(any_words=("停水", "Ａ区")), (), "a", (STREET, "b", "gone", "a"))
    hit = Matcher([one], UNITS, PLACES).decide(Asked("a区停水三天", street=3))
    assert hit is not None
    assert (hit.lead, hit.helpers, hit.words) == (1, (103, 2), ("停水", "Ａ区"))


def test_a_rule_for_places_that_are_no_more_holds_nowhere() -> None:
    one = rule("K001", "a", places=("420106999",))
    assert Matcher([one], UNITS, PLACES).decide(Asked("", street=3)) is None
