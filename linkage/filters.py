"""What lists of the bridge can be narrowed by."""

from __future__ import annotations

from typing import ClassVar

import django_filters

from linkage.choices import BuyerTaskStatus
from linkage.models import Allocation, BuyerTask, SpendEntry


class AllocationFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By order, order line, work order or need."""

    purchase_order = django_filters.NumberFilter(field_name="order_line__order_id", label="Purchase order")
    order_line = django_filters.NumberFilter(field_name="order_line_id", label="Order line")
    work_order = django_filters.NumberFilter(field_name="work_order_id", label="Work order")
    request_line = django_filters.NumberFilter(field_name="request_line_id", label="Need")

    class Meta:
        model = Allocation
        fields: ClassVar[list[str]] = ["target"]


class BuyerTaskFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Open or done."""

    status = django_filters.ChoiceFilter(choices=BuyerTaskStatus.choices, label="State")
    purchase_order = django_filters.NumberFilter(field_name="order_line__order_id", label="Purchase order")
    requisition = django_filters.NumberFilter(
        field_name="requisition_line__requisition_id", label="Requisition"
    )

    class Meta:
        model = BuyerTask
        fields: ClassVar[list[str]] = ["status"]


class BuyerTaskPageFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Open or done."""

    status = django_filters.ChoiceFilter(choices=BuyerTaskStatus.choices, label="State")

    class Meta:
        model = BuyerTask
        fields: ClassVar[list[str]] = ["status"]


class SpendEntryFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By account, stage, order and day."""

    purchase_order = django_filters.NumberFilter(field_name="order_line__order_id", label="Purchase order")
    order_line = django_filters.NumberFilter(field_name="order_line_id", label="Order line")
    cost_centre = django_filters.NumberFilter(field_name="cost_centre_id", label="Cost centre")
    from_day = django_filters.DateFilter(field_name="occurred_on", lookup_expr="gte", label="From")
    to_day = django_filters.DateFilter(field_name="occurred_on", lookup_expr="lte", label="To")

    class Meta:
        model = SpendEntry
        fields: ClassVar[list[str]] = ["account", "stage"]
