"""What this room keeps."""

from huying.knowledge.models.rules import DispatchRule, RuleMove, RuleRun, RuleVersion

__all__ = ["DispatchRule", "RuleMove", "RuleRun", "RuleVersion"]
