"""Where a message about a call-out or a response leads."""

from __future__ import annotations


def register() -> None:
    """Navigation and addresses are declared with the pages."""
