"""Cases by the HTTP API: received, listed, read, moved along their way, with attachments."""

from huying.cases.api.attachments import router as attachments
from huying.cases.api.choices import router as choices
from huying.cases.api.operations import router as cases

__all__ = ["attachments", "cases", "choices"]
