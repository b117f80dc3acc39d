"""The admin: shared bases, and the pages of master data and people."""

from core.admin.base import BaseAdmin, ReadOnlyAdmin, ReadOnlyInline
from core.admin.documents import ActionCall, DocumentAction, DocumentAdmin
from core.admin.master_data import ItemAdmin, SiteAdmin, UserAdmin

__all__ = [
    "ActionCall", "BaseAdmin", "DocumentAction", "DocumentAdmin", "ItemAdmin", "ReadOnlyAdmin",
    "ReadOnlyInline", "SiteAdmin", "UserAdmin",
]  # fmt: skip
