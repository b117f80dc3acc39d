"""Pooling what several requisitions ask for into the lines of one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from core.errors import Conflict, NotFound, RuleViolation
from procurement.decisions.input_checks import check_price
from procurement.decisions.pricing import AgreementPrice, best_of
from procurement.models import RequisitionLine, Supplier
from procurement.services.order_lines import Catalogue, OrderLineInput

PRICE_STEP = Decimal("0.000001")


def pick_open_lines(*, wanted: Mapping[int, RequisitionLine], keys: Sequence[int]) -> list[RequisitionLine]:
    """The lines named, each once. Raises NotFound, or Conflict where nothing of one is left to order."""
    return [_chosen(wanted.get(pk)) for pk in dict.fromkeys(keys)]


def _chosen(line: RequisitionLine | None) -> RequisitionLine:
    if line is None:
        raise NotFound("There is no such requisition line.", field="requisition_line_ids")
    if _open(line) <= 0:
        raise Conflict(
            f"Nothing of '{line.description}' ({line.requisition}) is left to order.",
            field="requisition_line_ids",
            remedy="Somebody may have ordered it meanwhile; reload the list.",
        )
    return line


def _open(line: RequisitionLine) -> Decimal:
    return line.quantity - line.quantity_ordered - line.quantity_cancelled


def one_place(*, chosen: Sequence[RequisitionLine]) -> tuple[int, int | None]:
    """Their site, and their cost centre if it is one. Raises RuleViolation for none or several sites."""
    if not chosen:
        raise RuleViolation("Choose at least one requisition line.", field="requisition_line_ids")
    sites = {line.requisition.site_id for line in chosen}
    if len(sites) > 1:
        raise RuleViolation(
            "These needs belong to different sites.",
            field="requisition_line_ids",
            remedy="Make one order per site: an order is delivered to one.",
        )
    centres = {line.requisition.cost_centre_id for line in chosen}
    return sites.pop(), centres.pop() if len(centres) == 1 else None


def pool_lines(
    *, chosen: Sequence[RequisitionLine], given: Mapping[int, Decimal], merge: bool
) -> list[list[RequisitionLine]]:
    """What may share an order line: same item, unit, kind, destination, place and given price."""
    groups: dict[object, list[RequisitionLine]] = {}
    for line in chosen:
        same = (line.item_id, line.unit_id, line.kind, line.destination, line.deliver_to, given.get(line.pk))
        key: object = same if merge and line.item_id is not None else line.pk
        groups.setdefault(key, []).append(line)
    return list(groups.values())


def pooled_line(
    *,
    group: Sequence[RequisitionLine],
    given: Mapping[int, Decimal],
    offers: Mapping[int, Sequence[AgreementPrice]],
    supplier: Supplier,
    rate: Decimal,
) -> tuple[OrderLineInput, AgreementPrice | None]:
    """One order line for a group, and the agreed price it got, if any. `rate` is the order currency's."""
    first = group[0]
    quantity = sum((_open(line) for line in group), Decimal(0))
    estimate = max(line.estimated_unit_price for line in group)
    price = given.get(first.pk)
    if price is None:
        price = (estimate / rate).quantize(PRICE_STEP)
    check_price(price, "unit_prices")
    line = OrderLineInput(
        description=first.description,
        quantity=quantity,
        unit_id=first.unit_id,
        unit_price=price,
        kind=first.kind,
        item_id=first.item_id,
        category_id=first.category_id,
        needed_on=min((line.needed_on for line in group if line.needed_on), default=None),
        destination=first.destination,
        deliver_to=first.deliver_to,
        requisition_lines=[(line.pk, _open(line)) for line in group],
    )
    agreed = None
    if first.item is not None and first.item.unit_id == first.unit_id:
        agreed = best_of(offers.get(first.item.pk, ()), quantity, supplier.pk, supplier.currency)
    return (replace(line, unit_price=agreed.unit_price) if agreed else line), agreed


def catalogue_of(*, chosen: Sequence[RequisitionLine]) -> Catalogue:
    """The same as read_catalogue, from requisition lines that are loaded already."""
    items = [line.item for line in chosen if line.item is not None]
    levels = {line.category_id: getattr(line, "policy_level", None) for line in chosen if line.category_id}
    return Catalogue(
        category_of={item.pk: item.category_id for item in items},
        revision_of={item.pk: item.revision for item in items},
        level_of={pk: level for pk, level in levels.items() if level},
    )
