"""Policy as data: limits, tolerances, how categories are checked."""

from __future__ import annotations

from django.contrib import admin

from core.admin import BaseAdmin
from procurement.models import ApprovalLimit, CategoryPolicy, ToleranceRule


@admin.register(ApprovalLimit)
class ApprovalLimitAdmin(BaseAdmin):
    """Who may approve how much. Without a row nobody may approve anything."""

    list_display = ("document_kind", "group", "user", "cost_centre", "limit_amount", "is_unlimited")
    list_select_related = ("group", "user", "cost_centre")
    list_filter = ("document_kind", "group")
    autocomplete_fields = ("user", "cost_centre")


@admin.register(ToleranceRule)
class ToleranceRuleAdmin(BaseAdmin):
    """How far an invoice may stray; the most specific rule wins."""

    list_display = ("kind", "supplier", "category", "percent", "amount", "is_unlimited")
    list_select_related = ("supplier", "category")
    list_filter = ("kind",)
    autocomplete_fields = ("supplier", "category")


@admin.register(CategoryPolicy)
class CategoryPolicyAdmin(BaseAdmin):
    """How purchases of a category are checked."""

    list_display = ("category", "match_level")
    list_select_related = ("category",)
    autocomplete_fields = ("category",)
