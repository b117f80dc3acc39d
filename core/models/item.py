"""The item master: what can be kept in a store or bought, thin on purpose; each trade extends it by its own rows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.history import history_records


class ItemCategory(models.Model):
    """A family of items and services that policies speak of."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    unspsc = models.CharField(max_length=8, blank=True, help_text="UNSPSC code, if you use one")
    history = history_records()

    class Meta:
        verbose_name_plural = "item categories"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Item(models.Model):
    """A part, material or catalogue service."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    category = models.ForeignKey(ItemCategory, on_delete=models.PROTECT, related_name="items")
    unit = models.ForeignKey("core.Unit", on_delete=models.PROTECT, related_name="+")
    is_stocked = models.BooleanField(
        default=True, help_text="Kept in storerooms; its cost reaches a work order at issue"
    )
    is_service = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    manufacturer = models.CharField(max_length=120, blank=True)
    manufacturer_part_number = models.CharField(max_length=80, blank=True)
    revision = models.CharField(max_length=20, default="A")
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(is_stocked=True, is_service=True),
                name="item_service_not_stocked",
                violation_error_message="A service cannot be kept in stock.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ItemRevision(models.Model):
    """A technical revision of an item; documents keep the revision they were made from."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="revisions")
    revision = models.CharField(max_length=20)
    effective_on = models.DateField()
    note = models.TextField(blank=True)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "revision"],
                name="itemrevision_unique",
                violation_error_message="This item already has a revision of that name.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} rev {self.revision}"
