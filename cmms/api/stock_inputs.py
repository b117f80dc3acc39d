"""What the verbs of the stores take through the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from cmms.api.inputs import KeyField, MustSayWhy, QuantityInput, keys, optional, quantity
from cmms.choices import AbcClass, Tracking
from cmms.models import Asset, Bin, Lot, PartsRequestLine, Serial, StockItem, Storeroom, WorkOrder
from cmms.services.stock import NamedPieces, Pick, TransferInput
from core.models import Item


class PickInput(serializers.Serializer[Any]):
    """Pieces chosen: of a bin and lot, or serial numbers by their ids."""

    quantity = quantity(min_value=Decimal(0))
    bin = optional(Bin)
    lot = optional(Lot)
    serials = serializers.ListField(child=KeyField(Serial), default=list, max_length=1000)


class HandOverInput(QuantityInput):
    """How much (left out: all), and which pieces."""

    picks = PickInput(many=True, default=list)


class NamedPiecesInput(serializers.Serializer[Any]):
    """Pieces with their lot or serial numbers, and their bin."""

    quantity = quantity(min_value=Decimal(0))
    bin = optional(Bin)
    lot_number = serializers.CharField(max_length=60, default="", allow_blank=True)
    supplier_number = serializers.CharField(max_length=60, default="", allow_blank=True)
    expires_on = serializers.DateField(required=False, allow_null=True, default=None)
    serial_numbers = serializers.ListField(
        child=serializers.CharField(max_length=80), default=list, max_length=1000
    )


class PutAwayInput(serializers.Serializer[Any]):
    """Pieces that wait to be named, and the bin they lie in."""

    from_bin = optional(Bin)
    pieces = NamedPiecesInput(many=True)


class MoveBinInput(serializers.Serializer[Any]):
    """Which pieces go to which bin; without a quantity all of the bin."""

    to_bin = KeyField(Bin)
    from_bin = optional(Bin)
    lot = optional(Lot)
    quantity = quantity(required=False, allow_null=True, default=None)
    serials = serializers.ListField(child=KeyField(Serial), default=list, max_length=1000)
    reason = serializers.CharField(max_length=100, default="", allow_blank=True)


class TrackingInput(serializers.Serializer[Any]):
    """How the item is tracked, in all storerooms."""

    tracking = serializers.ChoiceField(Tracking.choices)
    reason = serializers.CharField(max_length=100, default="", allow_blank=True)


class CounterInput(serializers.Serializer[Any]):
    """For which work order, how many, which pieces."""

    work_order = KeyField(WorkOrder)
    quantity = quantity()
    picks = PickInput(many=True, default=list)


class RefillInput(serializers.Serializer[Any]):
    """Balances of one storeroom; without a quantity as much as is suggested."""

    stock_item = KeyField(StockItem)
    quantity = quantity(required=False, allow_null=True, default=None)


class RefillsInput(serializers.Serializer[Any]):
    """What to ask purchasing for."""

    lines = RefillInput(many=True)


class PapersSerializer(serializers.Serializer[Any]):
    """The papers that ask for it."""

    documents = serializers.ListField(child=serializers.CharField())


class TransferLineInput(serializers.Serializer[Any]):
    """So much of a balance."""

    stock_item = KeyField(StockItem)
    quantity = quantity()
    picks = PickInput(many=True, default=list)


class SendInput(serializers.Serializer[Any]):
    """What goes where."""

    to_storeroom = KeyField(Storeroom)
    lines = TransferLineInput(many=True)
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class ArrivedInput(serializers.Serializer[Any]):
    """How much of a transfer line arrived, and the bin it went into."""

    line = serializers.IntegerField(min_value=1)
    quantity = quantity()
    bin = optional(Bin)


class ReceiveInput(serializers.Serializer[Any]):
    """What arrived; left out: everything."""

    lines = ArrivedInput(many=True, required=False, allow_null=True, default=None)


class StartCountInput(serializers.Serializer[Any]):
    """What is to be counted; only the storeroom: all of it."""

    storeroom = KeyField(Storeroom)
    bins = serializers.ListField(child=KeyField(Bin), default=list, max_length=2000)
    stock_items = serializers.ListField(child=KeyField(StockItem), default=list, max_length=2000)
    abc_class = serializers.ChoiceField(AbcClass.choices, default="", allow_blank=True)
    not_counted_since = serializers.DateTimeField(required=False, allow_null=True, default=None)


class RecordInput(serializers.Serializer[Any]):
    """What lies in the bin."""

    counted_quantity = quantity(required=False, allow_null=True, default=None, min_value=Decimal(0))
    serial_numbers = serializers.ListField(
        child=serializers.CharField(max_length=80), default=list, max_length=1000
    )


class FoundInput(serializers.Serializer[Any]):
    """A bin or lot that the sheet has not."""

    stock_item = KeyField(StockItem)
    bin = optional(Bin)
    lot_number = serializers.CharField(max_length=60, default="", allow_blank=True)


class SubmitInput(serializers.Serializer[Any]):
    """Why shelves and books differ; may be empty where nothing does."""

    reason = serializers.CharField(max_length=100, default="", allow_blank=True)


class MovePromiseInput(MustSayWhy):
    """To which need, how many."""

    to_line = KeyField(PartsRequestLine)
    quantity = quantity(required=False, allow_null=True, default=None)


class FitInput(serializers.Serializer[Any]):
    """Which part went into which asset (the work order's own where none is named)."""

    work_order = KeyField(WorkOrder)
    item = KeyField(Item)
    serial_number = serializers.CharField(max_length=80)
    asset = optional(Asset)
    position = serializers.CharField(max_length=60, default="", allow_blank=True)


class RemoveInput(MustSayWhy):
    """By which work order."""

    work_order = KeyField(WorkOrder)
    is_scrapped = serializers.BooleanField(default=False)


class StoreInput(serializers.Serializer[Any]):
    """Into which storeroom."""

    storeroom = KeyField(Storeroom)
    bin = optional(Bin)
    note = serializers.CharField(max_length=100, default="", allow_blank=True)


def picks_of(data: list[dict[str, Any]]) -> list[Pick]:
    """As the services take them."""
    return [Pick(each["quantity"], each["bin"], each["lot"], each["serials"]) for each in data]


def pieces_of(data: list[dict[str, Any]]) -> list[NamedPieces]:
    """As the service takes them."""
    return [NamedPieces(**keys(each, "bin")) for each in data]


def transfer_lines(data: list[dict[str, Any]]) -> list[TransferInput]:
    """As the service takes them."""
    return [TransferInput(each["stock_item"], each["quantity"], picks_of(each["picks"])) for each in data]
