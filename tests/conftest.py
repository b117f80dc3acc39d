"""Fixtures for all tests. PostgreSQL and Redis are started by tests.settings, once per run."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.cache import cache
from playwright.sync_api import Browser, Page, sync_playwright

from config.celery import app
from tests.browser import ARGUMENTS, DESKTOP, PHONE, chromium_path, sign_in, watched_page
from tests.worker import WorkerProcess, empty_queue

MARKER_OF_FIXTURE = {
    "chromium": "browser",
    "celery_worker_process": "worker",
    "shared_data": "shared_data",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses the browser, the worker or the real data carries their marker without saying so."""
    for item in items:
        for fixture, marker in MARKER_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)


def _missing(reason: str) -> NoReturn:
    """Skip with a plain reason; on the build machine nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """No test sees what another left in the cache."""
    yield
    cache.clear()


@pytest.fixture
def celery_worker_process(transactional_db: None, tmp_path: Path) -> Iterator[WorkerProcess]:
    """A running worker that the test may kill and restart. Jobs sent in the test go to it."""
    empty_queue()
    app.conf.task_always_eager = False
    worker = WorkerProcess(log=tmp_path / "worker.log")
    try:
        worker.start()
        yield worker
    finally:
        worker.stop()
        app.conf.task_always_eager = django_settings.CELERY_TASK_ALWAYS_EAGER
        empty_queue()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the run."""
    path = chromium_path()
    if path is None:
        _missing("Chromium is not installed: browser tests need it (apt-get install chromium).")
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def phone_page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A page as wide as a small phone (360 px), with touch."""
    with watched_page(chromium, PHONE, live_server.url) as page:
        yield page


@pytest.fixture
def desktop_page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A page on a desk (1280 px)."""
    with watched_page(chromium, DESKTOP, live_server.url) as page:
        yield page


@pytest.fixture
def signed_in(live_server: Any) -> Callable[[Page, AbstractBaseUser], Page]:
    """`signed_in(phone_page, user)` signs the user in on that page and returns it."""

    def use(page: Page, user: AbstractBaseUser) -> Page:
        sign_in(page, user, live_server.url)
        return page

    return use


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout, or the one SHARED_DATA names."""
    folder = Path(os.environ.get("SHARED_DATA") or django_settings.BASE_DIR.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"The real data is not here: no folder {folder}. Set SHARED_DATA to where it is.")
    return folder
