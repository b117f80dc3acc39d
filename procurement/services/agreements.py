"""Contract prices: kept, and looked up for many items in one statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from core.access import require
from core.commands import command
from core.errors import NotFound, RuleViolation
from core.history import bulk_create_with_history
from core.models import User
from core.numbering import next_number
from procurement.choices import SupplierStatus
from procurement.decisions.input_checks import check_price, check_quantity
from procurement.decisions.pricing import AgreementPrice, best_of, preferred_first
from procurement.models import Agreement, AgreementLine, Supplier


@dataclass(frozen=True)
class AgreementLineInput:
    """A price per the item's own unit from `minimum_quantity` on, in the agreement's currency."""

    item_id: int
    unit_price: Decimal
    minimum_quantity: Decimal = Decimal(0)
    lead_time_days: int = 7
    rank: int = 1


@command
def create_agreement(
    *,
    supplier_id: int,
    title: str,
    valid_from: date,
    lines: Sequence[AgreementLineInput],
    actor: User,
    at: datetime,
    valid_to: date | None = None,
    currency: str | None = None,
) -> Agreement:
    """Keep what a supplier agreed to, in its currency unless another is given. Prices are per the item's unit.

    Raises NotAllowed without the right, RuleViolation for a wrong line or an end before the start.
    """
    require(actor, "procurement.add_agreement")
    supplier = Supplier.objects.filter(pk=supplier_id).first()
    if supplier is None:
        raise NotFound("There is no such supplier.", field="supplier_id")
    if valid_to is not None and valid_to < valid_from:
        raise RuleViolation("An agreement cannot end before it starts.", field="valid_to")
    _check_lines(lines)
    agreement = Agreement(
        number=next_number("AG"),
        created_at=at,
        created_by=actor,
        supplier=supplier,
        title=title.strip() or supplier.name,
        currency=currency or supplier.currency,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    agreement.save()
    bulk_create_with_history(
        [
            AgreementLine(
                agreement=agreement,
                item_id=line.item_id,
                minimum_quantity=line.minimum_quantity,
                unit_price=line.unit_price,
                lead_time_days=line.lead_time_days,
                rank=line.rank,
            )
            for line in lines
        ]
    )
    return agreement


def _check_lines(lines: Sequence[AgreementLineInput]) -> None:
    seen: set[tuple[int, Decimal]] = set()
    for number, line in enumerate(lines):
        check_price(line.unit_price, f"lines.{number}.unit_price")
        if line.minimum_quantity != 0:
            check_quantity(line.minimum_quantity, f"lines.{number}.minimum_quantity")
        if (line.item_id, line.minimum_quantity) in seen:
            raise RuleViolation(
                "This price break is already there.", field=f"lines.{number}.minimum_quantity"
            )
        seen.add((line.item_id, line.minimum_quantity))


def preferred_sources(*, item_ids: Collection[int], on: date) -> dict[int, tuple[AgreementPrice, ...]]:
    """Every price that holds on that day for these items, preferred rank first; approved suppliers only."""
    wanted = set(item_ids)
    if not wanted:
        return {}
    rows = (
        AgreementLine.objects.filter(
            Q(agreement__valid_to__isnull=True) | Q(agreement__valid_to__gte=on),
            item_id__in=wanted,
            agreement__is_active=True,
            agreement__valid_from__lte=on,
            agreement__supplier__status=SupplierStatus.APPROVED,
        )
        .select_related("agreement", "item")
        .order_by("pk")
    )
    found: dict[int, list[AgreementPrice]] = {}
    for row in rows:
        found.setdefault(row.item_id, []).append(_price(row))
    return {item_id: preferred_first(prices) for item_id, prices in found.items()}


def best_price(
    *, item_id: int, quantity: Decimal, on: date, supplier_id: int | None = None
) -> AgreementPrice | None:
    """The agreed price for so much of an item on that day (of one supplier if named), or None."""
    prices = preferred_sources(item_ids=[item_id], on=on).get(item_id, ())
    return best_of(prices, quantity, supplier_id)


def _price(row: AgreementLine) -> AgreementPrice:
    return AgreementPrice(
        item_id=row.item_id,
        unit_id=row.item.unit_id,
        supplier_id=row.agreement.supplier_id,
        agreement_id=row.agreement_id,
        agreement_line_id=row.pk,
        unit_price=row.unit_price,
        currency=row.agreement.currency,
        lead_time_days=row.lead_time_days,
        rank=row.rank,
        minimum_quantity=row.minimum_quantity,
    )
