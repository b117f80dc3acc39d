"""Admin pages of the shared master data and of the people."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from core.admin.base import BaseAdmin, ReadOnlyAdmin, Signed
from core.models import (
    ApiToken,
    CostCentre,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemRevision,
    OutboxMessage,
    Program,
    Site,
    Unit,
    User,
)
from core.services.outbox import RETRY, retry_message
from core.services.tokens import revoke_token

admin.site.unregister(Group)


@admin.register(Site)
class SiteAdmin(BaseAdmin):
    """Plants and yards."""

    list_display = ("code", "name", "timezone", "is_active")
    search_fields = ("code", "name")
    list_filter = ("is_active",)


@admin.register(CostCentre)
class CostCentreAdmin(BaseAdmin):
    """Who pays."""

    list_display = ("code", "name", "site", "is_active")
    list_select_related = ("site",)
    search_fields = ("code", "name")
    list_filter = ("site", "is_active")
    autocomplete_fields = ("site",)


@admin.register(Program)
class ProgramAdmin(BaseAdmin):
    """Shutdowns, projects, campaigns."""

    list_display = ("code", "name", "is_active")
    search_fields = ("code", "name")
    list_filter = ("is_active",)


@admin.register(Unit)
class UnitAdmin(Signed, ModelAdmin):  # type: ignore[misc]
    """Units of measure."""

    list_display = ("code", "name", "dimension", "factor_numerator", "factor_denominator")
    search_fields = ("code", "name")
    list_filter = ("dimension",)


@admin.register(ItemCategory)
class ItemCategoryAdmin(BaseAdmin):
    """Families of items."""

    list_display = ("code", "name", "unspsc")
    search_fields = ("code", "name", "unspsc")


class ItemRevisionInline(TabularInline):  # type: ignore[misc]
    """Technical revisions of an item."""

    model = ItemRevision
    extra = 0


@admin.register(Item)
class ItemAdmin(BaseAdmin):
    """Parts, materials and catalogue services."""

    list_display = ("code", "name", "category", "unit", "revision", "is_stocked", "is_service", "is_active")
    list_select_related = ("category", "unit")
    search_fields = ("code", "name", "manufacturer_part_number", "description")
    list_filter = ("category", "is_stocked", "is_service", "is_active")
    autocomplete_fields = ("category", "unit")
    inlines = (ItemRevisionInline,)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(Signed, ModelAdmin):  # type: ignore[misc]
    """Rates into the base currency."""

    list_display = ("currency", "valid_on", "rate")
    list_filter = ("currency",)
    date_hierarchy = "valid_on"


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]
    """People and their roles. Only an administrator may hand out rights."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "job_title", "home_site", "is_active", "is_staff")
    list_select_related = ("home_site",)
    autocomplete_fields = ("home_site", "cost_centre")
    filter_horizontal = ()  # two boxes beside each other do not fit
    rights = ("is_staff", "is_superuser", "groups", "user_permissions")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Django's, with what we know of a person besides."""
        own = ("In the company", {"fields": ("job_title", "phone", "home_site", "cost_centre")})
        return [*super().get_fieldsets(request, obj), own] if obj else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rights are handed out by administrators only, so that nobody raises their own."""
        names = tuple(super().get_readonly_fields(request, obj))
        return names if request.user.is_superuser else (*names, *self.rights)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An administrator's account is changed by administrators only."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: people stay named in the history; make them inactive instead."""
        return False


@admin.register(Group)
class RoleAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    """Roles; those in config/roles.py are set again by each sync_roles."""

    filter_horizontal = ()


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Keys of programs; the keys themselves are not stored."""

    list_display = ("name", "user", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    exclude = ("digest",)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may change tokens may end them."""
        return bool(request.user.has_perm("core.change_apitoken"))

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """End the chosen tokens now."""
        for token in queryset:
            revoke_token(token=token, at=timezone.now())
        self.message_user(request, "Revoked.")


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """What goes out to the world: waiting, sent, or given up after its last attempt."""

    list_display = ("key", "kind", "status", "attempts", "created_at", "due_at", "sent_at", "last_error")
    list_filter = ("status", "kind")
    search_fields = ("key", "last_error")
    date_hierarchy = "created_at"
    actions = ("send_again",)

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        """Who may send what was given up."""
        return bool(request.user.has_perm(RETRY))

    @admin.action(description="Send again what was given up", permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: Any) -> None:
        """Try the chosen ones once more."""
        again = 0
        for pk in queryset.filter(status="DEAD").order_by("pk").values_list("pk", flat=True)[:200]:
            retry_message(message_id=pk, actor=cast(User, request.user), at=timezone.now())
            again += 1
        self.message_user(request, f"{again} will be sent again.")
