"""A real Chromium for browser tests: where it is, how it is started, what it is watched for."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

PHONE = (360, 780)
DESKTOP = (1280, 900)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
AT_HOME = {"127.0.0.1", "localhost", ""}


def chromium_path() -> str | None:
    """Where Chromium is installed, if it is."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


@dataclass
class Watch:
    """What a page did that it should not do."""

    outside: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and (parts.hostname or "") not in AT_HOME:
            self.outside.append(request.url)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console_errors.append(message.text)
            if "Content Security Policy" in message.text:
                self.broken.append(message.text)

    def on_page_error(self, error: Exception) -> None:
        self.broken.append(str(error))


@contextmanager
def watched_page(browser: Browser, size: tuple[int, int], base_url: str) -> Iterator[Page]:
    """A fresh page. Fails at the end if it asked an outside host, broke its content policy or threw an error.

    The other console errors (a refused page is one) are in `page.watch.console_errors`.
    """
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        base_url=base_url,
        has_touch=width < 600,
        is_mobile=width < 600,
        locale="en-GB",
        timezone_id="UTC",
    )
    context.set_default_timeout(15_000)
    watch = Watch()
    context.on("request", watch.on_request)
    context.on("console", watch.on_console)
    context.on("weberror", lambda error: watch.on_page_error(error.error))
    page = context.new_page()
    page.watch = watch  # type: ignore[attr-defined]
    try:
        yield page
    finally:
        context.close()
    assert not watch.outside, f"requests left the machine: {watch.outside}"
    assert not watch.broken, f"errors in the page: {watch.broken}"


def sign_in(page: Page, user: AbstractBaseUser, base_url: str) -> None:
    """Sign in by session cookie, without the login page."""
    client = Client()
    client.force_login(user, backend="core.backends.RoleBackend")
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base_url}])


def has_sideways_scroll(page: Page) -> bool:
    """Whether the page is wider than the screen."""
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(page.evaluate(wider))
