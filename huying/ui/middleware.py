"""Translates what the domain refuses, for all pages."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from huying.kernel.errors import Refusal
from huying.ui.errors import error_response, refusal_response, unavailable

log = logging.getLogger(__name__)

# A form that a script sends while its page stays (frontend: sending.ts) is told where it leads instead of led there.
KEEPS_PAGE, GOES_TO = "X-Keeps-Page", "X-Goes-To"


class PagesMiddleware:
    """A refusal that a view did not translate becomes a page of its status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            allowed = response.headers.get("Allow", "")
            response = error_response(request, 405)
            response.headers["Allow"] = allowed
        if KEEPS_PAGE in request.headers and "Location" in response.headers:
            response.headers[GOES_TO] = response["Location"]
            del response["Location"]
            response.status_code = 204
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refusal):
            return refusal_response(request, exception)
        if isinstance(exception, OperationalError | InterfaceError):
            log.warning("The database is away: %s", exception)
            return unavailable(request)
        return None
