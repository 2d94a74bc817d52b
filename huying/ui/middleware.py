"""Translates between the domain, the browser and htmx for all pages."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from huying.kernel.errors import Refusal
from huying.ui.errors import error_response, refusal_response


class PagesMiddleware:
    """A refusal that a view did not translate becomes a page of its status; a fragment never holds a sign-in page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            allowed = response.headers.get("Allow", "")
            response = error_response(request, 405)
            response.headers["Allow"] = allowed
        elif response.status_code in {302, 303} and request.headers.get("HX-Request") == "true":
            # The session has ended while a page stood open: leave the page instead of swapping a sign-in form into it.
            location = response.headers["Location"]
            if urlsplit(location).path == urlsplit(resolve_url(settings.LOGIN_URL)).path:
                response = HttpResponse(status=204)
                response.headers["HX-Redirect"] = urlsplit(location).path
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_response(request, exception) if isinstance(exception, Refusal) else None
