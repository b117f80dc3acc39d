"""Log in for a token, end it, and see who one is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed, ParseError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.authentication import TokenAuthentication
from core.api.mixins import CommandAPIView, CommandMixin
from core.api.serializers import EmptySerializer, PersonSerializer
from core.models import ApiToken, User
from core.services.tokens import DEFAULT_LIFE_DAYS, LONGEST_LIFE_DAYS, SCOPES, issue_token, revoke_token


class LoginSerializer(serializers.Serializer[Any]):
    """User name and password, and what the token shall be good for."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)
    name = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="What the token is for"
    )
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES),
        default=list,
        help_text="Empty: all that the user may do",
    )
    expires_in_days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_LIFE_DAYS, default=DEFAULT_LIFE_DAYS
    )


class TokenSerializer(serializers.Serializer[Any]):
    """A new token; its text is shown this once."""

    token = serializers.CharField()
    token_type = serializers.CharField()
    expires_at = serializers.DateTimeField()
    scopes = serializers.ListField(child=serializers.CharField())
    user = PersonSerializer()
    roles = serializers.ListField(child=serializers.CharField())


def roles_of(user: User) -> list[str]:
    """The names of a user's roles."""
    return sorted(user.groups.values_list("name", flat=True))


class TokenLoginView(CommandMixin, APIView):
    """Log in with user name and password for a bearer token.

    The one POST without Idempotency-Key: a secret is never stored for replay.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_scope = "login"

    @extend_schema(
        operation_id="auth_token_create", request=LoginSerializer, responses={200: TokenSerializer}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """A new token."""
        data = self.read(LoginSerializer)
        # Axes counts failures on the Django request and locks out after too many.
        user = authenticate(request._request, username=data["username"], password=data["password"])
        if not isinstance(user, User):
            raise AuthenticationFailed("User name or password is wrong, or the account is locked for now.")
        token, text = issue_token(
            actor=user,
            at=self.at,
            name=data["name"],
            scopes=data["scopes"],
            expires_in_days=data["expires_in_days"],
        )
        shown = {
            "token": text,
            "token_type": "Bearer",
            "expires_at": token.expires_at,
            "scopes": token.scopes,
            "user": user,
            "roles": roles_of(user),
        }
        return Response(TokenSerializer(shown).data)

    def get_authenticate_header(self, request: Request) -> str:
        """So that a wrong password is a 401."""
        return TokenAuthentication().authenticate_header(request)


class TokenRevokeView(CommandAPIView):
    """End the token that this request carries."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="auth_token_revoke", request=EmptySerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """The token no longer works after this."""
        if not isinstance(request.auth, ApiToken):
            raise ParseError("This request does not carry a token.")
        revoke_token(token=request.auth, at=self.at)
        return Response(status=204)


class MeView(APIView):
    """Who one is and what one may do."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        responses=inline_serializer(
            "Me",
            {
                "user": PersonSerializer(),
                "roles": serializers.ListField(child=serializers.CharField()),
                "permissions": serializers.ListField(child=serializers.CharField()),
            },
        )
    )
    def get(self, request: Request) -> Response:
        """The logged-in user."""
        user = request.user
        assert isinstance(user, User)
        return Response(
            {
                "user": PersonSerializer(user).data,
                "roles": roles_of(user),
                "permissions": sorted(user.get_all_permissions()),
            }
        )
