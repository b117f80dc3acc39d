"""Who we buy from."""

from __future__ import annotations

from django.db import models

from core.history import history_records
from procurement.choices import MatchLevel, SupplierStatus


class Supplier(models.Model):
    """A firm we buy from. An empty match level inherits from the category, then the company."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=160)
    status = models.CharField(max_length=8, choices=SupplierStatus.choices, default=SupplierStatus.PENDING)
    tax_number = models.CharField(max_length=32, blank=True)
    endpoint_id = models.CharField(max_length=64, blank=True, help_text="Electronic address in e-invoices")
    currency = models.CharField(max_length=3, default="EUR")
    payment_terms_days = models.PositiveSmallIntegerField(default=30)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    match_level = models.CharField(max_length=9, choices=MatchLevel.choices, blank=True)
    history = history_records()

    class Meta:
        permissions = [("approve_supplier", "Can approve and block suppliers")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SupplierContact(models.Model):
    """A person at a supplier."""

    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    history = history_records()

    def __str__(self) -> str:
        return self.name


class CategoryPolicy(models.Model):
    """How purchases of an item category are checked."""

    category = models.OneToOneField("core.ItemCategory", on_delete=models.CASCADE, related_name="+")
    match_level = models.CharField(max_length=9, choices=MatchLevel.choices, blank=True)
    history = history_records()

    class Meta:
        verbose_name_plural = "category policies"

    def __str__(self) -> str:
        return f"policy of {self.category_id}"
