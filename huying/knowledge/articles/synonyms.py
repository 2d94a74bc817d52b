"""Words that mean the same, as data: 敬老卡 finds what is written with 老年卡."""

from __future__ import annotations

from collections.abc import Sequence

from huying.kernel.generation import cached
from huying.kernel.search import fold

CACHE = "synonyms"
MOST_READINGS = 8  # of one query


@cached(CACHE)
def groups() -> Sequence[Sequence[str]]:
    """Folded words, the longest of a group first. After a change: `bump(CACHE)`."""
    from huying.knowledge.models import Synonyms

    return [
        sorted({fold(word) for word in row.words if word.strip()}, key=lambda word: (-len(word), word))
        for row in Synonyms.objects.all()
    ]


def readings(typed: str) -> list[str]:
    """What was typed, and the same said with other words; what was typed comes first."""
    found = [fold(typed)]
    for group in groups():
        said = next((word for word in group if word in found[0]), "")
        if said:
            found += [one.replace(said, other) for one in list(found) for other in group if other not in one]
        if len(found) >= MOST_READINGS:
            break
    return list(dict.fromkeys(found))[:MOST_READINGS]


def also(text: str) -> list[str]:
    """Other words for what is said in a longer text."""
    folded = fold(text)
    return [
        other for group in groups() if any(word in folded for word in group) for other in group if other not in folded
    ][:20]
