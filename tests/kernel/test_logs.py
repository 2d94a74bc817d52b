"""Logs: each line belongs to a request, none tells personal data or secrets."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from huying.kernel import logs


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def written(form: str) -> Iterator[Callable[[], str]]:
    """What a logger configured like ours has written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.ObjectFormatter() if form == "json" else logs.TextFormatter())
    handler.addFilter(logs.RequestId())
    logger = logging.getLogger("huying.test")
    logger.addHandler(handler)
    yield stream.getvalue
    logger.removeHandler(handler)


log = logging.getLogger("huying.test")


def test_personal_data_and_secrets_are_masked(written: Callable[[], str]) -> None:
    try:
        raise ValueError("来电 13987654321")
    except ValueError:
        log.exception("电话 %s 身份证 %s", "13812345678", "11010519491231002X")
    log.error("Authorization: Bearer abcdefgh12345678, password=hunter2 {'csrftoken': 'q1w2e3r4'}")
    log.error("postgresql://huying:s3cret@db/huying")
    text = written()
    for secret in ("13812345678", "11010519491231002X", "13987654321", "abcdefgh", "hunter2", "q1w2e3r4", "s3cret"):
        assert secret not in text
    assert "138****5678" in text
    assert "139****4321" in text, "the stack trace is masked, too"


def test_data_cannot_forge_a_line(written: Callable[[], str]) -> None:
    log.error("name: %s", "x\n2026-01-01 00:00:00 INFO huying forged")
    assert len(written().strip().splitlines()) == 1


def test_a_line_names_its_request(written: Callable[[], str], form: str) -> None:
    token = logs.request_id.set("abcdef-123456")
    log.warning("第一行", extra={"matter": 7})
    logs.request_id.reset(token)
    log.warning("第二行")
    first, second = written().strip().splitlines()
    assert "abcdef-123456" in first
    assert "abcdef-123456" not in second
    if form == "json":
        line = json.loads(first)
        assert line["message"] == "第一行"
        assert line["request_id"] == "abcdef-123456"
        assert line["matter"] == 7
        assert line["level"] == "WARNING"


def answer(**headers: str) -> tuple[HttpResponse, str]:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(logs.request_id.get())
        return HttpResponse("ok")

    request = RequestFactory().get("/desk/", {"q": "张三"}, headers=headers)
    return logs.RequestIdMiddleware(view)(request), seen[0]


def test_a_request_keeps_the_callers_id(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "huying.request"):
        response, inside = answer(**{"X-Request-ID": "proxy-0123456789"})
    assert response["X-Request-ID"] == inside == "proxy-0123456789"
    assert "GET /desk/ 200" in caplog.text
    assert "张三" not in caplog.text, "what people search for is not logged"
    assert logs.request_id.get() == "-"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "a b c d e f", "abcdefgh\r\nSet-Cookie: x=1", "<script>alert"]
)
def test_an_improper_id_is_replaced(given: str) -> None:
    response, inside = answer(**{"X-Request-ID": given})
    assert response["X-Request-ID"] == inside
    assert len(inside) == 32


def test_the_configuration_is_one_python_accepts(form: str) -> None:
    configuration = logs.configuration(form, "INFO")
    configurator = logging.config.DictConfigurator(configuration)
    assert isinstance(configurator.configure_formatter({"()": type_of(form)}), logging.Formatter)
    assert configuration["root"] == {"handlers": ["stderr"], "level": "INFO"}


def type_of(form: str) -> type[logging.Formatter]:
    return logs.ObjectFormatter if form == "json" else logs.TextFormatter
