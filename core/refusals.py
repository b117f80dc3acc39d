"""One translation of every refusal (rule, input, constraint, lock) into words and a status, for all doors."""

from __future__ import annotations

import dataclasses
from functools import cache
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import ProtectedError, RestrictedError

from core.errors import Conflict, NotAllowed, NotFound, RuleViolation, StaleVersion

UNIQUE, FOREIGN_KEY, NOT_NULL, CHECK, RESTRICT, EXCLUSION = (
    "23505",
    "23503",
    "23502",
    "23514",
    "23001",
    "23P01",
)
PROBLEM_TYPE = "application/problem+json"
TRY_AGAIN = {"40P01", "40001", "55P03"}  # deadlock, serialisation failure, lock not available


@dataclasses.dataclass(frozen=True)
class Refusal:
    """What to tell: a status (HTTP), a stable code, a sentence, and where it belongs."""

    status: int
    code: str
    message: str
    field: str | None = None
    remedy: str = ""
    errors: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    @property
    def words(self) -> str:
        """Message and remedy as one text."""
        return f"{self.message} {self.remedy}".strip()


def problem_body(refusal: Refusal, instance: str, request_id: str) -> dict[str, Any]:
    """The refusal as RFC 9457 problem details."""
    body: dict[str, Any] = {
        "type": f"urn:tenon:problem:{refusal.code}",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.words,
        "code": refusal.code,
        "instance": instance,
        "request_id": request_id,
    }
    for name, value in (("field", refusal.field), ("remedy", refusal.remedy), ("errors", refusal.errors)):
        if value:
            body[name] = value
    return body


def explain(error: BaseException) -> Refusal | None:
    """The refusal behind `error`, or None where it is a defect that nobody should paper over."""
    if isinstance(error, RuleViolation):
        return _rule(error)
    if isinstance(error, ValidationError):
        return _validation(error)
    if isinstance(error, (ProtectedError, RestrictedError)):
        return Refusal(409, "in_use", "This is still used by other records, so it cannot be deleted.")
    if isinstance(error, IntegrityError):
        return _integrity(error)
    if isinstance(error, DataError):
        return Refusal(400, "invalid", "A value is too long or too large to be stored.")
    if isinstance(error, ObjectDoesNotExist):
        return Refusal(404, "not_found", "The record that was asked for does not exist.")
    if isinstance(error, OperationalError) and _sqlstate(error) in TRY_AGAIN:
        return Refusal(
            409, "try_again", "Somebody else changed this at the same moment.", remedy="Try again."
        )
    return None


def _rule(error: RuleViolation) -> Refusal:
    status = 422
    if isinstance(error, StaleVersion):
        status = 412
    elif isinstance(error, Conflict):
        status = 409
    elif isinstance(error, NotAllowed):
        status = 403
    elif isinstance(error, NotFound):
        status = 404
    return Refusal(status, error.code, error.message, error.field, error.remedy, error.errors)


def _validation(error: ValidationError) -> Refusal:
    if hasattr(error, "error_dict"):
        errors = {
            ("non_field_errors" if name == NON_FIELD_ERRORS else name): [str(text) for text in texts]
            for name, texts in error.message_dict.items()
        }
    else:
        errors = {"non_field_errors": [str(text) for text in error.messages]}
    first = next((texts[0] for texts in errors.values() if texts), "The input is not valid.")
    return Refusal(400, "invalid", first, errors=errors)


def _integrity(error: IntegrityError) -> Refusal:
    state, name = _sqlstate(error), _constraint_name(error)
    known = constraint_messages().get(name)
    if known:
        return Refusal(409 if state in {UNIQUE, EXCLUSION} else 400, name, known)
    if state == UNIQUE:
        return Refusal(409, "already_exists", "A record with the same values already exists.")
    if state == FOREIGN_KEY:
        return Refusal(409, "in_use", "A record that this refers to does not exist, or is still in use.")
    if state == RESTRICT:
        return Refusal(
            409, "facts_are_kept", "A recorded fact cannot be changed; record a correction instead."
        )
    if state == NOT_NULL:
        return Refusal(400, "required", "A required value is missing.")
    return Refusal(400, "rule_broken", "The values break a rule of the database and were not stored.")


def _sqlstate(error: BaseException) -> str:
    return str(getattr(error.__cause__, "sqlstate", "") or "")


def _constraint_name(error: BaseException) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(getattr(diagnosis, "constraint_name", "") or "")


@cache
def constraint_messages() -> dict[str, str]:
    """The sentence of every named constraint that has one of its own."""
    return {
        constraint.name: str(constraint.violation_error_message)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if constraint.violation_error_message
        and constraint.violation_error_message != constraint.default_violation_error_message
    }
