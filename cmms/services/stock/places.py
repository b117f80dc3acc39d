"""Bins, lots and serial numbers of detailed balances: changed in memory under the balance's lock, stored together.

A balance that is not detailed lies whole in its one bin and costs no statement here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum

from cmms.choices import MovementKind, SerialStatus, Tracking
from cmms.decisions.picking import Shelf, for_leaving, for_use, taken
from cmms.models import Serial, StockItem, StockLevel, StockMovement, StockPlacement
from cmms.models.stock_places import SERIAL_PLACE
from core.display import quantity_text
from core.errors import RuleViolation
from core.history import bulk_create_with_history, bulk_update_with_history
from core.models import User

Key = tuple[int | None, int | None]  # bin, lot
ZERO = Decimal(0)


@dataclass(frozen=True)
class Pick:
    """Pieces somebody chose: so many of a bin and lot, or the serial numbers themselves."""

    quantity: Decimal
    bin_id: int | None = None
    lot_id: int | None = None
    serial_ids: Sequence[int] = ()


@dataclass
class Pieces:
    """Pieces that come into a bin; new serial numbers are not stored yet."""

    quantity: Decimal
    bin_id: int | None = None
    lot_id: int | None = None
    serials: list[Serial] = field(default_factory=list)


class Places:
    """What the detailed ones of some locked balances hold. Two statements to read, none where none is detailed."""

    def __init__(self, rows: Iterable[StockItem]) -> None:
        self.levels: dict[int, dict[Key, StockLevel]] = defaultdict(dict)
        self.serials: dict[int, dict[int, Serial]] = defaultdict(dict)
        self._changed: set[tuple[int, Key]] = set()
        self._moved: dict[int, Serial] = {}
        self._new: list[Serial] = []
        self._placements: list[StockPlacement] = []
        self._read([row for row in rows if row.is_detailed])

    def _read(self, rows: Sequence[StockItem]) -> None:
        if not rows:
            return
        levels = StockLevel.objects.filter(stock_item__in=[row.pk for row in rows], quantity__gt=0)
        for level in levels.select_related("lot", "bin").order_by("pk"):
            self.levels[level.stock_item_id][level.bin_id, level.lot_id] = level
        numbered = [row.pk for row in rows if row.tracking == Tracking.SERIAL]
        if numbered:
            for serial in Serial.objects.filter(stock_item__in=numbered).order_by("pk"):
                self.serials[serial.stock_item_id or 0][serial.pk] = serial

    def shelves(self, row: StockItem) -> list[Shelf]:
        """The bins and lots of a balance that hold something."""
        return [
            Shelf(
                key=key,
                quantity=level.quantity,
                bin_code=level.bin.code if level.bin else "",
                lot_id=level.lot_id or 0,
                expires_on=level.lot.expires_on if level.lot else None,
                is_named=row.tracking != Tracking.LOT or level.lot_id is not None,
            )
            for key, level in self.levels[row.pk].items()
            if level.quantity > 0
        ]

    def unnamed(self, row: StockItem, bin_id: int | None) -> Decimal:
        """Pieces in a bin whose lot or serial number is not known yet."""
        level = self.levels[row.pk].get((bin_id, None))
        held = level.quantity if level else ZERO
        if row.tracking == Tracking.SERIAL:
            return held - sum(1 for each in self.serials[row.pk].values() if each.bin_id == bin_id)
        return held if row.tracking == Tracking.LOT else ZERO

    # ---- pieces leave

    def take(self, movement: StockMovement, picks: Sequence[Pick] = (), *, for_work: bool = False) -> None:
        """Take a movement's quantity out of the bins: the pieces picked, else by expiry.

        `for_work`: only pieces that may be used. Raises RuleViolation where the pieces picked are not there or do
        not make up the quantity, or serial numbers must be chosen and are not.
        """
        row, quantity = movement.stock_item, -movement.quantity
        if not row.is_detailed:
            return
        if row.tracking == Tracking.SERIAL:
            self._take_serials(movement, picks, for_work=for_work)
            return
        if picks:
            self._take_picked(movement, picks, for_work=for_work)
            return
        on = movement.moved_at.date()
        shelves = self.shelves(row)
        parts = taken(for_use(shelves, on) if for_work else for_leaving(shelves), quantity)
        there = sum((part for _, part in parts), ZERO)
        if there < quantity:
            raise RuleViolation(
                f"Only {quantity_text(there)} of {row.item} can be used: the rest has expired or its lot is not "
                "named yet.",
                field="quantity",
                remedy="Put it away under its lot, or count expired lots out.",
            )
        for shelf, part in parts:
            self._change(row, shelf.key, -part, movement)

    def _take_picked(self, movement: StockMovement, picks: Sequence[Pick], *, for_work: bool) -> None:
        row = movement.stock_item
        if sum((pick.quantity for pick in picks), ZERO) != -movement.quantity:
            raise RuleViolation(
                f"The pieces chosen do not make up {quantity_text(-movement.quantity)}.", field="quantity"
            )
        for pick in picks:
            level = self.levels[row.pk].get((pick.bin_id, pick.lot_id))
            if pick.quantity <= 0 or level is None or level.quantity < pick.quantity:
                there = quantity_text(level.quantity if level else ZERO)
                raise RuleViolation(f"There are only {there} of {row.item} in that bin.", field="quantity")
            if for_work and level.lot is not None and level.lot.is_expired(movement.moved_at.date()):
                raise RuleViolation(
                    f"Lot {level.lot} expired on {level.lot.expires_on:%d %b %Y}.",
                    field="lot_id",
                    remedy="Take another lot, and count this one out.",
                )
            if for_work and row.tracking == Tracking.LOT and level.lot is None:
                raise RuleViolation("Name the lot of these pieces first: put them away.", field="lot_id")
            self._change(row, (pick.bin_id, pick.lot_id), -pick.quantity, movement)

    def _take_serials(self, movement: StockMovement, picks: Sequence[Pick], *, for_work: bool) -> None:
        row, wanted = movement.stock_item, -movement.quantity
        chosen = [key for pick in picks for key in pick.serial_ids]
        if len(set(chosen)) != len(chosen) or any(key not in self.serials[row.pk] for key in chosen):
            raise RuleViolation(
                f"A serial number chosen is not in stock in {row.storeroom}.", field="serial_ids"
            )
        for key in chosen:
            serial = self.serials[row.pk].pop(key)
            if for_work and serial.expires_on and serial.expires_on < movement.moved_at.date():
                raise RuleViolation(f"{serial} expired on {serial.expires_on:%d %b %Y}.", field="serial_ids")
            bin_id = serial.bin_id
            _leaves(serial, movement)
            self._moved[serial.pk] = serial
            self._change(row, (bin_id, None), Decimal(-1), movement, serial)
        left = wanted - len(chosen)
        if left < 0 or (left and (for_work or chosen)):
            raise RuleViolation(
                f"Choose {quantity_text(wanted)} serial numbers of {row.item}; {len(chosen)} are chosen.",
                field="serial_ids",
                remedy="Pieces without a number are given one when they are put away.",
            )
        for level in list(self.levels[row.pk].values()) if left else []:
            part = min(left, self.unnamed(row, level.bin_id))
            if part > 0:
                self._change(row, (level.bin_id, None), -part, movement)
                left -= part
        if left:
            raise RuleViolation(
                f"It is not known which serial numbers of {row.item} leave.",
                field="serial_ids",
                remedy="On the part's page, take the numbers of these pieces off the books first.",
            )

    # ---- pieces come

    def put(self, movement: StockMovement, pieces: Sequence[Pieces] = ()) -> None:
        """Put a movement's quantity into bins; without `pieces` into the balance's own bin, still to be named."""
        row = movement.stock_item
        if not row.is_detailed:
            return
        if not pieces:
            pieces = [Pieces(movement.quantity, row.bin_id)]
        if sum((each.quantity for each in pieces), ZERO) != movement.quantity:
            raise RuleViolation(
                f"The lots and numbers do not make up {quantity_text(movement.quantity)}.", field="quantity"
            )
        for each in pieces:
            self.put_pieces(row, each, movement)

    def put_pieces(self, row: StockItem, pieces: Pieces, movement: StockMovement | None) -> None:
        """One bin gets pieces, of a lot or with their serial numbers."""
        if pieces.serials and len(pieces.serials) > pieces.quantity:
            raise RuleViolation("There are more serial numbers than pieces.", field="serial_numbers")
        for serial in pieces.serials:
            self.enter_serial(row, serial, pieces.bin_id)
            self._change(row, (pieces.bin_id, None), Decimal(1), movement, serial)
        rest = pieces.quantity - len(pieces.serials)
        if rest:
            self._change(row, (pieces.bin_id, pieces.lot_id), rest, movement)

    def enter_serial(self, row: StockItem, serial: Serial, bin_id: int | None) -> None:
        """A numbered piece is in stock here now."""
        serial.goes(SerialStatus.IN_STOCK, stock_item=row)
        serial.bin_id = bin_id
        if serial._state.adding:
            self._new.append(serial)
        else:
            self._moved[serial.pk] = serial
            self.serials[row.pk][serial.pk] = serial

    def give_back(
        self, movement: StockMovement, issue: StockMovement, serial_ids: Sequence[int] = ()
    ) -> None:
        """Put back pieces of an issue: the same lots, the serial numbers named (all of them where all come)."""
        row = movement.stock_item
        if not row.is_detailed:
            return
        placed = StockPlacement.objects.filter(Q(movement=issue) | Q(movement__reverses=issue))
        out = placed.values("lot", "serial").annotate(net=Sum("quantity")).filter(net__lt=0).order_by("lot")
        lots = [(each["lot"], -each["net"]) for each in out if each["lot"] and not each["serial"]]
        serials = [each["serial"] for each in out if each["serial"]]
        if row.tracking == Tracking.SERIAL and serials:
            self.put(movement, [self._serials_back(movement, issue, serials, serial_ids)])
            return
        left, pieces = movement.quantity, []
        for lot, net in lots:
            part = min(left, net)
            if part > 0:
                pieces.append(Pieces(part, row.bin_id, lot))
                left -= part
        if left:
            pieces.append(Pieces(left, row.bin_id))
        self.put(movement, pieces)

    def _serials_back(
        self, movement: StockMovement, issue: StockMovement, out: list[int], chosen: Sequence[int]
    ) -> Pieces:
        if not chosen and movement.quantity == len(out):
            chosen = out
        if len(chosen) != movement.quantity or not set(chosen) <= set(out):
            raise RuleViolation(
                f"Say which {quantity_text(movement.quantity)} of the numbers of this issue come back.",
                field="serial_ids",
            )
        serials = list(Serial.objects.filter(pk__in=chosen).select_related("asset").order_by("pk"))
        for serial in serials:
            if serial.status not in {SerialStatus.ISSUED, SerialStatus.REMOVED}:
                where = f"fitted in {serial.asset}" if serial.asset else serial.get_status_display().lower()
                raise RuleViolation(
                    f"{serial} is {where}.", field="serial_ids", remedy="Record that it was removed first."
                )
        return Pieces(movement.quantity, movement.stock_item.bin_id, None, serials)

    # ---- bins

    def shift(
        self, row: StockItem, key: Key, quantity: Decimal, note: str = "", serial: Serial | None = None
    ) -> None:
        """Change one level outside any movement; the caller keeps the sum."""
        self._change(row, key, quantity, None, serial, note)

    def forget(self, row: StockItem, serial: Serial, note: str) -> None:
        """The piece stays in its bin, without its number."""
        key = (serial.bin_id, None)
        self.serials[row.pk].pop(serial.pk, None)
        serial.goes(SerialStatus.GONE)
        self._moved[serial.pk] = serial
        self._change(row, key, Decimal(-1), None, serial, note)
        self._change(row, key, Decimal(1), None, note=note)

    def name(self, row: StockItem, serial: Serial, bin_id: int | None, note: str) -> None:
        """A piece of the bin that had no number has this one."""
        self._change(row, (bin_id, None), Decimal(-1), None, note=note)
        self.enter_serial(row, serial, bin_id)
        self._change(row, (bin_id, None), Decimal(1), None, serial, note)

    def lose(self, movement: StockMovement, serials: Sequence[Serial], key: Key) -> None:
        """These numbered pieces of a bin go with a movement; what it moves beyond them had no number."""
        row = movement.stock_item
        for serial in serials:
            self.serials[row.pk].pop(serial.pk, None)
            _leaves(serial, movement)
            self._moved[serial.pk] = serial
            self._change(row, key, Decimal(-1), movement, serial)
        rest = -movement.quantity - len(serials)
        if rest > 0:
            self._change(row, key, -rest, movement)

    def begin(self, row: StockItem) -> None:
        """From now on bins (lots, numbers) of this balance are kept; the caller stores the row."""
        row.is_detailed = True
        if row.quantity_on_hand:
            self._change(
                row, (row.bin_id, None), row.quantity_on_hand, None, note="Bins are kept from here on"
            )

    def _change(
        self, row: StockItem, key: Key, quantity: Decimal, movement: StockMovement | None,
        serial: Serial | None = None, note: str = "",
    ) -> None:  # fmt: skip
        level = self.levels[row.pk].get(key)
        if level is None:  # one that was empty is found again by its place when it is stored
            level = StockLevel(stock_item=row, bin_id=key[0], lot_id=key[1], quantity=ZERO)
            self.levels[row.pk][key] = level
        level.quantity += quantity
        if level.quantity < 0:
            raise RuleViolation(f"There is not that much of {row.item} in the bin.", field="quantity")
        self._changed.add((row.pk, key))
        self._placements.append(
            StockPlacement(
                stock_item=row, movement=movement, bin_id=key[0], lot_id=key[1], serial=serial,
                quantity=quantity, note=note[:200],
            )
        )  # fmt: skip

    def pending(self, movement: StockMovement) -> list[StockPlacement]:
        """What a movement that is not stored yet does to the bins."""
        return [each for each in self._placements if each.movement is movement]

    def store(self, *, actor: User | None, at: datetime) -> None:
        """Write what changed, after the movements: at most four statements, none where nothing did."""
        bulk_create_with_history(self._new)
        bulk_update_with_history(list(self._moved.values()), SERIAL_PLACE)
        if self._changed:
            StockLevel.objects.bulk_create(
                [
                    StockLevel(
                        stock_item_id=pk, bin_id=key[0], lot_id=key[1], quantity=self.levels[pk][key].quantity
                    )
                    for pk, key in sorted(
                        self._changed, key=lambda each: (each[0], each[1][0] or 0, each[1][1] or 0)
                    )
                ],
                update_conflicts=True,
                unique_fields=["stock_item", "bin", "lot"],
                update_fields=["quantity"],
            )
        for each in self._placements:
            each.placed_at, each.placed_by = at, actor
        StockPlacement.objects.bulk_create(self._placements)
        self._new, self._moved, self._placements = [], {}, []
        self._changed.clear()


def _leaves(serial: Serial, movement: StockMovement) -> None:
    """The place of a numbered piece that goes out with a movement."""
    if movement.kind == MovementKind.ISSUE:
        serial.goes(SerialStatus.ISSUED, work_order=movement.work_order)
    elif movement.kind == MovementKind.TRANSFER_OUT and movement.transfer_line is not None:
        serial.goes(SerialStatus.IN_TRANSIT, transfer_line=movement.transfer_line)
    else:
        serial.goes(SerialStatus.GONE)
