"""PostgreSQL and Redis of a test run: those named in the environment, else embedded ones started once."""

import atexit
import itertools
import os

from config import embedded
from config.broker import database_number, with_database


def environment() -> dict[str, str]:
    """DATABASE_URL, REDIS_URL and CACHE_URL of this test process.

    The first process of a run starts what is missing; the workers of `-n` inherit the addresses.
    Each worker has its own Redis databases; the PostgreSQL database gets its own name from pytest-django.
    """
    missing = [key for key in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(key, "").strip()]
    if missing:
        services = _start(postgres="DATABASE_URL" in missing, redis_server="REDIS_URL" in missing)
        atexit.register(services.stop)
        os.environ.update(services.environment)
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = os.environ["REDIS_URL"]
    first = database_number(url) + 2 * worker
    return {
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": with_database(url, first),
        "CACHE_URL": with_database(url, first + 1),
    }


def _start(*, postgres: bool, redis_server: bool) -> embedded.Services:
    """In the first folder that no other test run holds."""
    for number in itertools.count():
        try:
            return embedded.start(
                f"test/{number}", postgres=postgres, redis_server=redis_server, throwaway=True
            )
        except embedded.FolderInUse:
            continue
    raise AssertionError("unreachable")
