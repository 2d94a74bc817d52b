"""How a matter's number stands in an address."""

from __future__ import annotations

from django.urls import register_converter


class NumberConverter:
    """What can be a number at all: anything else, a null byte for one, is no page and never asked of the database."""

    regex = "[A-Z0-9-]{1,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def register() -> None:
    """`<number:number>` in the patterns of every room; once, before any of them is read."""
    register_converter(NumberConverter, "number")
