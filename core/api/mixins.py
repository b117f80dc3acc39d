"""What every write through the API has: safe retries and protection against lost updates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from core.errors import StaleVersion
from core.models import User
from core.services.idempotency import run_once

Handler = Callable[..., Response]
PASSWORD = "password"
KEPT_HEADERS = ("ETag", "Location")


class CommandMixin:
    """The three things a command needs from its request: who, when, what."""

    @property
    def actor(self) -> User:
        """The person or program behind the request."""
        return cast(User, self._asked.user)

    @property
    def at(self) -> datetime:
        """Now; the rules never ask the clock."""
        return timezone.now()

    @property
    def _asked(self) -> Request:
        return cast(Request, self.request)  # type: ignore[attr-defined]

    def read(self, serializer_class: type[BaseSerializer[Any]], **extra: Any) -> dict[str, Any]:
        """The request's body as `serializer_class` understands it; a 400 problem where it does not."""
        serializer = serializer_class(
            data=self._asked.data, context={"request": self._asked, "view": self}, **extra
        )
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)


class VersionedMixin:
    """`ETag` on answers about one document and `If-Match` on writes to it.

    A write with `If-Match` locks the row and compares in the transaction of the write itself. For models
    without a `version` column the header is ignored.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Wrap the handler of a conditional write."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        expected = request.headers.get("If-Match", "").strip()
        if request.method in SAFE_METHODS or not expected or expected == "*" or "pk" not in kwargs:
            return
        model = getattr(getattr(self, "queryset", None), "model", None)
        if model is not None and any(field.name == "version" for field in model._meta.concrete_fields):
            name = str(request.method).lower()
            setattr(self, name, partial(self._when_unchanged, getattr(self, name), model, expected))

    def _when_unchanged(
        self, handler: Handler, model: Any, expected: str, request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        with transaction.atomic():
            row = model._default_manager.select_for_update(of=("self",)).filter(pk=kwargs["pk"]).first()
            if row is None:
                raise NotFound
            if expected.removeprefix("W/").strip('"') != str(row.version):
                raise StaleVersion(
                    f"{row} was changed by somebody else after you read it; it is now version {row.version}.",
                    remedy="Read it again, then repeat your change.",
                )
            return handler(request, *args, **kwargs)


class IdempotentMixin:
    """Every POST honours `Idempotency-Key`: a second delivery gets the first answer and changes nothing.

    A refused command is not remembered, so it can be sent again under the same key.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Wrap the handler of a keyed POST."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        key = request.headers.get("Idempotency-Key", "").strip()
        if request.method == "POST" and key and hasattr(self, "post"):
            self.post: Handler = partial(self._once, self.post, key)

    def _once(self, handler: Handler, key: str, request: Request, *args: Any, **kwargs: Any) -> Response:
        def run() -> dict[str, Any]:
            response = handler(request, *args, **kwargs)
            if response.status_code >= 400:
                raise _NotStored(response)
            return {
                "status": response.status_code,
                "body": json.loads(JSONRenderer().render(response.data) or b"null"),
                "headers": {name: response[name] for name in KEPT_HEADERS if name in response},
            }

        try:
            stored, replayed = run_once(
                key=key,
                actor=cast(User, request.user),
                command=f"{request.method} {request.path}"[:120],
                content={"path": request.get_full_path(), "body": body_of(request)},
                run=run,
            )
        except _NotStored as refused:
            return refused.response
        response = Response(stored["body"], status=int(stored["status"]), headers=dict(stored["headers"]))
        if replayed:
            response["Idempotent-Replayed"] = "true"
        return response


class _NotStored(Exception):
    """Carries an error answer out of the transaction that it must not be stored in."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def body_of(request: Request) -> Any:
    """The request's body in a form that can be compared; a file counts by its digest, a password not at all."""
    data = request.data
    if isinstance(data, QueryDict):
        lists = data.lists()
        return {name: [_comparable(value) for value in values] for name, values in lists if name != PASSWORD}
    if isinstance(data, dict):
        return {name: value for name, value in data.items() if name != PASSWORD}
    return data


def _comparable(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return {"name": value.name, "sha256": digest.hexdigest()}


def positive_id(text: str) -> int:
    """A primary key from a URL; a 400 problem where it is not a number that a key can be."""
    if not text.isascii() or not text.isdigit() or int(text) >= 2**63:
        raise ParseError("The id in the address is not a number.")
    return int(text)


class CommandAPIView(CommandMixin, IdempotentMixin, APIView):
    """An endpoint that is not a collection; POST is safe to retry."""
