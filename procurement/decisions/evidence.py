"""What a match looks at and what it finds: plain values, gathered once per batch by the services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from procurement.choices import HoldBlocks, HoldKind, InvoiceKind, InvoiceLineKind, LineKind
from procurement.decisions.tolerances import ToleranceBook

PostedKey = tuple[datetime, int]


@dataclass(frozen=True)
class ReceiptEvidence:
    """What one receipt line still holds: came, less rejected and sent back."""

    id: int
    quantity: Decimal


@dataclass(frozen=True)
class OrderLineEvidence:
    """One order line as it stands; `quantity` is ordered less cancelled, `unit_price` net of discount, exact."""

    id: int
    order_number: str
    line_number: int
    order_status: str
    currency: str
    buyer: str
    kind: str
    level: str
    category_id: int | None
    unit_code: str
    quantity: Decimal
    unit_price: Decimal
    tax_recoverable: bool
    net_received: Decimal
    receipts: tuple[ReceiptEvidence, ...] = ()

    @property
    def is_charge(self) -> bool:
        """Checked by amount; needs no receipt."""
        return self.kind == LineKind.CHARGE

    @property
    def label(self) -> str:
        """'order PO-000012 line 3'."""
        return f"order {self.order_number} line {self.line_number}"


@dataclass(frozen=True)
class LineEvidence:
    """One invoice line as sent."""

    id: int
    line_number: int
    quantity: Decimal
    unit_price: Decimal
    net_amount: Decimal
    kind: str = InvoiceLineKind.GOODS
    tax_percent: Decimal = Decimal(0)
    order_line_id: int | None = None


@dataclass(frozen=True)
class TaxEvidence:
    """One row of the tax breakdown."""

    percent: Decimal
    taxable_amount: Decimal
    tax_amount: Decimal


@dataclass(frozen=True)
class InvoiceEvidence:
    """One invoice or credit note; `posted_key` tells which posted ones came before it (None: not posted yet)."""

    id: int
    supplier_id: int
    currency: str
    lines: tuple[LineEvidence, ...]
    net_total: Decimal
    tax_total: Decimal
    gross_total: Decimal
    payable_amount: Decimal
    taxes: tuple[TaxEvidence, ...] = ()
    rounding_amount: Decimal = Decimal(0)
    prepaid_amount: Decimal = Decimal(0)
    kind: str = InvoiceKind.INVOICE
    supplier_name: str = ""
    supplier_blocked: bool = False
    duplicate_of: str = ""
    posted_key: PostedKey | None = None

    @property
    def sign(self) -> int:
        """1 for an invoice, -1 for a credit note."""
        return -1 if self.kind == InvoiceKind.CREDIT_NOTE else 1


@dataclass(frozen=True)
class Billing:
    """One posted invoice line on an order line, signed (credits negative); `expected` is quantity at order price."""

    invoice_id: int
    posted_key: PostedKey
    quantity: Decimal
    net_amount: Decimal
    expected: Decimal
    is_credit_note: bool = False


@dataclass
class Running:
    """What is known of the order lines while a batch is decided, invoice after invoice in the order of their keys."""

    order_lines: Mapping[int, OrderLineEvidence]
    tolerances: ToleranceBook = field(default_factory=ToleranceBook)
    billings: dict[int, list[Billing]] = field(default_factory=lambda: defaultdict(list))
    # invoices that may be paid as things stand
    payable: set[int] = field(default_factory=set)
    # receipt line -> invoice -> how much of it is linked
    reserved: dict[int, dict[int, Decimal]] = field(default_factory=lambda: defaultdict(dict))


@dataclass(frozen=True)
class HoldFinding:
    """A reason to wait, with its arithmetic."""

    kind: HoldKind
    blocks: HoldBlocks
    explanation: str
    waits_for: str
    remedy: str
    line_id: int | None = None
    order_line_id: int | None = None
    variance: Decimal = Decimal(0)
    limit: Decimal | None = None
    limit_source: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LinkFinding:
    """So much of an invoice line is so much of an order line and, where it came, of a receipt line."""

    line_id: int
    order_line_id: int
    receipt_line_id: int | None
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class InvoiceVerdict:
    """The verdict on one invoice, before anyone's release is counted."""

    invoice_id: int
    links: tuple[LinkFinding, ...]
    holds: tuple[HoldFinding, ...]
    costs: Mapping[int, Decimal]

    @property
    def may_post(self) -> bool:
        """Nothing found stops its cost from entering the books."""
        return not any(hold.blocks == HoldBlocks.POST for hold in self.holds)

    @property
    def may_pay(self) -> bool:
        """Nothing found at all."""
        return not self.holds
