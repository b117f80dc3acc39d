"""What purchasing brings into the storerooms."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import DecimalField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from procurement.choices import Destination, OrderStatus, RequisitionStatus
from procurement.models import PurchaseOrderLine, RequisitionLine

FIGURE = DecimalField(max_digits=20, decimal_places=4)
NOTHING = Value(Decimal(0), output_field=FIGURE)
OVER = (OrderStatus.CLOSED, OrderStatus.CANCELLED)
DEAD = (RequisitionStatus.REJECTED, RequisitionStatus.CANCELLED)


def coming_to_stock() -> Combinable:
    """Over stock items: asked for and not ordered, and ordered and not received, in the item's unit."""
    here = Q(destination=Destination.STOCK, deliver_to=OuterRef("storeroom__code"), item=OuterRef("item"))
    asked = RequisitionLine.objects.with_open().filter(here, open_quantity__gt=0)
    ordered = PurchaseOrderLine.objects.with_net().filter(here, outstanding_quantity__gt=0)
    return _summed(asked.exclude(requisition__status__in=DEAD), "open_quantity") + _summed(
        ordered.exclude(order__status__in=OVER), "outstanding_quantity"
    )


def _summed(rows: QuerySet[RequisitionLine] | QuerySet[PurchaseOrderLine], figure: str) -> Combinable:
    in_unit = ExpressionWrapper(
        Greatest(F(figure), NOTHING)
        * F("unit__factor_numerator")
        * F("item__unit__factor_denominator")
        / (F("unit__factor_denominator") * F("item__unit__factor_numerator")),
        output_field=FIGURE,
    )
    sums = rows.order_by().values("item").annotate(whole=Sum(in_unit)).values("whole")
    return Coalesce(Subquery(sums, output_field=FIGURE), NOTHING)
