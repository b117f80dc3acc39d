"""How the OpenAPI schema speaks of what all endpoints share: tokens, retries, versions, problems."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from core.api.mixins import IdempotentMixin, VersionedMixin
from core.api.serializers import ProblemSerializer
from core.refusals import PROBLEM_TYPE

PROBLEMS = {
    "400": "The input is not valid.",
    "401": "Not logged in, or the token is not valid.",
    "403": "Your role or the token's scopes do not include this.",
    "404": "Not found.",
    "409": "The document's state, another record or another request forbids this.",
    "412": "The document was changed after you read it (If-Match).",
    "422": "A rule refused the command.",
    "429": "Too many requests.",
}
ALWAYS = ("400", "401", "403", "429")
WRITES = ("409", "412", "422")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer tnk_...`."""

    target_class = "core.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The scheme as OpenAPI writes it."""
        return {"type": "http", "scheme": "bearer", "description": "A token of POST /api/v1/auth/token/"}


class ProblemAutoSchema(AutoSchema):
    """Adds to every operation the problems it may answer with and the headers it honours."""

    def get_override_parameters(self) -> list[Any]:
        """The shared headers."""
        parameters: list[Any] = list(super().get_override_parameters())
        if self.method == "POST" and isinstance(self.view, IdempotentMixin):
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    str,
                    OpenApiParameter.HEADER,
                    description="A second delivery gets the first answer.",
                )
            )
        if (
            self.method not in {"GET", "HEAD"}
            and isinstance(self.view, VersionedMixin)
            and "{id}" in self.path
        ):
            parameters.append(
                OpenApiParameter(
                    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that you read."
                )
            )
        return parameters

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        codes = [*ALWAYS]
        if "{" in self.path:
            codes.append("404")
        if self.method not in {"GET", "HEAD", "OPTIONS"}:
            codes.extend(WRITES)
        for code in sorted(codes):
            if code not in bodies:
                body = self._get_response_for_code(ProblemSerializer, code, [PROBLEM_TYPE], direction)  # type: ignore[no-untyped-call]
                bodies[code] = {**body, "description": PROBLEMS[code]}
        return bodies
