"""Requisitions: list, one, asking, deciding."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.forms.formsets import BaseFormSet
from django.urls import reverse

from core.forms import ReasonForm
from core.models import Item, Unit
from core.views.commands import CommandView
from core.views.lists import Column, ListPage, PageAction
from core.views.pages import DetailPage
from procurement.choices import DocumentKind, LineKind, SupplierStatus
from procurement.filters import RequisitionFilter
from procurement.forms.requisitions import RequisitionForm, requested_lines
from procurement.models import Requisition, Supplier
from procurement.services.approval import approve_requisition, explain_approval, reject_requisition
from procurement.services.requisitions import (
    RequisitionLineInput,
    cancel_requisition,
    create_requisition,
    submit_requisition,
)
from procurement.views.approving import ApprovalOptionalReasonForm, back_to_queue

MOST_ITEMS = 2000


class RequisitionList(ListPage):
    """All requisitions."""

    title = "Requisitions"
    permission = "procurement.view_requisition"
    queryset = Requisition.objects.select_related("requester", "site")
    filterset_class = RequisitionFilter
    search_fields = ("number", "reason", "origin_label", "requester__username", "requester__last_name")
    search_hint = "Number, purpose, work order, person"
    default_sort = "-number"
    columns = (
        Column("number", "Requisition", kind="link", url_name="procurement:requisition", phone="title", sort="number"),
        Column("reason", "For", phone="text", sort="reason"),
        Column("origin_label", "Origin", sort="origin_label"),
        Column("requester", "Asked by", sort="requester__last_name"),
        Column("needed_on", "Needed", kind="date", sort="needed_on"),
        Column("total", "Estimate", kind="money", cost=True, sort="total"),
        Column("status", "Status", kind="status", phone="pill", sort="status"),
    )  # fmt: skip
    empty_title = "No requisitions yet"
    empty_text = "They come from work orders, or from people who ask for something here."
    actions = (
        PageAction(
            "Ask for something",
            "procurement:requisition-new",
            permission="procurement.create_requisition",
            icon="plus-lg",
            key="n",
        ),
    )


class RequisitionDetail(DetailPage):
    """One requisition with its lines and decisions."""

    permission = "procurement.view_requisition"
    queryset = Requisition.objects.select_related("requester", "site", "cost_centre")
    template_name = "procurement/requisition_detail.html"
    panel_page = "procurement.requisition"

    def extra_context(self) -> dict[str, Any]:
        """Lines, decisions, what the person may do."""
        requisition = self.object
        return {
            "lines": requisition.lines.with_open()
            .select_related("unit", "item", "suggested_supplier")
            .prefetch_related("order_sources__order_line__order")
            .order_by("line_number"),
            "approvals": requisition.approvals.select_related("decided_by").order_by("pk"),
            "may": self._offers(requisition),
            "explanation": self._explanation(requisition),
            "base_currency": settings.BASE_CURRENCY,
        }

    def _offers(self, requisition: Requisition) -> dict[str, bool]:
        asks = self.actor.has_perm("procurement.create_requisition")
        decides = self.actor.has_perm("procurement.approve_requisition")
        waits = requisition.status == "PENDING_APPROVAL"
        return {
            "submit": asks and requisition.status == "DRAFT",
            "cancel": asks and requisition.can("CANCELLED"),
            "decide": decides and waits,
        }

    def _explanation(self, requisition: Requisition) -> Any:
        if requisition.status != "PENDING_APPROVAL" or not self.actor.has_perm(
            "procurement.approve_requisition"
        ):
            return None
        return explain_approval(
            document_kind=DocumentKind.REQUISITION,
            amount=requisition.total,
            cost_centre_id=requisition.cost_centre_id,
            actor=self.actor,
        )


class NewRequisition(CommandView):
    """Ask for something to be bought."""

    title = "Ask for something"
    submit_label = "Send"
    permission = "procurement.create_requisition"
    form_class = RequisitionForm
    template_name = "procurement/requisition_new.html"
    success_message = "{result} is written down."

    def get_initial(self) -> dict[str, Any]:
        """The person's own place."""
        return {"site": self.actor.home_site_id, "cost_centre": self.actor.cost_centre_id, "submit": True}

    def get_formsets(self, data: Any = None, files: Any = None) -> dict[str, BaseFormSet[Any]]:
        """The lines, with choices read once for all of them."""
        units = [(unit.pk, str(unit)) for unit in Unit.objects.order_by("code")]
        suppliers = [
            (pk, name)
            for pk, name in Supplier.objects.exclude(status=SupplierStatus.BLOCKED)
            .order_by("name")
            .values_list("pk", "name")
        ]
        choices = {"unit": [("", "as the item"), *units], "suggested_supplier": [("", "—"), *suppliers]}
        return {"lines": requested_lines(data, choices)}

    def extra_context(self) -> dict[str, Any]:
        """Items to choose from while typing."""
        items = Item.objects.filter(is_active=True).order_by("code").values_list("code", "name")[:MOST_ITEMS]
        return {"items": list(items)}

    def run(self, form: Any) -> object:
        """Create it."""
        data = form.cleaned_data
        return create_requisition(
            lines=[self._line(line) for line in self.formsets["lines"].filled],  # type: ignore[attr-defined]
            site_id=data["site"].pk,
            cost_centre_id=data["cost_centre"].pk if data["cost_centre"] else None,
            reason=data["reason"],
            needed_on=data["needed_on"],
            submit=data["submit"],
            actor=self.actor,
            at=self.at,
        )

    def _line(self, line: dict[str, Any]) -> RequisitionLineInput:
        item = line["item"]
        is_service = item.is_service if item else line["kind"] == LineKind.SERVICE
        return RequisitionLineInput(
            description=item.name if item else line["what"],
            quantity=line["quantity"],
            unit_id=line["unit_id"],
            kind=LineKind.SERVICE if is_service else LineKind.ITEM,
            item_id=item.pk if item else None,
            category_id=item.category_id if item else None,
            estimated_unit_price=line["estimated_unit_price"] or Decimal(0),
            suggested_supplier_id=line["suggested_supplier"],
        )

    def success_url(self, result: Any) -> str:
        """The new requisition."""
        return reverse("procurement:requisition", args=[result.pk])

    def cancel_url(self) -> str:
        """Back to the list."""
        return reverse("procurement:requisitions")


class RequisitionCommand(CommandView):
    """A verb of one requisition."""

    queryset = Requisition.objects.select_related("requester")

    def success_url(self, result: Any) -> str:
        """The requisition, or the queue that the person came from."""
        return back_to_queue(self.request) or reverse("procurement:requisition", args=[self.object.pk])

    def cancel_url(self) -> str:
        """Where the person came from."""
        return back_to_queue(self.request) or reverse("procurement:requisition", args=[self.object.pk])


class SubmitRequisition(RequisitionCommand):
    """Send it for approval."""

    title = "Send for approval"
    permission = "procurement.create_requisition"
    success_message = "{object} waits for approval."

    def run(self, form: Any) -> object:
        """Submit it."""
        return submit_requisition(requisition_id=self.object.pk, actor=self.actor, at=self.at)


class ApproveRequisition(RequisitionCommand):
    """Approve it."""

    title = "Approve"
    permission = "procurement.approve_requisition"
    form_class = ApprovalOptionalReasonForm
    success_message = "{object} is approved."

    def run(self, form: Any) -> object:
        """Approve it."""
        return approve_requisition(
            requisition_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )


class RejectRequisition(RequisitionCommand):
    """Refuse it."""

    title = "Reject"
    tone = "danger"
    permission = "procurement.approve_requisition"
    form_class = ReasonForm
    success_message = "{object} is rejected."

    def run(self, form: Any) -> object:
        """Reject it."""
        return reject_requisition(
            requisition_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )


class CancelRequisition(RequisitionCommand):
    """Withdraw it."""

    title = "Cancel the requisition"
    tone = "danger"
    permission = "procurement.create_requisition"
    form_class = ReasonForm
    success_message = "{object} is cancelled."

    def run(self, form: Any) -> object:
        """Cancel it."""
        return cancel_requisition(
            requisition_id=self.object.pk, reason=form.cleaned_data["reason"], actor=self.actor, at=self.at
        )
