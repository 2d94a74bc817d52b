"""The knowledge base as the simulated call-takers have it in their heads: answers at once cite what fits."""

from __future__ import annotations

from collections import Counter

from huying.kernel.search import fold
from huying.knowledge.articles.search import pairs_of
from huying.knowledge.models import ArticleVersion
from huying.knowledge.models.articles import number_of

SHARE, WEIGHT = 0.5, 6.0  # of a question that an appeal says, and what that must weigh, to be answered with it


class Shelf:
    """What stands, in memory: for thousands of answers at once."""

    def __init__(self) -> None:
        rows = ArticleVersion.objects.filter(
            state=ArticleVersion.State.PUBLISHED, audience=ArticleVersion.Audience.PUBLIC, valid_until=None
        ).order_by("article")
        self._rows = [
            (number_of(row.article_id), row.answer, [pairs_of(fold(phrase)) for phrase in (row.question, *row.ways)])
            for row in rows.only("article_id", "question", "ways", "answer")
        ]
        often = Counter(pair for _, _, phrases in self._rows for pair in set().union(*phrases))
        self._often = often

    def cited(self, text: str) -> dict[str, str]:
        """What an answer says and names whose article's question stands in the text; nothing where none does."""
        said = pairs_of(fold(text))
        best: tuple[float, str, str] = (0.0, "", "")
        for number, answer, phrases in self._rows:
            for pairs in phrases:
                shared = pairs & said
                weight = sum(4.0 / self._often[pair] ** 0.5 for pair in shared)
                if len(shared) >= SHARE * len(pairs) and len(shared) > 1 and weight > max(best[0], WEIGHT):
                    best = (weight, number, answer)
        return {"article": best[1], "reply": best[2]} if best[1] else {}
