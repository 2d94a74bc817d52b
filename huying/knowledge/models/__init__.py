"""The tables of knowledge, one file for each idea."""

from huying.knowledge.models.articles import (
    Article,
    ArticleEvent,
    ArticleFeedback,
    ArticleVersion,
    ArticleViews,
    Synonyms,
)
from huying.knowledge.models.drafting import MachineDraft
from huying.knowledge.models.recommender import RecommenderVersion
from huying.knowledge.models.replies import EmptyPhrase, ReplyStatistics, ReplyTrace
from huying.knowledge.models.rules import DispatchRule, RuleMove, RuleRun, RuleVersion

__all__ = [
    "Article",
    "ArticleEvent",
    "ArticleFeedback",
    "ArticleVersion",
    "ArticleViews",
    "DispatchRule",
    "EmptyPhrase",
    "MachineDraft",
    "RecommenderVersion",
    "ReplyStatistics",
    "ReplyTrace",
    "RuleMove",
    "RuleRun",
    "RuleVersion",
    "Synonyms",
]
