"""A gate before the server of the browser tests, shut between two tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 30.0  # seconds for the requests that are under way


class Gate:
    """Lets requests through while it is open; `shut` returns when the last of those let through is answered."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._inside = 0
        self._open = False
        self._changed = threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._changed:
            if not self._open:
                start_response("503 Service Unavailable", [("Content-Length", "0"), ("Connection", "close")])
                return []
            self._inside += 1
        try:
            answer = self._app(environ, start_response)
        except BaseException:
            self._leave()
            raise
        return _Answer(answer, self._leave)

    def open(self) -> None:
        with self._changed:
            self._open = True

    def shut(self) -> None:
        """`TimeoutError` when a request does not end: the test's, not the next one's."""
        with self._changed:
            self._open = False
            if not self._changed.wait_for(lambda: self._inside == 0, PATIENCE):
                raise TimeoutError(f"{self._inside} request(s) still under way")

    def _leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()


class _Answer:
    """The answer of an application; it has left when the server closes it, whether read to its end or not."""

    def __init__(self, answer: Iterable[bytes], leave: Callable[[], None]) -> None:
        self._answer = answer
        self._leave = leave

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            self._leave()
