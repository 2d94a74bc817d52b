"""Logs: every line carries the request's id, none carries personal data or secrets.

Masking happens in the formatter, on what is really written: message, arguments and stack trace alike.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from pythonjsonlogger.core import LogData
from pythonjsonlogger.json import JsonFormatter

from huying.kernel.privacy.masking import mask_text

request_id: ContextVar[str] = ContextVar("request id", default="-")
requests = logging.getLogger("huying.request")

SLOW_SECONDS = 1.0
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SECRET = re.compile(
    r"(?i)((?:authorization|cookie|passw(?:or)?d|secret|token|api[-_]?key|session(?:id|_key)|csrftoken|otp|totp|密码|口令)"
    r"[\w-]*[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?)[^\s\"',;&}]+"
)
_BEARER = re.compile(r"(?i)(bearer\s+)[A-Za-z0-9._~+/=-]{8,}")
_URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s@/]+@")


def scrub(text: str) -> str:
    """A text without phone and identity numbers, passwords, tokens and keys."""
    text = _URL_PASSWORD.sub(r"\1***@", text)
    text = _SECRET.sub(r"\1***", text)
    text = _BEARER.sub(r"\1***", text)
    return mask_text(text)


class RequestId(logging.Filter):
    """Adds `request_id` to every record that passes a handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class TextFormatter(logging.Formatter):
    """One line for people; a line break that came in with the data cannot begin a line of its own."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        return super().formatMessage(record).replace("\r", "\\r").replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        if not hasattr(record, "request_id"):
            record.request_id = request_id.get()
        return scrub(super().format(record))


class ObjectFormatter(JsonFormatter):
    """One JSON object a line for machines."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s",
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger"},
            json_ensure_ascii=False,
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(record.created)) + f".{record.msecs:03.0f}"

    def process_log_record(self, log_data: LogData) -> LogData:
        return {name: _scrubbed(value) for name, value in super().process_log_record(log_data).items()}


def _scrubbed(value: object) -> object:
    match value:
        case str():
            return scrub(value)
        case dict():
            return {key: _scrubbed(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_scrubbed(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return scrub(str(value))


class RequestIdMiddleware:
    """Gives each request an id (the caller's, if it is a proper one), answers with it, and writes the request's line.

    The path is logged, the query is not: people search for names and numbers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex)
        began = time.perf_counter()
        try:
            response = self._respond(request)
            seconds = time.perf_counter() - began
            response["X-Request-ID"] = request_id.get()
            requests.log(
                logging.WARNING if response.status_code >= 500 or seconds > SLOW_SECONDS else logging.INFO,
                "%s %s %s %d ms",
                request.method,
                request.path,
                response.status_code,
                round(seconds * 1000),
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "milliseconds": round(seconds * 1000),
                },
            )
            return response
        finally:
            request_id.reset(token)


def configuration(form: str, level: str) -> dict[str, object]:
    """Django's LOGGING: everything to standard error, in one form."""
    formatter = ObjectFormatter if form == "json" else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": RequestId}},
        "formatters": {"line": {"()": formatter}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers mail administrators and print twice.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # The jobs' names and outcomes are ours to log; procrastinate's lines hold their arguments.
            "procrastinate": {"level": "WARNING"},
            "PIL": {"level": "INFO"},
        },
    }
