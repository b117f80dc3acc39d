"""Asking for something to be bought, and giving it up again."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.errors import Conflict, NotAllowed, RuleViolation
from procurement.choices import RequisitionStatus
from procurement.models import RequisitionLine
from procurement.services.agreements import AgreementLineInput, best_price, create_agreement
from procurement.services.requisitions import (
    cancel_requisition,
    cancel_requisition_line,
    create_requisition,
    submit_requisition,
)
from procurement.services.suppliers import block_supplier
from tests.procurement_builders import (
    NOW,
    Yard,
    covered_order,
    item,
    need,
    person,
    requisition,
    requisition_lines,
    supplier,
)

Announced = list[tuple[str, dict[str, Any]]]


def agreement(place: Yard, thing: Any, who: Any, *breaks: tuple[str, str], rank: int = 1) -> None:
    keeper = place.buyer.__class__.objects.filter(username="keeper").first() or person(
        "keeper", "procurement.add_agreement"
    )
    create_agreement(
        supplier_id=who.pk,
        title="Bearings",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        lines=[
            AgreementLineInput(thing.pk, Decimal(price), Decimal(least), rank=rank) for least, price in breaks
        ],
        actor=keeper,
        at=NOW,
    )


def test_a_requisition_totals_its_estimates_rounded_per_line(place: Yard) -> None:
    made = create_requisition(
        lines=[need(place, "3", "0.335"), need(place, "1", "10")],
        site_id=place.site.pk,
        actor=place.requester,
        at=NOW,
    )
    assert (made.status, made.total, made.number) == ("DRAFT", Decimal("11.01"), "PR-000001")
    assert made.requester == place.requester


def test_the_agreed_price_of_the_preferred_supplier_replaces_the_estimate(place: Yard) -> None:
    thing = item(place)
    second = supplier()
    agreement(place, thing, place.supplier, ("0", "9"), ("10", "7.50"), rank=1)
    agreement(place, thing, second, ("0", "5"), rank=2)
    made = requisition(place, need(place, "10", "99", thing))
    [line] = requisition_lines(made)
    assert line.estimated_unit_price == Decimal("7.50")
    assert line.suggested_supplier == place.supplier
    price = best_price(item_id=thing.pk, quantity=Decimal(9), on=NOW.date())
    assert price is not None and price.unit_price == 9
    assert best_price(item_id=thing.pk, quantity=Decimal(9), on=date(2027, 1, 1)) is None


def test_a_blocked_supplier_offers_no_price(place: Yard) -> None:
    thing = item(place)
    agreement(place, thing, place.supplier, ("0", "9"))
    keeper = person("sam", "procurement.approve_supplier")
    block_supplier(supplier_id=place.supplier.pk, reason="Late again", actor=keeper, at=NOW)
    assert best_price(item_id=thing.pk, quantity=Decimal(9), on=NOW.date()) is None


def test_someone_without_the_right_cannot_ask_for_purchases(place: Yard) -> None:
    with pytest.raises(NotAllowed):
        create_requisition(lines=[need(place)], site_id=place.site.pk, actor=place.receiver, at=NOW)


def test_a_need_handed_over_by_the_product_asks_no_right_and_names_its_requester(place: Yard) -> None:
    made = create_requisition(
        lines=[need(place)],
        site_id=place.site.pk,
        actor=place.receiver,
        at=NOW,
        requester_id=place.requester.pk,
        system=True,
    )
    assert (made.requester, made.created_by) == (place.requester, place.receiver)


@pytest.mark.parametrize(
    ("quantity", "price", "field"),
    [
        ("0", "1", "lines.0.quantity"),
        ("1", "-1", "lines.0.estimated_unit_price"),
        ("0.00001", "1", "lines.0.quantity"),
    ],
)
def test_a_wrong_line_is_refused_by_its_field(place: Yard, quantity: str, price: str, field: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        create_requisition(
            lines=[need(place, quantity, price)], site_id=place.site.pk, actor=place.requester, at=NOW
        )
    assert refused.value.field == field


def test_a_draft_is_submitted_once(place: Yard) -> None:
    made = create_requisition(lines=[need(place)], site_id=place.site.pk, actor=place.requester, at=NOW)
    submit_requisition(requisition_id=made.pk, actor=place.requester, at=NOW)
    with pytest.raises(Conflict):
        submit_requisition(requisition_id=made.pk, actor=place.requester, at=NOW)


def test_cancelling_gives_up_only_what_is_open_and_says_so(place: Yard, announced: Announced) -> None:
    thing = item(place)
    made = requisition(place, need(place, "10", "20", thing), need(place, "5"))
    first, second = requisition_lines(made)
    cancel_requisition_line(
        requisition_line_id=first.pk, quantity=Decimal(4), reason="Fewer", actor=place.requester, at=NOW
    )
    covered_order(place, made)
    with pytest.raises(Conflict):
        cancel_requisition(requisition_id=made.pk, reason="Late", actor=place.requester, at=NOW)
    first = RequisitionLine.objects.get(pk=first.pk)
    assert (first.quantity_ordered, first.quantity_cancelled) == (6, 4)
    assert [name for name, _ in announced] == ["requisition_approved", "order_created"]


def test_a_requisition_with_nothing_left_is_cancelled(place: Yard, announced: Announced) -> None:
    made = requisition(place)
    again = cancel_requisition(requisition_id=made.pk, reason="Found one", actor=place.requester, at=NOW)
    [line] = requisition_lines(made)
    assert again.status == RequisitionStatus.CANCELLED
    assert line.history.first().history_change_reason == "Found one"
    name, carried = announced[-1]
    assert (name, carried["requisition_line_ids"]) == ("requisition_cancelled", (line.pk,))


def test_no_more_can_be_cancelled_than_is_open(place: Yard) -> None:
    [line] = requisition_lines(requisition(place))
    with pytest.raises(RuleViolation) as refused:
        cancel_requisition_line(
            requisition_line_id=line.pk, quantity=Decimal(11), reason="x", actor=place.requester, at=NOW
        )
    assert "Only 10" in refused.value.message


def test_a_stranger_cannot_cancel_somebody_elses_request(place: Yard) -> None:
    made = requisition(place)
    with pytest.raises(NotAllowed):
        cancel_requisition(requisition_id=made.pk, reason="x", actor=place.receiver, at=NOW)
