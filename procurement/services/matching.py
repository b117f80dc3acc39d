"""Match invoices with orders and receipts, post what may be posted, and look again when something changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from core.access import require
from core.commands import command
from core.history import created, store_with_history, updated
from core.models import User
from procurement.choices import HoldKind, HoldStatus, InvoiceStatus
from procurement.decisions.evidence import HoldFinding, InvoiceVerdict, LinkFinding
from procurement.decisions.matching import decide_invoice, take
from procurement.decisions.settling import KnownHold, Settlement, settle_holds, status_after
from procurement.events import invoices_posted
from procurement.models import Hold, Invoice, InvoiceLine, MatchLink
from procurement.services.match_evidence import Batch, gather
from procurement.services.quantities import refresh_quantities

ZERO = Decimal(0)
FIGURES_OF_HOLD = (
    "blocks", "status", "variance", "limit", "limit_source", "explanation", "inputs", "waits_for", "remedy",
    "order_line", "resolved_at",
)  # fmt: skip

FIGURES_OF_LINK = ("invoice_line", "order_line", "receipt_line", "quantity", "amount")


@dataclass(frozen=True)
class MatchOutcome:
    """Where an invoice stands after the match, and the kinds of its active holds."""

    invoice_id: int
    status: str
    holds: tuple[str, ...]


@dataclass
class _Changes:
    """What a batch writes, collected so that each table is written once."""

    new_holds: list[Hold] = field(default_factory=list)
    old_holds: list[Hold] = field(default_factory=list)
    new_links: list[MatchLink] = field(default_factory=list)
    old_links: list[MatchLink] = field(default_factory=list)
    costed_lines: list[InvoiceLine] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    posted: list[Invoice] = field(default_factory=list)


@dataclass
class _Posted:
    """What entered the books in one batch, to be announced once."""

    invoice_ids: set[int] = field(default_factory=set)
    order_line_ids: set[int] = field(default_factory=set)


@command
def match_invoices(*, invoice_ids: Iterable[int], actor: User | None, at: datetime) -> list[MatchOutcome]:
    """Match these invoices in the order of their keys; the same result as one by one.

    Order lines are locked first, then invoices, so two jobs on one order line follow each other and the second
    sees what the first took. Rejected invoices are left out. Posting freezes each line's cost (in the invoice's
    currency, rounded to its minor unit) and announces `invoices_posted` once. Raises NotAllowed.
    """
    if actor is not None:
        require(actor, "procurement.match_invoice")
    return match_batch(invoice_ids=invoice_ids, actor=actor, at=at)


@command
def rematch_order_lines(
    *, order_line_ids: Iterable[int], actor: User | None, at: datetime
) -> list[MatchOutcome]:
    """Look again at the held and posted invoices of these order lines; one statement where there are none."""
    ids = list(
        Invoice.objects.filter(
            lines__order_line_id__in=list(order_line_ids),
            status__in=[InvoiceStatus.HELD, InvoiceStatus.POSTED, InvoiceStatus.PAYABLE],
        )
        .order_by("pk")
        .values_list("pk", flat=True)
        .distinct()
    )
    return match_batch(invoice_ids=ids, actor=actor, at=at) if ids else []


@command
def match_batch(*, invoice_ids: Iterable[int], actor: User | None, at: datetime) -> list[MatchOutcome]:
    """The match without the question who asks: for runs, releases and receipts, which asked it already."""
    posted = _Posted()
    outcomes = _match(invoice_ids, at, posted)
    if posted.invoice_ids:
        invoices_posted.send(
            sender=Invoice,
            invoice_ids=tuple(sorted(posted.invoice_ids)),
            order_line_ids=tuple(sorted(posted.order_line_ids)),
            actor=actor,
            at=at,
        )
    return [outcomes[key] for key in sorted(outcomes)]


def _match(invoice_ids: Iterable[int], at: datetime, announced: _Posted) -> dict[int, MatchOutcome]:
    batch = gather(invoice_ids=invoice_ids)
    changes, outcomes = _Changes(), {}
    for invoice in batch.invoices:
        outcomes[invoice.pk] = _match_one(invoice, batch, changes, at)
    _write(changes)
    if not changes.posted:
        return outcomes
    order_line_ids = {
        line.order_line_id
        for invoice in changes.posted
        for line in batch.lines[invoice.pk]
        if line.order_line_id is not None
    }
    announced.invoice_ids.update(invoice.pk for invoice in changes.posted)
    announced.order_line_ids.update(order_line_ids)
    refresh_quantities(order_line_ids=sorted(order_line_ids))
    freed = _freed_by(changes.posted, batch, changes.new_holds)
    if freed:
        again = _match(freed, at, announced)
        outcomes.update({key: outcome for key, outcome in again.items() if key in outcomes})
    return outcomes


def _match_one(invoice: Invoice, batch: Batch, changes: _Changes, at: datetime) -> MatchOutcome:
    evidence, running = batch.evidence[invoice.pk], batch.running
    verdict = decide_invoice(evidence, running)
    holds = {hold.pk: hold for hold in batch.holds[invoice.pk]}
    settlement = settle_holds(verdict.holds, [_known(hold) for hold in holds.values()])
    _collect_holds(invoice, settlement, holds, changes, at)
    _collect_links(verdict.links, batch.links[invoice.pk], changes)
    was_posted = invoice.is_posted
    status = status_after(settlement, is_posted=was_posted)
    (running.payable.add if status == InvoiceStatus.PAYABLE else running.payable.discard)(invoice.pk)
    if status != InvoiceStatus.HELD and not was_posted:
        invoice.posted_at = at
        take(evidence, running, (at, invoice.pk))
        changes.posted.append(invoice)
        _collect_costs(batch.lines[invoice.pk], verdict, changes)
    if status != invoice.status or invoice.matched_at is None:
        if status != invoice.status:
            invoice.advance(status)
        invoice.matched_at = at
        changes.invoices.append(invoice)
    return MatchOutcome(invoice.pk, status, settlement.kinds)


def _known(hold: Hold) -> KnownHold:
    return KnownHold(
        hold.pk, hold.kind, hold.invoice_line_id, hold.status, hold.blocks, hold.accepted_variance
    )


def _collect_holds(
    invoice: Invoice, settlement: Settlement, known: dict[int, Hold], changes: _Changes, at: datetime
) -> None:
    for finding in settlement.opened:
        hold = Hold(invoice=invoice, kind=finding.kind, invoice_line_id=finding.line_id, placed_at=at)
        _describe(hold, finding)
        changes.new_holds.append(hold)
    for key, finding in settlement.kept:
        hold = known[key]
        if hold.explanation != finding.explanation or hold.variance != finding.variance:
            _describe(hold, finding)
            changes.old_holds.append(hold)
    for key in settlement.cleared:
        hold = known[key]
        hold.status, hold.resolved_at = HoldStatus.CLEARED, at
        changes.old_holds.append(hold)


def _describe(hold: Hold, finding: HoldFinding) -> None:
    hold.order_line_id = finding.order_line_id
    hold.blocks, hold.explanation, hold.inputs = finding.blocks, finding.explanation, dict(finding.inputs)
    hold.variance, hold.limit, hold.limit_source = finding.variance, finding.limit, finding.limit_source
    hold.waits_for, hold.remedy = finding.waits_for[:120], finding.remedy[:200]


def _collect_links(wanted: Sequence[LinkFinding], stored: Sequence[MatchLink], changes: _Changes) -> None:
    """Stored links take the new figures; one that is no longer needed is kept with nothing on it."""
    by_key = {(row.invoice_line_id, row.order_line_id, row.receipt_line_id): row for row in stored}
    missing: list[LinkFinding] = []
    for link in wanted:
        row = by_key.pop((link.line_id, link.order_line_id, link.receipt_line_id), None)
        if row is None:
            missing.append(link)
        elif (row.quantity, row.amount) != (link.quantity, link.amount):
            row.quantity, row.amount = link.quantity, link.amount
            changes.old_links.append(row)
    spare = list(by_key.values())
    for link in missing:
        row = spare.pop(0) if spare else MatchLink()
        row.invoice_line_id, row.order_line_id = link.line_id, link.order_line_id
        row.receipt_line_id, row.quantity, row.amount = link.receipt_line_id, link.quantity, link.amount
        (changes.old_links if row.pk else changes.new_links).append(row)
    for row in spare:
        if row.quantity or row.amount:
            row.quantity = row.amount = ZERO
            changes.old_links.append(row)


def _collect_costs(lines: Sequence[InvoiceLine], verdict: InvoiceVerdict, changes: _Changes) -> None:
    for line in lines:
        cost = verdict.costs.get(line.pk)
        if cost is not None:
            line.cost_amount = cost
            changes.costed_lines.append(line)


def _write(changes: _Changes) -> None:
    """All tables that have changes in one statement. New and changed rows of a table are never the same rows."""
    store_with_history(
        created(changes.new_holds),
        updated(changes.old_holds, FIGURES_OF_HOLD),
        created(changes.new_links),
        updated(changes.old_links, FIGURES_OF_LINK),
        updated(changes.costed_lines, ["cost_amount"]),
        updated(changes.invoices, ["status", "matched_at", "posted_at"]),
    )


def _freed_by(posted: Sequence[Invoice], batch: Batch, placed: Sequence[Hold]) -> list[int]:
    """Invoices whose hold may be gone now: a credit frees bills, a bill frees the credit that waited for it."""
    credited: set[int] = set()
    billed: set[int] = set()
    for invoice in posted:
        for line in batch.lines[invoice.pk]:
            if line.order_line_id is not None:
                takes_back = line.net_amount * invoice.sign < 0
                (credited if takes_back else billed).add(line.order_line_id)
    return sorted({
        hold.invoice_id
        for hold in (*batch.waiting, *placed)
        if hold.status == HoldStatus.ACTIVE
        and (
            hold.order_line_id in credited
            or (hold.order_line_id in billed and hold.kind == HoldKind.CREDIT_OVER_BILLED)
        )
    })  # fmt: skip
