"""What two workers take up first: files that take long although they hold few tests. By the number of tests alone one
worker would sit in a browser for minutes at the end while the other has nothing left to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

LONG = (  # the longest first; what takes a few seconds need not be here
    "tests/e2e/test_axe.py",
    "tests/test_privacy.py",
    "tests/cases/test_api_served.py",
    "tests/test_frame_serve.py",
    "tests/cases/test_importing.py",
    "tests/cases/test_api_fuzz.py",
    "tests/test_routes.py",
    "tests/simulator/",
    "tests/e2e/",
    "tests/web/test_home.py",
    "tests/ui/test_behaviour.py",
    "tests/test_frame_postgres.py",
    "tests/cases/test_api_access.py",
    "tests/cases/test_api_docs.py",
    "tests/test_architecture.py",
)


def longest_first(items: list[pytest.Item]) -> Callable[[pytest.Item], tuple[int, int, str]]:
    """For `sort`: the files of `LONG`, then the others by their number of tests; the tests of a file stay together and
    in their order."""
    tests = Counter(file_of(item) for item in items)

    def rank(item: pytest.Item) -> tuple[int, int, str]:
        file = file_of(item)
        known = next((n for n, start in enumerate(LONG) if file.startswith(start)), len(LONG))
        return known, -tests[file], file

    return rank


def file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
