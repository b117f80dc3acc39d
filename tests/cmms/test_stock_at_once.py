"""Several people at the stores at the same moment: never below zero, never promised twice, every figure replayable."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import F, Sum

from cmms.choices import Tracking
from cmms.decisions.moving_average import Balance, value_of_part
from cmms.models import (
    Bin,
    PartsRequestLine,
    Reservation,
    Serial,
    StockCountLine,
    StockItem,
    StockLevel,
    StockMovement,
    StockTransfer,
    WorkOrder,
)
from cmms.selectors.stock_replay import replay_differences
from cmms.selectors.stock_reports import stock_value
from cmms.services.costing import reconcile_own_costs
from cmms.services.counter import issue_over_the_counter
from cmms.services.parts import cancel_request_line, reserve_from_stock
from cmms.services.promises import move_promise
from cmms.services.stock import (
    NamedPieces,
    Pick,
    StockReceiptInput,
    TransferInput,
    adjust_stock,
    issue_parts,
    move_between_bins,
    put_away,
    receive_stock,
    receive_transfer,
    record_count,
    return_parts,
    return_stock,
    send_transfer,
    start_count,
    submit_count,
    undo_transfer,
)
from core.errors import RuleViolation
from core.models import User
from tests.builders import NOW, boss, part, parts_request, stock, storeroom, work_order
from tests.cmms.test_parts import at_once
from tests.cmms.test_stock_places import a_bin, tracked

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, STEPS = 4, 45


class Hands:
    """One person doing what comes to mind at the stores, from a connection of their own."""

    def __init__(self, seed: int, actor: User) -> None:
        self.random, self.actor, self.seed = random.Random(seed), actor, seed
        self.done = 0
        self.verbs: list[Callable[[], object]] = [
            self.ask, self.ask, self.issue, self.issue, self.give_back, self.receive, self.receive, self.send_back, self.cancel,
            self.count, self.sheet, self.send, self.arrive, self.undo, self.shift, self.name, self.over_the_counter,
            self.promise_elsewhere, self.reserve,
        ]  # fmt: skip

    def work(self) -> int:
        for step in range(STEPS):
            self.step = step
            with suppress(RuleViolation, LookupError, ObjectDoesNotExist):
                self.random.choice(self.verbs)()
                self.done += 1
        return self.done

    @property
    def call(self) -> dict[str, Any]:
        return {"actor": self.actor, "at": NOW + timedelta(minutes=self.step)}

    def one(self, rows: Any) -> Any:
        keys = list(rows.order_by("pk").values_list("pk", flat=True)[:60])
        return rows.get(pk=self.random.choice(keys))  # IndexError where there is none

    def few(self) -> Decimal:
        return Decimal(self.random.randint(1, 4))

    def ask(self) -> object:
        held = self.one(StockItem.objects.all())
        need = part(held.item, self.few(), storeroom_id=held.storeroom_id)
        return parts_request(self.one(WorkOrder.objects.all()), [need], **self.call)

    def pieces(self, held: StockItem, quantity: Decimal) -> list[Pick]:
        if held.tracking != Tracking.SERIAL:
            return []
        here = list(Serial.objects.filter(stock_item=held).values_list("pk", flat=True)[: int(quantity)])
        return [Pick(quantity, serial_ids=here)]

    def issue(self) -> object:
        promise = self.one(Reservation.objects.filter(quantity__gt=0))
        quantity = min(self.few(), promise.quantity)
        picks = self.pieces(promise.stock_item, quantity)
        return issue_parts(
            request_line_id=promise.request_line_id, quantity=quantity, picks=picks, **self.call
        )

    def over_the_counter(self) -> object:
        held, order = self.one(StockItem.objects.all()), self.one(WorkOrder.objects.all())
        return issue_over_the_counter(
            stock_item_id=held.pk,
            work_order_id=order.pk,
            quantity=Decimal(1),
            picks=self.pieces(held, Decimal(1)),
            **self.call,
        )

    def give_back(self) -> object:
        movement = self.one(StockMovement.objects.filter(kind="ISSUE"))
        return return_parts(
            movement_id=movement.pk, quantity=min(self.few(), -movement.quantity), reason="spare", **self.call
        )

    def line(self, sign: int) -> StockReceiptInput:
        held, quantity = self.one(StockItem.objects.all()), self.few()
        value = Decimal(self.random.randint(0, 5000)) / 100
        key = f"{self.seed}:{self.step}:{sign}"
        return StockReceiptInput(held.item_id, held.storeroom_id, sign * quantity, sign * value, key)

    def receive(self) -> object:
        return receive_stock(lines=[self.line(1)], **self.call)

    def send_back(self) -> object:
        return return_stock(lines=[self.line(-1)], **self.call)

    def cancel(self) -> object:
        line = self.one(PartsRequestLine.objects.with_short().filter(quantity_reserved__gt=0))
        return cancel_request_line(request_line_id=line.pk, reason="not needed", **self.call)

    def reserve(self) -> object:
        lines = PartsRequestLine.objects.with_short().filter(short__gt=0)
        return reserve_from_stock(request_line_ids=list(lines.values_list("pk", flat=True)[:5]), **self.call)

    def promise_elsewhere(self) -> object:
        promise = self.one(Reservation.objects.filter(quantity__gt=0))
        item = promise.stock_item
        takers = PartsRequestLine.objects.with_short().filter(
            item=item.item_id, storeroom=item.storeroom_id, short__gt=0
        )
        return move_promise(
            reservation_id=promise.pk, to_line_id=self.one(takers).pk, reason="urgent", **self.call
        )

    def count(self) -> object:
        held = self.one(StockItem.objects.filter(is_detailed=False))
        counted = max(held.quantity_on_hand + self.random.randint(-2, 2), Decimal(0))
        return adjust_stock(stock_item_id=held.pk, counted_quantity=counted, reason="count", **self.call)

    def sheet(self) -> object:
        held = self.one(StockItem.objects.exclude(tracking=Tracking.SERIAL))
        count = start_count(storeroom_id=held.storeroom_id, stock_item_ids=[held.pk], **self.call)
        for key in count.lines.values_list("pk", flat=True):
            for _ in range(2):
                there = StockCountLine.objects.get(pk=key).book_quantity or Decimal(self.random.randint(0, 6))
                record_count(count_line_id=key, counted_quantity=there, **self.call)
        return submit_count(count_id=count.pk, reason="shelf", **self.call)

    def send(self) -> object:
        held, quantity = self.one(StockItem.objects.all()), self.few()
        to = "OTHER" if held.storeroom.code == "MAIN" else "MAIN"
        line = TransferInput(held.pk, quantity, self.pieces(held, quantity))
        return send_transfer(to_storeroom_id=storeroom(to).pk, lines=[line], **self.call)

    def arrive(self) -> object:
        line = self.one(StockTransfer.objects.filter(status="SENT")).lines.get()
        some = {line.pk: min(self.few(), line.quantity)} if self.random.random() < 0.4 else None
        return receive_transfer(transfer_id=line.transfer_id, quantities=some, **self.call)

    def undo(self) -> object:
        transfer = self.one(StockTransfer.objects.exclude(status="UNDONE"))
        return undo_transfer(transfer_id=transfer.pk, reason="mistake", **self.call)

    def shift(self) -> object:
        held = self.one(StockItem.objects.exclude(tracking=Tracking.SERIAL))
        level = StockLevel.objects.filter(stock_item=held, quantity__gt=0).first()
        to = self.one(Bin.objects.filter(storeroom=held.storeroom_id))
        return move_between_bins(
            stock_item_id=held.pk, to_bin_id=to.pk, quantity=Decimal(1), from_bin_id=level.bin_id if level else None,
            lot_id=level.lot_id if level else None, **self.call,
        )  # fmt: skip

    def name(self) -> object:
        held = self.one(StockItem.objects.exclude(tracking=Tracking.NONE))
        name = f"{self.seed}-{self.step}"
        pieces = NamedPieces(
            Decimal(1), lot_number=name, serial_numbers=[name] if held.tracking == Tracking.SERIAL else ()
        )
        return put_away(stock_item_id=held.pk, pieces=[pieces], **self.call)


@pytest.fixture
def stores(transactional_db: None) -> Iterator[User]:
    actor = boss()
    for room in ("MAIN", "OTHER"):
        a_bin("B-1", room), a_bin("B-2", room)
    for held in (stock(6, "3.33"), tracked(Tracking.LOT, 6), tracked(Tracking.SERIAL, 6)):
        stock(2, 7, of=held.item, room=storeroom("OTHER"))
    for _ in range(3):
        work_order()
    yield actor


def replayed() -> dict[int, Balance]:
    """Every movement from nothing, the slow and obvious way: what leaves takes its share at moving average."""
    balances: dict[int, Balance] = {}
    for each in StockMovement.objects.order_by("pk"):
        before = balances.get(each.stock_item_id, Balance(Decimal(0), Decimal(0)))
        value = each.value
        if (
            each.quantity < 0
            and each.kind in {"ISSUE", "TRANSFER_OUT", "ADJUSTMENT"}
            and each.reverses_id is None
        ):
            value = -value_of_part(before, -each.quantity, "EUR")
        after = balances[each.stock_item_id] = before.moved(each.quantity, value)
        assert after.quantity >= 0 and after.value >= 0
        assert (after.quantity, after.value) == (each.quantity_after, each.value_after)
    return balances


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_several_people_do_the_books_hold(seed: int, stores: User) -> None:
    people = [Hands(100 * seed + number, stores) for number in range(PEOPLE)]
    done = at_once(*[each.work for each in people])
    assert all(isinstance(each, int) and each > STEPS // 4 for each in done), done
    balances = replayed()
    for row in StockItem.objects.all():
        held = balances.get(row.pk, Balance(Decimal(0), Decimal(0)))
        assert (row.quantity_on_hand, row.value) == (held.quantity, held.value)
        promised = row.reservations.aggregate(whole=Sum("quantity"))["whole"] or 0
        assert 0 <= row.quantity_reserved == promised <= row.quantity_on_hand
    by_line = PartsRequestLine.objects.annotate(kept=Sum("reservations__quantity")).exclude(kept__isnull=True)
    assert not by_line.exclude(kept=F("quantity_reserved")).exists()
    assert replay_differences() == []
    assert reconcile_own_costs(at=NOW) == []
    worth = stock_value(until=NOW + timedelta(days=9))
    assert worth.in_store == StockItem.objects.aggregate(whole=Sum("value"))["whole"]
    assert worth.in_transit == sum(
        line.value - line.value_received
        for transfer in StockTransfer.objects.filter(status="SENT")
        for line in transfer.lines.all()
    )


def test_two_people_never_hand_over_the_same_last_part(stores: User) -> None:
    held = stock(1)
    orders = [work_order(), work_order()]
    done = at_once(
        *[
            lambda order=order: issue_over_the_counter(  # type: ignore[misc]
                stock_item_id=held.pk, work_order_id=order.pk, quantity=Decimal(1), actor=stores, at=NOW
            )
            for order in orders
        ]
    )
    refused = [each for each in done if isinstance(each, RuleViolation)]
    assert len(refused) == 1 and "0 of" in str(refused[0])
    held.refresh_from_db()
    assert (held.quantity_on_hand, held.quantity_reserved) == (0, 0)


def test_one_number_is_never_handed_over_twice(stores: User) -> None:
    held = tracked(Tracking.SERIAL, 2)
    put_away(
        stock_item_id=held.pk,
        pieces=[NamedPieces(Decimal(2), serial_numbers=["n1", "n2"])],
        actor=stores,
        at=NOW,
    )
    key = Serial.objects.get(number="n1").pk
    lines = [parts_request(work_order(), [part(held.item, 1)]).lines.get().pk for _ in range(2)]
    done = at_once(
        *[
            lambda line=line: issue_parts(  # type: ignore[misc]
                request_line_id=line, picks=[Pick(Decimal(1), serial_ids=[key])], actor=stores, at=NOW
            )
            for line in lines
        ]
    )
    assert sum(isinstance(each, RuleViolation) for each in done) == 1
    assert replay_differences() == []
