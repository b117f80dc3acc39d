"""Files on assets and work orders, and the list of parts that fit an asset."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import IO

from cmms.choices.places import DocumentKind
from cmms.models import Asset, AssetDocument, SparePart, WorkOrder, WorkOrderDocument
from cmms.services.locking import locked_work_order
from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound, RuleViolation
from core.models import Attachment, Item, User
from core.services.attachments import DOCUMENTS, IMAGES, store_attachment

EDIT_ASSET, EXECUTE = "cmms.change_asset", "cmms.execute_work_order"
EDIT_SPARES, DELETE_SPARES = "cmms.change_sparepart", "cmms.delete_sparepart"
ASSET = "asset_id"


@command
def add_asset_document(
    *,
    asset_id: int,
    content: bytes | IO[bytes],
    name: str,
    actor: User,
    at: datetime,
    kind: str = DocumentKind.OTHER,
    title: str = "",
) -> AssetDocument:
    """Keep a file with an asset; its type is read from its content. A photo must be a picture."""
    require(actor, EDIT_ASSET)
    if not Asset.objects.filter(pk=asset_id).exists():
        raise NotFound("That asset does not exist.", field=ASSET)
    kinds = IMAGES if kind == DocumentKind.PHOTO else DOCUMENTS
    stored = store_attachment(content=content, name=name, actor=actor, at=at, kinds=kinds)
    document = AssetDocument(
        asset_id=asset_id,
        attachment=stored,
        kind=kind,
        title=_titled(title, stored),
        added_at=at,
        added_by=actor,
    )
    document.clean_fields(exclude=["asset", "attachment", "added_by"])
    document.save()
    return document


@command
def remove_asset_document(*, document_id: int, reason: str, actor: User, at: datetime) -> AssetDocument:
    """Take a file off an asset's page, for a reason; the file stays stored."""
    require(actor, EDIT_ASSET)
    if not reason.strip():
        raise RuleViolation("Say why it is taken off.", field="reason")
    document = AssetDocument.objects.select_for_update().filter(pk=document_id).first()
    if document is None:
        raise NotFound("That document does not exist.", field="document_id")
    if document.removed_at is not None:
        raise Conflict(f"{document} was taken off already.")
    document.removed_at = at
    document.save(update_fields=["removed_at"])
    return document


@command
def add_work_order_document(
    *,
    work_order_id: int,
    content: bytes | IO[bytes],
    name: str,
    actor: User,
    at: datetime,
    title: str = "",
    is_evidence: bool = False,
) -> WorkOrderDocument:
    """Keep a file with a work order that is not closed; as evidence it lets an audit finding be completed."""
    require(actor, EXECUTE)
    order: WorkOrder = locked_work_order(work_order_id=work_order_id)
    if order.status in {"CLOSED", "CANCELLED"}:
        raise Conflict(f"{order} is closed, so nothing is added to it.")
    stored = store_attachment(content=content, name=name, actor=actor, at=at)
    document = WorkOrderDocument(
        work_order=order, attachment=stored, title=_titled(title, stored), is_evidence=is_evidence,
        added_at=at, added_by=actor,
    )  # fmt: skip
    document.save()
    return document


@command
def set_spare_part(
    *, asset_id: int, item_id: int, quantity_fitted: Decimal, actor: User, at: datetime, note: str = ""
) -> SparePart:
    """Put an item on an asset's spare-part list, or change how many are fitted (in the item's unit)."""
    require(actor, EDIT_SPARES)
    if quantity_fitted <= 0:
        raise RuleViolation("How many are fitted? More than none.", field="quantity_fitted")
    if not Asset.objects.filter(pk=asset_id).exists():
        raise NotFound("That asset does not exist.", field=ASSET)
    if not Item.objects.filter(pk=item_id, is_active=True).exists():
        raise NotFound("That part does not exist or is no longer used.", field="item_id")
    part = SparePart.objects.select_for_update().filter(asset_id=asset_id, item_id=item_id).first()
    part = part or SparePart(asset_id=asset_id, item_id=item_id)
    part.quantity_fitted, part.note = quantity_fitted, note.strip()
    part.clean_fields(exclude=["asset", "item"])
    part.save()
    return part


@command
def remove_spare_part(*, spare_part_id: int, actor: User, at: datetime, reason: str = "") -> None:
    """Take an item off an asset's spare-part list; the history keeps it."""
    require(actor, DELETE_SPARES)
    part = SparePart.objects.select_for_update().filter(pk=spare_part_id).first()
    if part is None:
        raise NotFound("That part is not on the list.", field="spare_part_id")
    part.delete()


def _titled(title: str, stored: Attachment) -> str:
    return (title.strip() or stored.name)[:160]
