"""Holds by hand, releases, and what comes back."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from core.errors import Conflict, NotAllowed, RuleViolation
from core.models import User
from procurement.choices import HoldStatus, InvoiceKind, InvoiceStatus
from procurement.models import Hold, Invoice, MatchLink, PurchaseOrderLine
from procurement.services.holds import release_hold
from procurement.services.invoicing import place_hold, reject_invoice
from tests.invoice_builders import Office, bill, billed, holds_of, matched, office
from tests.procurement_builders import NOW, Yard, bought, issued_order, order_lines, received


@pytest.fixture
def staff(db: None) -> Office:
    return office()


def status_of(invoice: Invoice) -> str:
    return Invoice.objects.get(pk=invoice.pk).status


def line_of(place: Yard, quantity: str = "10") -> PurchaseOrderLine:
    order = issued_order(place, bought(place, quantity))
    received(place, order, quantity)
    return order_lines(order)[0]


def overpriced(place: Yard, staff: Office) -> Invoice:
    invoice = bill(place, staff, billed(line_of(place), "10", "25"))
    matched(staff, invoice)
    return invoice


def release_all(invoice: Invoice, staff: Office) -> None:
    for hold in holds_of(invoice).values():
        release_hold(hold_id=hold.pk, reason="Agreed by phone", actor=staff.lead, at=NOW)


def test_a_release_keeps_who_why_and_how_much_and_frees_the_payment(place: Yard, staff: Office) -> None:
    invoice = overpriced(place, staff)
    assert set(holds_of(invoice)) == {"PRICE", "LINE_VALUE"}
    release_all(invoice, staff)
    assert status_of(invoice) == InvoiceStatus.PAYABLE
    hold = Hold.objects.get(invoice=invoice, kind="PRICE")
    assert (hold.status, hold.resolved_by, hold.release_reason) == ("RELEASED", staff.lead, "Agreed by phone")
    assert hold.accepted_variance == hold.variance == 5


def test_a_released_hold_stays_away_until_the_variance_grows(place: Yard, staff: Office) -> None:
    invoice = overpriced(place, staff)
    release_all(invoice, staff)
    matched(staff, invoice)
    assert not holds_of(invoice)

    PurchaseOrderLine.objects.filter(order__supplier=place.supplier).update(unit_price=21)
    matched(staff, invoice)
    assert not holds_of(invoice), "a smaller variance was accepted already"

    PurchaseOrderLine.objects.filter(order__supplier=place.supplier).update(unit_price=19)
    matched(staff, invoice)
    assert holds_of(invoice)["PRICE"].variance == 6
    assert status_of(invoice) == InvoiceStatus.POSTED


def test_who_entered_the_invoice_may_not_release_its_holds(place: Yard, staff: Office) -> None:
    invoice = overpriced(place, staff)
    Invoice.objects.filter(pk=invoice.pk).update(created_by=staff.lead)
    with pytest.raises(NotAllowed, match="You entered this invoice"):
        release_all(invoice, staff)


def test_who_received_the_goods_may_not_release_the_invoice(place: Yard, staff: Office) -> None:
    invoice = overpriced(place, staff)
    add_right(place.receiver, "release_hold")
    receiver = User.objects.get(pk=place.receiver.pk)
    with pytest.raises(NotAllowed, match="You received goods"):
        release_hold(hold_id=holds_of(invoice)["PRICE"].pk, reason="Agreed", actor=receiver, at=NOW)


def add_right(user: User, codename: str) -> None:
    user.user_permissions.add(Permission.objects.get(codename=codename))


def test_a_release_needs_the_right_and_a_reason(place: Yard, staff: Office) -> None:
    hold = holds_of(overpriced(place, staff))["PRICE"]
    with pytest.raises(NotAllowed):
        release_hold(hold_id=hold.pk, reason="Because", actor=staff.clerk, at=NOW)
    with pytest.raises(RuleViolation, match="Say why"):
        release_hold(hold_id=hold.pk, reason=" ", actor=staff.lead, at=NOW)
    release_hold(hold_id=hold.pk, reason="Fine", actor=staff.lead, at=NOW)
    with pytest.raises(Conflict, match="already released"):
        release_hold(hold_id=hold.pk, reason="Fine", actor=staff.lead, at=NOW)


def test_no_one_may_let_a_credit_beyond_what_was_billed_pass(place: Yard, staff: Office) -> None:
    credit = bill(place, staff, billed(line_of(place)), kind=InvoiceKind.CREDIT_NOTE)
    matched(staff, credit)
    with pytest.raises(RuleViolation, match="no one may let this pass"):
        release_all(credit, staff)


def test_a_hold_by_hand_never_clears_itself(place: Yard, staff: Office) -> None:
    invoice = bill(place, staff, billed(line_of(place)))
    matched(staff, invoice)
    hold = place_hold(invoice_id=invoice.pk, reason="Wrong colour", actor=staff.lead, at=NOW)
    assert status_of(invoice) == InvoiceStatus.POSTED
    matched(staff, invoice)
    assert status_of(invoice) == InvoiceStatus.POSTED
    release_hold(hold_id=hold.pk, reason="Repainted", actor=staff.lead, at=NOW)
    assert status_of(invoice) == InvoiceStatus.PAYABLE


def test_a_hold_by_hand_can_keep_an_invoice_out_of_the_books(place: Yard, staff: Office) -> None:
    line = line_of(place)
    invoice = bill(place, staff, billed(line))
    place_hold(invoice_id=invoice.pk, reason="Not ours?", actor=staff.lead, at=NOW, blocks="POST")
    matched(staff, invoice)
    assert status_of(invoice) == InvoiceStatus.HELD
    line.refresh_from_db()
    assert line.quantity_billed == 0
    with pytest.raises(Conflict, match="already held by a person"):
        place_hold(invoice_id=invoice.pk, reason="Again", actor=staff.lead, at=NOW)


def test_a_rejected_invoice_bills_nothing_and_frees_its_number(place: Yard, staff: Office) -> None:
    line = line_of(place)
    invoice = bill(place, staff, billed(None), number="R 1")
    matched(staff, invoice)
    reject_invoice(invoice_id=invoice.pk, reason="Not ours", actor=staff.lead, at=NOW)
    assert status_of(invoice) == InvoiceStatus.REJECTED
    assert not Hold.objects.filter(invoice=invoice, status=HoldStatus.ACTIVE).exists()
    assert not MatchLink.objects.filter(invoice_line__invoice=invoice, quantity__gt=0).exists()
    again = bill(place, staff, billed(line), number="R 1")
    matched(staff, again)
    assert status_of(again) == InvoiceStatus.PAYABLE


def test_a_posted_invoice_is_corrected_by_a_credit_note_not_rejected(place: Yard, staff: Office) -> None:
    invoice = bill(place, staff, billed(line_of(place)))
    matched(staff, invoice)
    with pytest.raises(Conflict, match="credit note"):
        reject_invoice(invoice_id=invoice.pk, reason="Oh", actor=staff.lead, at=NOW)
