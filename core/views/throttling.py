"""How often somebody without a login may ask; kept in the cache, counted by REST framework."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.throttling import SimpleRateThrottle


class Throttle(SimpleRateThrottle):
    """`rate` like '10/hour', for the caller's address, or for `of` whoever calls."""

    def __init__(self, name: str, rate: str | None, of: str = "") -> None:
        self.name, self.of, self.rate = name, of, rate
        if rate:
            super().__init__()

    def get_cache_key(self, request: Any, view: Any) -> str:
        """What is counted together."""
        return f"throttle.{self.name}.{self.of or self.get_ident(request)}"


def seconds_to_wait(request: HttpRequest, *throttles: Throttle) -> int:
    """0 where the request may pass, else how long to wait."""
    for throttle in throttles:
        if throttle.rate and not throttle.allow_request(request, None):  # type: ignore[arg-type]
            return int(throttle.wait() or 1) + 1
    return 0
