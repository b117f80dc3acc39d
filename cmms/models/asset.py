"""Where things stand and what they are: location and asset trees."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from tree_queries.models import TreeNode

from cmms.choices import Criticality
from core.history import history_records


class Location(TreeNode):
    """A place on a site: building, line, bay."""

    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="locations")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")),
                name="location_not_own_parent",
                violation_error_message="A location cannot be part of itself.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AssetClass(models.Model):
    """An equipment class (ISO 14224), e.g. centrifugal pump."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    needs_failure_record = models.BooleanField(
        default=True,
        help_text="Corrective work is completed only with a failure record, once the class has observed modes",
    )
    history = history_records()

    class Meta:
        verbose_name_plural = "asset classes"

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Asset(TreeNode):
    """A thing that is maintained. Values are in the base currency."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    site = models.ForeignKey("core.Site", on_delete=models.PROTECT, related_name="assets")
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="assets"
    )
    asset_class = models.ForeignKey(
        AssetClass, null=True, blank=True, on_delete=models.PROTECT, related_name="assets"
    )
    cost_centre = models.ForeignKey(
        "core.CostCentre", null=True, blank=True, on_delete=models.PROTECT, related_name="assets"
    )
    criticality = models.CharField(max_length=1, choices=Criticality.choices, default=Criticality.C)
    serial_number = models.CharField(max_length=80, blank=True)
    manufacturer = models.CharField(max_length=120, blank=True)
    model_name = models.CharField(max_length=120, blank=True)
    installed_on = models.DateField(null=True, blank=True)
    installed_value = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    replacement_value = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    history = history_records()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")),
                name="asset_not_own_parent",
                violation_error_message="An asset cannot be part of itself.",
            )
        ]
        permissions = [("import_work_orders", "Can import work order history")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SparePart(models.Model):
    """An item on an asset's spare-part list and how many are fitted."""

    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="spare_parts")
    item = models.ForeignKey("core.Item", on_delete=models.PROTECT, related_name="+")
    quantity_fitted = models.DecimalField(max_digits=14, decimal_places=4, default=1)
    note = models.CharField(max_length=160, blank=True)
    history = history_records()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "item"],
                name="sparepart_unique",
                violation_error_message="This item is already on the asset's spare-part list.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} of {self.asset_id}"
