from huying.knowledge.models.drafting import MachineDraft
from huying.knowledge.models.replies import EmptyPhrase, ReplyStatistics, ReplyTrace

__all__ = ["EmptyPhrase", "MachineDraft", "ReplyStatistics", "ReplyTrace"]
