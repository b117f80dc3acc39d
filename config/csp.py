"""What a page may load: our own files only. The admin theme and the API docs need a little more."""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

STRICT: dict[str, list[str]] = {
    "default-src": [SELF],
    "img-src": [SELF, "data:", "blob:"],
    "object-src": [NONE],
    "base-uri": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}
# The admin theme evaluates its Alpine expressions and sets style attributes.
ADMIN = STRICT | {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
# Swagger UI writes style elements.
DOCS = STRICT | {"style-src": [SELF, UNSAFE_INLINE]}

SECTIONS = {"/admin/": ADMIN, "/api/v1/docs/": DOCS}


class SectionPolicyMiddleware(CSPMiddleware):
    """Sends the policy of the part of the site that was asked for."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and parts.config is None:
            for prefix, directives in SECTIONS.items():
                if request.path_info.startswith(prefix):
                    parts.config = directives
        return parts
