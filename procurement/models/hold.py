"""Why an invoice waits."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.history import history_records
from procurement.choices import HoldBlocks, HoldKind, HoldStatus
from procurement.querysets import HoldQuerySet


class Hold(models.Model):
    """A typed reason with its arithmetic. System holds clear themselves when their cause goes; manual ones never."""

    invoice = models.ForeignKey("procurement.Invoice", on_delete=models.PROTECT, related_name="holds")
    invoice_line = models.ForeignKey(
        "procurement.InvoiceLine", null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    order_line = models.ForeignKey(
        "procurement.PurchaseOrderLine", null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    kind = models.CharField(max_length=22, choices=HoldKind.choices)
    blocks = models.CharField(max_length=4, choices=HoldBlocks.choices)
    status = models.CharField(max_length=8, choices=HoldStatus.choices, default=HoldStatus.ACTIVE)
    variance = models.DecimalField(
        max_digits=18,
        decimal_places=6,
        default=0,
        help_text="How far beyond what is expected (money or quantity)",
    )
    limit = models.DecimalField(
        max_digits=18, decimal_places=6, null=True, blank=True, help_text="What would be tolerated"
    )
    limit_source = models.CharField(max_length=120, blank=True)
    explanation = models.TextField(help_text="The arithmetic in words and numbers")
    inputs = models.JSONField(default=dict)
    waits_for = models.CharField(max_length=120, blank=True)
    remedy = models.CharField(max_length=200, blank=True)
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    release_reason = models.CharField(max_length=300, blank=True)
    accepted_variance = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    history = history_records()

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "invoice_line", "kind"],
                condition=Q(status="ACTIVE"),
                name="hold_one_active_of_a_kind",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~Q(status="RELEASED")
                | (Q(resolved_by__isnull=False) & Q(resolved_at__isnull=False) & ~Q(release_reason="")),
                name="hold_release_has_person_and_reason",
                violation_error_message="A release needs a person and a reason.",
            ),
        ]
        indexes = [models.Index(fields=["status", "kind"]), models.Index(fields=["invoice", "status"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.invoice_id}"
