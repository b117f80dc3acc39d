"""States of the spend half and the moves between them."""

from __future__ import annotations

from django.db import models

from core.states import TransitionTable


class SupplierStatus(models.TextChoices):
    """Whether we may order from a supplier."""

    PENDING = "PENDING", "Waiting for approval"
    APPROVED = "APPROVED", "Approved"
    BLOCKED = "BLOCKED", "Blocked"


class MatchLevel(models.TextChoices):
    """What an invoice line is checked against."""

    TWO_WAY = "TWO_WAY", "2-way: against the order"
    THREE_WAY = "THREE_WAY", "3-way: against order and receipt"
    FOUR_WAY = "FOUR_WAY", "4-way: against order, receipt and acceptance"


class LineKind(models.TextChoices):
    """What is bought."""

    ITEM = "ITEM", "Item"
    SERVICE = "SERVICE", "Service"
    CHARGE = "CHARGE", "Charge (freight, duty)"


class Destination(models.TextChoices):
    """Where a bought line goes: straight to the work or cost centre, or into a storeroom."""

    DIRECT = "DIRECT", "Direct charge"
    STOCK = "STOCK", "Into stock"


class RequisitionStatus(models.TextChoices):
    """Where a requisition stands; how much of it is ordered follows from its lines."""

    DRAFT = "DRAFT", "Draft"
    PENDING_APPROVAL = "PENDING_APPROVAL", "Waiting for approval"
    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Rejected"
    ORDERED = "ORDERED", "Ordered"
    CANCELLED = "CANCELLED", "Cancelled"


_R = RequisitionStatus
REQUISITION_TRANSITIONS: TransitionTable = {
    _R.DRAFT: frozenset({_R.PENDING_APPROVAL, _R.CANCELLED}),
    _R.PENDING_APPROVAL: frozenset({_R.APPROVED, _R.REJECTED, _R.DRAFT, _R.CANCELLED}),
    _R.APPROVED: frozenset({_R.ORDERED, _R.DRAFT, _R.CANCELLED}),
    _R.ORDERED: frozenset({_R.APPROVED}),
    _R.REJECTED: frozenset({_R.DRAFT, _R.CANCELLED}),
}


class OrderStatus(models.TextChoices):
    """Where a purchase order stands; the received states follow from its lines."""

    DRAFT = "DRAFT", "Draft"
    PENDING_APPROVAL = "PENDING_APPROVAL", "Waiting for approval"
    APPROVED = "APPROVED", "Approved"
    ISSUED = "ISSUED", "Issued"
    PARTIALLY_RECEIVED = "PARTIALLY_RECEIVED", "Partially received"
    RECEIVED = "RECEIVED", "Received"
    CLOSED = "CLOSED", "Closed"
    CANCELLED = "CANCELLED", "Cancelled"


_O = OrderStatus
ORDER_TRANSITIONS: TransitionTable = {
    _O.DRAFT: frozenset({_O.PENDING_APPROVAL, _O.APPROVED, _O.CANCELLED}),
    _O.PENDING_APPROVAL: frozenset({_O.APPROVED, _O.DRAFT, _O.CANCELLED}),
    _O.APPROVED: frozenset({_O.ISSUED, _O.DRAFT, _O.CANCELLED}),
    _O.ISSUED: frozenset({_O.PARTIALLY_RECEIVED, _O.RECEIVED, _O.CLOSED, _O.CANCELLED}),
    _O.PARTIALLY_RECEIVED: frozenset({_O.ISSUED, _O.RECEIVED, _O.CLOSED}),
    _O.RECEIVED: frozenset({_O.ISSUED, _O.PARTIALLY_RECEIVED, _O.CLOSED}),
    _O.CLOSED: frozenset({_O.ISSUED, _O.PARTIALLY_RECEIVED, _O.RECEIVED}),
}
# Goods may come in and invoices may be matched.
OPEN_ORDER = frozenset({_O.ISSUED, _O.PARTIALLY_RECEIVED, _O.RECEIVED})
# The order is a promise to pay: its open part counts as committed.
COMMITTED_ORDER = frozenset({_O.APPROVED, _O.ISSUED, _O.PARTIALLY_RECEIVED, _O.RECEIVED})


class ApprovalDecision(models.TextChoices):
    """What an approver decided."""

    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Rejected"


class DocumentKind(models.TextChoices):
    """Documents that need approval."""

    REQUISITION = "REQUISITION", "Requisition"
    PURCHASE_ORDER = "PURCHASE_ORDER", "Purchase order"


class ReceiptKind(models.TextChoices):
    """What a receiving document records."""

    DELIVERY = "DELIVERY", "Delivery"
    ACCEPTANCE = "ACCEPTANCE", "Service acceptance"
    RETURN = "RETURN", "Return to supplier"
    REVERSAL = "REVERSAL", "Reversal"


class InvoiceKind(models.TextChoices):
    """Whether the supplier asks for money or gives it back."""

    INVOICE = "INVOICE", "Invoice"
    CREDIT_NOTE = "CREDIT_NOTE", "Credit note"


class InvoiceSource(models.TextChoices):
    """How an invoice reached us."""

    TYPED = "TYPED", "Typed in"
    UBL = "UBL", "UBL file"
    API = "API", "Program"


class InvoiceStatus(models.TextChoices):
    """Where an invoice stands. Held and payable follow from its holds."""

    ENTERED = "ENTERED", "Entered"
    HELD = "HELD", "On hold"
    POSTED = "POSTED", "Posted, payment blocked"
    PAYABLE = "PAYABLE", "Ready to pay"
    REJECTED = "REJECTED", "Rejected"


_I = InvoiceStatus
INVOICE_TRANSITIONS: TransitionTable = {
    _I.ENTERED: frozenset({_I.HELD, _I.POSTED, _I.PAYABLE, _I.REJECTED}),
    _I.HELD: frozenset({_I.POSTED, _I.PAYABLE, _I.REJECTED}),
    _I.POSTED: frozenset({_I.PAYABLE}),
    _I.PAYABLE: frozenset({_I.POSTED}),
}
# Its cost is in the ledgers.
POSTED_INVOICE = frozenset({_I.POSTED, _I.PAYABLE})


class InvoiceLineKind(models.TextChoices):
    """Goods and services, or a document-level charge or allowance."""

    GOODS = "GOODS", "Goods or service"
    CHARGE = "CHARGE", "Charge"
    ALLOWANCE = "ALLOWANCE", "Allowance"


class HoldKind(models.TextChoices):
    """Why an invoice is held."""

    NO_ORDER_LINE = "NO_ORDER_LINE", "No order line"
    ORDER_NOT_OPEN = "ORDER_NOT_OPEN", "Order not open"
    QUANTITY_OVER_ORDERED = "QUANTITY_OVER_ORDERED", "More billed than ordered"
    QUANTITY_OVER_RECEIVED = "QUANTITY_OVER_RECEIVED", "More billed than received"
    QUANTITY_OVER_ACCEPTED = "QUANTITY_OVER_ACCEPTED", "More billed than accepted"
    PRICE = "PRICE", "Price above order"
    LINE_VALUE = "LINE_VALUE", "Line value above order"
    CHARGE = "CHARGE", "Charge not on the order"
    CURRENCY = "CURRENCY", "Other currency than the order"
    TAX = "TAX", "Tax does not add up"
    TOTAL = "TOTAL", "Totals do not add up"
    DUPLICATE = "DUPLICATE", "Possible duplicate"
    SUPPLIER_BLOCKED = "SUPPLIER_BLOCKED", "Supplier blocked"
    CREDIT_OVER_BILLED = "CREDIT_OVER_BILLED", "More credited than billed"
    MANUAL = "MANUAL", "Held by a person"


class HoldBlocks(models.TextChoices):
    """What a hold stops."""

    POST = "POST", "Posting and payment"
    PAY = "PAY", "Payment"


class HoldStatus(models.TextChoices):
    """Whether a hold still stops anything."""

    ACTIVE = "ACTIVE", "Active"
    CLEARED = "CLEARED", "Cleared by itself"
    RELEASED = "RELEASED", "Released"


class ToleranceKind(models.TextChoices):
    """What a tolerance limits."""

    PRICE = "PRICE", "Unit price above order"
    LINE_VALUE = "LINE_VALUE", "Cumulative line value above order"
    QUANTITY_ORDERED = "QUANTITY_ORDERED", "Billed quantity above ordered"
    QUANTITY_RECEIVED = "QUANTITY_RECEIVED", "Billed quantity above received"
    RECEIPT_QUANTITY = "RECEIPT_QUANTITY", "Received quantity above ordered"
    CHARGE = "CHARGE", "Charges not on the order"
    TAX = "TAX", "Tax"
    TOTAL = "TOTAL", "Invoice total"


class MatchRunStatus(models.TextChoices):
    """Where a match run stands."""

    QUEUED = "QUEUED", "Queued"
    RUNNING = "RUNNING", "Running"
    FINISHED = "FINISHED", "Finished"


class RunItemStatus(models.TextChoices):
    """What became of one invoice in a run."""

    PENDING = "PENDING", "Waiting"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Failed"
