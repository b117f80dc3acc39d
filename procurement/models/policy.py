"""Policy as data: who may approve how much, how far an invoice may stray."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.history import history_records
from procurement.choices import DocumentKind, ToleranceKind


class ApprovalLimit(models.Model):
    """How much members of a role (or one person) may approve, in the base currency.

    Unlimited is said explicitly; no row at all means no right to approve any amount.
    """

    document_kind = models.CharField(max_length=14, choices=DocumentKind.choices)
    group = models.ForeignKey("auth.Group", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    cost_centre = models.ForeignKey(
        "core.CostCentre", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    limit_amount = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    is_unlimited = models.BooleanField(default=False)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(group__isnull=False, user__isnull=True)
                | Q(group__isnull=True, user__isnull=False),
                name="approvallimit_role_or_person",
                violation_error_message="Name either a role or a person.",
            ),
            models.CheckConstraint(
                condition=Q(is_unlimited=True, limit_amount__isnull=True)
                | Q(is_unlimited=False, limit_amount__gte=0),
                name="approvallimit_amount_or_unlimited",
                violation_error_message="Give a limit, or say that there is none.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_kind} up to {'any amount' if self.is_unlimited else self.limit_amount}"


class ToleranceRule(models.Model):
    """How much over an invoice may be before it is held; the most specific rule wins: supplier, category, company.

    Empty percent and amount with `is_unlimited` off means exact (zero). Where both are set the stricter wins.
    """

    kind = models.CharField(max_length=18, choices=ToleranceKind.choices)
    supplier = models.ForeignKey(
        "procurement.Supplier", null=True, blank=True, on_delete=models.CASCADE, related_name="tolerances"
    )
    category = models.ForeignKey(
        "core.ItemCategory", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    percent = models.DecimalField(max_digits=9, decimal_places=4, null=True, blank=True)
    amount = models.DecimalField(
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Money in the document's currency; for quantities, units of the order line",
    )
    is_unlimited = models.BooleanField(default=False)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "supplier", "category"],
                name="tolerancerule_unique_scope",
                nulls_distinct=False,
                violation_error_message="There is already a rule of this kind for that scope.",
            ),
            models.CheckConstraint(
                condition=(Q(percent__isnull=True) | Q(percent__gte=0))
                & (Q(amount__isnull=True) | Q(amount__gte=0)),
                name="tolerancerule_not_negative",
                violation_error_message="A tolerance cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(is_unlimited=False) | Q(percent__isnull=True, amount__isnull=True),
                name="tolerancerule_unlimited_alone",
                violation_error_message="An unlimited tolerance has no percent and no amount.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} tolerance"
