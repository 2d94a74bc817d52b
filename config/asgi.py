"""Everything on one port: live streams run asynchronously, pages and API in threads.

Behind a proxy that splits by path, `config.wsgi` serves the pages and this application only `/live/`.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

os.environ.setdefault("HUYING_PROCESS", "web")

from a2wsgi import WSGIMiddleware

from config.settings import ENV
from config.wsgi import application as pages
from huying.kernel.live import application as live

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

pages_in_threads = WSGIMiddleware(pages, workers=ENV.web_threads)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    else:
        await pages_in_threads(scope, receive, send)
