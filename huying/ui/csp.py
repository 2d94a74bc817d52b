"""Tells the browser what a page of ours may load and run: our own files, nothing inline, no code made from text."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
DEVICES = "geolocation=(self), camera=(self), microphone=(self), payment=(), usb=()"


def tile_origin(tile_url: str) -> str:
    """The origin of a tile template: https://t{s}.tianditu.gov.cn/… gives https://*.tianditu.gov.cn."""
    parts = urlsplit(tile_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    first, dot, rest = parts.netloc.partition(".")
    return f"{parts.scheme}://{'*' if '{' in first else first}{dot}{rest}"


def policy(tile_url: str = "") -> str:
    images = " ".join(filter(None, ("'self'", "data:", "blob:", tile_origin(tile_url))))
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src {images}",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class ContentSecurityPolicyMiddleware:
    """A view that sets its own policy (an attachment: sandbox) keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = policy(settings.ENV.tile_url)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.DEBUG and response.status_code in {404, 500}:
            return response  # the developer's error page brings its style with it
        response.headers.setdefault(HEADER, self.policy)
        response.headers.setdefault("Permissions-Policy", DEVICES)
        return response
