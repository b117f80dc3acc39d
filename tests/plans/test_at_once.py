"""Workers that run the scheduler at the same moment, on real connections, and a real worker with its queue."""

import time
from datetime import date

import pytest

from cmms.models import PlanCycle, WorkOrder
from cmms.services.closing import complete_work_order
from cmms.services.execution import finish_operation, finish_work, start_work
from cmms.services.planning import release_work_order
from cmms.services.plans.generating import generate_due
from cmms.services.plans.job_plans import PartInput
from cmms.tasks import generate_due_orders
from tests.builders import boss, stock
from tests.plans.upkeep import at, every, job_plan, plan, run
from tests.procurement.test_ordering_at_once import at_once
from tests.worker import WorkerProcess

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 2, 1)


def test_workers_at_the_same_moment_make_each_order_once(transactional_db: None) -> None:
    held = stock(3)
    work = job_plan(parts=[PartInput(held.item_id, 1)])  # type: ignore[arg-type]
    made = [plan(every(1, of=work)) for _ in range(6)]
    results = at_once(*[lambda: generate_due(at=at(DAY))] * 4)
    assert not [each for each in results if isinstance(each, Exception)]
    assert sum(len(each.orders) for each in results) == 6  # type: ignore[attr-defined]
    assert WorkOrder.objects.count() == 6
    assert sorted(PlanCycle.objects.values_list("plan", "number")) == sorted((each.pk, 1) for each in made)
    held.refresh_from_db()
    assert held.quantity_reserved == 3


def test_completion_and_the_scheduler_do_not_wait_for_each_other_for_ever(transactional_db: None) -> None:
    for _ in range(3):
        plan(pile_up="QUEUE")
    run(DAY)
    who = boss()
    for order in WorkOrder.objects.order_by("pk"):
        release_work_order(work_order_id=order.pk, actor=who, at=at(DAY))
        start_work(work_order_id=order.pk, actor=who, at=at(DAY))
        for step in order.operations.all():
            finish_operation(operation_id=step.pk, actor=who, at=at(DAY))
        finish_work(work_order_id=order.pk, actor=who, at=at(DAY))
    keys = list(WorkOrder.objects.values_list("pk", flat=True))
    results = at_once(
        *[lambda: generate_due(at=at(date(2026, 3, 1)))] * 2,
        *[lambda pk=pk: complete_work_order(work_order_id=pk, actor=who, at=at(DAY)) for pk in keys],  # type: ignore[misc]
    )
    assert not [each for each in results if isinstance(each, Exception)]
    assert sorted(PlanCycle.objects.values_list("number", "status")) == [(1, "DONE")] * 3 + [(2, "OPEN")] * 3


def test_the_worker_runs_it(celery_worker_process: WorkerProcess) -> None:
    made = plan()
    for _ in range(2):
        generate_due_orders.delay()
    patience = time.monotonic() + 60
    while not made.cycles.exists() and time.monotonic() < patience:
        time.sleep(0.2)
    assert made.cycles.filter(number=1).count() == 1
