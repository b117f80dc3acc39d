"""Moves, files and links of assets and locations."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from cmms.api import inputs
from cmms.choices.places import DocumentKind
from cmms.models import Asset, AssetDocument, AssetMove, Location, RequestLink, WorkOrder, WorkOrderDocument
from cmms.services.asset_moves import move_asset, move_location
from cmms.services.documents import add_asset_document, add_work_order_document, remove_asset_document
from cmms.services.request_links import end_request_link, renew_request_link
from core.api.serializers import DocumentSerializer
from core.api.viewsets import DocumentViewSet


class MoveAssetInput(serializers.Serializer[Any]):
    """Where the asset goes; what is left out becomes empty."""

    parent = inputs.optional(Asset)  # type: ignore[assignment]
    location = inputs.optional(Location)
    reason = serializers.CharField(max_length=100)


class MoveLocationInput(serializers.Serializer[Any]):
    """Where the location goes; without a parent to the top."""

    parent = inputs.optional(Location)  # type: ignore[assignment]
    reason = serializers.CharField(max_length=100)


class AssetMovedSerializer(serializers.Serializer[Any]):
    """What moved, and the open work orders that were planned for the old place (at most 50)."""

    asset = serializers.IntegerField()
    along = serializers.ListField(child=serializers.IntegerField())
    open_work_orders = serializers.ListField(child=serializers.IntegerField())


class AssetMoveSerializer(DocumentSerializer[AssetMove]):
    """An asset came to stand elsewhere."""

    class Meta:
        model = AssetMove
        fields = (
            "id", "asset", "from_parent", "to_parent", "from_location", "to_location", "moved_at", "moved_by", "reason",
        )  # fmt: skip


class AssetDocumentSerializer(DocumentSerializer[AssetDocument]):
    """A file about an asset."""

    class Meta:
        model = AssetDocument
        fields = ("id", "asset", "attachment", "kind", "title", "added_at", "added_by", "removed_at")


class WorkOrderDocumentSerializer(DocumentSerializer[WorkOrderDocument]):
    """A file about the work."""

    class Meta:
        model = WorkOrderDocument
        fields = ("id", "work_order", "attachment", "title", "is_evidence", "added_at", "added_by")


class RequestLinkSerializer(DocumentSerializer[RequestLink]):
    """A link for reporting without login; `token` completes the address /work/tell/<token>/."""

    class Meta:
        model = RequestLink
        fields = ("id", "location", "token", "is_active", "renewed_at", "renewed_by")


class AssetDocumentInput(serializers.Serializer[Any]):
    """A file for an asset; its type is read from its content."""

    asset = inputs.KeyField(Asset)
    file = serializers.FileField()
    kind = serializers.ChoiceField(DocumentKind.choices, default=DocumentKind.OTHER)
    title = serializers.CharField(max_length=160, default="", allow_blank=True)


class WorkOrderDocumentInput(serializers.Serializer[Any]):
    """A file for a work order."""

    work_order = inputs.KeyField(WorkOrder)
    file = serializers.FileField()
    title = serializers.CharField(max_length=160, default="", allow_blank=True)
    is_evidence = serializers.BooleanField(default=False)


class LinkInput(serializers.Serializer[Any]):
    """The location whose link it is."""

    location = inputs.KeyField(Location)


class MovesAssets:
    """The verb that moves an asset."""

    @extend_schema(request=MoveAssetInput, responses=AssetMovedSerializer)
    @action(detail=True, methods=["post"])
    def move(self: Any, request: Request, pk: str) -> Response:
        """Put it elsewhere; what is fitted in it at the same place comes along."""
        data = inputs.keys(self.read(MoveAssetInput), "parent", "location")
        moved = move_asset(asset_id=self.document_id, **data, actor=self.actor, at=self.at)
        body = {
            "asset": moved.asset.pk,
            "along": [each.pk for each in moved.along],
            "open_work_orders": [each.pk for each in moved.open_orders],
        }
        return Response(AssetMovedSerializer(body).data)


class MovesLocations:
    """The verb that moves a location."""

    @extend_schema(request=MoveLocationInput)
    @action(detail=True, methods=["post"])
    def move(self: Any, request: Request, pk: str) -> Response:
        """Put it below another one of its site."""
        data = inputs.keys(self.read(MoveLocationInput), "parent")
        move_location(location_id=self.document_id, **data, actor=self.actor, at=self.at)
        answer: Response = self.answer()
        return answer


class AssetMoveViewSet(DocumentViewSet):
    """Where assets have been."""

    http_method_names = ["get", "head", "options"]
    queryset = AssetMove.objects.all()
    serializer_class = AssetMoveSerializer
    filterset_fields = ("asset",)


class AssetDocumentViewSet(DocumentViewSet):
    """Files about assets."""

    queryset = AssetDocument.objects.all()
    serializer_class = AssetDocumentSerializer
    filterset_fields = {"asset": ["exact"], "kind": ["exact"], "removed_at": ["isnull"]}

    @extend_schema(request=AssetDocumentInput, responses={201: AssetDocumentSerializer})
    def create(self, request: Request) -> Response:
        """Add a file (multipart)."""
        data = inputs.keys(self.read(AssetDocumentInput), "asset")
        file = data.pop("file")
        made = add_asset_document(content=file, name=file.name, **data, actor=self.actor, at=self.at)
        return self.answer(made.pk, status=201)

    @extend_schema(request=inputs.MustSayWhy, responses=AssetDocumentSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """Take it off the asset's page; it stays stored."""
        data = self.read(inputs.MustSayWhy)
        remove_asset_document(document_id=self.document_id, **data, actor=self.actor, at=self.at)
        return self.answer()


class WorkOrderDocumentViewSet(DocumentViewSet):
    """Files about work, evidence among them."""

    queryset = WorkOrderDocument.objects.all()
    serializer_class = WorkOrderDocumentSerializer
    filterset_fields = ("work_order", "is_evidence")

    @extend_schema(request=WorkOrderDocumentInput, responses={201: WorkOrderDocumentSerializer})
    def create(self, request: Request) -> Response:
        """Add a file (multipart)."""
        data = inputs.keys(self.read(WorkOrderDocumentInput), "work_order")
        file = data.pop("file")
        made = add_work_order_document(content=file, name=file.name, **data, actor=self.actor, at=self.at)
        return self.answer(made.pk, status=201)


class RequestLinkViewSet(DocumentViewSet):
    """Links for reporting without login, for who may manage them."""

    queryset = RequestLink.objects.all()
    serializer_class = RequestLinkSerializer
    filterset_fields = ("location", "is_active")

    @extend_schema(request=LinkInput, responses={201: RequestLinkSerializer})
    def create(self, request: Request) -> Response:
        """Make the link of a location, or renew it: the old address ends."""
        data = inputs.keys(self.read(LinkInput), "location")
        made = renew_request_link(**data, actor=self.actor, at=self.at)
        return self.answer(made.pk, status=201)

    @extend_schema(request=None, responses=RequestLinkSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """Nobody reports by it any more."""
        link = self.get_object()
        end_request_link(location_id=link.location_id, actor=self.actor, at=self.at)
        return self.answer()
