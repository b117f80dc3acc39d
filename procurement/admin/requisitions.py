"""Requisitions for approvers, and the buyers' worklist of lines to order."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from core.access import can_see_costs
from core.admin import DocumentAction, DocumentAdmin, ReadOnlyAdmin, ReadOnlyInline
from core.display import NO_DATA, quantity_text
from core.forms import run_form_command
from core.models import User
from procurement.admin.ordering import OrderLinesForm
from procurement.choices import RequisitionStatus
from procurement.models import Approval, Requisition, RequisitionLine
from procurement.services.approval import approve_requisition, reject_requisition
from procurement.services.ordering import order_requisition_lines
from procurement.services.requisitions import cancel_requisition

MOST_LINES = 500


class LineInline(ReadOnlyInline):
    """What is asked for."""

    model = RequisitionLine
    fields = (
        "line_number", "description", "quantity", "unit", "estimated_unit_price", "suggested_supplier",
        "origin_label", "quantity_ordered",
    )  # fmt: skip
    readonly_fields = ("quantity_ordered",)
    cost_fields = ("estimated_unit_price",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequisitionLine]:
        """Lines with what they show."""
        return cast(
            "QuerySet[RequisitionLine]",
            super()
            .get_queryset(request)
            .select_related("unit", "suggested_supplier")
            .order_by("line_number"),
        )


class DecisionInline(ReadOnlyInline):
    """Decisions, with the words of the rule."""

    model = Approval
    fields = ("decision", "amount", "rule", "reason", "decided_by", "decided_at")
    cost_fields = ("amount", "rule")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Approval]:
        """With the people."""
        return cast("QuerySet[Approval]", super().get_queryset(request).select_related("decided_by"))


@admin.register(Requisition)
class RequisitionAdmin(DocumentAdmin):
    """Requests to buy: approve, reject, cancel."""

    list_display = ("number", "status", "requester", "reason", "origin_label", "needed_on", "total")
    list_select_related = ("requester",)
    list_filter = ("status", "site")
    search_fields = ("number", "reason", "origin_label", "requester__username")
    cost_fields = ("total",)
    inlines = (LineInline, DecisionInline)
    document_actions = (
        DocumentAction(
            "approve",
            "Approve",
            permission="procurement.approve_requisition",
            bulk=True,
            available=lambda document: document.status == RequisitionStatus.PENDING_APPROVAL,
            text="Allowed within your approval limit, and never for what you asked for yourself.",
            run=lambda document, call: approve_requisition(
                requisition_id=document.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
        DocumentAction(
            "reject",
            "Reject",
            permission="procurement.approve_requisition",
            bulk=True,
            tone="danger",
            needs_reason=True,
            available=lambda document: document.status == RequisitionStatus.PENDING_APPROVAL,
            run=lambda document, call: reject_requisition(
                requisition_id=document.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
        DocumentAction(
            "cancel",
            "Cancel",
            permission="procurement.create_requisition",
            tone="danger",
            needs_reason=True,
            available=lambda document: document.can(RequisitionStatus.CANCELLED),
            run=lambda document, call: cancel_requisition(
                requisition_id=document.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
    )


@admin.register(RequisitionLine)
class RequisitionLineAdmin(ReadOnlyAdmin):
    """The buyers' worklist: approved lines that are not fully ordered."""

    worked_on_with = "procurement.create_purchase_order"

    list_display = (
        "description", "requisition", "need", "open_part", "needed_on", "suggested_supplier",
        "estimated_unit_price",
    )  # fmt: skip
    list_select_related = ("requisition", "unit", "suggested_supplier", "item")
    list_filter = ("kind", "suggested_supplier", "destination")
    search_fields = ("description", "item__code", "requisition__number", "origin_label")
    cost_fields = ("estimated_unit_price",)
    ordering = ("needed_on", "pk")
    actions = ("order_from_supplier",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequisitionLine]:
        """Only what is to be ordered."""
        return cast("QuerySet[RequisitionLine]", super().get_queryset(request)).filter(
            pk__in=RequisitionLine.objects.to_order().values("pk")
        )

    @admin.display(description="For")
    def need(self, line: RequisitionLine) -> str:
        """Where the need came from."""
        return line.origin_label or line.requisition.origin_label or NO_DATA

    @admin.display(description="Open")
    def open_part(self, line: RequisitionLine) -> str:
        """What is neither ordered nor cancelled."""
        return quantity_text(line.quantity - line.quantity_ordered - line.quantity_cancelled, line.unit.code)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Ordering, for those who may make orders."""
        actions: dict[str, Any] = super().get_actions(request)
        if not request.user.has_perm("procurement.create_purchase_order"):
            actions.pop("order_from_supplier", None)
        return actions

    @admin.action(description="Order from supplier…")
    def order_from_supplier(
        self, request: HttpRequest, queryset: QuerySet[RequisitionLine]
    ) -> HttpResponseBase | None:
        """Go to the page that asks for supplier and prices."""
        keys = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        if request.POST.get("select_across") == "1":
            keys = [str(key) for key in queryset.values_list("pk", flat=True)[: MOST_LINES + 1]]
        if len(keys) > MOST_LINES:
            messages.error(request, f"Choose at most {MOST_LINES} lines at once.")
            return None
        address = reverse("admin:procurement_requisitionline_order")
        return HttpResponseRedirect(f"{address}?ids={','.join(keys)}")

    def get_urls(self) -> list[URLPattern]:
        """The ordering page, before the admin's own."""
        view = self.admin_site.admin_view(self.order_view)
        return [path("order/", view, name="procurement_requisitionline_order"), *super().get_urls()]

    def order_view(self, request: HttpRequest) -> HttpResponseBase:
        """Ask for supplier and prices (GET), make one order of the lines (POST)."""
        actor = cast(User, request.user)
        if not actor.has_perm("procurement.create_purchase_order"):
            raise PermissionDenied("Your role does not include making purchase orders.")
        lines = self._chosen(request)
        on = timezone.localdate()
        if request.method != "POST":
            asked = request.GET.get("supplier", "")
            known = int(asked) if asked.isascii() and asked.isdigit() else None
            return self._ask(request, OrderLinesForm(lines=lines, on=on, supplier_id=known), lines)
        form = OrderLinesForm(request.POST, lines=lines, on=on)
        if not form.is_valid():
            return self._ask(request, form, lines, 422)
        outcome = run_form_command(
            form,
            actor=actor,
            command="admin.procurement.order_requisition_lines",
            run=lambda: order_requisition_lines(
                requisition_line_ids=[line.pk for line in lines],
                supplier_id=form.cleaned_data["supplier"].pk,
                unit_prices=form.prices,
                merge_same_items=form.cleaned_data["merge_same_items"],
                actor=actor,
                at=timezone.now(),
            ),
            describe=lambda order: {
                "url": reverse("admin:procurement_purchaseorder_change", args=[order.pk]),
                "message": f"{order} is made of {len(lines)} lines. Send it for approval next.",
            },
            about={"lines": [line.pk for line in lines]},
        )
        if not outcome.ok:
            return self._ask(request, form, lines, outcome.status)
        messages.success(request, outcome.result["message"])
        return HttpResponseRedirect(outcome.result["url"])

    def _chosen(self, request: HttpRequest) -> list[RequisitionLine]:
        keys = [key for key in request.GET.get("ids", "").split(",") if key.isascii() and key.isdigit()]
        # A second delivery of the form finds its lines ordered already, so all states count here.
        lines = (
            RequisitionLine.objects.with_open()
            .filter(pk__in=keys[:MOST_LINES])
            .select_related("requisition", "unit", "item", "suggested_supplier")
            .order_by("pk")
        )
        if not lines:
            raise Http404
        return list(lines)

    def _ask(
        self, request: HttpRequest, form: OrderLinesForm, lines: list[RequisitionLine], status: int = 200
    ) -> TemplateResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Order {len(lines)} line{'s' if len(lines) > 1 else ''} from a supplier",
            "form": form,
            "rows": form.rows(),
            "may_see_costs": can_see_costs(cast(User, request.user)),
            "back_url": reverse("admin:procurement_requisitionline_changelist"),
        }
        return TemplateResponse(request, "admin/procurement/order_lines.html", context, status=status)
