"""Order lines from what a buyer types: checks, defaults from the catalogue, totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import FilteredRelation, OuterRef, Q, Subquery

from core.errors import Conflict, NotFound, RuleViolation
from core.models import ItemCategory
from core.money import round_money
from procurement.choices import Destination, LineKind, MatchLevel, RequisitionStatus
from procurement.decisions.input_checks import (
    check_description,
    check_percent,
    check_price,
    check_quantity,
)
from procurement.models import CategoryPolicy, PurchaseOrderLine, RequisitionLine, Supplier

ZERO = Decimal(0)


@dataclass(frozen=True)
class OrderLineInput:
    """One bought thing; the price is per `unit_id` in the order's currency, before discount and tax.

    `requisition_lines` says how much of which requisition lines this line buys.
    """

    description: str
    quantity: Decimal
    unit_id: int
    unit_price: Decimal
    kind: str = LineKind.ITEM
    item_id: int | None = None
    category_id: int | None = None
    discount_percent: Decimal = ZERO
    tax_percent: Decimal = ZERO
    tax_recoverable: bool = True
    needed_on: date | None = None
    destination: str = Destination.DIRECT
    deliver_to: str = ""
    match_level: str | None = None
    requisition_lines: Sequence[tuple[int, Decimal]] = ()


@dataclass(frozen=True)
class Catalogue:
    """What the item master and the category policies say of the things on an order."""

    category_of: Mapping[int, int] = field(default_factory=dict)
    revision_of: Mapping[int, str] = field(default_factory=dict)
    level_of: Mapping[int, str] = field(default_factory=dict)


def policy_level(*, category: str) -> Subquery:
    """The match level a category's policy sets, as an expression; `category` names the outer column."""
    policies = CategoryPolicy.objects.filter(category_id=OuterRef(category))
    return Subquery(policies.values("match_level")[:1])


def read_catalogue(*, lines: Sequence[OrderLineInput]) -> Catalogue:
    """Everything the lines need, in one statement (none where they name no item and no category)."""
    items = {line.item_id for line in lines if line.item_id is not None}
    categories = {line.category_id for line in lines if line.category_id is not None}
    if not items and not categories:
        return Catalogue()
    rows = list(
        ItemCategory.objects.annotate(wanted=FilteredRelation("items", condition=Q(items__in=items)))
        .filter(Q(wanted__isnull=False) | Q(pk__in=categories))
        .values_list("pk", policy_level(category="pk"), "wanted__pk", "wanted__revision")
    )
    if items - {row[2] for row in rows}:
        raise NotFound("One of the items does not exist.", field="lines")
    return Catalogue(
        category_of={row[2]: row[0] for row in rows if row[2]},
        revision_of={row[2]: row[3] for row in rows if row[2]},
        level_of={row[0]: row[1] for row in rows if row[1]},
    )


def check_lines(*, lines: Sequence[OrderLineInput]) -> None:
    """Raise RuleViolation, naming line and field, for what no order line may say."""
    for number, line in enumerate(lines):
        at = f"lines.{number}"
        check_description(line.description, f"{at}.description")
        check_quantity(line.quantity, f"{at}.quantity")
        check_price(line.unit_price, f"{at}.unit_price")
        check_percent(line.discount_percent, Decimal(100), "discount", f"{at}.discount_percent")
        check_percent(line.tax_percent, None, "tax", f"{at}.tax_percent")
        if sum((taken for _, taken in line.requisition_lines), ZERO) > line.quantity:
            raise RuleViolation(
                "More is taken from requisitions than the line orders.", field=f"{at}.quantity"
            )


def build_lines(
    *, lines: Sequence[OrderLineInput], supplier: Supplier, catalogue: Catalogue, first_number: int = 1
) -> list[PurchaseOrderLine]:
    """Unsaved order lines without their order. Match level: line, supplier, category, else 3-way."""
    built = []
    for number, line in enumerate(lines, start=first_number):
        category_id = line.category_id or catalogue.category_of.get(line.item_id or 0)
        inherited = supplier.match_level or catalogue.level_of.get(category_id or 0)
        built.append(
            PurchaseOrderLine(
                line_number=number,
                kind=line.kind,
                item_id=line.item_id,
                item_revision=catalogue.revision_of.get(line.item_id or 0, ""),
                category_id=category_id,
                description=line.description.strip(),
                unit_id=line.unit_id,
                quantity=line.quantity,
                unit_price=line.unit_price,
                discount_percent=line.discount_percent,
                tax_percent=line.tax_percent,
                tax_recoverable=line.tax_recoverable,
                needed_on=line.needed_on,
                match_level=line.match_level or inherited or MatchLevel.THREE_WAY,
                destination=line.destination,
                deliver_to=line.deliver_to,
            )
        )
    return built


def take_from_requisitions(
    *, lines: Sequence[OrderLineInput], wanted: Mapping[int, RequisitionLine]
) -> set[int]:
    """Book the ordered quantities on the locked requisition lines; returns the keys of those changed.

    Raises Conflict where a requisition is not approved or has less open, RuleViolation where unit or item differ.
    """
    changed: set[int] = set()
    for number, line in enumerate(lines):
        for pk, taken in line.requisition_lines:
            source = wanted.get(pk)
            if source is None:
                raise NotFound("There is no such requisition line.", field=f"lines.{number}")
            _check_source(line, source, taken, f"lines.{number}")
            source.quantity_ordered += taken
            changed.add(pk)
    return changed


def _check_source(line: OrderLineInput, source: RequisitionLine, taken: Decimal, at: str) -> None:
    requisition = source.requisition
    left = source.quantity - source.quantity_ordered - source.quantity_cancelled
    if requisition.status not in (RequisitionStatus.APPROVED, RequisitionStatus.ORDERED):
        raise Conflict(
            f"{requisition} is {requisition.get_status_display().lower()}; only approved requisitions are ordered.",
            field=at,
        )
    check_quantity(taken, f"{at}.quantity")
    if taken > left:
        raise Conflict(
            f"Only {max(left, ZERO).normalize():f} of '{source.description}' ({requisition}) are still to order.",
            field=f"{at}.quantity",
            remedy="Somebody may have ordered it meanwhile; look at the requisition.",
        )
    if line.unit_id != source.unit_id:
        raise RuleViolation("Order in the unit that was asked for.", field=f"{at}.unit_id")
    if source.item_id is not None and line.item_id != source.item_id:
        raise RuleViolation(
            f"'{source.description}' was asked for; this line orders another item.", field=f"{at}.item_id"
        )


def net_and_tax(*, lines: Iterable[PurchaseOrderLine], currency: str) -> tuple[Decimal, Decimal]:
    """The order's totals: each line rounded once to the currency's minor unit, net after discount, and its tax."""
    net, tax = ZERO, ZERO
    for line in lines:
        amount = round_money(line.quantity_open_order * line.net_unit_price, currency)
        net += amount
        tax += round_money(amount * line.tax_percent / 100, currency)
    return net, tax
