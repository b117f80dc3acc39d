"""Turning needs into orders and sending them out."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.errors import Conflict, NotAllowed, RuleViolation
from core.models import ExchangeRate, Site
from procurement.choices import MatchLevel, OrderStatus, RequisitionStatus, SupplierStatus
from procurement.models import CategoryPolicy, RequisitionLine
from procurement.services.agreements import AgreementLineInput, create_agreement
from procurement.services.approval import approve_order
from procurement.services.ordering import (
    create_order,
    issue_order,
    order_requisition_lines,
    submit_order,
)
from procurement.services.suppliers import approve_supplier, block_supplier
from tests.procurement_builders import (
    NOW,
    Yard,
    bought,
    covered_order,
    direct_order,
    issued_order,
    item,
    need,
    order_lines,
    person,
    requisition,
    requisition_lines,
    supplier,
)

Announced = list[tuple[str, dict[str, Any]]]


def test_lines_of_two_requisitions_become_one_line_with_both_sources(
    place: Yard, announced: Announced
) -> None:
    thing = item(place)
    one = requisition(place, need(place, "6", "20", thing, origin="wo:1"), need(place, "1"))
    two = requisition(place, need(place, "4", "20", thing, origin="wo:2"))
    wanted = [*requisition_lines(one), *requisition_lines(two)]
    order = order_requisition_lines(
        requisition_line_ids=[line.pk for line in wanted],
        supplier_id=place.supplier.pk,
        actor=place.buyer,
        at=NOW,
    )
    merged, service = order_lines(order)
    assert (merged.quantity, service.quantity) == (10, 1)
    assert list(merged.sources.order_by("pk").values_list("requisition_line_id", "quantity")) == [
        (wanted[0].pk, 6),
        (wanted[2].pk, 4),
    ]
    one.refresh_from_db()
    assert one.status == RequisitionStatus.ORDERED
    assert (order.net_total, order.buyer, order.status) == (220, place.buyer, OrderStatus.DRAFT)
    assert announced[-1][0] == "order_created"


def test_lines_stay_apart_when_asked_to(place: Yard) -> None:
    thing = item(place)
    made = requisition(place, need(place, "6", "20", thing), need(place, "4", "20", thing))
    order = order_requisition_lines(
        requisition_line_ids=[line.pk for line in requisition_lines(made)],
        supplier_id=place.supplier.pk,
        actor=place.buyer,
        at=NOW,
        merge_same_items=False,
    )
    assert [line.quantity for line in order_lines(order)] == [6, 4]


def test_a_merged_line_reaches_the_price_break_neither_need_reaches_alone(place: Yard) -> None:
    thing = item(place)
    keeper = person("keeper", "procurement.add_agreement")
    contract = create_agreement(
        supplier_id=place.supplier.pk,
        title="Bearings",
        valid_from=date(2026, 1, 1),
        lines=[
            AgreementLineInput(thing.pk, Decimal(9)),
            AgreementLineInput(thing.pk, Decimal(7), Decimal(10)),
        ],
        actor=keeper,
        at=NOW,
    )
    made = requisition(place, need(place, "6", "20", thing), need(place, "4", "20", thing))
    order = covered_order(place, made)
    [line] = order_lines(order)
    assert (line.unit_price, order.agreement) == (7, contract)


def test_a_price_given_by_the_buyer_counts_where_nothing_is_agreed(place: Yard) -> None:
    [line] = requisition_lines(requisition(place))
    order = order_requisition_lines(
        requisition_line_ids=[line.pk],
        supplier_id=place.supplier.pk,
        unit_prices={line.pk: Decimal("18.25")},
        actor=place.buyer,
        at=NOW,
    )
    assert order_lines(order)[0].unit_price == Decimal("18.25")


def test_an_estimate_is_turned_into_the_currency_of_the_order(place: Yard) -> None:
    ExchangeRate.objects.create(currency="USD", valid_on=date(2026, 1, 1), rate=Decimal("0.8"))
    abroad = supplier(currency="USD")
    [line] = requisition_lines(requisition(place))
    order = order_requisition_lines(
        requisition_line_ids=[line.pk], supplier_id=abroad.pk, actor=place.buyer, at=NOW
    )
    assert (order.currency, order.exchange_rate, order.net_total) == ("USD", Decimal("0.8"), 250)
    assert approve_order(order_id=order.pk, actor=place.buyer, at=NOW).status == OrderStatus.APPROVED


def test_a_currency_without_a_rate_is_refused(place: Yard) -> None:
    with pytest.raises(RuleViolation, match="No exchange rate for SEK"):
        create_order(
            supplier_id=place.supplier.pk,
            site_id=place.site.pk,
            currency="SEK",
            lines=[bought(place)],
            actor=place.buyer,
            at=NOW,
        )


def test_a_need_is_not_ordered_twice(place: Yard) -> None:
    made = requisition(place)
    covered_order(place, made)
    with pytest.raises(Conflict, match="left to order"):
        covered_order(place, made)
    [line] = requisition_lines(made)
    with pytest.raises(Conflict, match="Only 0"):
        direct_order(place, bought(place, kind="SERVICE", requisition_lines=[(line.pk, Decimal(1))]))


def test_needs_not_yet_approved_are_not_ordered(place: Yard) -> None:
    with pytest.raises(Conflict, match="only approved requisitions"):
        covered_order(place, requisition(place, approved=False))


def test_an_order_line_cannot_pose_as_another_item(place: Yard) -> None:
    asked, other = item(place), item(place)
    [line] = requisition_lines(requisition(place, need(place, "10", "20", asked)))
    with pytest.raises(RuleViolation, match="another item"):
        direct_order(place, bought(place, item_id=other.pk, requisition_lines=[(line.pk, Decimal(10))]))


def test_needs_of_two_sites_make_two_orders(place: Yard) -> None:
    made = requisition(place)
    elsewhere = requisition(place)
    elsewhere.site = Site.objects.create(code="DOCK", name="Dock")
    elsewhere.save()
    with pytest.raises(RuleViolation, match="different sites"):
        order_requisition_lines(
            requisition_line_ids=[requisition_lines(made)[0].pk, requisition_lines(elsewhere)[0].pk],
            supplier_id=place.supplier.pk,
            actor=place.buyer,
            at=NOW,
        )


def test_the_match_level_comes_from_line_then_supplier_then_category(place: Yard) -> None:
    CategoryPolicy.objects.create(category=place.category, match_level=MatchLevel.FOUR_WAY)
    things = [
        bought(place, item_id=item(place).pk),
        bought(place, item_id=item(place).pk, match_level=MatchLevel.TWO_WAY),
        bought(place),
    ]
    levels = [line.match_level for line in order_lines(direct_order(place, *things))]
    assert levels == [MatchLevel.FOUR_WAY, MatchLevel.TWO_WAY, MatchLevel.THREE_WAY]
    strict = supplier(match_level=MatchLevel.TWO_WAY)
    order = create_order(
        supplier_id=strict.pk, site_id=place.site.pk, lines=things[:1], actor=place.buyer, at=NOW
    )
    assert order_lines(order)[0].match_level == MatchLevel.TWO_WAY


def test_pooled_lines_know_the_policy_of_their_category(place: Yard) -> None:
    CategoryPolicy.objects.create(category=place.category, match_level=MatchLevel.FOUR_WAY)
    order = covered_order(place, requisition(place, need(place, "1", "1", item(place))))
    assert order_lines(order)[0].match_level == MatchLevel.FOUR_WAY


def test_totals_round_each_line_once_after_discount(place: Yard) -> None:
    order = direct_order(
        place,
        bought(place, "3", "0.333333", discount_percent=Decimal(10), tax_percent=Decimal(20)),
        bought(place, "1", "10.005"),
    )
    assert (order.net_total, order.tax_total) == (Decimal("10.91"), Decimal("0.18"))


@pytest.mark.parametrize("status", [SupplierStatus.PENDING, SupplierStatus.BLOCKED])
def test_only_approved_suppliers_get_orders(place: Yard, status: str) -> None:
    with pytest.raises(Conflict, match="approved suppliers only"):
        create_order(
            supplier_id=supplier(status=status).pk,
            site_id=place.site.pk,
            lines=[bought(place)],
            actor=place.buyer,
            at=NOW,
        )


def test_an_order_to_a_supplier_blocked_meanwhile_is_not_issued(place: Yard) -> None:
    order = direct_order(place)
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    approve_order(order_id=order.pk, actor=place.approver, at=NOW)
    keeper = person("sam", "procurement.approve_supplier")
    block_supplier(supplier_id=place.supplier.pk, reason="Insolvent", actor=keeper, at=NOW)
    with pytest.raises(Conflict, match="blocked"):
        issue_order(order_id=order.pk, actor=place.buyer, at=NOW)
    approve_supplier(supplier_id=place.supplier.pk, actor=keeper, at=NOW)
    assert issue_order(order_id=order.pk, actor=place.buyer, at=NOW).status == OrderStatus.ISSUED
    with pytest.raises(NotAllowed):
        block_supplier(supplier_id=place.supplier.pk, reason="x", actor=place.buyer, at=NOW)


def test_issuing_tells_those_who_must_follow(place: Yard, announced: Announced) -> None:
    order = issued_order(place)
    assert [name for name, _ in announced] == ["order_created", "order_approved", "order_issued"]
    assert all(carried["order_id"] == order.pk for _, carried in announced)
    assert announced[-1][1]["order_line_ids"] == tuple(line.pk for line in order_lines(order))


def test_every_change_of_an_order_is_in_its_history(place: Yard) -> None:
    order = issued_order(place)
    kept = list(order.history.order_by("history_id").values_list("status", "history_user__username"))
    assert kept == [
        ("DRAFT", "bert"),
        ("PENDING_APPROVAL", "bert"),
        ("APPROVED", "anton"),
        ("ISSUED", "bert"),
    ]


def test_ordering_writes_history_of_every_row_it_touches(place: Yard) -> None:
    made = requisition(place)
    order = covered_order(place, made)
    [line] = order_lines(order)
    [asked] = RequisitionLine.objects.filter(requisition=made)
    assert line.history.count() == 1
    assert line.sources.get().history.count() == 1
    assert list(asked.history.order_by("-history_id").values_list("quantity_ordered", flat=True)) == [10, 0]
    assert made.history.first().status == RequisitionStatus.ORDERED


def test_a_receiver_makes_no_orders(place: Yard) -> None:
    with pytest.raises(NotAllowed):
        create_order(
            supplier_id=place.supplier.pk,
            site_id=place.site.pk,
            lines=[bought(place)],
            actor=place.receiver,
            at=NOW,
        )
