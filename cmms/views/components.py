"""Lots and serial numbers: where they are, where they were used; parts fitted and removed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from cmms.forms.stock_papers import FitForm, RemoveForm, StoreForm
from cmms.forms.store_filters import LotFilter, SerialFilter
from cmms.models import Asset, Bin, Fitting, Lot, Serial, StockPlacement, WorkOrder
from cmms.selectors.where_used import lot_uses, work_order_pieces
from cmms.services.components import fit_component, remove_component, store_component
from cmms.views.bases import OnWorkOrder, order_url
from core.errors import NotFound, RuleViolation
from core.views.commands import CommandView
from core.views.lists import Column, ListPage
from core.views.pages import DetailPage, FragmentView

FIT, RECEIVE = "cmms.fit_component", "cmms.receive_stock"
SERIALS = Serial.objects.select_related(
    "item", "stock_item__storeroom", "bin", "work_order", "asset", "transfer_line__transfer"
)
FITTINGS = Fitting.objects.select_related(
    "serial__item", "asset", "fitted_work_order", "removed_work_order", "fitted_by", "removed_by"
)


def serial_url(pk: int) -> str:
    """The page of a serial number."""
    return reverse("cmms:serial", args=[pk])


def place_of_serial(serial: Serial) -> str:
    """Its one place in words."""
    if serial.stock_item is not None:
        return f"{serial.stock_item.storeroom.code}{f', bin {serial.bin}' if serial.bin else ''}"
    if serial.transfer_line is not None:
        return str(serial.transfer_line.transfer)
    return str(serial.asset or serial.work_order or "")


class SerialList(ListPage):
    """All serial numbers."""

    title = "Serial numbers"
    permission = "cmms.view_serial"
    queryset = SERIALS
    filterset_class = SerialFilter
    search_fields = ("number", "item__code", "item__name", "asset__code", "work_order__number")
    search_hint = "Number, part, asset"
    is_scanned = True
    default_sort = "number"
    columns = (
        Column("number", "Serial number", kind="link", url_name="cmms:serial", phone="title", sort="number"),
        Column("item", "Part", phone="text", sort="item__code"),
        Column("status", "Where", phone="pill", sort="status"),
        Column(place_of_serial, "Place"),
        Column("expires_on", "Use until", kind="date", sort="expires_on", phone="hidden"),
        Column("received_at", "Came", kind="date", sort="received_at", phone="hidden"),
    )
    empty_title = "No serial numbers yet"
    empty_text = "Parts that are tracked by serial number get theirs when they are put away or fitted."


class SerialPage(DetailPage):
    """One numbered piece: where it is, where it was."""

    permission = "cmms.view_serial"
    queryset = SERIALS
    template_name = "cmms/serial.html"

    def extra_context(self) -> dict[str, Any]:
        """Its life."""
        serial: Serial = self.object
        moves = StockPlacement.objects.filter(serial=serial).select_related(
            "stock_item__storeroom", "bin", "movement__work_order", "placed_by"
        )
        fittings = list(FITTINGS.filter(serial=serial).order_by("-pk")[:50])
        return {
            "title": f"{serial.item.name} {serial.number}",
            "place": place_of_serial(serial),
            "fittings": fittings,
            "placements": list(moves.order_by("-pk")[:50]),
            "may_fit": self.actor.has_perm(FIT),
            "may_store": serial.status == "REMOVED" and self.actor.has_perm(RECEIVE),
        }


class LotList(ListPage):
    """All lots."""

    title = "Lots"
    permission = "cmms.view_lot"
    filterset_class = LotFilter
    search_fields = ("number", "supplier_number", "item__code", "item__name")
    search_hint = "Lot, supplier's lot, part"
    is_scanned = True
    default_sort = "expires_on"
    columns = (
        Column("number", "Lot", kind="link", url_name="cmms:lot", phone="title", sort="number"),
        Column("item", "Part", phone="text", sort="item__code"),
        Column("held", "On hand", kind="quantity", unit="item.unit.code", phone="pill", sort="held"),
        Column("expires_on", "Use until", kind="date", sort="expires_on"),
        Column("supplier_number", "Supplier's lot", sort="supplier_number"),
        Column("document_number", "Came with", sort="document_number"),
    )
    row_class = lambda lot: "is-late" if lot.held and lot.expires_on and lot.is_late else ""  # noqa: E731
    empty_title = "No lots yet"
    empty_text = "Parts that are tracked by lot get theirs when they are put away."

    def get_queryset(self) -> Any:
        """With what is on hand."""
        today = self.at.date()
        held = Coalesce(Sum("levels__quantity"), Decimal(0))
        return Lot.objects.select_related("item__unit").annotate(held=held, is_late=Q(expires_on__lt=today))


class LotPage(DetailPage):
    """One lot: what is left of it where, which work it went into."""

    permission = "cmms.view_lot"
    queryset = Lot.objects.select_related("item__unit")
    template_name = "cmms/lot.html"

    def extra_context(self) -> dict[str, Any]:
        """Both ways."""
        lot: Lot = self.object
        return {
            "title": f"{lot.item.name}, lot {lot.number}",
            "is_expired": lot.is_expired(self.at.date()),
            "levels": list(
                lot.levels.filter(quantity__gt=0)
                .select_related("stock_item__storeroom", "bin")
                .order_by("pk")
            ),
            "uses": lot_uses(lot_id=lot.pk),
        }


class AssetComponents(FragmentView):
    """On the asset: numbered parts in it, now and before."""

    permission = "cmms.view_fitting"
    queryset = Asset.objects.all()
    template_name = "cmms/asset_components.html"

    def extra_context(self) -> dict[str, Any]:
        """Now first."""
        rows = list(FITTINGS.filter(asset=self.object).order_by("-removed_at", "-pk")[:100])
        return {
            "fitted": [row for row in rows if row.removed_at is None],
            "before": [row for row in rows if row.removed_at is not None],
            "may_fit": self.actor.has_perm(FIT),
        }


class OrderComponents(FragmentView):
    """On the work order: lots and numbers handed over, parts fitted and removed."""

    permission = "cmms.view_fitting"
    queryset = WorkOrder.objects.all()
    template_name = "cmms/order_components.html"

    def extra_context(self) -> dict[str, Any]:
        """All of it."""
        order: WorkOrder = self.object
        rows = FITTINGS.filter(Q(fitted_work_order=order) | Q(removed_work_order=order))
        on_asset = FITTINGS.filter(asset=order.asset_id, removed_at__isnull=True).exclude(asset__isnull=True)
        return {
            "fittings": list(rows.order_by("pk")[:100]),
            "pieces": work_order_pieces(work_order_id=order.pk),
            "in_asset": list(on_asset.order_by("pk")[:50]) if order.asset_id else [],
            "may_fit": order.status in {"RELEASED", "IN_PROGRESS", "ON_HOLD", "WORK_DONE"}
            and self.actor.has_perm(FIT),
        }


class Fit(OnWorkOrder):
    """A numbered part is in the asset now."""

    title = "Part fitted"
    permission = FIT
    form_class = FitForm
    submit_label = "Save"
    success_message = "Noted."

    def get_initial(self) -> dict[str, Any]:
        """The order's asset; the part of a number that was handed over, where it is named."""
        asset = self.object.asset
        found: dict[str, Any] = {"where": str(asset) if asset else ""}
        key = self.request.GET.get("serial", "")
        serial = (
            SERIALS.filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 15 else None
        )
        if serial is not None:
            found |= {"item": str(serial.item), "serial_number": serial.number}
        return found

    def run(self, form: Any) -> object:
        """Note it."""
        data = form.cleaned_data
        if data["where"].asset is None:
            raise RuleViolation("Choose the asset, not a location.", field="where")
        return fit_component(
            work_order_id=self.object.pk, item_id=data["item"].pk, serial_number=data["serial_number"],
            asset_id=data["where"].asset_id, position=data["position"], actor=self.actor, at=self.at,
        )  # fmt: skip


class Remove(CommandView):
    """A numbered part comes out."""

    title = "Part removed"
    permission = FIT
    form_class = RemoveForm
    submit_label = "Save"
    queryset = FITTINGS.filter(removed_at__isnull=True)
    success_message = "Noted."

    @property
    def intro(self) -> str:  # type: ignore[override]
        """Which part."""
        serial = self.object.serial
        return f"{serial.item} {serial.number}, in {self.object.asset}."

    def get_initial(self) -> dict[str, Any]:
        """The work order it is done for."""
        return {"work_order": self.request.GET.get("order", "")[:20]}

    def run(self, form: Any) -> object:
        """Note it."""
        data = form.cleaned_data
        return remove_component(
            fitting_id=self.object.pk, work_order_id=data["work_order"].pk, reason=data["reason"],
            is_scrapped=data["is_scrapped"], actor=self.actor, at=self.at,
        )  # fmt: skip

    def success_url(self, result: Any) -> str:
        """The work order."""
        return order_url(result.removed_work_order_id)

    def cancel_url(self) -> str:
        """The number."""
        return serial_url(self.object.serial_id)


class Store(CommandView):
    """A removed part goes into a storeroom."""

    title = "Put into store"
    intro = "It comes in at no value: what it cost is on its work orders already."
    permission = RECEIVE
    form_class = StoreForm
    queryset = SERIALS
    success_message = "In store."

    def run(self, form: Any) -> object:
        """Put it there."""
        data = form.cleaned_data
        bin_code = data["bin_code"].strip()
        place = (
            Bin.objects.filter(storeroom=data["storeroom"], code__iexact=bin_code).first()
            if bin_code
            else None
        )
        if bin_code and place is None:
            raise NotFound(f"There is no bin {bin_code} in {data['storeroom']}.", field="bin_code")
        return store_component(
            serial_id=self.object.pk, storeroom_id=data["storeroom"].pk, bin_id=place.pk if place else None,
            note=data["note"], actor=self.actor, at=self.at,
        )  # fmt: skip

    def success_url(self, result: Any) -> str:
        """The number."""
        return serial_url(self.object.pk)

    def cancel_url(self) -> str:
        """The number."""
        return serial_url(self.object.pk)
