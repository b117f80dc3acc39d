"""`@command`: one verb is one function is one transaction, and its history names the actor and the reason."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import transaction

from core.history import acting

P = ParamSpec("P")
R = TypeVar("R")

_inside: ContextVar[bool] = ContextVar("inside_command", default=False)


def command(verb: Callable[P, R]) -> Callable[P, R]:
    """Run a keyword-only service in one transaction.

    The outermost command opens the transaction; commands it calls join it without a savepoint: all or nothing.
    `actor` and `reason` among the arguments are written into every history row.
    """

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        named: dict[str, Any] = kwargs
        with acting(named.get("actor"), str(named.get("reason") or "")):
            if _inside.get():
                return verb(*args, **kwargs)
            token = _inside.set(True)
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            finally:
                _inside.reset(token)

    run.is_command = True  # type: ignore[attr-defined]
    return run
