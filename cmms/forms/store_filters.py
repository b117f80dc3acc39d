"""What the lists of the stores can be narrowed by."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import django_filters
from django.utils import timezone

from cmms.choices import CountStatus, Priority, SerialStatus, TransferStatus
from cmms.models import Lot, PartsRequestLine, Reservation, Serial, StockCount, StockTransfer, Storeroom


class TransferFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Transfers between storerooms."""

    status = django_filters.ChoiceFilter(empty_label="Any", label="State", choices=TransferStatus.choices)
    from_storeroom = django_filters.ModelChoiceFilter(
        label="From", queryset=Storeroom.objects.order_by("code")
    )
    to_storeroom = django_filters.ModelChoiceFilter(label="To", queryset=Storeroom.objects.order_by("code"))

    class Meta:
        model = StockTransfer
        fields = ("status", "from_storeroom", "to_storeroom")


class CountFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Counts of the shelves."""

    status = django_filters.ChoiceFilter(empty_label="Any", label="State", choices=CountStatus.choices)
    storeroom = django_filters.ModelChoiceFilter(queryset=Storeroom.objects.order_by("code"))

    class Meta:
        model = StockCount
        fields = ("status", "storeroom")


class PromiseFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Promised parts."""

    storeroom = django_filters.ModelChoiceFilter(
        label="Storeroom", field_name="stock_item__storeroom", queryset=Storeroom.objects.order_by("code")
    )
    priority = django_filters.ChoiceFilter(
        empty_label="Any",
        label="Priority",
        field_name="request_line__parts_request__work_order__priority",
        choices=Priority.choices,
    )
    needed = django_filters.DateFilter(
        label="Needed by", field_name="request_line__parts_request__needed_on", lookup_expr="lte"
    )

    class Meta:
        model = Reservation
        fields = ("storeroom", "priority", "needed")


class LotFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Lots."""

    expires = django_filters.DateFilter(label="Expires by", field_name="expires_on", lookup_expr="lte")
    in_stock = django_filters.BooleanFilter(label="In stock", method="held")

    class Meta:
        model = Lot
        fields = ("expires", "in_stock")

    def held(self, queryset: Any, name: str, value: bool) -> Any:
        """With something on hand, or without."""
        return queryset.filter(held__gt=0) if value else queryset.filter(held=0)


class SerialFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Serial numbers."""

    status = django_filters.ChoiceFilter(empty_label="Any", label="Where", choices=SerialStatus.choices)
    storeroom = django_filters.ModelChoiceFilter(
        label="Storeroom", field_name="stock_item__storeroom", queryset=Storeroom.objects.order_by("code")
    )

    class Meta:
        model = Serial
        fields = ("status", "storeroom")


class StockOutFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Needs that the store could not fill."""

    storeroom = django_filters.ModelChoiceFilter(queryset=Storeroom.objects.order_by("code"))
    since = django_filters.DateFilter(
        label="Asked from", field_name="parts_request__created_at", method="from_day"
    )

    class Meta:
        model = PartsRequestLine
        fields = ("storeroom", "since")

    def from_day(self, queryset: Any, name: str, value: date) -> Any:
        """Asked on that day or later."""
        return queryset.filter(parts_request__created_at__gte=start_of(value))


def start_of(day: date) -> datetime:
    """The first moment of a day where the person is."""
    return timezone.make_aware(datetime.combine(day, time.min))
