"""Take in a UBL invoice file: find the supplier, keep the original bytes, enter the invoice. Twice is once."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import Q

from core.access import require
from core.commands import command
from core.errors import NotFound, RuleViolation
from core.models import User
from core.numbering import next_number
from core.services.attachments import INVOICES, store_attachment
from procurement.choices import InvoiceSource, InvoiceStatus, SupplierStatus
from procurement.models import Invoice, Supplier
from procurement.services.invoicing import enter_invoice
from procurement.services.ubl_document import UblError
from procurement.services.ubl_parse import ParsedInvoice, ParsedSupplier, parse_ubl

__all__ = ["ParsedInvoice", "ParsedSupplier", "UblError", "import_invoice", "parse_ubl"]

SUPPLIER_NUMBER_KIND = "SUP"


@command
def import_invoice(
    *,
    content: bytes,
    name: str,
    actor: User,
    at: datetime,
    supplier_id: int | None = None,
    create_supplier: bool = False,
) -> Invoice:
    """Enter the invoice or credit note of a UBL file, amounts as in the file, and keep the file as it came.

    The supplier is `supplier_id`, else the one with this endpoint, tax number or exact name; with `create_supplier` an
    unknown one is added, waiting for approval. The same bytes again give the invoice they gave before, unless that
    was rejected. Raises UblError naming the element of a broken file, NotFound for an unknown supplier, Conflict
    where the number is already entered.
    """
    require(actor, "procurement.enter_invoice")
    parsed = parse_ubl(content=content)
    known: Invoice | None = (
        Invoice.objects.filter(original__digest=hashlib.sha256(content).hexdigest())
        .exclude(status=InvoiceStatus.REJECTED)
        .order_by("pk")
        .first()
    )
    if known is not None:
        return known
    if supplier_id is None:
        supplier_id = _supplier(parsed, create=create_supplier).pk
    original = store_attachment(content=content, name=name, actor=actor, at=at, kinds=INVOICES)
    return enter_invoice(
        kind=parsed.kind,
        supplier_id=supplier_id,
        supplier_number=parsed.number,
        issued_on=parsed.issued_on,
        due_on=parsed.due_on,
        currency=parsed.currency,
        lines=parsed.lines,
        taxes=parsed.taxes,
        net_total=parsed.net_total,
        tax_total=parsed.tax_total,
        gross_total=parsed.gross_total,
        rounding_amount=parsed.rounding_amount,
        prepaid_amount=parsed.prepaid_amount,
        payable_amount=parsed.payable_amount,
        order_reference=parsed.order_reference,
        source=InvoiceSource.UBL,
        original_id=original.pk,
        note=parsed.note,
        actor=actor,
        at=at,
    )


def _supplier(parsed: ParsedInvoice, *, create: bool) -> Supplier:
    """By electronic address, else tax number, else name; refused where more than one fits."""
    sender = parsed.supplier
    wanted = Q(name__iexact=sender.name)
    if sender.endpoint_id:
        wanted |= Q(endpoint_id__iexact=sender.endpoint_id)
    if sender.tax_number:
        wanted |= Q(tax_number__iexact=sender.tax_number)
    found = list(Supplier.objects.filter(wanted).order_by("pk"))
    for field, value in (
        ("endpoint_id", sender.endpoint_id),
        ("tax_number", sender.tax_number),
        ("name", sender.name),
    ):
        fits = [each for each in found if value and getattr(each, field).casefold() == value.casefold()]
        if len(fits) > 1:
            codes = ", ".join(each.code for each in fits)
            raise RuleViolation(
                f"More than one supplier fits {value}: {codes}.",
                field="supplier",
                remedy="Name the supplier, or correct the supplier records.",
            )
        if fits:
            return fits[0]
    if not create:
        raise NotFound(
            f"No supplier has the name {sender.name}, the electronic address {sender.endpoint_id or '(none)'} "
            f"or the tax number {sender.tax_number or '(none)'}.",
            field="supplier",
            remedy="Add the supplier first, name one, or let the import create it.",
        )
    supplier = Supplier(
        code=next_number(SUPPLIER_NUMBER_KIND),
        name=sender.name,
        status=SupplierStatus.PENDING,
        tax_number=sender.tax_number,
        endpoint_id=sender.endpoint_id,
        currency=parsed.currency,
        address=sender.address,
    )
    supplier.save()
    return supplier
