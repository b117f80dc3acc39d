"""What comes back to the buyers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from core.views.commands import CommandView
from core.views.lists import Column, ListPage
from linkage.choices import BuyerTaskStatus
from linkage.filters import BuyerTaskPageFilter
from linkage.forms import FinishTaskForm
from linkage.models import BuyerTask
from linkage.selectors.addresses import page_of
from linkage.services.handoff import finish_buyer_task


def _paper(task: BuyerTask) -> str:
    """The order where there is one, else the requisition."""
    return task.order_line.order.number if task.order_line else task.requisition_line.requisition.number


def _paper_url(task: BuyerTask) -> str:
    if task.order_line:
        return page_of("purchase_order", task.order_line.order_id)
    return page_of("requisition", task.requisition_line.requisition_id)


class BuyerTaskList(ListPage):
    """Needs that went away after they were asked for or ordered: none of them vanishes."""

    title = "To do for buyers"
    subtitle = "Needs that were cancelled after they were asked for or ordered."
    permission = "linkage.view_buyertask"
    queryset = BuyerTask.objects.select_related(
        "request_line__parts_request__work_order",
        "request_line__unit",
        "requisition_line__requisition",
        "order_line__order",
    )
    filterset_class = BuyerTaskPageFilter
    search_fields = ("text", "request_line__parts_request__work_order__number")
    search_hint = "Words, work order"
    default_sort = "-pk"
    columns = (
        Column(
            "text", "What happened", kind="link", phone="title", sort="text", url=lambda task: task_url(task)
        ),
        Column("status", "State", kind="status", phone="pill", sort="status"),
        Column("quantity", "Quantity", kind="quantity", unit="request_line.unit.code", sort="quantity"),
        Column(_paper, "Bought with", key="paper", kind="link", url=_paper_url),
        Column("created_at", "Since", kind="datetime", sort="created_at"),
        Column("resolution", "What was done", phone="text", sort="resolution"),
    )
    empty_title = "Nothing to decide"
    empty_text = "When a work order no longer needs what you are buying for it, it comes back here."

    def get_queryset(self) -> QuerySet[BuyerTask]:
        """Open ones, unless a state is asked for."""
        rows: QuerySet[BuyerTask] = super().get_queryset()
        return rows if "status" in self.request.GET else rows.filter(status=BuyerTaskStatus.OPEN)


def task_url(task: BuyerTask) -> str:
    """Where a to-do is ticked off; a done one shows its trace."""
    if task.status == BuyerTaskStatus.OPEN:
        return reverse("linkage:buyer-task-done", args=[task.pk])
    return reverse("linkage:trace", args=["requisition_line", task.requisition_line_id])


class FinishBuyerTask(CommandView):
    """Tick off a to-do with what was done about it."""

    title = "What was done about it?"
    submit_label = "Done"
    form_class = FinishTaskForm
    permission = "linkage.change_buyertask"
    queryset = BuyerTask.objects.all()
    success_message = "Done: {object}"
    template_name = "linkage/finish_task.html"

    def run(self, form: Any) -> object:
        """Tick it off."""
        return finish_buyer_task(
            buyer_task_id=self.object.pk,
            resolution=form.cleaned_data["resolution"],
            actor=self.actor,
            at=self.at,
        )

    def success_url(self, result: Any) -> str:
        """Back to the list."""
        return reverse("linkage:buyer-tasks")

    def cancel_url(self) -> str:
        """Back to the list."""
        return reverse("linkage:buyer-tasks")
