"""Convergent posting: the ledger ends where the facts say, in any order, however often it is told."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from cmms.choices import CostBucket, CostStage
from cmms.decisions.settlement import NOTHING, CostTarget, Figure, Holder, differences
from cmms.models import CostEntry, WorkOrder
from cmms.selectors import asset_costs, work_order_costs
from cmms.services.closing import close_work_order, complete_work_order
from cmms.services.costing import reconcile_own_costs, settle_costs
from cmms.services.execution import finish_work
from cmms.services.planning import EstimateInput
from core.errors import NotAllowed, NotFound
from tests.builders import NOW, asset, boss, person, work_order

TODAY = date(2026, 3, 2)


def target(order: WorkOrder | None, amount: Any, key: str = "allocation:1", **values: Any) -> CostTarget:
    amount = Decimal(amount)
    made = CostTarget(
        work_order_id=order.pk if order else 1, source_key=key, stage=CostStage.COMMITTED,
        bucket=CostBucket.MATERIAL, amount=amount, amount_document=amount, currency="EUR",
        occurred_on=TODAY, quantity=Decimal(1),
    )  # fmt: skip
    return replace(made, **values)


def settle(*targets: CostTarget, keys: tuple[str, ...] = (), **values: Any) -> list[CostEntry]:
    return settle_costs(targets=targets, source_keys=keys, actor=boss(), at=NOW, **values)


@pytest.mark.django_db
class TestTheLedger:
    def test_saying_the_same_twice_posts_once(self) -> None:
        order = work_order()
        assert len(settle(target(order, 100))) == 1
        assert settle(target(order, 100)) == []
        assert work_order_costs(order.pk).total.committed == 100

    def test_a_new_target_posts_the_difference_only(self) -> None:
        order = work_order()
        settle(target(order, 100))
        [entry] = settle(target(order, 70, quantity=Decimal("0.7")))
        assert (entry.amount, entry.quantity) == (-30, Decimal("-0.3"))
        assert entry.reverses_id == CostEntry.objects.earliest("pk").pk

    def test_a_key_without_a_target_goes_back_to_zero(self) -> None:
        order = work_order()
        settle(target(order, 100), target(order, 40, stage=CostStage.ACCRUED))
        settle(keys=("allocation:1",))
        total = work_order_costs(order.pk).total
        assert (total.committed, total.accrued) == (0, 0)

    def test_what_a_source_no_longer_demands_at_a_stage_goes_away_with_its_new_targets(self) -> None:
        order = work_order()
        settle(target(order, 100))
        settle(target(order, 100, stage=CostStage.ACCRUED))
        total = work_order_costs(order.pk).total
        assert (total.committed, total.accrued) == (0, 100)

    def test_another_currency_takes_the_old_figure_back(self) -> None:
        order = work_order()
        settle(target(order, 100))
        settle(target(order, 95, currency="USD", amount_document=Decimal(110)))
        by_currency = {
            each["currency"]: each["total"]
            for each in CostEntry.objects.values("currency").annotate(total=Sum("amount_document"))
        }
        assert by_currency == {"EUR": 0, "USD": 110}
        assert work_order_costs(order.pk).total.committed == 95

    def test_what_is_taken_back_comes_off_the_asset_that_held_it(self) -> None:
        first, second = asset(), asset()
        order = work_order(on=first)
        settle(target(order, 100))
        order.asset = second
        order.save()
        settle(target(order, 130, quantity=Decimal(2)))
        settle(target(order, 20))
        figures = asset_costs([first.pk, second.pk])
        assert (figures[first.pk].committed, figures[second.pk].committed) == (20, 0)

    def test_an_entry_on_a_closed_work_order_is_late(self) -> None:
        order = work_order(started=True)
        finish_work(work_order_id=order.pk, actor=boss(), at=NOW)
        complete_work_order(work_order_id=order.pk, actor=boss(), at=NOW)
        close_work_order(work_order_id=order.pk, actor=boss(), at=NOW)
        settle(target(order, 5, stage=CostStage.ACTUAL))
        assert work_order_costs(order.pk).late == 5

    def test_a_dry_run_writes_nothing(self) -> None:
        order = work_order()
        assert [each.amount for each in settle(target(order, 100), dry_run=True)] == [100]
        assert not CostEntry.objects.exists()

    def test_an_unknown_work_order_is_named(self) -> None:
        with pytest.raises(NotFound, match="999"):
            settle(target(None, 1, work_order_id=999))

    @pytest.mark.parametrize("count", [1, 200])
    def test_it_takes_three_statements_for_any_number_of_targets(self, count: int) -> None:
        orders = [work_order() for _ in range(3)]
        actor = boss()
        targets = [target(orders[n % 3], n + 1, key=f"allocation:{n}") for n in range(count)]
        for wanted in (targets, [replace(each, amount=each.amount * 2) for each in targets], targets[:0]):
            with CaptureQueriesContext(connection) as seen:
                settle_costs(
                    targets=wanted, source_keys=[each.source_key for each in targets], actor=actor, at=NOW
                )
            statements = [each["sql"] for each in seen if "SAVEPOINT" not in each["sql"]]
            assert len(statements) == 3

    def test_reconciling_finds_what_is_missing_and_posts_it(self) -> None:
        line = EstimateInput(CostBucket.LABOR, "Two hours", Decimal(2), Decimal(50))
        order = work_order(estimate=[line])
        assert reconcile_own_costs(at=NOW) == []
        CostEntry(
            work_order=order, bucket="LABOR", stage="ESTIMATE", amount=7, amount_document=7, currency="EUR",
            source_key="estimate:987", occurred_on=TODAY, posted_at=NOW,
        ).save()  # fmt: skip
        assert [each.amount for each in reconcile_own_costs(at=NOW)] == [-7]
        reconcile_own_costs(at=NOW, dry_run=False, work_order_id=order.pk)
        assert reconcile_own_costs(at=NOW) == []

    def test_reconciling_takes_the_right_to(self) -> None:
        with pytest.raises(NotAllowed):
            reconcile_own_costs(at=NOW, actor=person())


amounts = st.decimals(min_value=-1000, max_value=1000, places=2)
figures = st.builds(Figure, amounts, amounts, amounts)


@given(st.lists(figures, max_size=5), figures)
def test_the_differences_always_add_up_to_what_is_missing(held: list[Figure], wanted: Figure) -> None:
    holders = [Holder(n, None, None, n + 1, each) for n, each in enumerate(held)]
    goal = target(None, wanted.amount, amount_document=wanted.document, quantity=wanted.quantity)
    total = NOTHING
    for each in [*held, *(found.figure for found in differences(goal.key, goal, holders))]:
        total = total.plus(each)
    assert total == wanted


@given(st.lists(figures, max_size=5))
def test_nothing_wanted_leaves_every_holder_or_all_together_at_zero(held: list[Figure]) -> None:
    holders = [Holder(n, None, None, n + 1, each) for n, each in enumerate(held)]
    key = target(None, 1).key
    total = NOTHING
    for each in [*held, *(found.figure for found in differences(key, None, holders))]:
        total = total.plus(each)
    assert total.is_nothing
