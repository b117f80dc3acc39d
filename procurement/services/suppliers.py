"""Whom we may order from."""

from __future__ import annotations

from datetime import datetime

from core.access import require
from core.commands import command
from core.errors import Conflict, NotFound
from core.models import User
from procurement.choices import SupplierStatus
from procurement.decisions.input_checks import check_reason
from procurement.models import Supplier


@command
def approve_supplier(*, supplier_id: int, actor: User, at: datetime, reason: str = "") -> Supplier:
    """Allow orders to a supplier that waits for approval or is blocked.

    Raises NotAllowed without the right, Conflict where it is approved already.
    """
    require(actor, "procurement.approve_supplier")
    supplier = _locked(supplier_id)
    if supplier.status == SupplierStatus.APPROVED:
        raise Conflict(f"{supplier} is approved already.", field="status")
    supplier.status = SupplierStatus.APPROVED
    supplier.save(update_fields=["status"])
    return supplier


@command
def block_supplier(*, supplier_id: int, reason: str, actor: User, at: datetime) -> Supplier:
    """Stop new orders to a supplier; the reason is kept in its history.

    Raises NotAllowed without the right, RuleViolation without a reason, Conflict where it is blocked already.
    """
    require(actor, "procurement.approve_supplier")
    check_reason(reason)
    supplier = _locked(supplier_id)
    if supplier.status == SupplierStatus.BLOCKED:
        raise Conflict(f"{supplier} is blocked already.", field="status")
    supplier.status = SupplierStatus.BLOCKED
    supplier.save(update_fields=["status"])
    return supplier


def _locked(supplier_id: int) -> Supplier:
    supplier = Supplier.objects.select_for_update().filter(pk=supplier_id).first()
    if supplier is None:
        raise NotFound("There is no such supplier.", field="supplier_id")
    return supplier
