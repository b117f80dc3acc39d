"""The screens in a real browser, on a phone and on a desk: nothing wider than the screen, nothing from outside."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from procurement.models import GoodsReceipt, Hold
from tests.browser import has_sideways_scroll
from tests.procurement_doors.trade import Trade, build


def _screens(trade: Trade) -> dict[str, str]:
    invoice = trade.held()
    trade.held(1)
    trade.waiting()
    asked = trade.ask()
    trade.ask(5, origin="WO-000009 Conveyor belt slips at the drive pulley")
    approved = trade.approved(3)
    order = trade.issued(3)
    entry = f"{reverse('procurement:invoice-enter')}?order={trade.orders[0].number}"
    simple = {
        name: reverse(f"procurement:{name}")
        for name in (
            "home", "approvals", "requisitions", "requisition-new", "orders", "receiving", "receipts", "invoices",
            "invoice-new", "invoice-upload", "holds", "match-runs", "match-start",
        )
    }  # fmt: skip
    of_row = {
        "requisition": asked.pk, "requisition-reject": asked.pk, "order": trade.orders[0].pk,
        "order-print": order.pk, "order-revise": order.pk, "order-receive": order.pk,
        "order-return": trade.orders[0].pk, "receipt": GoodsReceipt.objects.earliest("pk").pk,
        "invoice": invoice.pk, "invoice-hold": invoice.pk,
        "hold-release": Hold.objects.active().earliest("pk").pk,
    }  # fmt: skip
    lines = ",".join(str(line.pk) for line in approved.lines.all())
    return {
        **simple,
        **{name: reverse(f"procurement:{name}", args=[pk]) for name, pk in of_row.items()},
        "invoice-enter": entry,
        "admin-order": reverse("admin:procurement_requisitionline_order") + f"?ids={lines}",
    }


ADMIN = ("requisitionline", "requisition", "purchaseorder", "supplier", "approvallimit")


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_no_screen_is_wider_than_its_device(
    size: str, request: pytest.FixtureRequest, signed_in: Any, transactional_db: None
) -> None:
    page = request.getfixturevalue(f"{size}_page")
    trade = build()
    signed_in(page, trade.people["admin"])
    screens = _screens(trade)
    folder = os.environ.get("SCREENS")
    wide = []
    if folder:
        screens.update({f"admin-{name}": reverse(f"admin:procurement_{name}_changelist") for name in ADMIN})
        screens["admin-order-page"] = reverse(
            "admin:procurement_purchaseorder_change", args=[trade.orders[0].pk]
        )
    for name, address in screens.items():
        page.goto(address)
        if folder:
            page.screenshot(path=str(Path(folder) / f"{size}-{name}.png"), full_page=True)
        if not address.startswith("/admin/") and has_sideways_scroll(page):
            wide.append(name)
    assert not wide
