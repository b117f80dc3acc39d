"""The target figures of an order line, as pure arithmetic."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from linkage.decisions.targets import LineFacts, fill_in_order, line_figures, split_figure

quantities = st.decimals(min_value=0, max_value=100_000, places=4)
prices = st.decimals(min_value=0, max_value=10_000, places=6)
rates = st.decimals(min_value=Decimal("0.0001"), max_value=200, places=8)


def facts(**values: object) -> LineFacts:
    """Facts of a ten-piece line at 1,000 EUR, changed by `values`."""
    given_values: dict[str, object] = {
        "order_line_id": 1,
        "is_committed": True,
        "currency": "EUR",
        "exchange_rate": Decimal(1),
        "base_currency": "EUR",
        "unit_cost": Decimal(1000),
        "ordered": Decimal(10),
        "received": Decimal(0),
        "billed": Decimal(0),
        "billed_amount": Decimal(0),
        "billed_base": Decimal(0),
    }
    return LineFacts(**{**given_values, **values})  # type: ignore[arg-type]


def test_an_order_is_committed_until_goods_or_bills_come() -> None:
    figures = line_figures(facts())
    assert (figures.committed.base, figures.accrued.base, figures.actual.base) == (10_000, 0, 0)


def test_goods_received_are_accrued_and_no_longer_committed() -> None:
    figures = line_figures(facts(received=Decimal(4)))
    assert (figures.committed.base, figures.accrued.base, figures.actual.base) == (6_000, 4_000, 0)


def test_an_invoice_before_the_receipt_is_actual_and_the_receipt_then_adds_nothing() -> None:
    bill = {"billed": Decimal(10), "billed_amount": Decimal(10_000), "billed_base": Decimal(10_000)}
    before, after = line_figures(facts(**bill)), line_figures(facts(**bill, received=Decimal(10)))
    assert before == after
    assert (before.committed.base, before.accrued.base, before.actual.base) == (0, 0, 10_000)


def test_a_dearer_invoice_shows_the_difference_as_price_variance() -> None:
    figures = line_figures(
        facts(
            received=Decimal(10),
            billed=Decimal(10),
            billed_amount=Decimal(10_500),
            billed_base=Decimal(10_500),
        )
    )
    assert (figures.actual.base, figures.price_variance.base, figures.rate_variance) == (10_000, 500, 0)


def test_another_rate_on_the_invoice_is_rate_variance_and_not_price() -> None:
    figures = line_figures(
        facts(
            currency="USD",
            exchange_rate=Decimal("0.90"),
            received=Decimal(10),
            billed=Decimal(10),
            billed_amount=Decimal(10_000),
            billed_base=Decimal(9_200),
        )
    )
    assert (figures.actual.base, figures.price_variance.base, figures.rate_variance) == (9_000, 0, 200)


def test_a_closed_or_cancelled_order_commits_nothing() -> None:
    assert line_figures(facts(is_committed=False, received=Decimal(3))).committed.base == 0


@given(ordered=quantities, received=quantities, billed=quantities, price=prices, rate=rates)
def test_every_unit_counts_exactly_once(
    ordered: Decimal, received: Decimal, billed: Decimal, price: Decimal, rate: Decimal
) -> None:
    line = facts(
        ordered=ordered, received=received, billed=billed, unit_cost=price, currency="USD", exchange_rate=rate
    )
    figures = line_figures(line)
    whole = max(ordered, received, billed)
    parts = (figures.committed, figures.accrued, figures.actual)
    assert sum(part.quantity for part in parts) == whole
    assert sum(part.document for part in parts) == line.value(whole)
    assert sum(part.base for part in parts) == line.base_value(whole)
    assert all(part.base >= 0 and part.quantity >= 0 for part in parts)


@given(
    quantity=quantities,
    price=prices,
    weights=st.lists(st.integers(min_value=0, max_value=99), min_size=1, max_size=9),
)
def test_shares_sum_to_the_line_to_the_cent(quantity: Decimal, price: Decimal, weights: list[int]) -> None:
    figure = line_figures(facts(ordered=quantity, unit_cost=price)).committed
    shares = split_figure(figure, [Decimal(weight) for weight in weights], "EUR", "EUR")
    assert sum(share.document for share in shares) == figure.document
    assert sum(share.base for share in shares) == figure.base
    assert sum(share.quantity for share in shares) == figure.quantity


def test_what_arrives_goes_to_who_waits_first() -> None:
    assert fill_in_order(Decimal(5), [Decimal(3), Decimal(4), Decimal(1)]) == [3, 2, 0]
