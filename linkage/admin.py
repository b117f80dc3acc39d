"""The bridge in the admin: read-only, with the buyer's one verb."""

from __future__ import annotations

from django.contrib import admin

from core.admin import DocumentAction, DocumentAdmin, ReadOnlyAdmin
from linkage.choices import BuyerTaskStatus
from linkage.forms import FinishTaskForm
from linkage.models import Allocation, BuyerTask, SpendEntry, SupplyLink
from linkage.services.handoff import finish_buyer_task


@admin.register(BuyerTask)
class BuyerTaskAdmin(DocumentAdmin):
    """Needs that went away."""

    list_display = ("text", "status", "quantity", "requisition_line", "order_line", "created_at", "done_by")
    list_filter = ("status",)
    search_fields = ("text",)
    list_select_related = ("requisition_line", "order_line", "done_by")
    ordering = ("-pk",)
    document_actions = (
        DocumentAction(
            "done",
            "Done",
            permission="linkage.change_buyertask",
            bulk=True,
            form_class=FinishTaskForm,
            available=lambda task: task.status == BuyerTaskStatus.OPEN,
            run=lambda task, call: finish_buyer_task(
                buyer_task_id=task.pk, resolution=call.data["resolution"], actor=call.actor, at=call.at
            ),
        ),
    )


@admin.register(Allocation)
class AllocationAdmin(DocumentAdmin):
    """Who bears which order line."""

    list_display = ("order", "order_line", "target", "work_order", "operation", "weight")
    list_filter = ("target",)
    search_fields = ("order_line__order__number", "work_order__number")
    list_select_related = ("order_line__order", "work_order", "operation")
    ordering = ("-pk",)

    @admin.display(description="Purchase order", ordering="order_line__order__number")
    def order(self, row: Allocation) -> str:
        """The order's number."""
        return row.order_line.order.number


@admin.register(SupplyLink)
class SupplyLinkAdmin(DocumentAdmin):
    """Which requisition line buys which need."""

    list_display = ("work_order", "request_line", "requisition", "requisition_line", "quantity")
    search_fields = (
        "request_line__parts_request__work_order__number",
        "requisition_line__requisition__number",
    )
    list_select_related = ("request_line__parts_request__work_order", "requisition_line__requisition")
    ordering = ("-pk",)

    @admin.display(description="Work order")
    def work_order(self, row: SupplyLink) -> str:
        """The work order's number."""
        return row.request_line.parts_request.work_order.number

    @admin.display(description="Requisition")
    def requisition(self, row: SupplyLink) -> str:
        """The requisition's number."""
        return row.requisition_line.requisition.number


@admin.register(SpendEntry)
class SpendEntryAdmin(ReadOnlyAdmin):
    """Spend that is no work order's."""

    list_display = (
        "occurred_on",
        "account",
        "stage",
        "amount",
        "cost_centre",
        "order",
        "source_key",
        "posted_by",
    )
    list_filter = ("account", "stage")
    cost_fields = ("amount",)
    search_fields = ("order_line__order__number", "source_key")
    list_select_related = ("order_line__order", "cost_centre", "posted_by")
    date_hierarchy = "occurred_on"
    ordering = ("-pk",)

    @admin.display(description="Purchase order", ordering="order_line__order__number")
    def order(self, row: SpendEntry) -> str:
        """The order's number."""
        return row.order_line.order.number
