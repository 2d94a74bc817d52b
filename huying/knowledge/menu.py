"""This room's lines in the frame of every page."""

from __future__ import annotations


def register() -> None:
    """Called once, when the room is ready."""
