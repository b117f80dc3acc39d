"""Bases of all collections: documents, which change by verbs, and master data, which is edited."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Model
from rest_framework import mixins
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from core.api.mixins import CommandMixin, IdempotentMixin, VersionedMixin, positive_id
from core.api.permissions import MayRead
from core.services.master_data import delete_master_data


class CollectionViewSet(CommandMixin, IdempotentMixin, VersionedMixin, GenericViewSet[Any]):
    """Addresses by number, reading rights, safe retries, versions."""

    permission_classes = (IsAuthenticated, MayRead)
    lookup_value_regex = r"[0-9]+"
    read_permission: str | None = None

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One row, with its version as ETag."""
        return self._shown(self.get_object())

    @property
    def document_id(self) -> int:
        """The primary key in the address."""
        return positive_id(str(self.kwargs["pk"]))

    def answer(self, pk: int | None = None, *, status: int = 200) -> Response:
        """The document after a command: the body that GET would give, with its new version."""
        key = self.document_id if pk is None else pk
        row = cast(Model, self.get_queryset().get(pk=key))
        response = self._shown(row, status=status)
        if status == 201:
            response["Location"] = self.request.build_absolute_uri(f"{self.request.path}{row.pk}/")
        return response

    def _shown(self, row: Model, *, status: int = 200) -> Response:
        response = Response(self.get_serializer(row).data, status=status)
        version = getattr(row, "version", None)
        if version is not None:
            response["ETag"] = f'W/"{version}"'
        return response


class DocumentViewSet(mixins.ListModelMixin, CollectionViewSet):
    """Business documents: list and read; every change is a verb, `POST .../{id}/<verb>/`."""

    http_method_names = ["get", "post", "head", "options"]


class MasterDataViewSet(
    mixins.ListModelMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin, CollectionViewSet
):
    """Master data: read, add, change, delete, each by Django's permission of that name."""

    http_method_names = ["get", "post", "put", "patch", "delete", "head", "options"]

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a row that nothing refers to."""
        delete_master_data(row=self.get_object(), actor=self.actor)
        return Response(status=204)
