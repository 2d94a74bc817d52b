"""The tables of knowledge, one file for each idea."""

from __future__ import annotations

from huying.knowledge.models.recommender import RecommenderVersion

__all__ = ["RecommenderVersion"]
