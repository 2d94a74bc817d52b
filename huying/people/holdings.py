"""What an organisation still holds, told by the rooms above: asked before it is dissolved.

holdings.add("matters", lambda organisation_id: ("未结案的件", 12))
"""

from __future__ import annotations

from collections.abc import Callable

from huying.kernel.registry import Registry

Holding = Callable[[int], tuple[str, int]]  # id of an organisation → what, how many

holdings: Registry[Holding] = Registry("holdings")
