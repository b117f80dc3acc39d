"""Which order line an invoice line bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from django.db.models import Q

from core.errors import RuleViolation
from procurement.choices import InvoiceLineKind, LineKind, OrderStatus
from procurement.models import PurchaseOrderLine


class Referring(Protocol):
    """What a billed line says about its order line."""

    @property
    def kind(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def order_reference(self) -> str: ...
    @property
    def order_line_reference(self) -> str: ...
    @property
    def order_line_id(self) -> int | None: ...
    @property
    def supplier_item_code(self) -> str: ...
    @property
    def buyer_item_code(self) -> str: ...


def resolve_order_lines(
    *, supplier_id: int, lines: Sequence[Referring], order_reference: str
) -> list[int | None]:
    """The order line of each billed line, or None where nothing or more than one fits. One statement.

    By its key; else by order number and line number; else within the order by item code or description, if only one
    fits. Charges without a reference go to the order's only charge line, if there is just one. Raises RuleViolation
    for a key that is not an order line of this supplier.
    """
    keys = {line.order_line_id for line in lines if line.order_line_id is not None}
    numbers = {ref for line in lines if (ref := _order_of(line, order_reference))}
    if not keys and not numbers:
        return [None] * len(lines)
    found = list(
        PurchaseOrderLine.objects.select_related("order", "item")
        .filter(Q(pk__in=keys) | Q(order__number__in=numbers), order__supplier_id=supplier_id)
        .exclude(order__status=OrderStatus.CANCELLED)
        .order_by("order_id", "line_number")
    )
    unknown = keys - {line.pk for line in found}
    if unknown:
        raise RuleViolation(
            "An order line named here is not on an order of this supplier.",
            field="order_line",
            remedy="Choose a line of one of this supplier's orders.",
        )
    by_order: dict[str, list[PurchaseOrderLine]] = defaultdict(list)
    for candidate in found:
        by_order[candidate.order.number.upper()].append(candidate)
    return [
        line.order_line_id
        if line.order_line_id is not None
        else _within(line, by_order.get(_order_of(line, order_reference), []))
        for line in lines
    ]


def _order_of(line: Referring, order_reference: str) -> str:
    return (line.order_reference or order_reference).strip().upper()


def _within(line: Referring, candidates: Sequence[PurchaseOrderLine]) -> int | None:
    if line.kind != InvoiceLineKind.GOODS:
        if line.kind != InvoiceLineKind.CHARGE:
            return None
        return _only([each for each in candidates if each.kind == LineKind.CHARGE])
    reference = line.order_line_reference.strip()
    if reference.isdecimal():
        return _only([each for each in candidates if each.line_number == int(reference)])
    code = line.buyer_item_code.strip().upper()
    if code:
        by_code = _only([each for each in candidates if each.item and each.item.code.upper() == code])
        if by_code is not None:
            return by_code
    words = " ".join(line.description.split()).casefold()
    if words:
        by_words = [each for each in candidates if " ".join(each.description.split()).casefold() == words]
        return _only(by_words)
    return None


def _only(candidates: Sequence[PurchaseOrderLine]) -> int | None:
    return candidates[0].pk if len(candidates) == 1 else None
