"""The demo: the district, and the last twelve months of its cases."""

from __future__ import annotations

from huying.simulator import district

SEED = 2026


def ensure() -> None:
    """Build what is missing. District and cases are one transaction each, so an interrupted build leaves nothing."""
    if not district.is_built():
        district.build(seed=SEED)
