"""Bins, lots and serial numbers: what lies where, and every piece in one place."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cmms.choices import SerialStatus, Tracking
from cmms.models import Bin, Lot, Serial, StockItem, StockLevel, StockPlacement
from cmms.selectors.stock_replay import replay_differences
from cmms.services.stock import (
    NamedPieces,
    Pick,
    StockReceiptInput,
    adjust_stock,
    drop_serial_numbers,
    issue_parts,
    issue_request,
    move_between_bins,
    put_away,
    receive_stock,
    return_parts,
    return_stock,
    set_opening_balance,
    set_tracking,
)
from core.errors import Conflict, NotAllowed, NotFound, RuleViolation
from tests.builders import NOW, boss, part, parts_request, person, stock, storeroom, work_order
from tests.cmms.test_parts import statements

pytestmark = pytest.mark.django_db


def a_bin(code: str, room: str = "MAIN") -> Bin:
    return Bin.objects.get_or_create(storeroom=storeroom(room), code=code)[0]


def tracked(tracking: str, quantity: int = 0, **values: Any) -> StockItem:
    """An item tracked by lot or serial number; its pieces wait to be named."""
    held = stock(quantity, **values)
    set_tracking(item_id=held.item_id, tracking=tracking, actor=boss(), at=NOW)
    held.refresh_from_db()
    return held


def named(held: StockItem, *pieces: NamedPieces) -> StockItem:
    return put_away(stock_item_id=held.pk, pieces=pieces, actor=boss(), at=NOW)


def lots(held: StockItem, **quantities: tuple[int, date | None]) -> StockItem:
    return named(
        held,
        *(
            NamedPieces(Decimal(count), lot_number=lot, expires_on=day)
            for lot, (count, day) in quantities.items()
        ),
    )


def serials(held: StockItem, *numbers: str, bin_id: int | None = None) -> StockItem:
    return named(held, NamedPieces(Decimal(len(numbers)), bin_id=bin_id, serial_numbers=numbers))


def keys(*numbers: str) -> list[int]:
    return list(Serial.objects.filter(number__in=numbers).order_by("number").values_list("pk", flat=True))


def line_of(held: StockItem, quantity: int) -> int:
    return int(parts_request(work_order(), [part(held.item, quantity)]).lines.get().pk)


def levels(held: StockItem) -> dict[tuple[str, str], Decimal]:
    rows = StockLevel.objects.filter(stock_item=held, quantity__gt=0).select_related("bin", "lot")
    return {(str(row.bin or ""), str(row.lot or "")): row.quantity for row in rows}


def issue(line: int, quantity: int | None = None, picks: Sequence[Pick] = ()) -> Any:
    wanted = None if quantity is None else Decimal(quantity)
    return issue_parts(request_line_id=line, quantity=wanted, picks=picks, actor=boss(), at=NOW)


class TestLots:
    def test_what_expires_first_goes_first_and_expired_lots_never(self) -> None:
        held = lots(
            tracked(Tracking.LOT, 9),
            old=(2, date(2026, 3, 1)),
            late=(4, date(2027, 1, 1)),
            soon=(3, date(2026, 4, 1)),
        )
        line = line_of(held, 5)
        issue(line)
        assert levels(held) == {("", "old"): 2, ("", "late"): 2}
        with pytest.raises(RuleViolation, match="Only 2 of .* can be used"):
            issue(line_of(held, 3))
        assert replay_differences() == []

    def test_a_lot_may_be_chosen_but_not_an_expired_one(self) -> None:
        held = lots(tracked(Tracking.LOT, 6), old=(2, date(2026, 3, 1)), late=(4, date(2027, 1, 1)))
        line = line_of(held, 3)
        old, late = Lot.objects.get(number="old").pk, Lot.objects.get(number="late").pk
        with pytest.raises(RuleViolation, match="Lot old expired on 01 Mar 2026"):
            issue(line, 1, [Pick(Decimal(1), None, old)])
        with pytest.raises(RuleViolation, match="do not make up 2"):
            issue(line, 2, [Pick(Decimal(1), None, late)])
        issue(line, 2, [Pick(Decimal(2), None, late)])
        assert levels(held) == {("", "old"): 2, ("", "late"): 2}

    def test_returns_give_the_same_lots_back(self) -> None:
        held = lots(tracked(Tracking.LOT, 5), a=(2, date(2026, 4, 1)), b=(3, date(2026, 5, 1)))
        movement = issue(line_of(held, 4))
        for quantity in (3, 1):
            return_parts(
                movement_id=movement.pk, quantity=Decimal(quantity), reason="spare", actor=boss(), at=NOW
            )
        assert levels(held) == {("", "a"): 2, ("", "b"): 3}
        assert replay_differences() == []

    def test_a_lot_has_one_expiry_date(self) -> None:
        held = lots(tracked(Tracking.LOT, 5), a=(2, date(2026, 4, 1)))
        with pytest.raises(Conflict, match="Lot a expires on 01 Apr 2026"):
            lots(held, a=(1, date(2026, 5, 1)))

    def test_a_receipt_may_name_its_lots_and_the_rest_waits(self) -> None:
        held = tracked(Tracking.LOT)
        pieces = [
            NamedPieces(Decimal(2), lot_number="L1", supplier_number="S-9", expires_on=date(2026, 9, 1))
        ]
        line = StockReceiptInput(
            held.item_id, held.storeroom_id, Decimal(3), Decimal(30), "r:1", "GR-1", pieces
        )
        receive_stock(lines=[line], actor=None, at=NOW)
        assert levels(held) == {("", "L1"): 2, ("", ""): 1}
        lot = Lot.objects.get()
        assert (lot.supplier_number, lot.document_number) == ("S-9", "GR-1")
        with pytest.raises(RuleViolation, match="Only 2 of"):
            issue(line_of(held, 3))

    def test_what_goes_back_to_the_supplier_is_what_is_not_named_first(self) -> None:
        held = lots(tracked(Tracking.LOT, 5), a=(2, date(2026, 4, 1)))
        line = StockReceiptInput(held.item_id, held.storeroom_id, Decimal(4), Decimal(40), "back:1")
        return_stock(lines=[line], actor=None, at=NOW)
        assert levels(held) == {("", "a"): 1}

    def test_more_than_waits_cannot_be_named(self) -> None:
        with pytest.raises(RuleViolation, match="2 of .* wait to be named"):
            lots(tracked(Tracking.LOT, 2), a=(3, None))
        with pytest.raises(RuleViolation, match="Enter the lot number"):
            named(tracked(Tracking.LOT, 2), NamedPieces(Decimal(1)))


class TestSerialNumbers:
    def test_the_numbers_handed_over_are_chosen_and_come_back(self) -> None:
        held = serials(tracked(Tracking.SERIAL, 3), "s1", "s2", "s3")
        line = line_of(held, 2)
        with pytest.raises(RuleViolation, match="Choose 2 serial numbers"):
            issue(line)
        movement = issue(line, 2, [Pick(Decimal(2), serial_ids=keys("s1", "s3"))])
        order = movement.work_order
        assert set(order.serials.values_list("number", flat=True)) == {"s1", "s3"}
        with pytest.raises(RuleViolation, match="Say which 1"):
            return_parts(movement_id=movement.pk, quantity=Decimal(1), reason="spare", actor=boss(), at=NOW)
        return_parts(
            movement_id=movement.pk,
            quantity=Decimal(1),
            reason="spare",
            serial_ids=keys("s3"),
            actor=boss(),
            at=NOW,
        )
        return_parts(movement_id=movement.pk, quantity=Decimal(1), reason="spare", actor=boss(), at=NOW)
        assert set(held.serials.values_list("number", flat=True)) == {"s1", "s2", "s3"}
        assert levels(held) == {("", ""): 3}
        assert replay_differences() == []

    def test_a_number_that_is_not_here_cannot_be_chosen(self) -> None:
        held = serials(tracked(Tracking.SERIAL, 2), "s1", "s2")
        line = line_of(held, 2)
        issue(line, 1, [Pick(Decimal(1), serial_ids=keys("s1"))])
        with pytest.raises(RuleViolation, match="not in stock"):
            issue(line, 1, [Pick(Decimal(1), serial_ids=keys("s1"))])

    def test_a_whole_request_leaves_numbered_parts_to_be_chosen(self) -> None:
        held, plain = serials(tracked(Tracking.SERIAL, 1), "s1"), stock(1)
        request = parts_request(work_order(), [part(held.item, 1), part(plain.item, 1)])
        assert [
            each.stock_item_id for each in issue_request(parts_request_id=request.pk, actor=boss(), at=NOW)
        ] == [plain.pk]
        with pytest.raises(RuleViolation, match="serial numbers of .* must be chosen"):
            issue_request(parts_request_id=request.pk, actor=boss(), at=NOW)

    def test_a_number_is_known_once(self) -> None:
        held = serials(tracked(Tracking.SERIAL, 3), "s1")
        with pytest.raises(Conflict, match="s1 is on the books already"):
            serials(held, "s1")
        with pytest.raises(RuleViolation, match="Each serial number stands once"):
            serials(held, "s2", "s2")
        with pytest.raises(RuleViolation, match="Enter 2 serial numbers"):
            named(held, NamedPieces(Decimal(2), serial_numbers=["s2"]))

    def test_the_database_holds_a_number_in_one_place(self) -> None:
        held = serials(tracked(Tracking.SERIAL, 1), "s1")
        serial = Serial.objects.get()
        for changes in (
            {"status": SerialStatus.ISSUED},
            {"work_order_id": work_order().pk},
            {"stock_item": None},
        ):
            wrong = Serial.objects.get(pk=serial.pk)
            for name, value in changes.items():
                setattr(wrong, name, value)
            with pytest.raises(IntegrityError, match="serial_in_one_place"), transaction.atomic():
                wrong.save()
        assert held.quantity_on_hand == 1

    def test_numbers_that_go_back_to_the_supplier_are_taken_off_first(self) -> None:
        held = serials(tracked(Tracking.SERIAL, 2), "s1", "s2")
        back = StockReceiptInput(held.item_id, held.storeroom_id, Decimal(1), Decimal(10), "back:1")
        with pytest.raises(RuleViolation, match="not known which serial numbers"):
            return_stock(lines=[back], actor=None, at=NOW)
        drop_serial_numbers(
            stock_item_id=held.pk, serial_ids=keys("s2"), reason="faulty", actor=boss(), at=NOW
        )
        return_stock(lines=[back], actor=None, at=NOW)
        assert Serial.objects.get(number="s2").status == SerialStatus.GONE
        assert levels(held) == {("", ""): 1}
        assert replay_differences() == []

    def test_pieces_are_whole(self) -> None:
        with pytest.raises(RuleViolation, match="counted whole"):
            tracked(Tracking.SERIAL, quantity="1.5")  # type: ignore[arg-type]


class TestBins:
    def test_the_whole_of_a_balance_just_gets_its_new_bin(self) -> None:
        held = stock(3)
        move_between_bins(stock_item_id=held.pk, to_bin_id=a_bin("B-1").pk, actor=boss(), at=NOW)
        held.refresh_from_db()
        assert (held.bin, held.is_detailed) == (a_bin("B-1"), False)
        assert held.history.count() >= 2

    def test_a_part_of_it_is_kept_by_bin_from_then_on(self) -> None:
        held = stock(5)
        move_between_bins(
            stock_item_id=held.pk, to_bin_id=a_bin("B-1").pk, quantity=Decimal(2), actor=boss(), at=NOW
        )
        assert levels(held) == {("", ""): 3, ("B-1", ""): 2}
        line = line_of(held, 4)
        issue(line, 1, [Pick(Decimal(1), a_bin("B-1").pk)])
        with pytest.raises(RuleViolation, match="only 1 of .* in that bin"):
            issue(line, 2, [Pick(Decimal(2), a_bin("B-1").pk)])
        issue(line, 3)
        assert levels(held) == {("B-1", ""): 1}
        assert replay_differences() == []

    def test_lots_and_numbers_move_with_their_pieces(self) -> None:
        held = lots(tracked(Tracking.LOT, 4), a=(4, None))
        lot = Lot.objects.get().pk
        there = a_bin("B-2").pk
        move_between_bins(
            stock_item_id=held.pk, to_bin_id=there, quantity=Decimal(1), lot_id=lot, actor=boss(), at=NOW
        )
        assert levels(held) == {("", "a"): 3, ("B-2", "a"): 1}
        other = serials(tracked(Tracking.SERIAL, 2), "s1", "s2")
        move = {"stock_item_id": other.pk, "to_bin_id": there, "actor": boss(), "at": NOW}
        with pytest.raises(RuleViolation, match="Choose which serial numbers"):
            move_between_bins(quantity=Decimal(1), **move)
        move_between_bins(quantity=Decimal(1), serial_ids=keys("s2"), **move)
        assert Serial.objects.get(number="s2").bin_id == there
        assert levels(other) == {("", ""): 1, ("B-2", ""): 1}
        assert replay_differences() == []

    def test_a_bin_of_another_storeroom_is_refused(self) -> None:
        with pytest.raises(NotFound, match="That bin is not in"):
            move_between_bins(
                stock_item_id=stock(1).pk, to_bin_id=a_bin("X", "OTHER").pk, actor=boss(), at=NOW
            )

    def test_it_takes_the_right(self) -> None:
        with pytest.raises(NotAllowed):
            move_between_bins(stock_item_id=stock(1).pk, to_bin_id=a_bin("B").pk, actor=person(), at=NOW)


class TestTracking:
    def test_it_is_the_same_in_all_storerooms_and_stays_while_there_is_stock(self) -> None:
        held = tracked(Tracking.LOT, 2)
        other = stock(0, of=held.item, room=storeroom("OTHER"))
        assert other.tracking == Tracking.LOT
        with pytest.raises(RuleViolation, match="2 of .* are in stock under"):
            set_tracking(item_id=held.item_id, tracking=Tracking.NONE, actor=boss(), at=NOW)
        line = StockReceiptInput(held.item_id, storeroom("THIRD").pk, Decimal(1), Decimal(1), "r:9")
        [movement] = receive_stock(lines=[line], actor=None, at=NOW)
        assert movement.stock_item.tracking == Tracking.LOT

    def test_an_opening_balance_may_begin_it(self) -> None:
        plain = stock(0)
        held = set_opening_balance(
            item_id=plain.item_id, storeroom_id=plain.storeroom_id, quantity=Decimal(2), unit_cost=Decimal(5),
            tracking=Tracking.SERIAL, actor=boss(), at=NOW,
        )  # fmt: skip
        assert (held.tracking, levels(held)) == (Tracking.SERIAL, {("", ""): 2})

    def test_detailed_balances_are_counted_bin_by_bin(self) -> None:
        with pytest.raises(RuleViolation, match="kept by bin, lot or serial number"):
            adjust_stock(
                stock_item_id=tracked(Tracking.LOT, 2).pk,
                counted_quantity=Decimal(1),
                reason="x",
                actor=boss(),
                at=NOW,
            )

    def test_plain_parts_cost_no_statement_more_and_leave_no_trace(self) -> None:
        plain = line_of(stock(2), 1)
        detailed = line_of(lots(tracked(Tracking.LOT, 2), a=(2, None)), 1)
        actor = boss()
        few = statements(lambda: issue_parts(request_line_id=plain, actor=actor, at=NOW))
        assert statements(lambda: issue_parts(request_line_id=detailed, actor=actor, at=NOW)) == few + 3
        assert not StockPlacement.objects.filter(movement__request_line=plain).exists()
