"""Bearer tokens: `Authorization: Bearer tnk_...`. Only the SHA-256 of a token is stored."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from core.models import ApiToken, User
from core.services.tokens import READ, WRITE, digest_of, note_use

KEYWORD = b"bearer"
USE_NOTED_EVERY = timedelta(hours=1)


class TokenAuthentication(BaseAuthentication):
    """Finds the user of a bearer token; an expired, revoked or unknown one is refused."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user and the token, or None where the request carries no bearer token."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != KEYWORD:
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("Send one token: 'Authorization: Bearer tnk_...'.")
        token = (
            ApiToken.objects.select_related("user")
            .filter(digest=digest_of(token=parts[1].decode("latin-1")))
            .first()
        )
        now = timezone.now()
        if token is None or token.revoked_at is not None or not token.user.is_active:
            raise AuthenticationFailed("This token is not valid.")
        if token.expires_at is not None and token.expires_at <= now:
            raise AuthenticationFailed("This token has expired. Log in again for a new one.")
        needed = READ if request.method in SAFE_METHODS else WRITE
        if token.scopes and needed not in token.scopes:
            raise PermissionDenied(f"This token may not {needed}: its scopes are {', '.join(token.scopes)}.")
        if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
            note_use(token_id=token.pk, at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 answer asks for."""
        return 'Bearer realm="tenon"'
