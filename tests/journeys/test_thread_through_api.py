"""One breakdown followed to the last cent, by programs: through the REST API, with a real worker matching."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rest_framework.test import APIClient

from linkage.services.reconciliation import reconcile
from tests.plant import Plant
from tests.worker import WorkerProcess

Body = dict[str, Any]


@dataclass
class Program:
    """A client signed in by its token; every POST carries a key and is sent twice, as on a bad line."""

    role: str
    client: APIClient
    sent: int = 0

    @classmethod
    def signed_in(cls, role: str) -> Program:
        client = APIClient()
        answer = client.post("/api/v1/auth/token/", {"username": role, "password": "demo"}, format="json")
        assert answer.status_code in (200, 201), answer.content
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
        return cls(role, client)

    def post(self, path: str, body: Body | None = None, *, status: tuple[int, ...] = (200, 201)) -> Body:
        self.sent += 1
        key = f"{self.role}-{self.sent}"
        first, second = (
            self.client.post(f"/api/v1/{path}", body or {}, format="json", HTTP_IDEMPOTENCY_KEY=key)
            for _ in range(2)
        )
        assert first.status_code in status, (path, first.status_code, first.content)
        if first.status_code < 300:
            assert second.json() == first.json(), "a second delivery returns the first result"
        return dict(first.json())

    def get(self, path: str, **query: Any) -> Body:
        answer = self.client.get(f"/api/v1/{path}", query)
        assert answer.status_code == 200, (path, answer.content)
        return dict(answer.json())

    def all(self, path: str, **query: Any) -> list[Body]:
        return list(self.get(path, **query)["results"])


def amounts(costs: Body) -> dict[str, Decimal]:
    """Stage to amount, whatever else the figures carry."""
    return {stage: Decimal(str(costs[stage])) for stage in ("estimate", "committed", "accrued", "actual")}


def wait_for_run(finance: Program, run: int) -> Body:
    for _ in range(150):
        progress = finance.get(f"match-runs/{run}/progress/")
        if progress["status"] == "FINISHED":
            return progress
        time.sleep(0.2)
    raise AssertionError(f"the run did not finish: {progress}")


def bill(finance: Program, order: Body, number: str, rows: list[tuple[Body, str, str]]) -> Body:
    """Enter an invoice over (order line, quantity, price) rows."""
    net = sum((Decimal(quantity) * Decimal(price) for _, quantity, price in rows), Decimal(0))
    tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
    return finance.post(
        "invoices/",
        {
            "supplier": order["supplier"],
            "supplier_number": number,
            "issued_on": "2026-11-20",
            "currency": "EUR",
            "lines": [
                {
                    "description": line["description"],
                    "quantity": quantity,
                    "unit_price": price,
                    "net_amount": str(Decimal(quantity) * Decimal(price)),
                    "tax_percent": "19",
                    "tax_category": "S",
                    "order_line": line["id"],
                }
                for line, quantity, price in rows
            ],
            "taxes": [{"category": "S", "percent": "19", "taxable_amount": str(net), "tax_amount": str(tax)}],
        },
    )


def test_a_breakdown_from_the_report_to_the_last_cent(
    plant: Plant, celery_worker_process: WorkerProcess
) -> None:
    seal = plant.item("SEAL-1", stocked=True, on_hand=4, cost="25")
    bearing = plant.item("BRG-1", stocked=True, on_hand=1, cost="40")
    programs = {
        role: Program.signed_in(role)
        for role in ("technician", "planner", "storekeeper", "buyer", "approver", "receiver", "finance")
    }
    technician, planner, store = programs["technician"], programs["planner"], programs["storekeeper"]
    buyer, approver, receiver = programs["buyer"], programs["approver"], programs["receiver"]
    finance = programs["finance"]

    # 1. Reported, reviewed, planned.
    fault = technician.post(
        "work-requests/",
        {"description": "Pump leaks at the shaft", "asset": plant.asset.pk, "is_asset_down": True},
    )
    accepted = planner.post(
        f"work-requests/{fault['id']}/accept/",
        {
            "title": "Replace the shaft seal",
            "assignee": plant["technician"].pk,
            "operations": [{"title": "Replace the seal", "estimated_hours": "2"}],
            "estimate": [{"bucket": "MATERIAL", "description": "Parts", "quantity": "1", "unit_cost": "900"}],
        },
    )
    number = accepted["work_order"] if isinstance(accepted.get("work_order"), int) else accepted["id"]
    wo = f"work-orders/{number}"
    planner.post(f"{wo}/approve/", {"reason": "urgent"})
    planner.post(f"{wo}/release/")

    # 2. The technician starts, logs labor and asks for four things.
    technician.post(f"{wo}/start/")
    technician.post(f"{wo}/log-labor/", {"hours": "1.5", "worked_on": "2026-11-20"})
    technician.post(
        f"{wo}/request-parts/",
        {
            "needed_on": "2026-11-30",
            "lines": [
                {"kind": "ITEM", "item": seal.pk, "quantity": "2"},
                {"kind": "ITEM", "item": bearing.pk, "quantity": "3"},
                {
                    "kind": "NON_CATALOGUE", "description": "Special sleeve", "quantity": "10",
                    "unit": plant.unit.pk, "estimated_unit_cost": "20",
                },
                {"kind": "SERVICE", "description": "Balance the rotor", "quantity": "1", "estimated_unit_cost": "300"},
            ],
        },
    )  # fmt: skip
    needs = technician.all("parts-request-lines/", work_order=number)
    by_text = {need["description"]: need for need in needs}
    assert len(needs) == 4

    # 3. In stock: reserved and issued. Short: asked for, the shortage only.
    for need in needs:
        if Decimal(str(need["quantity_reserved"])) > 0:
            store.post(f"parts-request-lines/{need['id']}/issue/")
    requisition = approver.all("requisitions/")[0]
    wanted = {line["description"]: Decimal(str(line["quantity"])) for line in requisition["lines"]}
    assert sorted(wanted.values()) == [1, 2, 10], wanted

    # 4. Approved by somebody else, ordered, committed.
    technician.post(f"requisitions/{requisition['id']}/approve/", status=(403,))
    approver.post(f"requisitions/{requisition['id']}/approve/")
    prices = {"Special sleeve": "20", "Balance the rotor": "300"}
    order = buyer.post(
        "purchase-orders/",
        {
            "supplier": plant.supplier.pk,
            "requisition_lines": [line["id"] for line in requisition["lines"]],
            "unit_prices": {
                str(line["id"]): prices.get(line["description"], "50") for line in requisition["lines"]
            },
        },
    )
    po = f"purchase-orders/{order['id']}"
    order = buyer.post(f"{po}/submit/")
    if order["status"] == "PENDING_APPROVAL":
        approver.post(f"{po}/approve/")
    buyer.post(f"{po}/issue/")
    lines = {line["description"]: line for line in buyer.get(f"{po}/")["lines"]}
    sleeve, service = lines["Special sleeve"], lines["Balance the rotor"]
    part = next(line for line in lines.values() if line["item"] == bearing.pk)
    labor_and_issues = Decimal("1.5") * 60 + 2 * 25 + 1 * 40
    assert amounts(planner.get(f"{wo}/")["costs"]) == {
        "estimate": 900, "committed": 600, "accrued": 0, "actual": labor_and_issues,
    }  # fmt: skip

    # 5. Two deliveries, one piece rejected; the stocked bearing goes to the store and costs the work at issue.
    receiver.post(
        f"{po}/receive/",
        {"delivery_note": "L-1", "lines": [{"order_line": part["id"], "quantity": "2"},
                                            {"order_line": sleeve["id"], "quantity": "6", "quantity_rejected": "1",
                                             "rejection_reason": "scratched"}]},
    )  # fmt: skip
    assert amounts(planner.get(f"{wo}/")["costs"])["accrued"] == 100
    by_text = {
        need["description"]: need for need in technician.all("parts-request-lines/", work_order=number)
    }
    assert by_text["Special sleeve"]["supply_state"] == "PARTLY_ARRIVED"
    waiting = next(need for need in by_text.values() if need["item"] == bearing.pk)
    assert waiting["supply_state"] == "ARRIVED"
    store.post(f"parts-request-lines/{waiting['id']}/issue/")
    receiver.post(
        f"{po}/receive/", {"kind": "ACCEPTANCE", "lines": [{"order_line": service["id"], "quantity": "1"}]}
    )

    # 6. The invoice comes before the last sleeves: kept, payment held, freed by the receipt.
    invoice = bill(finance, order, "R-100", [(part, "2", "50"), (sleeve, "10", "20"), (service, "1", "300")])
    run = finance.post("match-runs/", {"invoices": [invoice["id"]]})
    wait_for_run(finance, run["id"])
    held = finance.get(f"invoices/{invoice['id']}/")
    active = [hold for hold in held["holds"] if hold["status"] == "ACTIVE"]
    assert held["status"] == "POSTED" and [hold["kind"] for hold in active] == ["QUANTITY_OVER_RECEIVED"]
    assert "10" in active[0]["explanation"] and "5" in active[0]["explanation"]
    receiver.post(
        f"{po}/receive/", {"delivery_note": "L-2", "lines": [{"order_line": sleeve["id"], "quantity": "5"}]}
    )
    assert finance.get(f"invoices/{invoice['id']}/")["status"] == "PAYABLE"

    # A second, dearer purchase is held for its price and released by somebody else with a reason.
    dearer = buyer.post(
        "purchase-orders/",
        {
            "supplier": plant.supplier.pk, "site": plant.site.pk,
            "lines": [{"description": "Grease", "unit": plant.unit.pk, "quantity": "2", "unit_price": "10"}],
        },
    )  # fmt: skip
    other = f"purchase-orders/{dearer['id']}"
    buyer.post(f"{other}/submit/")
    buyer.post(f"{other}/approve/", status=(403,))
    approver.post(f"{other}/approve/")
    buyer.post(f"{other}/issue/")
    grease = buyer.get(f"{other}/")["lines"][0]
    receiver.post(f"{other}/receive/", {"lines": [{"order_line": grease["id"], "quantity": "2"}]})
    over = bill(finance, dearer, "R-101", [(grease, "2", "12")])
    wait_for_run(finance, finance.post("match-runs/", {"invoices": [over["id"]]})["id"])
    holds = finance.all("holds/", invoice=over["id"], status="ACTIVE")
    assert {hold["kind"] for hold in holds} == {"PRICE", "LINE_VALUE"}
    assert finance.get(f"invoices/{over['id']}/")["status"] in {"HELD", "POSTED"}
    second = Program.signed_in("admin")
    for hold in holds:
        finance.post(f"holds/{hold['id']}/release/", {"reason": "agreed"}, status=(403,))
        second.post(f"holds/{hold['id']}/release/", {"reason": "price agreed by phone"})
    assert finance.get(f"invoices/{over['id']}/")["status"] == "PAYABLE"

    # 7. Every figure on the work order and in the asset tree, the chain in one call, and the proof.
    costs = amounts(planner.get(f"{wo}/")["costs"])
    assert costs == {
        "estimate": 900, "committed": 0, "accrued": 0,
        "actual": labor_and_issues + 2 * 50 + 10 * 20 + 300,
    }  # fmt: skip
    tree = planner.get(f"assets/{plant.asset.pk}/costs/")
    assert str(costs["actual"].quantize(Decimal("0.01"))) in str(tree) or str(costs["actual"]) in str(tree)
    chain = planner.get(f"trace/work_order/{number}/")
    kinds = {node["kind"] for node in chain["nodes"]}
    assert {"work_request", "work_order", "requisition", "purchase_order", "receipt", "invoice"} <= kinds
    assert reconcile(actor=plant["admin"], at=plant.later(), dry_run=True).is_clean

    # Money stays hidden from a role without the right to see it.
    seen = technician.get(f"{wo}/")
    assert seen["costs"] is None
    assert {line["unit_cost"] for line in seen["estimate_lines"]} <= {None}
    assert technician.get(f"{po}/")["net_total"] is None
