"""Prepares the process before Django's settings are read: loaded by `-p tests.plugin`.

- A throw-away embedded database, unless DATABASE_URL names a server. With xdist each worker has one of its own: numbers
  of transactions count for a whole server, and the ledger's anchors wait for the oldest that is still running.
- Throw-away keys and attachments, none of the developer's own settings, no connection pool.
- No connection leaves this machine.
- What the whole run keeps is not looked through again and again for garbage.
- With xdist the long files come first (`tests.order`), so that both workers end together.
"""

from __future__ import annotations

import atexit
import gc
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.order import longest_first

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
GARBAGE_AFTER = (50_000, 20, 50)  # objects; most of what a test makes goes without being looked for
own = ExitStack()
gc.disable()  # until everything is imported and collected: none of it is garbage
atexit.register(own.close)  # pytest does not unconfigure after a failure to load the settings


class OutsideNetworkError(RuntimeError):
    """A test tried to reach another machine. Not an OSError: code under test must not take it for a bad network."""


def is_here(family: int, address: Any) -> bool:
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return True
    host = str(address[0]).partition("%")[0]
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def only_here(self: socket.socket, address: Any) -> Any:
        if not is_here(self.family, address):
            raise OutsideNetworkError(f"tests may not connect to {address!r}")
        return connect(self, address)

    return only_here


def prepare(*, database: bool) -> None:
    for name in [name for name in os.environ if name.startswith("HUYING_")]:
        del os.environ[name]
    data_dir = Path(tempfile.mkdtemp(prefix="huying-test-"))
    own.callback(shutil.rmtree, data_dir, ignore_errors=True)
    data_dir.chmod(0o755)  # as root the database runs as another user
    os.environ["HUYING_DATA_DIR"] = str(data_dir)
    os.environ["HUYING_POOL_MAX_SIZE"] = "0"
    if database and not os.environ.get("DATABASE_URL"):
        from huying.kernel.postgres import discard, embedded

        own.callback(discard, data_dir)  # where it lies outside: as root, under a closed TMPDIR
        server = own.enter_context(embedded(data_dir, durable=False))
        os.environ["DATABASE_URL"] = server.address("postgres", "huying")
    socket.socket.connect = guarded(socket.socket.connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded(socket.socket.connect_ex)  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Before pytest-django's hook of the same name, which loads the settings."""
    arguments = early_config.invocation_params.args
    if not {"-h", "--help", "--version", "-V", "--fixtures", "--markers"} & {str(a) for a in arguments}:
        only_directs_workers = getattr(early_config.known_args_namespace, "numprocesses", None) and not IS_WORKER
        prepare(database=not only_directs_workers)


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    from django.conf import settings

    if settings.configured:
        # The production hash is slow on purpose; hundreds of tests sign somebody in.
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        settings.SECOND_FACTOR_ROLES = []  # its own tests switch it on


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After pytest-django's, which puts the tests that empty the tables behind all others."""
    if IS_WORKER:
        items.sort(key=longest_first(items))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    own.close()
