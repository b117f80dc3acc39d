"""The demo: believable, the same every time, provable, and made once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Max, Min, Sum
from pytest_django.plugin import DjangoDbBlocker

from cmms.models import Asset, CostEntry, LaborEntry, PartsRequest, StockMovement, WorkOrder, WorkRequest
from cmms.selectors import my_work
from core.models import Item, Site, User
from core.services.roles import sync_roles
from linkage.demo.seed import make_demo
from linkage.models import BuyerTask
from linkage.services.reconciliation import reconcile
from procurement.models import Hold, Invoice, PurchaseOrder, Requisition, Supplier

TODAY = datetime(2026, 6, 17, 14, tzinfo=UTC)
SMALL = 30


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Any]]:
    """The demo made twice in transactions that are given up again; the second one stays for the module."""
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                first = figures()
                transaction.set_rollback(True)
            with transaction.atomic():
                yield {"first": first, "second": figures()}
                transaction.set_rollback(True)
        finally:
            pass


def figures() -> dict[str, Any]:
    """Make the small demo, and tell what is in it."""
    sync_roles(roles=django_settings.ROLES)
    make_demo(at=TODAY, seed=20, scale=1, work_orders=SMALL, progress=lambda share: None)
    kinds = (
        WorkOrder,
        WorkRequest,
        PartsRequest,
        Requisition,
        PurchaseOrder,
        Invoice,
        Hold,
        StockMovement,
        CostEntry,
    )
    by_stage = CostEntry.objects.values_list("stage").order_by("stage").annotate(Sum("amount"))
    return {
        "counts": {kind.__name__: kind.objects.count() for kind in kinds},
        "costs": dict(by_stage),
        "invoiced": list(Invoice.objects.order_by("number").values_list("number", "net_total", "status")),
        "titles": list(WorkOrder.objects.order_by("number").values_list("number", "title", "status")),
    }


def test_the_same_seed_and_day_make_the_same_plant(seeded: dict[str, Any]) -> None:
    assert seeded["first"] == seeded["second"]


def test_the_plant_is_as_large_as_promised(seeded: dict[str, Any]) -> None:
    assert Site.objects.count() == 3
    assert 180 <= Asset.objects.count() <= 260
    assert Supplier.objects.count() == 30
    assert 380 <= Item.objects.count() <= 450
    assert WorkOrder.objects.count() >= SMALL
    assert LaborEntry.objects.aggregate(hours=Sum("hours"))["hours"] > 10


def test_every_ledger_figure_is_what_the_facts_demand(seeded: dict[str, Any]) -> None:
    assert reconcile(actor=None, at=TODAY, dry_run=True).is_clean


def test_every_role_finds_something_to_do(seeded: dict[str, Any]) -> None:
    work = my_work(user=User.objects.get(username="technician"), now=TODAY)
    assert work.overdue and work.today and work.arrived and work.timer
    assert WorkRequest.objects.to_review().count() >= 3
    assert Requisition.objects.to_approve().count() >= 3
    assert PurchaseOrder.objects.to_approve().count() >= 2
    assert PurchaseOrder.objects.to_receive().exists()
    assert Invoice.objects.filter(status="ENTERED").exists()
    kinds = dict(Hold.objects.active().values_list("kind").order_by("kind").annotate(Count("pk")))
    assert kinds.keys() >= {"PRICE", "QUANTITY_OVER_RECEIVED"}
    assert BuyerTask.objects.filter(status="OPEN").exists()


def test_the_history_tells_the_year_and_not_the_minute_it_was_made_in(seeded: dict[str, Any]) -> None:
    days = WorkOrder.history.aggregate(first=Min("history_date"), last=Max("history_date"))
    assert days["last"] <= TODAY
    assert (TODAY - days["first"]).days > 200
    late = WorkOrder.history.filter(history_type="+", history_date__gt=F("created_at") + timedelta(minutes=1))
    assert not late.exists()


def test_every_month_has_its_work_and_its_spend(seeded: dict[str, Any]) -> None:
    months = CostEntry.objects.filter(stage="ACTUAL").dates("occurred_on", "month")
    assert len(months) >= 9


def test_nothing_is_worth_less_than_nothing(seeded: dict[str, Any]) -> None:
    per_order = CostEntry.objects.values("work_order", "stage").annotate(total=Sum("amount")).order_by()
    assert not [row for row in per_order if row["total"] < Decimal(0)]


def test_a_second_run_changes_nothing(seeded: dict[str, Any]) -> None:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    assert "nothing was changed" in out.getvalue()
    assert WorkOrder.objects.count() == seeded["second"]["counts"]["WorkOrder"]


def test_demo_users_sign_in_with_the_demo_password(seeded: dict[str, Any]) -> None:
    for name in django_settings.ROLES:
        assert User.objects.get(username=name).check_password("demo")


@pytest.mark.django_db
def test_outside_a_demo_nobody_gets_a_known_password(settings: Any) -> None:
    settings.TENON_DEMO = False
    with pytest.raises(CommandError, match="TENON_DEMO"):
        call_command("seed_demo")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_only_users_makes_the_logins_and_nothing_else() -> None:
    call_command("seed_demo", only_users=True, stdout=StringIO())
    assert User.objects.filter(groups__name="buyer", username="buyer").exists()
    assert not Site.objects.exists()
