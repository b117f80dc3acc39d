"""Nobody approves more than they may, or what they asked for themselves; no way goes round it."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group

from core.errors import Conflict, NotAllowed, RuleViolation
from procurement.choices import DocumentKind, OrderStatus, RequisitionStatus
from procurement.models import Approval, ApprovalLimit
from procurement.services.approval import (
    approve_order,
    approve_requisition,
    explain_approval,
    reject_order,
    reject_requisition,
)
from procurement.services.order_changes import LineChange, revise_order
from procurement.services.ordering import issue_order, submit_order
from procurement.services.requisitions import create_requisition, submit_requisition
from tests.procurement_builders import (
    APPROVER,
    BUYER,
    NOW,
    Yard,
    bought,
    covered_order,
    direct_order,
    issued_order,
    need,
    order_lines,
    person,
    requisition,
)

Announced = list[tuple[str, dict[str, Any]]]


def test_an_approver_within_the_limit_approves_and_the_rule_is_kept_in_words(
    place: Yard, announced: Announced
) -> None:
    made = requisition(place)
    assert made.status == RequisitionStatus.APPROVED
    kept = Approval.objects.get(requisition=made)
    assert (kept.amount, kept.decided_by) == (Decimal(200), place.approver)
    assert kept.rule == "anton may approve requisitions up to 50,000.00 EUR."
    assert announced[0][0] == "requisition_approved"


@pytest.mark.parametrize("written_for_another", [False, True])
def test_nobody_approves_what_they_asked_for_or_wrote(place: Yard, written_for_another: bool) -> None:
    boss = person("boss", *APPROVER, "procurement.create_requisition", requisitions_up_to=Decimal(10_000))
    made = create_requisition(
        lines=[need(place)],
        site_id=place.site.pk,
        actor=boss,
        at=NOW,
        requester_id=place.requester.pk if written_for_another else None,
        submit=True,
    )
    with pytest.raises(NotAllowed, match="your own requisition"):
        approve_requisition(requisition_id=made.pk, actor=boss, at=NOW)


def test_an_amount_over_the_limit_names_who_could(place: Yard) -> None:
    small = person("small", *APPROVER, requisitions_up_to=Decimal("199.99"))
    made = requisition(place, approved=False)
    with pytest.raises(NotAllowed) as refused:
        approve_requisition(requisition_id=made.pk, actor=small, at=NOW)
    assert "200.00 EUR is above the 199.99 EUR" in refused.value.message
    assert refused.value.remedy == "Ask anton."


def test_no_limit_is_no_right_and_unlimited_is_said_explicitly(place: Yard) -> None:
    nobody = person("nobody", *APPROVER)
    chief = person("chief", *APPROVER)
    role = Group.objects.create(name="board")
    chief.groups.add(role)
    ApprovalLimit.objects.create(document_kind=DocumentKind.REQUISITION, group=role, is_unlimited=True)
    asked = {"document_kind": DocumentKind.REQUISITION, "amount": Decimal(10**9), "cost_centre_id": None}
    assert not explain_approval(**asked, actor=nobody).allowed  # type: ignore[arg-type]
    free = explain_approval(**asked, actor=chief)  # type: ignore[arg-type]
    assert (free.allowed, free.is_unlimited, free.limit) == (True, True, None)
    assert free.words == "The role board may approve requisitions of any amount."
    made = requisition(place, approved=False)
    with pytest.raises(NotAllowed, match="no approval limit"):
        approve_requisition(requisition_id=made.pk, actor=nobody, at=NOW)


def test_a_limit_of_zero_approves_zero_only(place: Yard) -> None:
    zero = person("zero", *APPROVER, requisitions_up_to=Decimal(0))
    for amount, allowed in ((Decimal(0), True), (Decimal("0.01"), False)):
        told = explain_approval(
            document_kind=DocumentKind.REQUISITION, amount=amount, cost_centre_id=None, actor=zero
        )
        assert told.allowed is allowed


def test_a_decided_requisition_tells_the_second_approver_plainly(place: Yard) -> None:
    made = requisition(place)
    with pytest.raises(Conflict) as refused:
        approve_requisition(requisition_id=made.pk, actor=place.approver, at=NOW)
    assert "already approved by anton" in str(refused.value)


def test_a_rejection_needs_a_reason_and_may_be_submitted_again(place: Yard) -> None:
    made = requisition(place, approved=False)
    with pytest.raises(RuleViolation, match="reason"):
        reject_requisition(requisition_id=made.pk, reason=" ", actor=place.approver, at=NOW)
    reject_requisition(requisition_id=made.pk, reason="Too dear", actor=place.approver, at=NOW)
    again = submit_requisition(requisition_id=made.pk, actor=place.requester, at=NOW)
    assert again.status == RequisitionStatus.PENDING_APPROVAL


def test_a_buyer_approves_the_own_order_that_requisitions_cover(place: Yard, announced: Announced) -> None:
    order = covered_order(place)
    approved = approve_order(order_id=order.pk, actor=place.buyer, at=NOW)
    assert (approved.status, approved.approved_by) == (OrderStatus.APPROVED, place.buyer)
    rule = Approval.objects.get(purchase_order=order).rule
    assert "Covered by approved requisitions: 200.00 EUR against 200.00 EUR" in rule
    assert announced[-1][0] == "order_approved"
    assert announced[-1][1]["order_line_ids"] == tuple(line.pk for line in order_lines(order))


def test_a_buyer_does_not_approve_an_order_nobody_asked_for(place: Yard) -> None:
    order = direct_order(place)
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    with pytest.raises(NotAllowed, match="your own order"):
        approve_order(order_id=order.pk, actor=place.buyer, at=NOW)


def test_five_percent_over_the_estimates_is_the_most_a_buyer_approves_alone(place: Yard) -> None:
    order = covered_order(place)
    [line] = order_lines(order)
    for price, allowed in (("21.01", False), ("21", True)):
        revise_order(
            order_id=order.pk,
            changes=[LineChange(line.pk, unit_price=Decimal(price))],
            reason="Quote",
            actor=place.buyer,
            at=NOW,
        )
        if allowed:
            approve_order(order_id=order.pk, actor=place.buyer, at=NOW)
        else:
            with pytest.raises(NotAllowed, match="exceeds what was approved"):
                approve_order(order_id=order.pk, actor=place.buyer, at=NOW)


def test_a_freight_line_counts_into_what_requisitions_cover(place: Yard) -> None:
    order = covered_order(place)
    freight = bought(place, "1", "500", kind="CHARGE", description="Freight")
    revise_order(
        order_id=order.pk, changes=[], new_lines=[freight], reason="Freight", actor=place.buyer, at=NOW
    )
    with pytest.raises(NotAllowed, match="exceeds what was approved"):
        approve_order(order_id=order.pk, actor=place.buyer, at=NOW)


def test_a_draft_is_not_approved_behind_its_buyers_back(place: Yard) -> None:
    order = direct_order(place)
    with pytest.raises(Conflict, match="draft"):
        approve_order(order_id=order.pk, actor=place.approver, at=NOW)


def test_whoever_changed_an_order_does_not_approve_it(place: Yard) -> None:
    order = direct_order(place)
    [line] = order_lines(order)
    revise_order(
        order_id=order.pk,
        changes=[LineChange(line.pk, quantity=Decimal(100))],
        reason="More",
        actor=place.approver,
        at=NOW,
    )
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    with pytest.raises(NotAllowed, match="your own order"):
        approve_order(order_id=order.pk, actor=place.approver, at=NOW)


def test_changing_an_order_that_waits_makes_it_a_draft_again(place: Yard) -> None:
    order = direct_order(place)
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    [line] = order_lines(order)
    changed = revise_order(
        order_id=order.pk,
        changes=[LineChange(line.pk, quantity=Decimal(9))],
        reason="Fewer",
        actor=place.buyer,
        at=NOW,
    )
    assert changed.status == OrderStatus.DRAFT


def test_raising_an_approved_order_voids_its_approval(place: Yard) -> None:
    order = covered_order(place)
    approve_order(order_id=order.pk, actor=place.buyer, at=NOW)
    [line] = order_lines(order)
    changed = revise_order(
        order_id=order.pk,
        changes=[LineChange(line.pk, unit_price=Decimal(90))],
        reason="Dearer",
        actor=place.buyer,
        at=NOW,
    )
    assert (changed.status, changed.approved_by) == (OrderStatus.DRAFT, None)
    with pytest.raises(Conflict):
        issue_order(order_id=order.pk, actor=place.buyer, at=NOW)


@pytest.mark.parametrize("by_new_line", [False, True])
def test_an_issued_order_is_not_raised_by_its_buyer_alone(place: Yard, by_new_line: bool) -> None:
    order = issued_order(place)
    [line] = order_lines(order)
    price = Decimal(1) if by_new_line else Decimal("20.01")
    new = [bought(place, "1", "50")] if by_new_line else []
    with pytest.raises(NotAllowed, match="your own order"):
        revise_order(
            order_id=order.pk,
            changes=[LineChange(line.pk, unit_price=price)],
            new_lines=new,
            reason="Dearer",
            actor=place.buyer,
            at=NOW,
        )


def test_an_approver_raises_an_issued_order_up_to_the_own_limit(place: Yard) -> None:
    order = issued_order(place)
    [line] = order_lines(order)
    for quantity, allowed in ((Decimal(2501), False), (Decimal(2500), True)):
        change = [LineChange(line.pk, quantity=quantity)]
        if allowed:
            revise_order(order_id=order.pk, changes=change, reason="More", actor=place.approver, at=NOW)
        else:
            with pytest.raises(NotAllowed, match="above the 50,000.00 EUR"):
                revise_order(order_id=order.pk, changes=change, reason="More", actor=place.approver, at=NOW)
    assert list(
        Approval.objects.filter(purchase_order=order).order_by("pk").values_list("amount", flat=True)
    ) == [
        200,
        50_000,
    ]


def test_a_buyer_lowers_and_restores_an_issued_order_within_its_approval(place: Yard) -> None:
    order = issued_order(place)
    [line] = order_lines(order)
    for quantity in (Decimal(5), Decimal(10)):
        order = revise_order(
            order_id=order.pk,
            changes=[LineChange(line.pk, quantity=quantity)],
            reason="Agreed by phone",
            actor=place.buyer,
            at=NOW,
        )
    assert (order.revision, order.net_total, order.status) == (2, 200, OrderStatus.ISSUED)
    assert [revision.before["net_total"] for revision in order.revisions.order_by("revision")] == [
        "200.0000",
        "100.0000",
    ]


def test_a_rejected_order_is_a_draft_again(place: Yard) -> None:
    order = direct_order(place)
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    back = reject_order(order_id=order.pk, reason="Ask Kessel", actor=place.approver, at=NOW)
    assert back.status == OrderStatus.DRAFT


def test_roles_without_the_right_approve_nothing(place: Yard) -> None:
    made = requisition(place, approved=False)
    order = direct_order(place)
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    with pytest.raises(NotAllowed):
        approve_requisition(requisition_id=made.pk, actor=place.buyer, at=NOW)
    with pytest.raises(NotAllowed):
        approve_order(order_id=order.pk, actor=place.requester, at=NOW)


def test_a_second_buyer_with_a_limit_may_approve_what_the_first_made(place: Yard) -> None:
    other = person("bea", *BUYER, orders_up_to=Decimal(500))
    order = direct_order(place)
    submit_order(order_id=order.pk, actor=place.buyer, at=NOW)
    assert approve_order(order_id=order.pk, actor=other, at=NOW).approved_by == other
