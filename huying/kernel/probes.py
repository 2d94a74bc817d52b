"""What machines ask a server: `/healthz` (does the process live), `/readyz` (can it serve), `/metrics` (how much).

A middleware and not views, so that a probe by bare IP address is answered whatever the allowed hosts are, and needs
neither session nor database unless it asks for it.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import time
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

Respond = Callable[[HttpRequest], HttpResponse]

REQUESTS = Counter("huying_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("huying_request_seconds", "Time to answer a request", ["method", "route"])
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Probes:
    """First of all middleware."""

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response
        self._answers: dict[str, Respond] = {"/healthz": alive, "/readyz": ready, "/metrics": metrics}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if answer := self._answers.get(request.path_info):
            response = answer(request)
            response["Content-Length"] = str(len(response.content))
            return response
        began = time.perf_counter()
        response = self._respond(request)
        # The pattern, not the path: a number in the path would make a series of its own
        route = request.resolver_match.route if request.resolver_match else "-"
        method = request.method if request.method in METHODS else "-"
        REQUESTS.labels(method, route, response.status_code).inc()
        SECONDS.labels(method, route).observe(time.perf_counter() - began)
        return response


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    trouble = database_trouble()
    return JsonResponse({"ready": not trouble, "trouble": trouble}, status=503 if trouble else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read_metrics(request):
        return HttpResponse("metrics are for this machine, or with HUYING_METRICS_TOKEN\n", status=403)
    registry: CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # the sum of all web processes
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    try:
        # Forwarded requests count as from outside, whoever forwards them
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback and not (
            request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded")
        )
    except ValueError:
        return False


_migrated = False


def database_trouble() -> str:
    """Why the database cannot be used; empty when it can. Pending migrations are looked for until there are none."""
    global _migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "数据库结构尚未升级，请执行 huying migrate"
            _migrated = True
    except DatabaseError as error:
        return f"数据库无法使用：{str(error).strip().splitlines()[0]}"
    finally:
        connection.close()  # this ran outside the request's own bookkeeping
    return ""
