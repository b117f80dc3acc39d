"""Errors of the API as RFC 9457 problem details, with the same words as on the pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from core.history import current_request_id
from core.refusals import PROBLEM_TYPE, Refusal, explain, problem_body

logger = structlog.get_logger(__name__)


def problem_exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The problem response of `error`; None (and so a plain 500) for a defect."""
    refusal = explain(error)
    if refusal is not None:
        set_rollback()
        return _problem(refusal, context)
    plain = exception_handler(error, context)
    if plain is None:
        return None
    headers = {name: value for name, value in plain.items() if name in {"WWW-Authenticate", "Retry-After"}}
    response = _problem(_of_drf(error, plain), context)
    for name, value in headers.items():
        response[name] = value
    return response


def _of_drf(error: Exception, plain: Response) -> Refusal:
    if isinstance(error, exceptions.ValidationError):
        errors = flat_errors(error.detail)
        field, texts = next(iter(errors.items()), ("", ["The input is not valid."]))
        shown = texts[0] if field in {"", "non_field_errors"} else f"{field}: {texts[0]}"
        return Refusal(plain.status_code, "invalid", shown, errors=errors)
    if isinstance(error, Http404):
        return Refusal(404, "not_found", "There is nothing at this address, or you may not see it.")
    if isinstance(error, PermissionDenied):
        return Refusal(403, "not_allowed", str(error) or "Your role does not include this.")
    if isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        return Refusal(plain.status_code, codes if isinstance(codes, str) else "error", str(error.detail))
    return Refusal(plain.status_code, "error", HTTPStatus(plain.status_code).phrase)


def flat_errors(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Nested errors of a serializer as 'lines.0.quantity' -> texts."""
    if isinstance(detail, dict):
        pairs = [(f"{path}.{name}" if path else str(name), value) for name, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(each, (dict, list)) for each in detail):
        pairs = [
            (f"{path}.{position}" if path else str(position), value) for position, value in enumerate(detail)
        ]
    else:
        texts = detail if isinstance(detail, list) else [detail]
        return {path or "non_field_errors": [str(text) for text in texts]} if texts else {}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.update(flat_errors(value, name))
    return found


def _problem(refusal: Refusal, context: dict[str, Any]) -> Response:
    request = context.get("request")
    body = problem_body(refusal, request.path if request is not None else "", current_request_id())
    logger.info("refused", status=refusal.status, code=refusal.code)
    return Response(body, status=refusal.status, content_type=PROBLEM_TYPE)
