"""Key rings: files of versioned keys, kept apart from the database.

One ring per purpose (`fields`, `lookup`, `signing`), so that no key ever serves two. A ring is a JSON file of mode 0600
in `settings.KEYS_DIR`, made on first use. Writing uses the newest key that fits the configured algorithm, reading any:
a rotation adds a key and never removes one, because back-ups were written with the old ones.

Every process keeps the ring in memory and looks at the file's stamp at most every second, so a rotation is noticed by
all of them.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

LOOK_AGAIN_SECONDS = 1.0
MAX_VERSION = 0xFFFF


class KeyMissing(Exception):
    """A stored value names a key that is not here: the key files were lost, or belong to another installation."""


@dataclass(frozen=True, slots=True)
class Key:
    version: int
    id: bytes  # four random bytes: tells the second version of this ring from that of another installation
    algorithm: str
    secret: bytes
    created_at: str

    def to_json(self) -> dict[str, str | int]:
        return {
            "version": self.version,
            "id": self.id.hex(),
            "algorithm": self.algorithm,
            "secret": base64.b64encode(self.secret).decode(),
            "created_at": self.created_at,
        }

    @classmethod
    def from_json(cls, record: dict[str, str | int]) -> Key:
        return cls(
            version=int(record["version"]),
            id=bytes.fromhex(str(record["id"])),
            algorithm=str(record["algorithm"]),
            secret=base64.b64decode(str(record["secret"])),
            created_at=str(record["created_at"]),
        )


class KeyRing:
    """The keys of one purpose. `algorithm()` names the algorithm new keys are for, `size` their length in bytes."""

    def __init__(self, purpose: str, *, algorithm: Callable[[], str], size: Callable[[str], int]) -> None:
        self.purpose = purpose
        self._algorithm = algorithm
        self._size = size
        self._lock = threading.Lock()
        self._keys: dict[int, Key] = {}
        self._newest: dict[str, Key] = {}
        self._directory: object = None
        self._stamp: tuple[int, int] | None = None
        self._looked_at = float("-inf")

    @property
    def path(self) -> Path:
        return Path(settings.KEYS_DIR) / f"{self.purpose}.json"

    def current(self) -> Key:
        """The key to write with; the ring, or a key for the configured algorithm, is made when there is none yet."""
        algorithm = self._algorithm()
        self._read()
        if (key := self._newest.get(algorithm)) is not None:
            return key
        with self._locked():
            self._read(force=True)
            return self._newest.get(algorithm) or self._append(algorithm)

    def get(self, version: int) -> Key:
        """The key of that version. `KeyMissing` when the ring has none, even after a second look at the file."""
        self._read()
        if version not in self._keys:
            self._read(force=True)
        try:
            return self._keys[version]
        except KeyError:
            raise KeyMissing(f"no version {version} in {self.path}") from None

    def all(self) -> tuple[Key, ...]:
        """Every key, oldest first. Empty when the ring was never used."""
        self._read()
        return tuple(self._keys.values())

    def rotate(self) -> Key:
        """Add a key, from now on the one to write with."""
        with self._locked():
            self._read(force=True)
            return self._append(self._algorithm())

    def forget(self) -> None:
        """Drop what is in memory; the file is read again on next use."""
        self._directory = None

    def _read(self, *, force: bool = False) -> None:
        directory, now = settings.KEYS_DIR, time.monotonic()
        if directory is self._directory and not force and now - self._looked_at < LOOK_AGAIN_SECONDS:
            return
        with self._lock:
            try:
                status = self.path.stat()
            except FileNotFoundError:
                if directory is not self._directory:  # lost under a running process, a ring stays usable in memory
                    self._keep([], None)
            else:
                stamp = (status.st_ino, status.st_mtime_ns)
                if directory is not self._directory or stamp != self._stamp:
                    self._keep([Key.from_json(record) for record in json.loads(self.path.read_text())["keys"]], stamp)
            self._directory, self._looked_at = directory, now

    def _keep(self, keys: list[Key], stamp: tuple[int, int] | None) -> None:
        keys.sort(key=lambda key: key.version)
        self._keys = {key.version: key for key in keys}
        self._newest = {key.algorithm: key for key in keys}
        self._stamp = stamp

    def _append(self, algorithm: str) -> Key:
        """Write the file anew with one more key. The caller holds the lock file."""
        version = max(self._keys, default=0) + 1
        if version > MAX_VERSION:
            raise OverflowError(f"{self.path} is full")
        key = Key(
            version=version,
            id=secrets.token_bytes(4),
            algorithm=algorithm,
            secret=secrets.token_bytes(self._size(algorithm)),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        records = [kept.to_json() for kept in (*self._keys.values(), key)]
        write_private(self.path, json.dumps({"purpose": self.purpose, "keys": records}, indent=1))
        self._read(force=True)
        return key

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one process at a time creates a ring or adds to it."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step with content that only this user can read, on disk before anything uses it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
