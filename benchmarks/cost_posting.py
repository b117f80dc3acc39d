"""Order lines per second posted to work orders by the convergent posting."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from benchmarks.set_based import post_costs
from benchmarks.setting import LINES_PER_ORDER, seconds
from core.history import bulk_create_with_history
from linkage.models import Allocation
from linkage.services.posting import settle_order_lines
from linkage.services.reconciliation import reconcile
from procurement.choices import OrderStatus
from procurement.models import PurchaseOrder, PurchaseOrderLine
from procurement.services.ordering import OrderLineInput, create_order
from tests.plant import Plant


def pairs(plant: Plant, lines: int, repeat: int) -> list[tuple[float, float]]:
    """Seconds of (convergent posting, set-based SQL) over two identical sets of approved, unposted order lines."""
    measured = []
    for _ in range(repeat):
        ours, reference = _unposted_lines(plant, lines), _unposted_lines(plant, lines)
        measured.append(
            (
                seconds(
                    lambda wanted=ours: settle_order_lines(  # type: ignore[misc]
                        order_line_ids=wanted, actor=plant["buyer"], at=timezone.now()
                    )
                ),
                seconds(lambda wanted=reference: post_costs(wanted)),  # type: ignore[misc]
            )
        )
    assert reconcile(actor=plant["admin"], at=timezone.now(), dry_run=True).is_clean
    return measured


def _unposted_lines(plant: Plant, lines: int) -> list[int]:
    """Lines of approved orders, borne by work orders, with nothing in the ledgers yet."""
    work_orders = [plant.work_order() for _ in range(10)]
    found: list[int] = []
    for start in range(0, lines, LINES_PER_ORDER):
        order = create_order(
            supplier_id=plant.supplier.pk,
            site_id=plant.site.pk,
            lines=[
                OrderLineInput(
                    description=f"Part {start + number}",
                    quantity=Decimal(3),
                    unit_id=plant.unit.pk,
                    unit_price=Decimal("7.25"),
                )
                for number in range(min(LINES_PER_ORDER, lines - start))
            ],
            actor=plant["buyer"],
            at=plant.later(),
        )
        found += _borne_by(order, [each.pk for each in work_orders])
        _approve_silently(order, plant)
    return found


def _borne_by(order: PurchaseOrder, work_orders: list[int]) -> list[int]:
    """Swap the default bearer of each line for a work order."""
    keys = list(PurchaseOrderLine.objects.filter(order=order).order_by("pk").values_list("pk", flat=True))
    Allocation.objects.filter(order_line_id__in=keys).delete()
    with transaction.atomic():
        bulk_create_with_history(
            [
                Allocation(
                    order_line_id=pk,
                    target="WORK_ORDER",
                    work_order_id=work_orders[pk % len(work_orders)],
                    weight=Decimal(3),
                )
                for pk in keys
            ]
        )
    return keys


def _approve_silently(order: PurchaseOrder, plant: Plant) -> None:
    """Approved in the table, so that the posting is all that is left to time."""
    order.status, order.approved_at, order.approved_by = OrderStatus.APPROVED, plant.at, plant["approver"]
    order.save()
