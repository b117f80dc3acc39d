"""Sets of rows by their trade names: the one definition of each."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q

from procurement.choices import OPEN_ORDER, HoldStatus, InvoiceStatus, OrderStatus, RequisitionStatus


class RequisitionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Requests to buy."""

    def to_approve(self) -> Self:
        """Waiting for an approver."""
        return self.filter(status=RequisitionStatus.PENDING_APPROVAL)


class RequisitionLineQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Things to buy."""

    def with_open(self) -> Self:
        """Adds `open_quantity`: neither ordered nor cancelled."""
        return self.annotate(open_quantity=F("quantity") - F("quantity_ordered") - F("quantity_cancelled"))

    def to_order(self) -> Self:
        """Approved and not yet fully ordered: the buyer's worklist."""
        return self.with_open().filter(requisition__status=RequisitionStatus.APPROVED, open_quantity__gt=0)


class PurchaseOrderQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Orders."""

    def to_approve(self) -> Self:
        """Waiting for an approver."""
        return self.filter(status=OrderStatus.PENDING_APPROVAL)

    def to_receive(self) -> Self:
        """Issued and not yet fully here."""
        return self.filter(status__in=[OrderStatus.ISSUED, OrderStatus.PARTIALLY_RECEIVED])

    def open(self) -> Self:
        """Issued and not closed."""
        return self.filter(status__in=OPEN_ORDER)


class PurchaseOrderLineQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Bought things."""

    def with_net(self) -> Self:
        """Adds `received_net`, `billed_net` and `outstanding_quantity`."""
        return self.annotate(
            received_net=F("quantity_received") - F("quantity_rejected") - F("quantity_returned"),
            billed_net=F("quantity_billed") - F("quantity_credited"),
        ).annotate(outstanding_quantity=F("quantity") - F("quantity_cancelled") - F("received_net"))


class InvoiceQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Bills and credits."""

    def to_match(self) -> Self:
        """Entered or held: a match may change them."""
        return self.filter(status__in=[InvoiceStatus.ENTERED, InvoiceStatus.HELD])

    def with_open_holds(self) -> Self:
        """Stopped by at least one active hold."""
        return self.filter(Q(holds__status=HoldStatus.ACTIVE)).distinct()


class HoldQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """Reasons to wait."""

    def active(self) -> Self:
        """Still stopping something."""
        return self.filter(status=HoldStatus.ACTIVE)
