"""Suppliers and agreements."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import TabularInline

from core.admin import BaseAdmin, DocumentAction, DocumentAdmin
from core.admin.base import Signed
from core.admin.inlines import LinesInline
from core.models import User
from core.numbering import next_number
from procurement.choices import SupplierStatus
from procurement.models import Agreement, AgreementLine, Supplier, SupplierContact
from procurement.services.suppliers import approve_supplier, block_supplier


class ContactInline(TabularInline):  # type: ignore[misc]
    """People at the supplier."""

    model = SupplierContact
    extra = 0


@admin.register(Supplier)
class SupplierAdmin(Signed, DocumentAdmin):
    """Firms we buy from; edited here, approved and blocked by its verbs."""

    list_display = ("code", "name", "status", "currency", "payment_terms_days", "match_level")
    list_filter = ("status", "currency")
    search_fields = ("code", "name", "tax_number")
    readonly_fields = ("status",)
    inlines = (ContactInline,)
    warn_unsaved_form = True

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """By Django's permission of that name."""
        return bool(admin.ModelAdmin.has_add_permission(self, request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By Django's permission of that name."""
        return bool(admin.ModelAdmin.has_change_permission(self, request, obj))

    document_actions = (
        DocumentAction(
            "approve",
            "Approve",
            permission="procurement.approve_supplier",
            bulk=True,
            available=lambda supplier: supplier.status != SupplierStatus.APPROVED,
            run=lambda supplier, call: approve_supplier(
                supplier_id=supplier.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
        DocumentAction(
            "block",
            "Block",
            permission="procurement.approve_supplier",
            tone="danger",
            needs_reason=True,
            available=lambda supplier: supplier.status != SupplierStatus.BLOCKED,
            run=lambda supplier, call: block_supplier(
                supplier_id=supplier.pk, reason=call.reason, actor=call.actor, at=call.at
            ),
        ),
    )


class AgreementLineInline(LinesInline):
    """Prices."""

    model = AgreementLine
    extra = 1
    autocomplete_fields = ("item",)


@admin.register(Agreement)
class AgreementAdmin(BaseAdmin):
    """Contract prices with their breaks and ranks."""

    list_display = ("number", "supplier", "title", "currency", "valid_from", "valid_to", "is_active")
    list_select_related = ("supplier",)
    list_filter = ("is_active",)
    search_fields = ("number", "title", "supplier__name", "lines__item__code")
    autocomplete_fields = ("supplier",)
    inlines = (AgreementLineInline,)

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool) -> None:
        """A new agreement gets its number and its author."""
        if not change and isinstance(obj, Agreement):
            obj.number = next_number("AG")
            obj.created_at, obj.created_by = timezone.now(), cast(User, request.user)
        super().save_model(request, obj, form, change)
