"""What to suggest for something that was raised: rules first, the learned model second, "没有把握" third."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from huying.kernel.generation import cached
from huying.knowledge.history import Asked
from huying.knowledge.models import RecommenderVersion
from huying.knowledge.recommender.learning import CATEGORY, HANDLER, KEY, text_of, unit_of
from huying.knowledge.recommender.model import Guess, Model, ModelFault
from huying.knowledge.rules.book import current_units, decide
from huying.knowledge.rules.matcher import TERRITORIAL

MOST = 5
LEAST = 0.03  # a probability below it is no suggestion
LEAST_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Suggested:
    """`key`: an organisation's id or a category's code. `probability` is None where a rule decides (`clause`)."""

    key: str
    probability: float | None = None
    words: tuple[str, ...] = ()
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Likeliest first. `sure_…`: the first of them may be taken without a second thought; else the answer is
    "没有把握", and what is listed are only possibilities."""

    handlers: Sequence[Suggested] = ()
    categories: Sequence[Suggested] = ()
    sure_of_handler: bool = False
    sure_of_category: bool = False


@cached(KEY)
def active_model() -> Model | None:
    """Read once for each process; another version is noticed within seconds."""
    content = RecommenderVersion.objects.filter(active=True).values_list("content", flat=True).first()
    if content is None:
        return None
    try:
        return Model.from_bytes(bytes(content))
    except ModelFault:
        return None


def suggest(asked: Asked, targets: Sequence[str] = (CATEGORY, HANDLER)) -> Suggestion:
    """No query once the model is in memory."""
    decided = decide(asked) if HANDLER in targets else None
    model = active_model()
    guesses: dict[str, list[Guess]] = {}
    if model is not None and len(asked.text.strip()) >= LEAST_CHARACTERS:
        guesses = model.guess(text_of(asked), targets, most=MOST)
    handlers = _placed(_listed(guesses.get(HANDLER, ())), asked)
    sure = bool(handlers) and model is not None and handlers[0].probability is not None
    sure_of_handler = sure and model is not None and (handlers[0].probability or 0) >= model.heads[HANDLER].threshold
    if decided is not None:
        key = str(decided.lead)
        handlers = [Suggested(key, clause=decided.source), *(one for one in handlers if one.key != key)][:MOST]
        sure_of_handler = True
    categories = _listed(guesses.get(CATEGORY, ()))
    return Suggestion(
        handlers,
        categories,
        sure_of_handler,
        bool(categories) and model is not None and (categories[0].probability or 0) >= model.heads[CATEGORY].threshold,
    )


def _placed(suggested: Sequence[Suggested], asked: Asked) -> list[Suggested]:
    """Units in place of what the model calls them: the street and the community of this place are two of them."""
    by_place = current_units().by_place if any(one.key in TERRITORIAL for one in suggested) else {}
    found: dict[str, Suggested] = {}
    for one in suggested:
        key = unit_of(one.key, asked, by_place)
        if key and key not in found:
            found[key] = replace(one, key=key)
    return list(found.values())


def _listed(guesses: Sequence[Guess]) -> list[Suggested]:
    return [Suggested(g.label, g.probability, g.words) for g in guesses if g.probability >= LEAST]
