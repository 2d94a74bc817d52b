"""Cases by the HTTP API: received, listed, read, moved along their way, with attachments."""

from huying.cases.api.operations import router

__all__ = ["router"]
