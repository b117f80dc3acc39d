"""Items, suppliers, agreements, exchange rates, tolerances and opening stock of the demo."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.conf import settings

from cmms.choices import MovementKind
from cmms.models import Bin, StockItem, StockMovement
from cmms.services.stock.balances import move
from cmms.services.stock.balances import store as store_balances
from core.history import bulk_create_with_history
from core.models import ExchangeRate, Item, ItemCategory
from core.money import round_money
from core.numbering import next_numbers
from linkage.demo.words_buying import (
    FAMILIES,
    SERVICE_FAMILY,
    SERVICES,
    STREETS,
    SUPPLIERS,
    FamilyWords,
)
from linkage.demo.world import World
from procurement.choices import MatchLevel, SupplierStatus, ToleranceKind
from procurement.models import (
    Agreement,
    AgreementLine,
    CategoryPolicy,
    Supplier,
    SupplierContact,
    ToleranceRule,
)

STOCKED, STOCKED_OTHERS = (
    0.92,
    0.15,
)  # how likely a storeroom has what the site's machines need, and what others need
RATES = {"GBP": Decimal("1.1650"), "USD": Decimal("0.9230")}
TOLERANCES: tuple[tuple[str, str | None, str | None], ...] = (
    (ToleranceKind.PRICE, "2", None),
    (ToleranceKind.LINE_VALUE, "2", "100"),
    (ToleranceKind.QUANTITY_ORDERED, "0", None),
    (ToleranceKind.QUANTITY_RECEIVED, "0", None),
    (ToleranceKind.RECEIPT_QUANTITY, "5", None),
    (ToleranceKind.CHARGE, None, "50"),
    (ToleranceKind.TAX, None, "0.05"),
    (ToleranceKind.TOTAL, None, "0.05"),
)


def make_items(world: World) -> None:
    """Item categories and some 400 items; services are items that are never in stock."""
    families = [(family.code, family.name) for family in FAMILIES] + [SERVICE_FAMILY]
    categories = {
        each.code: each
        for each in bulk_create_with_history([ItemCategory(code=code, name=name) for code, name in families])
    }
    rows: list[Item] = []
    costs: list[Decimal] = []
    for family in FAMILIES:
        for item, cost in _family_items(world, family, categories[family.code]):
            rows.append(item)
            costs.append(cost)
    for service in SERVICES:
        rows.append(
            Item(
                code=service.code, name=service.name, category=categories[SERVICE_FAMILY[0]],
                unit=world.units[service.unit], is_stocked=False, is_service=True,
            )
        )  # fmt: skip
        costs.append(Decimal(service.price))
    for item, cost in zip(bulk_create_with_history(rows), costs, strict=True):
        world.costs[item.pk] = cost
        if item.is_service:
            world.services.append(item)
        world.items.setdefault(item.category.code, []).append(item)
    bulk_create_with_history(
        [CategoryPolicy(category=categories[SERVICE_FAMILY[0]], match_level=MatchLevel.THREE_WAY)]
    )


def _family_items(world: World, family: FamilyWords, category: ItemCategory) -> list[tuple[Item, Decimal]]:
    found = []
    number = 0
    for kind in family.kinds:
        for step, size in enumerate(family.sizes):
            number += 1
            share = Decimal(step + 1) / len(family.sizes) * Decimal(world.random.randint(70, 130)) / 100
            cost = (Decimal(family.low) + (family.high - family.low) * share * share).quantize(
                Decimal("0.01")
            )
            item = Item(
                code=f"{family.code}-{number:03d}", name=f"{kind} {size}", category=category,
                unit=world.units[family.unit], is_stocked=family.is_stocked,
                manufacturer_part_number=f"{family.code}{world.random.randint(1000, 9999)}",
            )  # fmt: skip
            found.append((item, cost))
    return found


def make_suppliers(world: World) -> None:
    """Suppliers with a contact and, for what they sell, an agreement with price breaks."""
    rows = []
    for number, words in enumerate(SUPPLIERS, start=1):
        host = words.name.lower().replace(" and ", " ").replace(" ", "-")
        rows.append(
            Supplier(
                code=f"S{number:03d}", name=words.name, status=SupplierStatus.APPROVED, currency=words.currency,
                payment_terms_days=world.random.choice([14, 30, 30, 45]), email=f"sales@{host}.example",
                endpoint_id=f"0088:73000100{number:05d}", tax_number=f"XX{730_001_000 + number}",
                address=f"{world.random.choice(STREETS)} {world.random.randint(1, 120)}",
            )
        )  # fmt: skip
    world.suppliers = bulk_create_with_history(rows)
    world.suppliers[-1].status = SupplierStatus.BLOCKED
    world.suppliers[-2].status = SupplierStatus.PENDING
    for supplier in world.suppliers[-2:]:
        supplier.save()
    bulk_create_with_history(
        [SupplierContact(supplier=each, name="Order desk", email=each.email) for each in world.suppliers]
    )
    for supplier, words in zip(world.suppliers, SUPPLIERS, strict=True):
        for family in words.families if supplier.status == SupplierStatus.APPROVED else ():
            world.sellers.setdefault(family, []).append(supplier)
    _make_agreements(world)


def _make_agreements(world: World) -> None:
    since = world.clock.start.date() - timedelta(days=30)
    rows = [each for each in world.suppliers if each.status == SupplierStatus.APPROVED]
    numbers = next_numbers("AG", len(rows))
    agreements = bulk_create_with_history(
        [
            Agreement(
                number=number, created_at=world.clock.start, created_by=world.people["buyer"], supplier=supplier,
                title=f"Prices of {supplier.name}", currency=supplier.currency, valid_from=since,
                valid_to=since + timedelta(days=world.random.choice([415, 600, 760])),
            )
            for number, supplier in zip(numbers, rows, strict=True)
        ]
    )  # fmt: skip
    of_supplier = {each.supplier_id: each for each in agreements}
    lines: list[AgreementLine] = []
    for family, sellers in world.sellers.items():
        for item in world.items[family]:
            for rank, supplier in enumerate(sellers, start=1):
                if rank == 1 or world.chance(0.35):
                    lines += _prices(world, of_supplier[supplier.pk], item, rank)
    bulk_create_with_history(lines)


def _prices(world: World, agreement: Agreement, item: Item, rank: int) -> list[AgreementLine]:
    rate = RATES.get(agreement.currency, Decimal(1))
    price = world.costs[item.pk] / rate * Decimal(world.random.randint(97, 104) + 3 * rank) / 100
    days = world.random.choice([3, 5, 7, 10, 14, 21])
    breaks = [(0, Decimal(1))] if item.is_service else [(0, Decimal(1)), (20, Decimal("0.94"))]
    return [
        AgreementLine(
            agreement=agreement, item=item, minimum_quantity=minimum, rank=rank, lead_time_days=days,
            unit_price=(price * share).quantize(Decimal("0.01")),
        )
        for minimum, share in breaks
    ]  # fmt: skip


def make_rates(world: World) -> None:
    """Monthly exchange rates, and company-wide tolerances."""
    rows = []
    for currency, rate in RATES.items():
        for month in range(-1, 14):
            drift = Decimal(world.random.randint(-150, 150)) / 10_000
            day = world.clock.start.date() + timedelta(days=30 * month)
            rows.append(ExchangeRate(currency=currency, valid_on=day, rate=rate * (1 + drift)))
    ExchangeRate.objects.bulk_create(rows)
    bulk_create_with_history(
        [
            ToleranceRule(
                kind=kind, percent=Decimal(percent) if percent is not None else None,
                amount=Decimal(amount) if amount is not None else None,
            )
            for kind, percent, amount in TOLERANCES
        ]
    )  # fmt: skip


def fill_storerooms(world: World) -> None:
    """Opening stock, in bins, with reorder points: nearly all spare parts of the site's machines, and some others."""
    stocked = [item for items in world.items.values() for item in items if item.is_stocked]
    fitted = {(place.site_position, item.pk) for place in world.places for item in place.parts}
    rows: list[StockItem] = []
    for position, store in world.storerooms.items():
        bins = Bin.objects.bulk_create(
            [Bin(storeroom=store, code=f"{aisle}-{shelf:02d}") for aisle in "ABCDEF" for shelf in range(1, 9)]
        )
        for number, item in enumerate(stocked):
            here = (position, item.pk) in fitted
            if not world.chance(STOCKED if here else STOCKED_OTHERS):
                continue
            usual = world.random.randint(12, 40) if world.costs[item.pk] < 25 else world.random.randint(2, 8)
            rows.append(
                StockItem(
                    item=item, storeroom=store, bin=bins[number % len(bins)],
                    reorder_point=Decimal(max(1, usual // 3) * world.scale),
                    reorder_quantity=Decimal(usual * world.scale),
                )
            )  # fmt: skip
    movements = [_opening(world, row) for row in bulk_create_with_history(rows)]
    store_balances(rows=rows, movements=movements)


def _opening(world: World, row: StockItem) -> StockMovement:
    quantity = row.reorder_quantity or Decimal(1)
    return move(
        row=row, kind=MovementKind.OPENING, quantity=quantity,
        value=round_money(quantity * world.costs[row.item_id], settings.BASE_CURRENCY),
        actor=world.people["admin"], at=world.clock.start,
    )  # fmt: skip
