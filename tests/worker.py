"""A real Celery worker process, for tests that kill one or wait for one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection

from config.celery import app


def test_database_url() -> str:
    """The address of the database that this test writes to."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return f"{parts.scheme}://{parts.netloc}/{connection.settings_dict['NAME']}?{parts.query}"


class WorkerProcess:
    """`celery -A config worker` on the test database and on this test process's Redis databases."""

    # A job whose worker was killed is handed out again after so many seconds.
    visibility_timeout = 3

    def __init__(self, log: Path, concurrency: int = 2) -> None:
        self.log = log
        self.concurrency = concurrency
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        assert self.process is None, "the worker is already running"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": test_database_url(),
            "CACHE_URL": settings.CACHES["default"]["LOCATION"],
            "TASK_VISIBILITY_TIMEOUT": str(self.visibility_timeout),
        }
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--loglevel=INFO"]
        command += [f"--concurrency={self.concurrency}", "--without-gossip", "--without-mingle"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not app.control.ping(timeout=0.3):
            assert self.process.poll() is None, f"the worker ended: {self.log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"the worker does not answer: {self.log.read_text()[-3000:]}"

    def kill(self) -> None:
        """SIGKILL the worker and its children, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to finish what it is doing and wait."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Start again after kill or stop."""
        if self.process is not None:
            self.stop()
        self.start()

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
            self.process.wait(30)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self.process = None


def empty_queue() -> None:
    """Forget every waiting job of this test process."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
