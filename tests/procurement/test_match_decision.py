"""The decision itself, without a database: limits, slices, and the three meanings of a limit."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procurement.choices import InvoiceKind, LineKind, MatchLevel, OrderStatus, ToleranceKind
from procurement.decisions.evidence import (
    HoldFinding,
    InvoiceEvidence,
    InvoiceVerdict,
    LineEvidence,
    OrderLineEvidence,
    ReceiptEvidence,
    Running,
)
from procurement.decisions.matching import decide_invoice, line_costs, take
from procurement.decisions.settling import KnownHold, settle_holds
from procurement.decisions.tolerances import Scope, Tolerance, ToleranceBook

D = Decimal
TEN, FIFTY = D(10), D(50)
AT = datetime(2026, 3, 2, tzinfo=UTC)
UNLIMITED = Tolerance(is_unlimited=True, source="company")
QUANTITIES = st.decimals(min_value="0.0001", max_value="1000", places=4)
PRICES = st.decimals(min_value="0", max_value="1000", places=6)
PERCENTS = st.decimals(min_value="0", max_value="50", places=2)


def order_line(
    quantity: Decimal = TEN, price: Decimal = FIFTY, received: Decimal | None = None, **values: object
) -> OrderLineEvidence:
    came = quantity if received is None else received
    given: dict[str, object] = {
        "id": 1, "order_number": "PO-000001", "line_number": 1, "order_status": OrderStatus.ISSUED,
        "currency": "EUR", "buyer": "Bert", "kind": LineKind.ITEM, "level": MatchLevel.THREE_WAY,
        "category_id": 3, "unit_code": "PCE", "quantity": quantity, "unit_price": price,
        "tax_recoverable": True, "net_received": came,
        "receipts": (ReceiptEvidence(1, came),) if came else (), **values,
    }  # fmt: skip
    return OrderLineEvidence(**given)  # type: ignore[arg-type]


def running(line: OrderLineEvidence, rules: dict[str, Tolerance] | None = None) -> Running:
    book: dict[Scope, Tolerance] = {(kind, None, None): rule for kind, rule in (rules or {}).items()}
    return Running({line.id: line}, ToleranceBook(book))


def invoice(
    quantity: Decimal,
    price: Decimal,
    key: int = 1,
    net: Decimal | None = None,
    kind: str = InvoiceKind.INVOICE,
) -> InvoiceEvidence:
    amount = round(quantity * price, 2) if net is None else net
    return InvoiceEvidence(
        id=key, supplier_id=7, currency="EUR", kind=kind,
        lines=(LineEvidence(key, 1, quantity, price, amount, order_line_id=1),),
        net_total=amount, tax_total=D(0), gross_total=amount, payable_amount=amount,
    )  # fmt: skip


def kinds(verdict: InvoiceVerdict) -> set[str]:
    return {str(hold.kind) for hold in verdict.holds}


def limits(percent: Decimal | None = None, amount: Decimal | None = None) -> dict[str, Tolerance]:
    rule = Tolerance(percent, amount, source="company")
    return {
        ToleranceKind.PRICE: rule, ToleranceKind.LINE_VALUE: rule,
        ToleranceKind.QUANTITY_ORDERED: rule, ToleranceKind.QUANTITY_RECEIVED: rule,
    }  # fmt: skip


@given(QUANTITIES, PRICES, QUANTITIES, PRICES, PERCENTS, PERCENTS)
def test_a_wider_tolerance_never_adds_a_hold(
    ordered: Decimal, agreed: Decimal, quantity: Decimal, price: Decimal, one: Decimal, other: Decimal
) -> None:
    narrow, wide = sorted((one, other))
    bill = invoice(quantity, price)
    tight = kinds(decide_invoice(bill, running(order_line(ordered, agreed), limits(narrow))))
    loose = kinds(decide_invoice(bill, running(order_line(ordered, agreed), limits(wide))))
    free = kinds(
        decide_invoice(bill, running(order_line(ordered, agreed), dict.fromkeys(limits(), UNLIMITED)))
    )
    assert free <= loose <= tight
    assert free == set()


@given(st.lists(QUANTITIES, min_size=1, max_size=6), PRICES, st.decimals("0", "100", places=2))
def test_slicing_a_bill_never_gets_more_past_the_limits(
    slices: list[Decimal], price: Decimal, allowed: Decimal
) -> None:
    """Whatever the slices, what passes without a hold is within quantity and cumulative value."""
    line = order_line(D(500), D(100))
    rules = {
        ToleranceKind.PRICE: UNLIMITED,
        ToleranceKind.LINE_VALUE: Tolerance(amount=allowed, source="company"),
        ToleranceKind.QUANTITY_ORDERED: Tolerance(amount=allowed, source="company"),
        ToleranceKind.QUANTITY_RECEIVED: UNLIMITED,
    }
    state = running(line, rules)
    quantity = value = due = D(0)
    for key, part in enumerate(slices, start=1):
        bill = invoice(part, price, key)
        verdict = decide_invoice(bill, state)
        take(bill, state, (AT, key))
        quantity += part
        value += bill.net_total
        due += round(part * D(100), 2)
        if "QUANTITY_OVER_ORDERED" not in kinds(verdict):
            assert quantity <= line.quantity + allowed
        if "LINE_VALUE" not in kinds(verdict) and bill.net_total > round(part * D(100), 2):
            assert value <= due + allowed


@given(QUANTITIES, PRICES, PERCENTS)
def test_at_the_limit_passes_and_beyond_it_is_held(
    quantity: Decimal, agreed: Decimal, percent: Decimal
) -> None:
    rules = {ToleranceKind.PRICE: Tolerance(percent, source="company"), ToleranceKind.LINE_VALUE: UNLIMITED}
    limit = agreed + agreed * percent / 100
    line = order_line(quantity, agreed)
    assert "PRICE" not in kinds(decide_invoice(invoice(quantity, limit), running(line, rules)))
    beyond = limit + D("0.0000000001")
    assert "PRICE" in kinds(decide_invoice(invoice(quantity, beyond), running(line, rules)))


@given(QUANTITIES, st.decimals("0", "50", places=4))
def test_quantity_at_the_limit_passes_and_beyond_it_is_held(ordered: Decimal, allowed: Decimal) -> None:
    rules = {
        ToleranceKind.QUANTITY_ORDERED: Tolerance(amount=allowed, source="company"),
        ToleranceKind.QUANTITY_RECEIVED: Tolerance(amount=allowed, source="company"),
    }
    line = order_line(ordered, D(1))
    assert not kinds(decide_invoice(invoice(ordered + allowed, D(1)), running(line, rules)))
    over = kinds(decide_invoice(invoice(ordered + allowed + D("0.0001"), D(1)), running(line, rules)))
    assert over == {"QUANTITY_OVER_ORDERED", "QUANTITY_OVER_RECEIVED"}


@given(st.lists(QUANTITIES, min_size=1, max_size=8), PRICES)
def test_bills_at_the_order_price_pass_however_they_round(parts: list[Decimal], price: Decimal) -> None:
    state = running(order_line(sum(parts, D(0)), price))
    for key, part in enumerate(parts, start=1):
        # Half up to the cent, as suppliers and we round a line total.
        net = (part * price).quantize(D("0.01"), rounding="ROUND_HALF_UP")
        bill = invoice(part, price, key, net)
        assert not decide_invoice(bill, state).holds
        take(bill, state, (AT, key))


def test_unset_zero_and_unlimited_are_three_things() -> None:
    company = Tolerance(D(10), source="company")
    book = ToleranceBook(
        {("PRICE", None, None): company, ("PRICE", 7, None): Tolerance(source="supplier Kessel")}
    )
    assert book.find("PRICE", 8, None) == company, "unset inherits"
    assert book.of("PRICE", 7).allowance(D(50)) == 0, "a rule without figures is exact"
    assert book.of("TAX", 7).allowance(D(50)) == 0, "no rule at all is exact"
    assert UNLIMITED.allowance(D(50)) is None
    assert "exact" in book.of("TAX", 7).words() and "unlimited" in UNLIMITED.words()


def test_the_most_specific_rule_wins() -> None:
    rules: dict[Scope, Tolerance] = {}
    for percent, scope in enumerate([(None, None), (None, 3), (7, None), (7, 3)], start=1):
        rules["PRICE", scope[0], scope[1]] = Tolerance(D(percent))
        assert ToleranceBook(rules).of("PRICE", 7, 3).percent == percent


def test_the_stricter_of_percent_and_amount_holds() -> None:
    rule = Tolerance(D(10), D(3), source="company")
    assert (rule.allowance(D(20)), rule.allowance(D(100))) == (2, 3)


def test_a_posted_invoice_is_not_held_for_what_came_after_it() -> None:
    state = running(order_line())
    first, second = invoice(D(10), D(50), 1), invoice(D(10), D(50), 2)
    take(first, state, (AT, 1))
    take(second, state, (AT, 2))
    state.payable = {1}
    posted = [InvoiceEvidence(**{**vars(each), "posted_key": (AT, each.id)}) for each in (first, second)]
    assert [kinds(decide_invoice(each, state)) for each in posted] == [
        set(),
        {"QUANTITY_OVER_ORDERED", "QUANTITY_OVER_RECEIVED"},
    ]


def test_a_blocked_invoice_is_not_freed_while_another_may_be_paid_for_the_same() -> None:
    """Even where its clock says that it came first."""
    state = running(order_line())
    first, second = invoice(D(10), D(50), 1), invoice(D(10), D(50), 2)
    take(first, state, (AT, 1))
    take(second, state, (AT, 2))
    state.payable = {2}
    blocked, payable = (
        InvoiceEvidence(**{**vars(each), "posted_key": (AT, each.id)}) for each in (first, second)
    )
    assert "QUANTITY_OVER_ORDERED" in kinds(decide_invoice(blocked, state))
    assert not kinds(decide_invoice(payable, state))


@given(
    st.lists(st.decimals("0.0001", "20", places=4), min_size=1, max_size=5),
    st.lists(st.decimals("0.0001", "20", places=4), min_size=1, max_size=5),
)
def test_links_never_take_more_of_a_receipt_or_a_bill_than_there_is(
    came: list[Decimal], bills: list[Decimal]
) -> None:
    receipts = tuple(ReceiptEvidence(key, quantity) for key, quantity in enumerate(came, start=1))
    state = running(order_line(D(100), received=sum(came, D(0)), receipts=receipts))
    taken: dict[int | None, Decimal] = defaultdict(Decimal)
    for key, quantity in enumerate(bills, start=1):
        bill = invoice(quantity, D(50), key)
        links = decide_invoice(bill, state).links
        assert sum(link.quantity for link in links) == quantity
        assert sum(link.amount for link in links) == bill.net_total
        for link in links:
            taken[link.receipt_line_id] += link.quantity
    linked = [taken[receipt.id] for receipt in receipts]
    assert all(got <= receipt.quantity for got, receipt in zip(linked, receipts, strict=True))
    partly = [got for got, receipt in zip(linked, receipts, strict=True) if 0 < got < receipt.quantity]
    assert len(partly) <= 1, "first in, first out"


@given(
    st.lists(st.decimals("-100", "1000", places=2), min_size=1, max_size=6),
    st.decimals("-50", "50", places=2),
    st.decimals("0", "300", places=2),
)
def test_costs_sum_to_net_and_the_tax_that_is_lost(
    nets: list[Decimal], spread: Decimal, tax: Decimal
) -> None:
    lines = [LineEvidence(k, k, D(1), n, n, order_line_id=1) for k, n in enumerate(nets, start=1)]
    lines.append(LineEvidence(99, 99, D(1), spread, spread, kind="CHARGE"))
    net = sum(nets, D(0)) + spread
    bill = InvoiceEvidence(1, 7, "EUR", tuple(lines), net, tax, net + tax, net + tax)
    kept = line_costs(bill, {1: order_line(tax_recoverable=False)})
    assert sum(kept.values()) == net + tax
    assert sum(line_costs(bill, {1: order_line()}).values()) == net


@pytest.mark.parametrize(
    ("variance", "status", "returns"),
    [("5", "RELEASED", False), ("4", "RELEASED", False), ("5.01", "RELEASED", True), ("5", "CLEARED", True)],
)
def test_a_released_hold_returns_only_if_it_grew(variance: str, status: str, returns: bool) -> None:
    finding = finding_of(D(variance))
    known = KnownHold(1, "PRICE", 4, status, "PAY", D(5) if status == "RELEASED" else None)
    assert bool(settle_holds([finding], [known]).opened) is returns


def test_system_holds_clear_when_their_cause_goes_and_manual_ones_stay() -> None:
    known = [KnownHold(1, "PRICE", 4, "ACTIVE", "PAY"), KnownHold(2, "MANUAL", None, "ACTIVE", "PAY")]
    settled = settle_holds([], known)
    assert settled.cleared == (1,)
    assert settled.kinds == ("MANUAL",)


def finding_of(variance: Decimal) -> HoldFinding:
    state = running(order_line(price=D(50)), {ToleranceKind.LINE_VALUE: UNLIMITED})
    found = decide_invoice(invoice(D(10), D(50) + variance), state).holds[0]
    return HoldFinding(**{**vars(found), "line_id": 4})
