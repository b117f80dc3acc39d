"""`make run`: everything on one machine, until Ctrl-C.

Starts PostgreSQL and Redis (unless DATABASE_URL and REDIS_URL name others), brings the database up to date,
fills it with demo data the first time, then runs the web server and the worker and waits.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psycopg

from config import embedded, processes
from config.roles import ROLES

BASE_DIR = Path(__file__).resolve().parent.parent
LOGS = embedded.VAR_DIR / "log"
PATIENCE_TO_STOP = 30
DIES_AT_ONCE = 5


class CannotRun(Exception):
    """Raised with a message for the person at the keyboard."""


class Stopped(BaseException):
    """Ctrl-C, or the system asked us to end."""


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _on_stop)
    try:
        run(host=os.environ.get("HOST") or "127.0.0.1", port=_port())
    except Stopped:
        say("Stopped.")
        return 0
    except (CannotRun, processes.CannotStart) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def run(*, host: str, port: int) -> None:
    """Runs until stopped. Raises CannotRun with the reason in plain words."""
    _require_free(host, port)
    LOGS.mkdir(parents=True, exist_ok=True)
    with _services() as found:
        environment = os.environ | found
        environment.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        environment.setdefault("TENON_DEMO", "1")
        if host not in {"127.0.0.1", "localhost", "::1"}:
            environment.setdefault("ALLOWED_HOSTS", "*")
        demo = environment["TENON_DEMO"].lower() in {"1", "true", "yes", "on"}
        _prepare(environment, demo=demo)
        say("Starting the web server and the worker ...")
        with Site(_commands(host, port), environment) as site:
            _await_answer(host, port, site)
            _greet(host, port, demo=demo)
            while True:
                site.keep_alive()
                time.sleep(0.5)


def say(text: str) -> None:
    print(text, flush=True)


def _on_stop(number: int, frame: FrameType | None) -> None:
    # Once is enough: what follows must not be interrupted half-way.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        print(f"PORT must be a number between 1 and 65535, not {text!r}.", file=sys.stderr)
        raise SystemExit(1)
    return int(text)


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotRun(
                f"Port {port} on {host} cannot be used ({error.strerror}). "
                f"Stop what uses it, or choose another: PORT={port + 1} make run"
            ) from error


@contextmanager
def _services() -> Iterator[dict[str, str]]:
    """The servers of the demo that the environment does not name, for as long as we run."""
    needs_postgres = not os.environ.get("DATABASE_URL", "").strip()
    needs_redis = not os.environ.get("REDIS_URL", "").strip()
    if not (needs_postgres or needs_redis):
        yield {}
        return
    say("Starting the database and the queue ...")
    try:
        services = embedded.start("demo", postgres=needs_postgres, redis_server=needs_redis)
    except embedded.FolderInUse as error:
        raise CannotRun(
            "Tenon already runs from this checkout, or one of its commands is just running. "
            "Stop that one first; a second demo needs a second checkout."
        ) from error
    try:
        yield services.environment
    finally:
        services.stop()


def _prepare(environment: dict[str, str], *, demo: bool) -> None:
    say("Bringing the database up to date ...")
    _manage(environment, "migrate", "--no-input", quiet=True)
    _manage(environment, "sync_roles", quiet=True)
    if demo and _has_no_people(environment["DATABASE_URL"]):
        say("Filling it with a demo plant (first time only) ...")
        _manage(environment, "seed_demo", quiet=False)
    _manage(environment, "collectstatic", "--no-input", quiet=True)


def _manage(environment: dict[str, str], *arguments: str, quiet: bool) -> None:
    command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
    output = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command, env=environment, cwd=BASE_DIR, stdin=subprocess.DEVNULL, stdout=output,
        stderr=subprocess.STDOUT if quiet else None, text=True, start_new_session=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        said = f"\n{done.stdout.strip()[-3000:]}" if quiet else ""
        raise CannotRun(f"`manage.py {arguments[0]}` failed with code {done.returncode}.{said}")


def _has_no_people(database_url: str) -> bool:
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT 1 FROM core_user LIMIT 1").fetchone() is None


def _commands(host: str, port: int) -> dict[str, list[str]]:
    """The processes of the product, by the name of their log."""
    bound = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    python = sys.executable
    return {
        "web": [python, "-m", "gunicorn", "config.wsgi", "--bind", bound, "--workers", "2", "--threads", "4"],
        "worker": [
            python, "-m", "celery", "-A", "config", "worker", "--loglevel=INFO", "--concurrency=2",
            "--beat", f"--schedule={embedded.VAR_DIR / 'beat-schedule'}",
        ],
    }  # fmt: skip


class Site:
    """The web server and the worker, started, watched and stopped together."""

    def __init__(self, commands: dict[str, list[str]], environment: dict[str, str]) -> None:
        self.commands = commands
        self.environment = environment
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.started_at: dict[str, float] = {}

    def __enter__(self) -> "Site":
        try:
            for name in self.commands:
                self.start(name)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str) -> None:
        """In a session of its own, so that Ctrl-C reaches us only."""
        with (LOGS / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [*processes.ends_with_us("TERM"), *self.commands[name]], env=self.environment, cwd=BASE_DIR,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.started_at[name] = time.monotonic()

    def keep_alive(self) -> None:
        """Start again what died; give up on what dies at once, with the end of its log."""
        for name, process in list(self.running.items()):
            if process.poll() is None:
                continue
            if time.monotonic() - self.started_at[name] < DIES_AT_ONCE:
                log = LOGS / f"{name}.log"
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise CannotRun(f"The {name} ended with code {process.returncode}. The end of {log}:\n{tail}")
            say(f"The {name} died (code {process.returncode}); starting it again.")
            _kill_group(process)
            self.start(name)

    def stop(self) -> None:
        """Ask all at once to finish, wait, and end what does not."""
        for process in self.running.values():
            process.terminate()
        deadline = time.monotonic() + PATIENCE_TO_STOP
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _kill_group(process)
                process.wait()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _await_answer(host: str, port: int, site: Site) -> None:
    deadline = time.monotonic() + 60
    ask = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while time.monotonic() < deadline:
        site.keep_alive()
        connection = http.client.HTTPConnection(ask, port, timeout=10)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return
            raise CannotRun(f"The site answers with an error. See {LOGS / 'web.log'}.")
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise CannotRun(f"The site does not answer. See {LOGS / 'web.log'}.")


def _greet(host: str, port: int, *, demo: bool) -> None:
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host
    say(f"\nTenon is running: http://{shown}:{port}/")
    if demo:
        say("\nSign in as any of these, password `demo`:")
        say("    " + "  ".join(ROLES))
    say(f"\nLogs are in {LOGS}. Ctrl-C stops everything.")


if __name__ == "__main__":
    raise SystemExit(main())
