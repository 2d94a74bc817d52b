from huying.knowledge.models.articles import (
    Article,
    ArticleEvent,
    ArticleFeedback,
    ArticleVersion,
    ArticleViews,
    Synonyms,
)

__all__ = ["Article", "ArticleEvent", "ArticleFeedback", "ArticleVersion", "ArticleViews", "Synonyms"]
