"""What the worker does for this room."""

from __future__ import annotations

from huying.kernel import outbox
from huying.knowledge.replies import district


@outbox.periodic("knowledge.replies", 600)
def keep_up_with_replies() -> None:
    district.refresh()
