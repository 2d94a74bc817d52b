from huying.knowledge.models.articles import (
    Article,
    ArticleEvent,
    ArticleFeedback,
    ArticleVersion,
    ArticleViews,
    Synonyms,
)
from huying.knowledge.models.drafting import MachineDraft
from huying.knowledge.models.replies import EmptyPhrase, ReplyStatistics, ReplyTrace

__all__ = [
    "Article",
    "ArticleEvent",
    "ArticleFeedback",
    "ArticleVersion",
    "ArticleViews",
    "EmptyPhrase",
    "MachineDraft",
    "ReplyStatistics",
    "ReplyTrace",
    "Synonyms",
]
