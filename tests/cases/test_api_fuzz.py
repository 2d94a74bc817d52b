"""The API fuzzed from its own document: no 5xx, only declared answers, every answer as the document says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from huying.matters.ledger import verify
from huying.people import bearer
from huying.web.api import api
from tests.factories.api import program
from tests.factories.cases import advance, receive
from tests.factories.district import District

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
EXAMPLES = 12  # of each operation, good and bad data alike; two dozen operations take some twenty seconds
STATES = ("received", "triaged", "dispatched", "acknowledged", "handling", "awaiting_approval", "resolved", "closed")

SCHEMA = schemathesis.openapi.from_dict(api.document)
OPERATIONS = [operation.ok() for operation in SCHEMA.get_all_operations()]


@pytest.fixture
def cases(district: District) -> list[str]:
    """A case in every state, so that steps are not refused for the state alone."""
    bearer.throttle.forget()
    return [advance(district, receive(district), state).number for state in STATES]


@pytest.fixture
def application() -> Iterator[WSGIHandler]:
    """The application as a server sees it, but it leaves the test's connection, and its transaction, alone."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
def test_whatever_is_sent_gets_a_proper_answer(
    mode: GenerationMode, application: WSGIHandler, cases: list[str], subtests: pytest.Subtests
) -> None:
    key = program(per_minute=1_000_000).key
    for operation in OPERATIONS:
        with subtests.test(operation=operation.label):
            fuzz(operation, mode, cases, application, key)
    assert verify().broken == ""


def fuzz(operation: Any, mode: GenerationMode, cases: list[str], application: WSGIHandler, key: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), number=st.sampled_from(cases), real=st.booleans())
    def send(case: Any, number: str, real: bool) -> None:
        if real and "number" in case.path_parameters:
            case.path_parameters["number"] = number
        answer = case.call(headers={"Authorization": f"Bearer {key}"}, app=application)
        case.validate_response(answer, checks=CHECKS)

    send()
