"""Everything on one port: live streams run asynchronously, pages and API in threads.

Behind a proxy that splits by path, `config.wsgi` serves the pages and this application only `/live/`.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

os.environ.setdefault("HUYING_PROCESS", "web")

from a2wsgi import WSGIMiddleware

from config.settings import ENV
from config.wsgi import application as pages
from huying.kernel.live import application as live

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# a2wsgi describes the two protocols by typed dictionaries of its own, which no other library's types fit
pages_in_threads: Callable[[Scope, Receive, Send], Awaitable[None]] = cast(
    Any, WSGIMiddleware(cast(Any, pages), workers=ENV.web_threads)
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    else:
        await pages_in_threads(scope, receive, send)
