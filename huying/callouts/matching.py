"""Resources that may help with a call-out, for its page. The pool itself (服务资源池) stands in `dockets`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from huying.kernel.registry import Registry
from huying.matters.models import Matter
from huying.people.actors import Actor

# One function at most: what the page includes as `resources` ({"template": …, and what that template needs}).
resources: Registry[Callable[[Matter, Actor], Mapping[str, object] | None]] = Registry("resources for call-outs")


def matched_resources(matter: Matter, actor: Actor) -> Mapping[str, object] | None:
    """None where nobody offers anything."""
    for match in resources:
        if (found := match(matter, actor)) is not None:
            return found
    return None
