"""服务资源: on the page of a call that runs, the way to what the resource pool has for it. Costs no query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from huying.callouts.flow import CALLOUTS
from huying.dockets.pool.access import VIEW
from huying.dockets.pool.matching import services, understood
from huying.kernel.registry import DetailPanel, detail_panels


def _panel(request: HttpRequest, subject: Any) -> Mapping[str, object] | None:
    """The services that its title speaks of, where there are any."""
    if subject.kind != CALLOUTS.kind or subject.closed_at is not None:
        return None
    keys = understood(subject.category, subject.title)
    return {"services": [services()[key].name for key in keys]} if keys else None


def register() -> None:
    detail_panels.declare(
        DetailPanel(
            key="callout-resources",
            label="服务资源",
            template="dockets/pool/panel.html",
            context=_panel,
            permission=VIEW,
            order=65,
        )
    )
